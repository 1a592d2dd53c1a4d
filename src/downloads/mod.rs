//! Files of reports on this machine: fetched part by part, checked, named by us, and told in a manifest.
//!
//! A file has its final name only when all of it is there, was checked and is on the disk. What broke off is fetched
//! again from its beginning, since the service has no ranges; parts that are here already are not.

mod content;
mod file;
mod manifest;
mod names;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;

pub use self::{
    content::Kind,
    file::Progress,
    manifest::{Kept, KeptFile},
};
use self::{content::judge, file::Incoming, names::Names};
use crate::{
    client::{Client, Piece, Silent},
    domain::{
        Clean, Failure, FailureKind,
        digest::Digest,
        report::{HistoryRecord, ReportStatus, local::LocalRun},
    },
};

/// Who is told how far a download is, at most 30 times a second.
pub type Told = Arc<dyn Fn(Progress) + Send + Sync>;
/// Bytes that are free where a folder is; `None` when the system does not say.
pub type Free = Arc<dyn Fn(&Path) -> Option<u64> + Send + Sync>;

/// The folder of the files of one context.
#[derive(Clone)]
pub struct Downloads {
    folder: PathBuf,
    free: Free,
}

impl Downloads {
    /// The files of a context in the state folder.
    pub fn new(state: &Path, context: &str) -> Self {
        Self { folder: state.join("reports").join(names::slug(context)), free: Arc::new(free) }
    }

    /// The same with another way of asking for room.
    #[must_use]
    pub fn with_free(self, free: Free) -> Self {
        Self { free, ..self }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Fetches the files of a run that are not here yet: all, or the one with the number `only` (from 0).
    ///
    /// # Errors
    /// What could not be fetched, checked or kept; parts that came before stay, and the next call goes on there.
    pub async fn fetch(
        &self,
        client: &Client,
        record: &HistoryRecord,
        only: Option<u32>,
        told: &Told,
    ) -> Result<Kept, Failure> {
        let Some(run) = record.run.as_ref().filter(|_| record.status == ReportStatus::Ready) else {
            let title = format!("{}: this run has no files, it is {}", record.name, record.status);
            return Err(Failure::new(FailureKind::Refused, title).hint("only READY runs can be downloaded"));
        };
        // One file is told as 0, and 1 is handled like it (contract, `split_report_count`).
        let parts = record.parts.max(1);
        if let Some(part) = only.filter(|part| *part >= parts) {
            let title = format!("{}: there is no part {part}, the run has {parts}", record.name);
            return Err(Failure::new(FailureKind::NotFound, title).hint("parts count from 0"));
        }
        self.make()?;
        let names = Names::of(&record.report, run, &record.name);
        let path = self.folder.join(names.manifest());
        let mut kept = match Kept::read(&path) {
            Some(kept) if kept.parts == parts => kept,
            // Another number of parts is another set of files: those before say nothing of it.
            _ => Kept::new(record, run, parts),
        };
        let wanted = only.map_or(0..parts, |part| part..part + 1);
        for part in wanted {
            if kept.file(part).is_some_and(|file| self.is_sound(file)) {
                continue;
            }
            let file = self.fetch_part(client, record, (part, parts), &names, told).await?;
            kept.put(file, client.now());
            kept.write(&self.folder, &path).map_err(|error| self.failed("the manifest", &error))?;
        }
        if parts > 1 && kept.is_complete() {
            self.is_one_set(client, record, &kept).await?;
        }
        Ok(kept)
    }

    /// All runs that are kept here, the newest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn kept(&self) -> Result<Vec<Kept>, Failure> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed("the folder", &error)),
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let manifests = paths.filter(|path| path.extension().is_some_and(|extension| extension == "manifest"));
        let mut all: Vec<Kept> = manifests.filter_map(|path| Kept::read(&path)).collect();
        all.sort_by(|a, b| b.fetched_at.cmp(&a.fetched_at).then_with(|| a.run.cmp(&b.run)));
        Ok(all)
    }

    /// The files of a run that are here, in the order of its parts.
    pub fn paths(&self, kept: &Kept) -> Vec<PathBuf> {
        kept.files.iter().map(|file| self.folder.join(&file.name)).collect()
    }

