//! What the journal says of changes of reports.

use jiff::Timestamp;

use super::change::{Change, ChangeRecord, Wire};
use crate::domain::{
    Clean,
    ca::decision::{Class, IntentId},
};

/// A change and all that the journal says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeTrail {
    /// Its name in the journal.
    pub intent: IntentId,
    /// What it was; of a definition too long for the journal the name alone.
    pub change: Change,
    /// Host that it was for.
    pub host: Clean,
    /// Last four characters of the key.
    pub key_hint: Clean,
    /// When it was decided, by the clock of this machine.
    pub at: Option<Timestamp>,
    /// When it was about to be sent.
    pub sent: Option<Timestamp>,
    /// How the exchange ended, in a word and in words.
    pub answer: Option<(Class, Clean)>,
    /// What became of it: the word of the journal, and a sentence.
    pub ending: Option<(Clean, Clean)>,
}

impl ChangeTrail {
    /// It was read back that it is done.
    pub fn is_done(&self) -> bool {
        self.ending.as_ref().is_some_and(|(word, _)| word.as_str() == "done")
    }

    /// Its end is known, or was told to the user as not known: nothing is looked for any more.
    pub fn is_settled(&self) -> bool {
        // What was refused or never left has no other end.
        let has_no_other = |(class, _): &(Class, Clean)| matches!(class, Class::Refused | Class::NotSent);
        self.sent.is_none() || self.ending.is_some() || self.answer.as_ref().is_some_and(has_no_other)
    }

    /// What became of it. What was about to be sent and has no end may have been carried out.
    pub fn sentence(&self) -> Clean {
        match (&self.ending, self.sent, &self.answer) {
            (Some((_, sentence)), ..) => sentence.clone(),
            (None, None, _) => "nothing was sent: certdeck ended before".into(),
            (None, Some(_), None) => "not known whether it was carried out: certdeck ended while it was sent".into(),
            (None, Some(_), Some((Class::NotSent, words))) => format!("nothing was sent: {words}").into(),
            (None, Some(_), Some((Class::Refused, words))) => format!("refused: {words}").into(),
            (None, Some(_), Some((Class::Ok, words))) => format!("accepted, and not read back: {words}").into(),
            (None, Some(_), Some((Class::Unknown, words))) => {
                format!("not known whether it was carried out: {words}").into()
            }
        }
    }
}

/// Reads the entries of one context, as `(kind, body)` in the order of the journal; the oldest change first. Entries of
/// other kinds say nothing, and neither does one about a change that is not there.
///
/// # Errors
/// The number of the entry, counted from 0, that cannot be read.
pub fn change_trails<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<ChangeTrail>, usize> {
    let mut trails: Vec<ChangeTrail> = Vec::new();
    let [of_intent, of_sent, of_answer, of_outcome] = ChangeRecord::KINDS;
    for (at, (kind, body)) in entries.into_iter().enumerate() {
        if !ChangeRecord::KINDS.contains(&kind) {
            continue;
        }
        let wire: Wire = serde_json::from_str(body).map_err(|_| at)?;
        let id = IntentId::parse(&wire.intent).ok_or(at)?;
        let clean = |text: &Option<String>| Clean::new(text.as_deref().unwrap_or_default());
        match (kind, trails.iter_mut().find(|trail| trail.intent == id)) {
            (kind, None) if kind == of_intent => trails.push(ChangeTrail {
                intent: id,
                change: wire.change().ok_or(at)?,
                host: clean(&wire.host),
                key_hint: clean(&wire.key_hint),
                at: wire.at,
                sent: None,
                answer: None,
                ending: None,
            }),
            (kind, Some(trail)) if kind == of_sent => trail.sent = Some(wire.at.ok_or(at)?),
            (kind, Some(trail)) if kind == of_answer => {
                let class = wire.class.as_deref().and_then(Class::parse).ok_or(at)?;
                trail.answer = Some((class, clean(&wire.words)));
            }
            (kind, Some(trail)) if kind == of_outcome => {
                trail.ending = Some((clean(&wire.outcome), clean(&wire.words)));
            }
            _ => {}
        }
    }
    Ok(trails)
}

/// A change of an earlier run that is still open: it may have been sent, and its end is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChange {
    /// Its name in the journal.
    pub intent: IntentId,
    /// What it was; of a definition too long for the journal the name alone.
    pub change: Change,
    /// When it was about to be sent.
    pub sent: Timestamp,
}

/// Reads the entries of one context as [`change_trails`] does, and tells what is still open.
///
/// # Errors
/// As there: what an entry says that cannot be read may be open.
pub fn open_changes<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<OpenChange>, usize> {
    let open = |trail: ChangeTrail| {
        let sent = trail.sent.filter(|_| !trail.is_settled())?;
        Some(OpenChange { intent: trail.intent, change: trail.change, sent })
    };
    Ok(change_trails(entries)?.into_iter().filter_map(open).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::ReportId,
        report::{Definition, change::Ending},
    };

    fn entries(records: &[ChangeRecord]) -> Vec<(&'static str, String)> {
        records.iter().map(|record| (record.kind(), record.to_json())).collect()
    }

    fn open(records: &[ChangeRecord]) -> Vec<OpenChange> {
        let entries = entries(records);
        open_changes(entries.iter().map(|(kind, body)| (*kind, body.as_str()))).unwrap()
    }

    #[test]
    fn d24_what_was_sent_and_has_no_end_is_open_and_reads_back_whole() {
        let at = Timestamp::UNIX_EPOCH;
        let definition = |name: &str| Box::new(Definition { name: name.into(), ..Definition::default() });
        let report = ReportId::new("r-1");
        let changes = [
            Change::Create(definition("Weekly")),
            Change::Edit { report: report.clone(), before: definition("a"), after: definition("b") },
            Change::Run { report: report.clone(), name: "Weekly".into() },
            Change::Delete { report: report.clone(), name: "Weekly".into() },
        ];
        for (number, change) in (1..).zip(changes) {
            let intent = IntentId::new(number);
            let begun = ChangeRecord::Intent {
                intent: intent.clone(),
                change: change.clone(),
                host: "api.example.com".into(),
                key_hint: "cret".into(),
                at,
            };
            let sent = ChangeRecord::Sent(intent.clone(), at);
            let answer = |class| ChangeRecord::Answered(intent.clone(), class, "201".into());
            let ended = ChangeRecord::Ended(intent.clone(), Ending::Unknown("cut".into()));
            assert_eq!(open(std::slice::from_ref(&begun)), [], "nothing left");
            let waits = [OpenChange { intent: intent.clone(), change, sent: at }];
            assert_eq!(open(&[begun.clone(), sent.clone()]), waits);
            assert_eq!(open(&[begun.clone(), sent.clone(), answer(Class::Ok)]), waits);
            assert_eq!(open(&[begun.clone(), sent.clone(), answer(Class::Unknown)]), waits);
            assert_eq!(open(&[begun.clone(), sent.clone(), answer(Class::Refused)]), []);
            assert_eq!(open(&[begun, sent, ended]), []);
        }
        assert_eq!(open_changes([("report_sent", "{}")]), Err(0), "what cannot be read may be open");
    }
}
