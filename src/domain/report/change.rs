//! Changes of reports: what is to be done, what the journal holds of it, and what became of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{Complaint, Definition};
use crate::domain::{
    Clean,
    ca::decision::{Class, IntentId},
    digest::Digest,
    ids::{ReportId, RunId},
};

/// Longest body that is written out in the journal, bytes; of a longer one its hash stands there alone.
const BODY_MOST: usize = 16 << 10;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Make a report of this definition.
    Create(Box<Definition>),
    /// Replace a definition.
    Edit {
        /// Which report.
        report: ReportId,
        /// As it was shown when the edit began; it has to be so still.
        before: Box<Definition>,
        /// As it is to be.
        after: Box<Definition>,
    },
    /// Run a report now.
    Run {
        /// Which report.
        report: ReportId,
        /// Its name.
        name: Clean,
    },
    /// Remove a report.
    Delete {
        /// Which report.
        report: ReportId,
        /// Its name.
        name: Clean,
    },
}

impl Change {
    /// The word in the journal.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create_report",
            Self::Edit { .. } => "edit_report",
            Self::Run { .. } => "run_report",
            Self::Delete { .. } => "delete_report",
        }
    }

    /// What is done, in words.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Create(_) => "create report",
            Self::Edit { .. } => "edit report",
            Self::Run { .. } => "run report",
            Self::Delete { .. } => "delete report",
        }
    }

    /// The report that is changed; `None` when it is made.
    pub const fn report(&self) -> Option<&ReportId> {
        match self {
            Self::Create(_) => None,
            Self::Edit { report, .. } | Self::Run { report, .. } | Self::Delete { report, .. } => Some(report),
        }
    }

    /// Name of the report, as it will be or is.
    pub fn name(&self) -> Clean {
        match self {
            Self::Create(definition) => Clean::new(&definition.name),
            Self::Edit { after, .. } => Clean::new(&after.name),
            Self::Run { name, .. } | Self::Delete { name, .. } => name.clone(),
        }
    }

    /// By what two changes of one thing are known: the report, or the name of one that is made.
    pub fn subject(&self) -> Clean {
        self.report().map_or_else(|| self.name(), |report| report.text().clone())
    }

    /// The definition that is sent; `None` for what sends none.
    pub fn definition(&self) -> Option<&Definition> {
        match self {
            Self::Create(definition) => Some(definition),
            Self::Edit { after, .. } => Some(after),
            Self::Run { .. } | Self::Delete { .. } => None,
        }
    }

    /// What is other in the definition that is sent, line by line of its file: `-` what goes and `+` what comes.
    pub fn lines(&self) -> Vec<(char, Clean)> {
        let (was, is) = match self {
            Self::Create(definition) => (String::new(), definition.to_toml()),
            Self::Edit { before, after, .. } => (before.to_toml(), after.to_toml()),
            Self::Run { .. } | Self::Delete { .. } => return Vec::new(),
        };
        let says = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let (was, is): (Vec<&str>, Vec<&str>) = (was.lines().filter(says).collect(), is.lines().filter(says).collect());
        let diff = TextDiff::from_slices(&was, &is);
        let other = diff.iter_all_changes().filter_map(|one| match one.tag() {
            ChangeTag::Equal => None,
            ChangeTag::Delete => Some(('-', Clean::new(one.value()))),
            ChangeTag::Insert => Some(('+', Clean::new(one.value()))),
        });
        other.collect()
    }

    /// The body that is sent, JSON; empty for none.
    pub fn body(&self) -> String {
        match self {
            Self::Create(definition) | Self::Edit { after: definition, .. } => definition.body().to_string(),
            Self::Run { .. } => "{}".to_owned(),
            Self::Delete { .. } => String::new(),
        }
    }
}

impl Definition {
    /// Whether `given`, which the service gives back, is this one as far as it was sent. What was left to the service
    /// may be anything.
    pub fn is_saved_as(&self, given: &Self) -> bool {
        let mut given = given.clone();
        given.language = self.language;
        if self.sources.is_empty() {
            given.sources = self.sources.clone();
        }
        *self == given
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is on its way.
    UnderWay,
    /// Nothing left this machine.
    NotSent(Clean),
    /// Something is not as it was shown, so nothing was sent.
    Stopped(Clean),
    /// The service refused it.
    Refused {
        /// What it said.
        said: Clean,
        /// Which fields that is about.
        complaints: Vec<Complaint>,
    },
    /// It was read back that it is done.
    Done {
        /// The report, unless it was removed.
        report: Option<ReportId>,
        /// The run that began, as far as it can be seen.
        run: Option<RunId>,
    },
    /// The service accepted it, and it cannot be seen yet. Nothing is sent again.
    Accepted(Clean),
    /// It may have been carried out or not; it was looked for and not seen.
    Unknown(Clean),
}

impl Ending {
    /// The word in the journal.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::NotSent(_) => "not_sent",
            Self::Stopped(_) => "stopped",
            Self::Refused { .. } => "refused",
            Self::Done { .. } => "done",
            Self::Accepted(_) => "accepted",
            Self::Unknown(_) => "unknown",
        }
    }

    /// One line: what happened, and what to do next.
    pub fn sentence(&self) -> Clean {
        match self {
            Self::UnderWay => "it is on its way".into(),
            Self::NotSent(why) => format!("nothing was sent: {why}; it may be tried again").into(),
            Self::Stopped(why) => format!("nothing was sent: {why}").into(),
            Self::Refused { said, .. } => format!("refused, and nothing was changed: {said}").into(),
            Self::Done { run: Some(_), .. } => "done, and the run is in the history".into(),
            Self::Done { .. } => "done, and read back".into(),
            Self::Accepted(why) => format!("accepted, not yet visible ({why}); nothing is sent again").into(),
            Self::Unknown(why) => {
                format!("not known whether it was carried out ({why}); look at the list before it is sent again").into()
            }
        }
    }
}

