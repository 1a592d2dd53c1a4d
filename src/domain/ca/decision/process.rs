//! The way of an intent, step by step: a machine without clock and without I/O.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    By, Class, FRESH, Fate, Intent, Outcome, PENDING_READS, PENDING_SPAN, Reading, Record, Sight, Trail, WAIT_MOST,
    WATCHED,
};
use crate::domain::{Clean, Failure, digest::Digest};

/// What has happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The process begins, or goes on after a start of the program.
    Start,
    /// The entry is on the disk.
    Kept,
    /// The entry is not on the disk.
    NotKept(Failure),
    /// The state was read.
    Read(Box<Reading>),
    /// The state could not be read.
    NotRead(Failure),
    /// The one exchange has ended.
    Ended(Outcome),
    /// The wait is over.
    Woke,
    /// The user takes it back. Counts until the request leaves.
    Cancel,
}

/// What is to be done; the result of each comes back as an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write an entry and sync it: [`Event::Kept`], [`Event::NotKept`].
    Keep(Record),
    /// Read everything again that was shown: [`Event::Read`], [`Event::NotRead`].
    ReadAgain,
    /// Send the request, once: [`Event::Ended`]. Comes at most once in the life of an intent.
    Send,
    /// Read what became of it: [`Event::Read`], [`Event::NotRead`].
    ReadBack,
    /// Wait: [`Event::Woke`].
    Wait(Duration),
    /// Nothing; the process has ended for now.
    Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    KeepingIntent,
    ReadingAgain,
    KeepingSent { read_at: Timestamp },
    Sending,
    KeepingAnswer,
    ReadingBack,
    KeepingOutcome,
    Waiting,
    Ended,
}

/// An intent on its way.
#[derive(Debug, Clone)]
pub struct Process {
    intent: Intent,
    phase: Phase,
    fate: Fate,
    cancelled: bool,
    sent: Option<(Timestamp, Option<i64>)>,
    answer: Option<(Class, Clean)>,
    seen: Option<Digest>,
    /// Looks that found nothing changed: how many, the first and the last.
    pending: Option<(u32, Timestamp, Timestamp)>,
    /// That the looks above were enough stands in the journal.
    pending_written: bool,
    /// Since when it is looked after, and how often that was.
    watch: Option<(Timestamp, u32)>,
    /// Why the journal does not tell all.
    unkept: Option<Failure>,
}

impl Process {
    /// A new intent.
    pub const fn new(intent: Intent) -> Self {
        Self {
            intent,
            phase: Phase::New,
            fate: Fate::UnderWay,
            cancelled: false,
            sent: None,
            answer: None,
            seen: None,
            pending: None,
            pending_written: false,
            watch: None,
            unkept: None,
        }
    }

    /// An intent of an earlier start whose fate is open: it is read, never sent. `None` for any other.
    pub fn resume(trail: &Trail) -> Option<Self> {
        let fate = trail.fate();
        if fate.is_settled() || trail.sent.is_none() {
            return None;
        }
        let (sent, answer) = (trail.sent, trail.answer.clone());
        Some(Self { fate, sent, answer, phase: Phase::Waiting, ..Self::new(trail.intent.clone()) })
    }

    /// The intent.
    pub const fn intent(&self) -> &Intent {
        &self.intent
    }

    /// What is known of it now.
    pub const fn fate(&self) -> &Fate {
        &self.fate
    }

    /// True from the moment at which a byte may leave until the end of the exchange is written: the program waits.
    pub const fn is_sending(&self) -> bool {
        matches!(self.phase, Phase::KeepingSent { .. } | Phase::Sending | Phase::KeepingAnswer)
    }

    /// Why an entry of it is missing in the journal, when one is.
    pub const fn unkept(&self) -> Option<&Failure> {
        self.unkept.as_ref()
    }

    /// True when the same may be decided again, with a new confirmation.
    pub const fn may_be_tried_again(&self) -> bool {
        self.fate.is_settled() && !self.fate.is_done()
    }

