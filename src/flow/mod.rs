//! What flows through the loop: keys, intents, messages, effects, calls and the state of lists. Plain values, no I/O.

pub mod action;
mod arrange;
pub mod call;
pub mod chord;
pub mod cx;
pub mod draft;
pub mod effect;
pub mod estate;
pub mod group;
pub mod handover;
pub mod intervals;
pub mod kept;
pub mod list;
pub mod msg;
pub mod review;
pub mod rows;
pub mod served;
pub mod source;
pub mod tree;
pub mod triage;

pub use action::{Action, ScreenId};
pub use call::{Ask, Call, CallKey, Generation, Op, Reply, Slot, Work};
pub use chord::{Chord, Key};
pub use cx::{Availability, Cx, Facts, Geometry};
pub use draft::Drafting;
pub use effect::{Effect, Errand, Opening};
pub use estate::{Estate, SourceId};
pub use intervals::Intervals;
pub use kept::{Keep, Kept};
pub use msg::{LeftAlone, Msg, SavedView, ScreenMsg};
pub use rows::Rows;
pub use served::{Configured, Evidence, ProbeJob, Probed, Remembered, Renewal};
pub use source::Source;
pub use triage::{Judgement, TriageJob, Triaged};
