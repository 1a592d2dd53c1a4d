//! Changes of reports: sent once, with the same journal and the same right to write as decisions about CAs.

use std::time::Duration;

use jiff::Timestamp;

use super::{Point, Writer, unreadable};
use crate::{
    client::{Prepared, ReportAnswer, Silent},
    domain::{
        Clean, Failure, FailureKind,
        ca::decision::{Class, IntentId},
        ids::{ReportId, RunId},
        report::{
            HistoryRecord,
            change::{Change, ChangeRecord, Ending},
            trail::{ChangeTrail, OpenChange, change_trails, open_changes},
        },
    },
    store::Entry,
};

/// Waits before each look at what became of a change: about a minute in all.
const LOOKS: [u64; 6] = [0, 1, 2, 4, 15, 30];
/// A run that began so much before it was asked for may be the one: clocks differ, and the service counts in seconds.
const SLACK: i64 = 60;

/// What was there before a change.
struct Before {
    records: Vec<HistoryRecord>,
    sent: Timestamp,
}

/// What a look found.
enum Sight {
    /// It is done.
    Done { report: Option<ReportId>, run: Option<RunId> },
    /// It is not, or cannot be seen.
    NotYet(Clean),
}

impl Writer {
    /// What [`Writer::change_report`] would send. Nothing is written or sent.
    ///
    /// # Errors
    /// The request cannot be made.
    pub fn prepare_report(&self, change: &Change) -> Result<Prepared, Failure> {
        self.client.prepare_report(change)
    }

    /// Sends a change of a report once and looks for about a minute what became of it. `told` gets each ending so far.
    ///
    /// A report that is made has to have a name of its own: only by that it can be found when the answer is lost.
    ///
    /// # Errors
    /// Nothing was sent: this certdeck may not write, another change of the report is on its way, or it cannot be read
    /// what is there.
    pub async fn change_report(
        &self,
        change: &Change,
        told: &mut (dyn FnMut(&Ending) + Send),
    ) -> Result<Ending, Failure> {
        let _turn = self.busy.take("report", &change.subject())?;
        self.store.claim_writes().await?;
        let prepared = self.client.prepare_report(change)?;
        self.around.reached(Point::Begun).await;
        let intent = IntentId::new(fastrand::u128(..));
        self.keep(&ChangeRecord::Intent {
            intent: intent.clone(),
            change: change.clone(),
            host: prepared.host,
            key_hint: prepared.key_hint,
            at: self.around.now(),
        })
        .await?;
        self.around.reached(Point::IntentKept).await;
        told(&Ending::UnderWay);
        let before = match self.before(change).await? {
            Ok(before) => before,
            Err(why) => {
                let ending = Ending::Stopped(why);
                self.keep(&ChangeRecord::Ended(intent, ending.clone())).await?;
                return Ok(ending);
            }
        };
        self.around.reached(Point::ReadAgain).await;
        self.keep(&ChangeRecord::Sent(intent.clone(), before.sent)).await?;
        self.around.reached(Point::SentKept).await;
        let sending = self.around.reached(Point::Sending);
        let (answer, ()) = futures_util::future::join(self.client.change_report(change), sending).await;
        self.around.reached(Point::Answered).await;
        let (class, words) = (answer.outcome.class(), answer.outcome.words());
        // What the journal does not take does not change what has happened: it is looked for all the same.
        let kept = self.keep(&ChangeRecord::Answered(intent.clone(), class, words)).await;
        self.around.reached(Point::AnswerKept).await;
        let ending = self.follow_report(change, &answer, &before, told).await;
        let ended = self.keep(&ChangeRecord::Ended(intent, ending.clone())).await;
        self.around.reached(Point::OutcomeKept).await;
        kept.and(ended).map(|()| ending)
    }

    /// Changes of earlier runs of the program that may have been sent and have no end; each is looked for once, and
    /// told with what is seen. Nothing is sent.
    ///
    /// # Errors
    /// The journal or the history cannot be read.
    pub async fn resolve_reports(&self) -> Result<Vec<(Change, Ending)>, Failure> {
        let open = self.open_changes().await?;
        let mut told = Vec::new();
        for OpenChange { intent, change, sent } in open {
            let Ok(_turn) = self.busy.take("report", &change.subject()) else { continue };
            let before = Before { records: Vec::new(), sent };
            let ending = match self.look(&change, None, &before).await? {
                Sight::Done { report, run } => Ending::Done { report, run },
                Sight::NotYet(why) => Ending::Unknown(why),
            };
            self.keep(&ChangeRecord::Ended(intent, ending.clone())).await?;
            told.push((change, ending));
        }
        Ok(told)
    }