/// What the journal holds of a change, an entry each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRecord {
    /// It was decided.
    Intent {
        /// Its name.
        intent: IntentId,
        /// The change; of one that was read from the journal the definitions are left out.
        change: Change,
        /// Host that it is sent to.
        host: Clean,
        /// Last four characters of the key.
        key_hint: Clean,
        /// When, by the clock of this machine.
        at: Timestamp,
    },
    /// It is about to be sent. Before it stands, no byte leaves.
    Sent(IntentId, Timestamp),
    /// The exchange ended.
    Answered(IntentId, Class, Clean),
    /// What became of it; the last one counts.
    Ended(IntentId, Ending),
}

impl ChangeRecord {
    /// The kinds of such entries.
    pub const KINDS: [&'static str; 4] = ["report_intent", "report_sent", "report_answer", "report_outcome"];

    /// The change that an entry of the journal is about; `None` for one that is about none.
    pub fn intent_of(kind: &str, body: &str) -> Option<IntentId> {
        let wire: Wire = serde_json::from_str(body).ok().filter(|_| Self::KINDS.contains(&kind))?;
        IntentId::parse(&wire.intent)
    }

    /// The kind of the entry.
    pub const fn kind(&self) -> &'static str {
        let [intent, sent, answer, outcome] = Self::KINDS;
        match self {
            Self::Intent { .. } => intent,
            Self::Sent(..) => sent,
            Self::Answered(..) => answer,
            Self::Ended(..) => outcome,
        }
    }

    /// The entry as JSON text, one line.
    pub fn to_json(&self) -> String {
        let mut wire = Wire::default();
        match self {
            Self::Intent { intent, change, host, key_hint, at } => {
                let body = change.body();
                wire.intent = intent.to_string();
                wire.operation = Some(change.word().to_owned());
                wire.report = change.report().map(ToString::to_string);
                wire.name = Some(change.name().to_string());
                wire.host = Some(host.to_string());
                wire.key_hint = Some(key_hint.to_string());
                wire.at = Some(*at);
                wire.digest = Some(Digest::of(&body).to_string());
                wire.body = Some(body).filter(|body| body.len() <= BODY_MOST);
                if let Change::Edit { before, .. } = change {
                    wire.before = Some(before.body().to_string()).filter(|before| before.len() <= BODY_MOST);
                }
            }
            Self::Sent(intent, at) => {
                wire.intent = intent.to_string();
                wire.at = Some(*at);
            }
            Self::Answered(intent, class, words) => {
                wire.intent = intent.to_string();
                wire.class = Some(class.word().to_owned());
                wire.words = Some(words.to_string());
            }
            Self::Ended(intent, ending) => {
                wire.intent = intent.to_string();
                wire.outcome = Some(ending.word().to_owned());
                wire.words = Some(ending.sentence().to_string());
                if let Ending::Done { report, run } = ending {
                    wire.report = report.as_ref().map(ToString::to_string);
                    wire.run = run.as_ref().map(ToString::to_string);
                }
            }
        }
        serde_json::to_string(&wire).unwrap_or_default()
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(super) struct Wire {
    pub(super) intent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) report: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
}

impl Wire {
    /// The change of an intent; of a definition too long for the journal the name alone.
    pub(super) fn change(&self) -> Option<Change> {
        let name = Clean::new(self.name.as_deref()?);
        let report = || self.report.as_deref().map(ReportId::new);
        let read = |text: &Option<String>| {
            let value: Option<Value> = text.as_deref().and_then(|text| serde_json::from_str(text).ok());
            let definition = value.and_then(|value| Definition::read(&value).ok());
            Box::new(definition.map_or_else(
                || Definition { name: name.to_string(), ..Definition::default() },
                |(definition, _)| definition,
            ))
        };
        Some(match self.operation.as_deref()? {
            "create_report" => Change::Create(read(&self.body)),
            "edit_report" => Change::Edit { report: report()?, before: read(&self.before), after: read(&self.body) },
            "run_report" => Change::Run { report: report()?, name },
            "delete_report" => Change::Delete { report: report()?, name },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_to_the_service_may_be_anything() {
        let sent = Definition { name: "a".into(), language: Some(2), ..Definition::default() };
        let mut given = Definition { name: "a".into(), ..Definition::default() };
        given.sources.division_filter = "INCLUDE_ALL_DIVISIONS".into();
        assert!(sent.is_saved_as(&given));
        given.format = "CSV".into();
        assert!(!sent.is_saved_as(&given));
    }
}