    /// The runs whose files are all here, as screens know them.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn local(&self) -> Result<Vec<LocalRun>, Failure> {
        let whole = self.kept()?.into_iter().filter(Kept::is_complete);
        Ok(whole
            .map(|kept| LocalRun {
                paths: self.paths(&kept),
                report: kept.report,
                run: kept.run,
                first_at: kept.first_at,
            })
            .collect())
    }

    /// Removes the runs that were fetched longer than `older` before `now`, and what downloads that broke off have
    /// left; the removed runs.
    ///
    /// # Errors
    /// The folder cannot be read, or a file cannot be removed.
    pub fn prune(&self, older: Duration, now: Timestamp) -> Result<Vec<Kept>, Failure> {
        let mut removed = Vec::new();
        for kept in self.kept()? {
            let age = now.as_second().saturating_sub(kept.fetched_at.as_second());
            if u64::try_from(age).unwrap_or(0) < older.as_secs() {
                continue;
            }
            let names = Names::of(&kept.report, &kept.run, &kept.report_name);
            let files = kept.files.iter().map(|file| file.name.clone());
            for name in files.chain([names.manifest()]) {
                self.remove(&self.folder.join(name))?;
            }
            removed.push(kept);
        }
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(removed) };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "part")) {
            self.remove(&path)?;
        }
        Ok(removed)
    }

    async fn fetch_part(
        &self,
        client: &Client,
        record: &HistoryRecord,
        (part, parts): (u32, u32),
        names: &Names,
        told: &Told,
    ) -> Result<KeptFile, Failure> {
        let what = if parts > 1 { format!("{}, part {part} of {parts}", record.name) } else { record.name.to_string() };
        let place = Incoming::new(&self.folder, (part, parts), Arc::clone(told), Arc::clone(&self.free));
        let incoming = Arc::new(Mutex::new(place.map_err(|error| self.failed(&what, &error))?));
        let run = record.run.clone().unwrap_or_default();
        let piece = Piece {
            report: &record.report,
            run: &run,
            format: &record.format,
            part: (record.parts > 0).then_some(part),
        };
        let sink: Arc<Mutex<dyn crate::client::Sink>> = incoming.clone();
        let arrived = client.download(piece, sink).await.map_err(|failure| explained(failure, &what))?;
        let (format, folder) = (record.format.to_string(), self.folder.clone());
        let names = names.clone();
        let checked = tokio::task::spawn_blocking(move || {
            let mut incoming = incoming.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let sha256 = incoming.finish()?;
            let kind = match judge(incoming.path(), &format, arrived.ended) {
                Ok(kind) => kind,
                Err(why) => {
                    incoming.set_aside(&folder.join(names.aside(part)))?;
                    return Ok(Err(why));
                }
            };
            let name = names.file(part, parts, kind);
            incoming.keep(&folder.join(&name), &sha256)?;
            Ok(Ok(KeptFile { part, name, bytes: arrived.bytes, sha256, kind, ended: arrived.ended }))
        });
        let checked: Result<Result<KeptFile, Clean>, std::io::Error> = checked.await.map_err(|_| {
            Failure::new(FailureKind::Internal, format!("{what} was not kept: a fault of this program"))
        })?;
        match checked {
            Ok(Ok(file)) => Ok(file),
            Ok(Err(why)) => Err(Failure::new(FailureKind::BadAnswer, format!("{what} is not a whole report: {why}"))
                .hint("nothing of it is used; what came stands beside the others with .part at its end")),
            Err(error) => Err(self.failed(&what, &error)),
        }
    }

    /// Whether all parts are of one run that still has that many, and no two are the same.
    async fn is_one_set(&self, client: &Client, record: &HistoryRecord, kept: &Kept) -> Result<(), Failure> {
        let doubles = |file: &&KeptFile| kept.files.iter().any(|other| other.is_double_of(file));
        if let Some(twice) = kept.files.iter().find(doubles) {
            let title = format!("{}: part {} came twice, so the set is not complete", record.name, twice.part);
            self.forget(kept, |file| file.sha256 == twice.sha256)?;
            return Err(Failure::new(FailureKind::BadAnswer, title)
                .hint("download it again: the parts that are the same are fetched, and no other"));
        }
        let history = client.report_history(&mut Silent).await?;
        let now = history.rows.iter().find(|one| one.run == record.run).map(|one| one.parts);
        if let Some(now) = now.filter(|now| *now != record.parts) {
            let title = format!("{}: the run has {now} parts now, and had {}", record.name, record.parts);
            self.forget(kept, |_| true)?;
            return Err(Failure::new(FailureKind::BadAnswer, title).hint("download it again: all parts are fetched"));
        }
        Ok(())
    }

    /// Files that are not of the set do not stay; without any other the set is none.
    fn forget(&self, kept: &Kept, which: impl Fn(&KeptFile) -> bool) -> Result<(), Failure> {
        let path = self.folder.join(Names::of(&kept.report, &kept.run, &kept.report_name).manifest());
        let mut rest = kept.clone();
        rest.files.retain(|file| !which(file));
        for file in kept.files.iter().filter(|file| which(file)) {
            self.remove(&self.folder.join(&file.name))?;
        }
        if rest.files.is_empty() {
            return self.remove(&path);
        }
        rest.write(&self.folder, &path).map_err(|error| self.failed("the manifest", &error))
    }

    /// Whether a file is here as the manifest says.
    fn is_sound(&self, file: &KeptFile) -> bool {
        let path = self.folder.join(&file.name);
        let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == file.bytes);
        is_file && file::digest(&path).is_ok_and(|digest: Digest| digest == file.sha256)
    }

    fn make(&self) -> Result<(), Failure> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder).map_err(|error| self.failed("the folder", &error))
    }

    fn remove(&self, path: &Path) -> Result<(), Failure> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.failed("a file", &error)),
            _ => Ok(()),
        }
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Failure {
        let place = Clean::new(&self.folder.display().to_string());
        let why = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "a file of that name is there, and it stays".to_owned(),
            kind => kind.to_string(),
        };
        let title = format!("{what} could not be kept in {place}: {why}");
        Failure::new(FailureKind::Configuration, Clean::new(&title)).hint("move it away, or mend the folder")
    }
}

/// F17: files that were deleted by the rules of retention are told as that.
fn explained(failure: Failure, what: &str) -> Failure {
    let title = format!("{what}: {}", failure.title);
    let failure = Failure { title: Clean::new(&title), ..failure };
    if failure.kind == FailureKind::NotFound {
        return failure.hint(
            "results are deleted 90 days after their first download, or 30 days after a reminder at six months: run it \
             again",
        );
    }
    failure
}

#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}
