//! The snapshots of contexts: opened, put, compared, and set aside when they are spoilt. The cache has no part in it.

use jiff::Timestamp;

use super::{Disk, Shelf};
use crate::{
    domain::{
        Failure, FailureKind,
        delta::{Compared, Since, Topic},
    },
    store::{Health, context::ContextId, fault::Fault, history::History, listing::Prepared},
};

/// What is said where snapshots are not kept.
const NOT_KEPT: &str = "what changed is told of this run alone, since snapshots are not kept; all else works";
/// What is said where newer ones are not kept.
const NOT_WRITTEN: &str = "newer snapshots are not kept, so what changed since is not told; all else works";

impl Disk {
    /// Puts a snapshot, when it is another one than the last.
    pub fn snapshot(&mut self, prepared: &Prepared) -> Result<(), Failure> {
        let (context, now) = (prepared.context.clone(), (self.clock)());
        let path = self.path(&context.snapshots_file());
        let mut put = || {
            let done = match self.history(&context) {
                Err(why) | Ok((_, Health::ReadOnly(why))) => return Err(why.clone()),
                Ok((history, _)) => history.put(prepared, now),
            };
            Ok(self.settle_history(&context, done))
        };
        let mut done = put()?;
        if done.as_ref().is_err_and(Fault::is_damage) {
            done = put()?;
        }
        if let Ok((history, _)) = self.history(&context)
            && let Some(cut) = history.cut()
        {
            let title = format!(
                "snapshots from before {} made room for newer ones: their file has reached {} MiB",
                cut.strftime("%F"),
                self.bounds.bytes >> 20
            );
            self.news.push(Failure::new(FailureKind::Configuration, title));
        }
        done.map_err(|fault| fault.failure("a snapshot could not be kept, all else works", &path))
    }

    /// What is other since a moment.
    pub fn compare(
        &mut self,
        context: &ContextId,
        topic: Topic,
        since: Since,
        until: Option<Timestamp>,
    ) -> Result<Compared, Failure> {
        let now = (self.clock)();
        let path = self.path(&context.snapshots_file());
        let compared = match self.history(context) {
            Err(why) => return Err(why.clone()),
            Ok((history, _)) => history.compare(topic, since, until, now),
        };
        let compared = self.settle_history(context, compared);
        compared.map_err(|fault| fault.failure("what changed cannot be told", &path))
    }

    /// How the snapshots of a context stand.
    pub(super) fn health_of_history(&mut self, context: &ContextId) -> Health {
        match self.history(context) {
            Ok((_, health)) => health.clone(),
            Err(why) => Health::Off(why.clone()),
        }
    }

    /// A file that turns out to be spoilt is set aside, and a fresh one takes its place.
    fn settle_history<R>(&mut self, context: &ContextId, result: Result<R, Fault>) -> Result<R, Fault> {
        if let Err(fault) = &result
            && fault.is_damage()
        {
            // The connection ends before its file gets another name.
            let is_gone =
                self.histories.remove(context).is_some_and(|opened| opened.is_ok_and(|(history, _)| history.is_gone()));
            if !is_gone && let Ok(folder) = self.folder() {
                self.set_history_aside(&folder, context, fault);
            }
        }
        result
    }

    fn set_history_aside(&mut self, folder: &std::path::Path, context: &ContextId, fault: &Fault) -> bool {
        let (why, title) = match fault {
            Fault::Foreign => ("other", "the snapshots are of other addresses and were set aside: no baseline yet"),
            _ => ("corrupt", "the snapshots were damaged and were set aside: no baseline until tomorrow"),
        };
        self.aside(folder, &context.snapshots_file(), why, title)
    }

    fn history(&mut self, context: &ContextId) -> &mut Shelf<History> {
        let opened = match self.histories.remove(context) {
            Some(opened) => opened,
            None => self.open_history(context),
        };
        self.histories.entry(context.clone()).insert_entry(opened).into_mut()
    }

    fn open_history(&mut self, context: &ContextId) -> Shelf<History> {
        let folder = match self.folder() {
            Ok(folder) => folder,
            Err(why) => {
                let why = Failure { title: NOT_KEPT.into(), ..why };
                return self.history_in_memory(context, why);
            }
        };
        let mut opened = History::open(&folder, context, self.bounds);
        if let Err(fault) = &opened
            && (fault.is_damage() || matches!(fault, Fault::Foreign))
            && self.set_history_aside(&folder, context, fault)
        {
            opened = History::open(&folder, context, self.bounds);
        }
        match opened {
            Ok(history) if history.is_read_only() => {
                let fault = Fault::Io(std::io::ErrorKind::ReadOnlyFilesystem.into());
                Ok((history, Health::ReadOnly(fault.failure(NOT_WRITTEN, &folder))))
            }
            Ok(history) => Ok((history, Health::Working)),
            Err(fault) => {
                let why = fault.failure(NOT_KEPT, &folder.join(context.snapshots_file()));
                self.history_in_memory(context, why)
            }
        }
    }

    fn history_in_memory(&self, context: &ContextId, why: Failure) -> Shelf<History> {
        match History::in_memory(context, self.bounds) {
            Ok(history) => Ok((history, Health::InMemory(why))),
            Err(_) => Err(why),
        }
    }
}