    /// Takes an event at `now`, by the clock of this machine; `None` when it changes nothing.
    pub fn next(&mut self, event: Event, now: Timestamp) -> Option<Step> {
        match (self.phase, event) {
            (Phase::New, Event::Start) => {
                self.phase = Phase::KeepingIntent;
                Some(Step::Keep(Record::Intent(Box::new(self.intent.clone()))))
            }
            (Phase::KeepingIntent, Event::Kept) if !self.cancelled => {
                self.phase = Phase::ReadingAgain;
                Some(Step::ReadAgain)
            }
            (Phase::KeepingIntent | Phase::KeepingSent { .. }, Event::NotKept(why)) => {
                self.fate = Fate::NotSent(why.title.clone());
                self.unkept = Some(why);
                self.phase = Phase::Ended;
                Some(Step::Rest)
            }
            (Phase::ReadingAgain, Event::Read(reading)) => Some(self.read_again(&reading, now)),
            (Phase::ReadingAgain, Event::NotRead(why)) => {
                Some(self.stop(format!("it could not be read again: {}", why.title).into()))
            }
            (Phase::KeepingIntent, Event::Kept) | (Phase::ReadingAgain, Event::Cancel) => {
                Some(self.stop("you took it back".into()))
            }
            (Phase::KeepingIntent | Phase::KeepingSent { .. }, Event::Cancel) => {
                self.cancelled = true;
                None
            }
            (Phase::KeepingSent { read_at }, Event::Kept) => Some(self.leave(read_at, now)),
            (Phase::Sending, Event::Ended(outcome)) => Some(self.answered(&outcome)),
            (Phase::KeepingAnswer, Event::Kept) => Some(self.read_back()),
            (Phase::KeepingAnswer, Event::NotKept(why)) => {
                self.unkept = Some(why);
                Some(self.read_back())
            }
            (Phase::ReadingBack, Event::Read(reading)) => Some(self.judge(&reading, now)),
            (Phase::ReadingBack, Event::NotRead(_)) => Some(self.wait(now)),
            (Phase::KeepingOutcome, Event::Kept) => Some(self.kept(now)),
            (Phase::KeepingOutcome, Event::NotKept(why)) => {
                self.unkept = Some(why);
                Some(self.kept(now))
            }
            (Phase::Waiting, Event::Start | Event::Woke) => {
                self.phase = Phase::ReadingBack;
                Some(Step::ReadBack)
            }
            _ => None,
        }
    }

    fn read_again(&mut self, reading: &Reading, now: Timestamp) -> Step {
        if let Some(fate) = reading.stops(&self.intent, now) {
            self.seen = Some(reading.digest());
            self.fate = fate;
            return self.keep_outcome();
        }
        self.phase = Phase::KeepingSent { read_at: reading.read_at };
        self.sent = Some((now, reading.skew));
        Step::Keep(Record::Sent { intent: self.intent.id.clone(), at: now, skew: reading.skew })
    }

    /// The last moment at which nothing has left.
    fn leave(&mut self, read_at: Timestamp, now: Timestamp) -> Step {
        let why = if self.cancelled {
            "you took it back"
        } else if now.duration_since(read_at) > FRESH {
            "writing the journal took too long"
        } else {
            self.phase = Phase::Sending;
            return Step::Send;
        };
        self.fate = Fate::NotSent(why.into());
        self.keep_outcome()
    }

    fn answered(&mut self, outcome: &Outcome) -> Step {
        let (class, words) = (outcome.class(), outcome.words());
        self.fate = match class {
            Class::NotSent => Fate::NotSent(words.clone()),
            Class::Ok => Fate::Accepted(words.clone()),
            Class::Refused | Class::Unknown => Fate::Unknown(words.clone()),
        };
        self.answer = Some((class, words.clone()));
        self.phase = Phase::KeepingAnswer;
        Step::Keep(Record::Answered { intent: self.intent.id.clone(), class, words })
    }

