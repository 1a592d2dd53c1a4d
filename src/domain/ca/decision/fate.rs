//! What became of an intent, as far as it can be known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Difference;
use crate::domain::{Clean, ca::RequestStatus};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The user of this intent, since it was sent.
    Me,
    /// Somebody else, by name.
    Other(Clean),
    /// The service does not say who, or the time does not fit.
    NotKnown,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way; nothing is known yet.
    UnderWay,
    /// Nothing left this machine.
    NotSent(Clean),
    /// It was stopped before anything was sent.
    Stopped {
        /// Why.
        why: Clean,
        /// What is not as it was shown.
        changed: Vec<Difference>,
    },
    /// It was read back that it is done.
    Applied(By),
    /// It was read back that the request was answered in another way.
    Decided {
        /// How.
        status: RequestStatus,
        /// By whom.
        by: By,
    },
    /// The service refused it.
    Refused {
        /// What the service said.
        said: Clean,
        /// What was read afterwards.
        seen: Clean,
    },
    /// The service accepted it, and it cannot be seen yet. Nothing is sent again.
    Accepted(Clean),
    /// It may have been carried out or not.
    Unknown(Clean),
    /// It may have been carried out or not; often enough and long enough it was seen that it was not.
    StillPending {
        /// How often.
        reads: u32,
        /// The first time.
        since: Timestamp,
        /// The last time.
        last: Timestamp,
    },
    /// Two facts that exclude each other; both are shown.
    Conflict {
        /// The one.
        told: Clean,
        /// The other.
        seen: Clean,
        /// Whether another look may settle it.
        open: bool,
    },
}

impl Fate {
    /// True when nothing of it is open: neither is anything looked for, nor is the CA locked.
    pub const fn is_settled(&self) -> bool {
        match self {
            Self::NotSent(_)
            | Self::Stopped { .. }
            | Self::Applied(_)
            | Self::Decided { .. }
            | Self::Refused { .. }
            | Self::StillPending { .. }
            | Self::Conflict { open: false, .. } => true,
            Self::UnderWay | Self::Accepted(_) | Self::Unknown(_) | Self::Conflict { open: true, .. } => false,
        }
    }

    /// True when it is certain that it was carried out.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Applied(_))
    }

    /// One line: what happened, and what to do next.
    pub fn sentence(&self) -> Clean {
        match self {
            Self::UnderWay => "it is on its way".into(),
            Self::NotSent(why) => format!("nothing was sent: {why}; it may be tried again").into(),
            Self::Stopped { why, .. } => format!("nothing was sent: {why}").into(),
            Self::Applied(By::Me) => "done, and read back".into(),
            Self::Applied(By::Other(name)) => format!("it is done, by {name}").into(),
            Self::Applied(By::NotKnown) => "it is done; by whom the service does not say".into(),
            Self::Decided { status, by } => format!("not done: the request is {status}{}", whose(by)).into(),
            Self::Refused { said, seen } => format!("refused: {said}; now {seen}").into(),
            Self::Accepted(_) => "accepted, not yet visible; it is looked for, nothing is sent again".into(),
            Self::Unknown(why) => {
                format!("not known whether it was carried out ({why}); the CA is locked here until it is").into()
            }
            Self::StillPending { reads, .. } => {
                format!("not carried out as far as {reads} reads tell; it takes a new confirmation to send it again")
                    .into()
            }
            Self::Conflict { told, seen, .. } => {
                format!("two facts exclude each other: {told}, but {seen}; look at both in the console").into()
            }
        }
    }

    /// The fate as JSON members.
    pub(super) fn wire(&self) -> Wire {
        let mut wire = Wire { words: self.sentence().to_string(), ..Wire::default() };
        let (fate, a, b) = match self {
            Self::UnderWay => ("under_way", None, None),
            Self::NotSent(why) => ("not_sent", Some(why), None),
            Self::Stopped { why, changed } => {
                let text = |difference: &Difference| {
                    [&difference.member, &difference.was, &difference.is].map(|text| text.chars().take(200).collect())
                };
                wire.changed = changed.iter().take(20).map(text).collect();
                ("stopped", Some(why), None)
            }
            Self::Applied(by) => {
                (wire.by, wire.name) = by.wire();
                ("applied", None, None)
            }
            Self::Decided { status, by } => {
                (wire.by, wire.name) = by.wire();
                wire.status = Some(status.as_str().to_owned());
                ("decided", None, None)
            }
            Self::Refused { said, seen } => ("refused", Some(said), Some(seen)),
            Self::Accepted(why) => ("accepted", Some(why), None),
            Self::Unknown(why) => ("unknown", Some(why), None),
            Self::StillPending { reads, since, last } => {
                (wire.reads, wire.since, wire.last) = (Some(*reads), Some(*since), Some(*last));
                ("still_pending", None, None)
            }
            Self::Conflict { told, seen, open } => {
                wire.open = Some(*open);
                ("conflict", Some(told), Some(seen))
            }
        };
        fate.clone_into(&mut wire.fate);
        (wire.first, wire.second) = (a.map(ToString::to_string), b.map(ToString::to_string));
        wire
    }

    /// Reads [`Fate::wire`]; `None` for a word that this program does not know.
    pub(super) fn read(wire: Wire) -> Option<Self> {
        let by = || By::read(wire.by.as_deref(), wire.name.as_deref());
        let (first, second) = (wire.first.map(Clean::from), wire.second.map(Clean::from));
        Some(match wire.fate.as_str() {
            "under_way" => Self::UnderWay,
            "not_sent" => Self::NotSent(first?),
            "stopped" => {
                let difference = |[member, was, is]: [String; 3]| Difference {
                    member: member.into(),
                    was: was.into(),
                    is: is.into(),
                };
                Self::Stopped { why: first?, changed: wire.changed.into_iter().map(difference).collect() }
            }
            "applied" => Self::Applied(by()?),
            "decided" => Self::Decided { status: RequestStatus::parse(&wire.status?), by: by()? },
            "refused" => Self::Refused { said: first?, seen: second? },
            "accepted" => Self::Accepted(first?),
            "unknown" => Self::Unknown(first?),
            "still_pending" => Self::StillPending { reads: wire.reads?, since: wire.since?, last: wire.last? },
            "conflict" => Self::Conflict { told: first?, seen: second?, open: wire.open? },
            _ => return None,
        })
    }
}

impl By {
    fn wire(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Me => (Some("me".into()), None),
            Self::Other(name) => (Some("other".into()), Some(name.to_string())),
            Self::NotKnown => (Some("not_known".into()), None),
        }
    }

    fn read(word: Option<&str>, name: Option<&str>) -> Option<Self> {
        match word? {
            "me" => Some(Self::Me),
            "other" => Some(Self::Other(name?.into())),
            "not_known" => Some(Self::NotKnown),
            _ => None,
        }
    }
}

fn whose(by: &By) -> String {
    match by {
        By::Me => ", by you".into(),
        By::Other(name) => format!(", by {name}"),
        By::NotKnown => String::new(),
    }
}

/// A fate as it is written.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Wire {
    fate: String,
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changed: Vec<[String; 3]>,
}
