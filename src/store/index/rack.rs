//! What a thread of the index has: the open file, and how it stands.

use std::path::Path;

use super::events::EventFile;
use crate::{
    domain::{Failure, FailureKind, audit::AuditEvent, filter::Field},
    store::{
        Clock, ContextId, Health, Place,
        fault::Fault,
        file::{self, Bounds},
        folder,
    },
};

/// What is said where events are not kept.
const NOT_KEPT: &str = "audit events are not kept when certdeck ends, all else works";

/// One thread's view of the file.
pub struct Rack {
    place: Place,
    bounds: Bounds,
    clock: Clock,
    context: ContextId,
    fields: &'static [Field<AuditEvent>],
    /// It makes the file, and has the events in memory where there can be none.
    writes: bool,
    open: Option<Result<(EventFile, Health), Failure>>,
    news: Vec<Failure>,
}

impl Rack {
    /// Opens nothing yet.
    pub fn new(
        (place, bounds): (Place, Bounds),
        clock: Clock,
        context: ContextId,
        fields: &'static [Field<AuditEvent>],
        writes: bool,
    ) -> Self {
        Self { place, bounds, clock, context, fields, writes, open: None, news: Vec::new() }
    }

    /// Works on the file. One that turns out to be spoilt is set aside.
    pub fn with<R>(&mut self, work: impl FnOnce(&mut EventFile) -> Result<R, Fault>) -> Result<R, Failure> {
        let done = match self.opened() {
            Err(why) => return Err(why.clone()),
            Ok((file, _)) => work(file),
        };
        done.map_err(|fault| self.settle(&fault))
    }

    /// Reads the file; `None` where the other thread has the events in memory.
    pub fn read<R>(&mut self, work: impl FnOnce(&mut EventFile) -> Result<R, Fault>) -> Option<Result<R, Failure>> {
        match self.opened() {
            Ok((_, Health::Working | Health::ReadOnly(_))) => Some(self.with(work)),
            _ => None,
        }
    }

    /// How it stands; what happened since the last time is said once.
    pub fn health(&mut self) -> (Health, Vec<Failure>) {
        let health = match self.opened() {
            Ok((_, health)) => health.clone(),
            Err(why) => Health::Off(why.clone()),
        };
        (health, std::mem::take(&mut self.news))
    }

    fn opened(&mut self) -> &mut Result<(EventFile, Health), Failure> {
        // One that another instance has set aside is closed before the next one is opened.
        let open = self.open.take().filter(|open| !matches!(open, Ok((file, _)) if file.is_gone()));
        let open = open.unwrap_or_else(|| self.open_file());
        self.open.insert(open)
    }

    fn open_file(&mut self) -> Result<(EventFile, Health), Failure> {
        let folder = match folder::of(&self.place, NOT_KEPT) {
            Ok(folder) => folder,
            Err(why) => return self.in_memory(why),
        };
        let mut opened = EventFile::open(&folder, &self.context, self.bounds, self.fields);
        if let Err(fault) = &opened
            && (fault.is_damage() || matches!(fault, Fault::Foreign))
            && self.set_aside(&folder, fault)
        {
            opened = EventFile::open(&folder, &self.context, self.bounds, self.fields);
        }
        match opened {
            Ok(file) if file.is_read_only() => {
                let fault = Fault::Io(std::io::ErrorKind::ReadOnlyFilesystem.into());
                Ok((file, Health::ReadOnly(fault.failure("newer audit events are not kept, all else works", &folder))))
            }
            Ok(file) => Ok((file, Health::Working)),
            Err(fault) => self.in_memory(fault.failure(NOT_KEPT, &folder.join(self.context.audit_file()))),
        }
    }

    fn in_memory(&self, why: Failure) -> Result<(EventFile, Health), Failure> {
        let bounds = Bounds { bytes: self.bounds.bytes.min(super::IN_MEMORY), ..self.bounds };
        match EventFile::in_memory(&self.context, bounds, self.fields) {
            Ok(file) if self.writes => Ok((file, Health::InMemory(why))),
            _ => Err(why),
        }
    }

    fn settle(&mut self, fault: &Fault) -> Failure {
        let folder = folder::of(&self.place, NOT_KEPT);
        if fault.is_damage() {
            // The connection ends before its file gets another name.
            let is_gone = self.open.take().is_some_and(|open| open.is_ok_and(|(file, _)| file.is_gone()));
            if let (false, Ok(folder)) = (is_gone, &folder) {
                self.set_aside(folder, fault);
            }
        }
        if matches!(fault, Fault::Stopped) {
            return Failure::new(FailureKind::Cancelled, "the look at the audit events was ended");
        }
        if fault.is_full() && matches!(self.open, Some(Ok((_, Health::InMemory(_))))) {
            return Failure::new(FailureKind::Configuration, "no more events fit into memory")
                .hint("CERTDECK_STATE_DIR names a folder for all");
        }
        let path = folder.unwrap_or_default().join(self.context.audit_file());
        fault.failure("the audit events on this machine cannot be used now, all else works", &path)
    }

    fn set_aside(&mut self, folder: &Path, fault: &Fault) -> bool {
        let (why, title) = match fault {
            Fault::Foreign => ("other", "the kept audit events are of other addresses and were set aside"),
            _ => ("corrupt", "the kept audit events were damaged and were set aside, they are read anew"),
        };
        match file::set_aside(folder, &self.context.audit_file(), why, (self.clock)()) {
            Ok(aside) => {
                let failure = Failure::new(FailureKind::Configuration, title);
                self.news.push(failure.detail(format!("now {}", aside.display())));
                true
            }
            Err(_) => false,
        }
    }
}
