//! A change of a CA that is sent once, and what becomes of it.
//!
//! ```text
//! Errand      what is to be done: operation, CA, request, comment
//! Snapshot    what was shown when it was decided, with a hash
//! Intent      both, and who decides; written down before anything is sent
//! Process     events in, steps out: read again, write down, send, read back
//! Fate        what became of it, as far as it can be known
//! Ledger      what the journal says of earlier intents; locks CAs whose fate is open
//! ```
//!
//! All of it is pure: the loop, the command line and the tests drive the same [`Process`].

pub mod errand;
pub mod fate;
pub mod intent;
pub mod ledger;
pub mod outcome;
pub mod process;
pub mod reading;
pub mod record;
pub mod snapshot;

use jiff::SignedDuration;

pub use self::{
    errand::{Errand, Operation},
    fate::{By, Fate},
    intent::{Intent, IntentId},
    ledger::{Ledger, Trail},
    outcome::{Answer, Class, Outcome, Shape},
    process::{Event, Process, Step},
    reading::{AuditTrace, Reading, Sight},
    record::Record,
    snapshot::{Difference, Snapshot},
};

/// How old the last look may be when the request leaves.
pub const FRESH: SignedDuration = SignedDuration::from_secs(5);
/// Difference of the clocks beyond which nothing is sent.
pub const SKEW_BLOCKS: SignedDuration = SignedDuration::from_mins(10);
/// How far a time that the service wrote may lie before the moment of sending, beyond the known difference of the clocks.
pub const SKEW_TOLERATED: SignedDuration = SignedDuration::from_mins(2);
/// How long an open fate is looked after; then at the next start.
pub const WATCHED: SignedDuration = SignedDuration::from_mins(15);
/// Longest wait between two looks; the first is a second, each next one twice as long.
pub const WAIT_MOST: SignedDuration = SignedDuration::from_secs(60);
/// Looks that must have found a request unchanged before another one may be sent.
pub const PENDING_READS: u32 = 3;
/// The time that those looks must span.
pub const PENDING_SPAN: SignedDuration = SignedDuration::from_mins(5);

#[cfg(test)]
mod tests;