    fn read_back(&mut self) -> Step {
        if matches!(self.fate, Fate::NotSent(_)) {
            return self.keep_outcome();
        }
        self.phase = Phase::ReadingBack;
        Step::ReadBack
    }

    /// What a look after the exchange comes to.
    fn judge(&mut self, reading: &Reading, now: Timestamp) -> Step {
        let (sent, skew) = self.sent.unwrap_or((self.intent.at, None));
        let sight = reading.sight(&self.intent, sent, skew);
        self.seen = Some(reading.digest());
        let told = |words: &Clean| Clean::from(format!("the service said: {words}"));
        let answer = self.answer.clone().unwrap_or((Class::Unknown, "no answer".into()));
        self.fate = match (answer, sight) {
            ((Class::Refused, words), Sight::Done(By::Me)) | ((Class::Ok, words), Sight::Otherwise { .. }) => {
                Fate::Conflict { told: told(&words), seen: reading.words(), open: false }
            }
            ((Class::Refused, words), Sight::Done(_) | Sight::Otherwise { .. } | Sight::Waiting) => {
                Fate::Refused { said: words, seen: reading.words() }
            }
            ((_, _), Sight::Done(by)) => Fate::Applied(by),
            ((_, _), Sight::Otherwise { status, by }) => Fate::Decided { status, by },
            ((_, _), Sight::Contradiction(log)) => Fate::Conflict { told: log, seen: reading.words(), open: true },
            ((Class::Ok, _), Sight::Waiting) => Fate::Accepted(reading.words()),
            ((Class::Ok, _), Sight::Unclear(why)) => Fate::Accepted(why),
            ((_, _), Sight::Unclear(why)) => Fate::Unknown(why),
            ((Class::NotSent | Class::Unknown, words), Sight::Waiting) => self.pending(words, now),
        };
        match &self.fate {
            Fate::StillPending { .. } if self.pending_written => self.wait(now),
            fate if fate.is_settled() => self.keep_outcome(),
            _ => self.wait(now),
        }
    }

    fn pending(&mut self, words: Clean, now: Timestamp) -> Fate {
        let (before, since, _) = self.pending.unwrap_or((0, now, now));
        let reads = before.saturating_add(1);
        let enough = reads >= PENDING_READS && now.duration_since(since) >= PENDING_SPAN;
        self.pending = Some((reads, since, now));
        if enough { Fate::StillPending { reads, since, last: now } } else { Fate::Unknown(words) }
    }

    fn stop(&mut self, why: Clean) -> Step {
        self.fate = Fate::Stopped { why, changed: Vec::new() };
        self.keep_outcome()
    }

    fn keep_outcome(&mut self) -> Step {
        self.phase = Phase::KeepingOutcome;
        let (intent, fate, seen) = (self.intent.id.clone(), self.fate.clone(), self.seen.clone());
        Step::Keep(Record::Outcome { intent, fate, seen })
    }

    fn kept(&mut self, now: Timestamp) -> Step {
        if matches!(self.fate, Fate::StillPending { .. }) {
            self.pending_written = true;
            return self.wait(now);
        }
        self.phase = Phase::Ended;
        Step::Rest
    }

    /// The wait before the next look: 1, 2, 4 … 60 s, until it was looked after for long enough.
    fn wait(&mut self, now: Timestamp) -> Step {
        let (since, looks) = self.watch.unwrap_or((now, 0));
        if now.duration_since(since) >= WATCHED {
            self.phase = Phase::Ended;
            return Step::Rest;
        }
        self.watch = Some((since, looks.saturating_add(1)));
        self.phase = Phase::Waiting;
        let seconds = SignedDuration::from_secs(1_i64.checked_shl(looks).unwrap_or(i64::MAX)).min(WAIT_MOST);
        Step::Wait(seconds.unsigned_abs())
    }
}