    /// What the journal says of changes of reports in this context, the oldest first; for looking, it needs no right.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn report_trails(&self) -> Result<Vec<ChangeTrail>, Failure> {
        let all = self.report_entries().await?;
        let read = change_trails(all.iter().map(|entry| (entry.kind.as_str(), entry.body.as_str())));
        read.map_err(|at| unreadable(all.get(at).map_or(0, |entry| entry.id)))
    }

    async fn open_changes(&self) -> Result<Vec<OpenChange>, Failure> {
        let all = self.report_entries().await?;
        let read = open_changes(all.iter().map(|entry| (entry.kind.as_str(), entry.body.as_str())));
        read.map_err(|at| unreadable(all.get(at).map_or(0, |entry| entry.id)))
    }

    async fn report_entries(&self) -> Result<Vec<Entry>, Failure> {
        let mut all = Vec::new();
        let see = |entry: Entry| {
            if entry.context == self.context.id() && ChangeRecord::KINDS.contains(&entry.kind.as_str()) {
                all.push(entry);
            }
        };
        self.store.each_entry(see).await?;
        Ok(all)
    }

    async fn keep(&self, record: &ChangeRecord) -> Result<(), Failure> {
        self.store.append(&self.context, record.kind(), record.to_json()).await.map(|_| ())
    }

    /// What is there now; the inner error says why nothing may be sent.
    async fn before(&self, change: &Change) -> Result<Result<Before, Clean>, Failure> {
        let history = self.client.report_history(&mut Silent).await?;
        if !history.is_complete() {
            return Ok(Err("the history could not be read whole".into()));
        }
        let why: Option<Clean> = match change {
            Change::Create(definition) => {
                let name = Clean::new(&definition.name);
                let taken = history.rows.iter().any(|record| record.name == name);
                taken.then(|| format!("there is a report with the name {name} already").into())
            }
            Change::Edit { report, before, .. } => {
                let now = self.client.report_details(report).await?;
                (now.definition.body() != before.body()).then(|| "somebody has edited it meanwhile".into())
            }
            Change::Run { .. } => None,
            Change::Delete { report, name } => {
                let now = self.client.report_details(report).await?;
                (Clean::new(&now.definition.name) != *name).then(|| "its name is another one now".into())
            }
        };
        let sent = self.around.now();
        Ok(why.map_or(Ok(Before { records: history.rows, sent }), Err))
    }

    async fn follow_report(
        &self,
        change: &Change,
        answer: &ReportAnswer,
        before: &Before,
        told: &mut (dyn FnMut(&Ending) + Send),
    ) -> Ending {
        let words = answer.outcome.words();
        let open: fn(Clean) -> Ending = match answer.outcome.class() {
            Class::NotSent => return Ending::NotSent(words),
            Class::Refused => return Ending::Refused { said: words, complaints: answer.complaints.clone() },
            Class::Ok => Ending::Accepted,
            Class::Unknown => Ending::Unknown,
        };
        let mut last = open(words.clone());
        for wait in LOOKS {
            told(&last);
            if wait > 0 {
                self.around.pause(Duration::from_secs(wait)).await;
                self.around.reached(Point::Waited).await;
            }
            let sight = self.look(change, answer.made.as_ref(), before).await;
            self.around.reached(Point::ReadBack).await;
            last = match sight {
                Ok(Sight::Done { report, run }) => return Ending::Done { report, run },
                Ok(Sight::NotYet(why)) => open(format!("{words}; {why}").into()),
                Err(failure) => open(format!("{words}; {}", failure.title).into()),
            };
        }
        last
    }

    /// Looks whether a change is done. A report that was made is found by its id or by its name, which no other had.
    async fn look(&self, change: &Change, made: Option<&ReportId>, before: &Before) -> Result<Sight, Failure> {
        match change {
            Change::Create(definition) => {
                let history = self.client.report_history(&mut Silent).await?.rows;
                let name = Clean::new(&definition.name);
                let named = || history.iter().find(|record| record.name == name).map(|record| &record.report);
                let Some(report) = made.or_else(named) else {
                    return Ok(Sight::NotYet("no report of that name is there".into()));
                };
                let details = self.client.report_details(report).await?;
                if !definition.is_saved_as(&details.definition) {
                    return Ok(Sight::NotYet("the report of that name is defined in another way".into()));
                }
                let run = history.iter().find(|record| record.report == *report && record.run.is_some());
                let run = run.and_then(|record| record.run.clone());
                if definition.runs_at_once() && run.is_none() && made.is_some() {
                    return Ok(Sight::NotYet("its first run is not in the history".into()));
                }
                Ok(Sight::Done { report: Some(report.clone()), run })
            }
            Change::Edit { report, after, .. } => {
                let now = self.client.report_details(report).await?;
                if !after.is_saved_as(&now.definition) {
                    return Ok(Sight::NotYet("the definition is another one".into()));
                }
                Ok(Sight::Done { report: Some(report.clone()), run: None })
            }
            Change::Run { report, .. } => {
                let history = self.client.report_history(&mut Silent).await?.rows;
                let new = |record: &&HistoryRecord| {
                    record.report == *report
                        && record.run.is_some()
                        && record.manual != Some(false)
                        && before.records.iter().all(|known| known.run != record.run)
                        && record.started.at().is_some_and(|at| at.as_second() >= before.sent.as_second() - SLACK)
                };
                Ok(match history.iter().find(new) {
                    Some(record) => Sight::Done { report: Some(report.clone()), run: record.run.clone() },
                    None => Sight::NotYet("no new run is in the history".into()),
                })
            }
            Change::Delete { report, .. } => match self.client.report_details(report).await {
                Ok(_) => Ok(Sight::NotYet("it is still there".into())),
                Err(failure) if failure.kind == FailureKind::NotFound => Ok(Sight::Done { report: None, run: None }),
                Err(failure) => Err(failure),
            },
        }
    }
}
