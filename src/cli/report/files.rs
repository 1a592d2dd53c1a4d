//! Files of reports on this machine.

use std::{sync::Arc, time::Duration};

use super::{SOURCE, read};
use crate::{
    cli::{
        console::{say, warn},
        exit::{Exit, Outcome, Trouble},
        grid::Grid,
        item::{Item, rfc3339},
        session::{Desk, Print, warn_of},
        sheet::Source,
    },
    client::Client,
    config::paths,
    domain::{
        Failure, FailureKind,
        report::{HistoryRecord, Report, ReportStatus},
    },
    downloads::{Downloads, Kept, KeptFile, Progress, Told},
};

const KIND: &str = "report.files";
const MEMBERS: &[&str] = &["report_display_name", "report_run_identifier", "parts", "bytes", "fetched_at", "files"];

/// `report download`: exit 0 when all that was asked for is here.
pub fn download(asked: &str, part: Option<u32>, desk: &mut Desk<'_>) -> Outcome {
    let (reports, history) = read(desk)?;
    warn_of(SOURCE, &history);
    let record = wanted(&reports, asked)?;
    let downloads = open(desk)?;
    let tell: Told = Arc::new(|progress: Progress| {
        if progress.of == Some(progress.bytes) && progress.parts > 1 {
            say(&format!("part {} of {}: {} bytes", progress.part, progress.parts, progress.bytes));
        }
    });
    let kept = desk.wait(async |client: &Client| Ok(downloads.fetch(client, record, part, &tell).await))?;
    let kept = kept?;
    for file in kept.files.iter().filter(|file| !file.ended) {
        warn(&format!("part {}: the service did not mark its end, so rows may be missing", file.part));
    }
    print(&downloads, std::slice::from_ref(&kept), desk)
}

/// `report kept`.
pub fn kept(desk: &mut Desk<'_>) -> Outcome {
    let downloads = open(desk)?;
    print(&downloads, &downloads.kept()?, desk)
}

/// `report prune`.
pub fn prune(older: Duration, desk: &mut Desk<'_>) -> Outcome {
    let downloads = open(desk)?;
    let removed = downloads.prune(older, desk.now())?;
    print(&downloads, &removed, desk)
}

fn open(desk: &Desk<'_>) -> Result<Downloads, Failure> {
    let state = paths::state_dir(&|name| std::env::var_os(name)).ok_or_else(|| {
        Failure::new(FailureKind::Configuration, "there is no home folder to keep files in")
            .hint("name a folder with CERTDECK_STATE_DIR")
    })?;
    Ok(Downloads::new(&state, &desk.context().name))
}

/// A run by its id, else the newest READY run of the report.
fn wanted<'a>(reports: &'a [Report], asked: &str) -> Result<&'a HistoryRecord, Trouble> {
    let is_asked = |run: &&HistoryRecord| run.run.as_ref().is_some_and(|run| run.as_str().eq_ignore_ascii_case(asked));
    if let Some(run) = reports.iter().flat_map(|report| &report.runs).find(is_asked) {
        return Ok(run);
    }
    let report = super::find(reports, asked)?;
    report.runs.iter().find(|run| run.status == ReportStatus::Ready).ok_or_else(|| {
        let title = format!("{} has no run whose files could be downloaded", report.name);
        Failure::new(FailureKind::NotFound, title).hint("`certdeck report run --wait` makes one").into()
    })
}

fn print(downloads: &Downloads, kept: &[Kept], desk: &mut Desk<'_>) -> Outcome {
    let folder = crate::domain::Clean::new(&downloads.folder().display().to_string());
    let file = |file: &KeptFile| {
        Item::default()
            .with("part", file.part)
            .text("path", &format!("{folder}/{}", file.name))
            .with("bytes", file.bytes)
            .text("sha256", file.sha256.as_str())
            .text("kind", file.kind.word())
            .with("end_marked", file.ended)
    };
    let item = |kept: &Kept| {
        Item::default()
            .text("report_identifier", kept.report.as_str())
            .text("report_display_name", &kept.report_name)
            .text("report_run_identifier", kept.run.as_str())
            .text("report_type", &kept.report_type)
            .text("format", &kept.format)
            .with("parts", kept.parts)
            .with("complete", kept.is_complete())
            .with("bytes", kept.bytes())
            .text("fetched_at", &rfc3339(kept.fetched_at))
            .items("files", kept.files.iter().map(file).collect())
    };
    let items: Vec<Item> = kept.iter().map(item).collect();
    let at = |index: usize| items.get(index).cloned().unwrap_or_default();
    let grid = || Grid::facts(&items);
    let source =
        Source { name: "here", as_of: Some(rfc3339(desk.now())), complete: true, error: None, notes: Vec::new() };
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![source],
        total: items.len(),
        len: items.len(),
        item: &at,
        grid: &grid,
        unknown: Vec::new(),
        gaps: None,
    })?;
    Ok(Exit::Done)
}
