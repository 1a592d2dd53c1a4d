//! Reports are made, edited, run and removed: checked, shown, asked, and sent once.

use std::{
    io::{IsTerminal as _, Read as _},
    path::Path,
    time::Duration,
};

use jiff::tz::TimeZone;

use super::{find, read};
use crate::{
    cli::{
        agree::Question,
        args::Sending,
        console::{say, warn},
        exit::{Exit, Outcome, Trouble},
        grid::Grid,
        item::{Item, rfc3339},
        session::{Desk, Print},
        sheet::Source,
    },
    client::{Client, Prepared, Silent},
    domain::{
        Clean, Failure, FailureKind,
        ids::RunId,
        report::{
            Complaint, Definition, ReportStatus,
            change::{Change, Ending},
            rules,
        },
    },
    runtime::Editor,
};

const KIND: &str = "report.change";
const MEMBERS: &[&str] = &["operation", "report_identifier", "report_display_name", "outcome", "sent"];
/// Largest file with a definition, bytes.
const FILE_MOST: u64 = 1 << 20;
/// Waits between looks at a run, seconds: soon at first, then every 10, and every 30 after five minutes.
const LOOKS: [u64; 4] = [1, 2, 4, 8];
const STEADY: (u64, u64, u64) = (10, 300, 30);

/// `report template`: the definition of a report, or one to start from.
pub fn template(report: Option<&str>, desk: &mut Desk<'_>) -> Outcome {
    let definition = match report {
        Some(asked) => {
            let (reports, _) = read(desk)?;
            let id = find(&reports, asked)?.id.clone();
            desk.wait(async |client: &Client| client.report_details(&id).await)?.definition
        }
        None => Definition::example(),
    };
    desk.console.out().write_all(definition.to_toml().as_bytes())?;
    Ok(Exit::Done)
}

/// `report new`.
pub fn new(file: &Path, sending: Sending, desk: &mut Desk<'_>) -> Outcome {
    writable(desk)?;
    let definition = Box::new(load(&text_of(file)?)?);
    checked(&definition, desk)?;
    let change = Change::Create(definition);
    confirmed(&change, sending, desk)?;
    send(&change, sending.dry_run, desk).map(|(exit, _)| exit)
}

/// `report edit`.
pub fn edit(asked: &str, file: Option<&Path>, sending: Sending, desk: &mut Desk<'_>) -> Outcome {
    writable(desk)?;
    let (reports, _) = read(desk)?;
    let report = find(&reports, asked)?.id.clone();
    let details = desk.wait(async |client: &Client| client.report_details(&report).await)?;
    if !details.unknown.is_empty() {
        let names: Vec<&str> = details.unknown.iter().map(Clean::as_str).collect();
        let title = format!("an edit would lose what is not known here: {}", names.join(", "));
        let failure = Failure::new(FailureKind::Refused, title);
        return Err(Trouble::Interlock(failure.hint("edit it in the web console, or look for a newer certdeck")));
    }
    let before = Box::new(details.definition);
    let text = match file {
        Some(file) => text_of(file)?,
        None => edited(&before.to_toml(), desk)?,
    };
    let after = Box::new(load(&text)?);
    if after == before {
        warn("nothing was changed, so nothing was sent");
        return Ok(Exit::Done);
    }
    checked(&after, desk)?;
    let change = Change::Edit { report, before, after };
    confirmed(&change, sending, desk)?;
    send(&change, sending.dry_run, desk).map(|(exit, _)| exit)
}

/// `report run`.
pub fn run(asked: &str, wait: bool, desk: &mut Desk<'_>) -> Outcome {
    writable(desk)?;
    let (reports, _) = read(desk)?;
    let report = find(&reports, asked)?;
    let change = Change::Run { report: report.id.clone(), name: report.name.clone() };
    let (exit, ending) = send(&change, false, desk)?;
    match ending {
        Some(Ending::Done { run: Some(run), .. }) if wait => follow(&run, desk),
        _ => Ok(exit),
    }
}

/// `report delete`.
pub fn delete(asked: &str, name: Option<&str>, desk: &mut Desk<'_>) -> Outcome {
    writable(desk)?;
    let (reports, _) = read(desk)?;
    let report = find(&reports, asked)?;
    let typed = if let Some(name) = name {
        name.to_owned()
    } else {
        let text = format!("Type the name of the report to remove it ({}): ", report.name);
        let (otherwise, without) = ("nothing was removed", "--name takes the name of the report");
        Question { text: &text, otherwise, without }.answer()?
    };
    if typed != report.name.as_str() {
        let failure = Failure::new(FailureKind::Refused, "this is not the name of the report: nothing was removed");
        return Err(Trouble::Interlock(failure.hint("`certdeck report list` shows names")));
    }
    warn("whether the results of past runs stay at the service is not documented");
    send(&Change::Delete { report: report.id.clone(), name: report.name.clone() }, false, desk).map(|(exit, _)| exit)
}

/// Refuses where no write may be.
fn writable(desk: &Desk<'_>) -> Result<(), Trouble> {
    let why = match (desk.global.read_only, desk.context().read_only) {
        (true, _) => "--read-only was given",
        (_, true) => "the configuration says so",
        (false, false) => return Ok(()),
    };
    let title = format!("context {} is read-only, so nothing is sent: {why}", desk.context().name);
    Err(Trouble::Interlock(Failure::new(FailureKind::Refused, title)))
}

/// A text as the editor of the user leaves it.
fn edited(text: &str, desk: &Desk<'_>) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let failure = Failure::new(FailureKind::Cancelled, "there is no terminal for an editor, so nothing was sent");
        return Err(failure.hint("-f takes the definition from a file"));
    }
    let editor = Editor::of(text, desk.context().key_variables())?;
    let ended = editor.command().status();
    editor.text(ended)
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let failed = |why: &dyn std::fmt::Display| {
        let title = Clean::new(&format!("{}: {why}", file.display()));
        Failure::new(FailureKind::Configuration, title).hint("`certdeck report template` prints one to start from")
    };
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(FILE_MOST + 1).read_to_string(&mut text)
    } else {
        let opened = std::fs::File::open(file).map_err(|error| failed(&error.kind()))?;
        opened.take(FILE_MOST + 1).read_to_string(&mut text)
    };
    match read {
        Ok(read) if read as u64 > FILE_MOST => Err(failed(&"larger than 1 MiB")),
        Ok(_) => Ok(text),
        Err(error) => Err(failed(&error.kind())),
    }
}

fn load(text: &str) -> Result<Definition, Failure> {
    Definition::from_toml(text).map_err(|why| {
        Failure::new(FailureKind::Configuration, format!("the definition cannot be read: {why}"))
            .hint("nothing was sent")
    })
}

/// Holds a definition against the rules, and its recipients against the administrators.
fn checked(definition: &Definition, desk: &Desk<'_>) -> Result<(), Failure> {
    let today = desk.now().to_zoned(TimeZone::UTC).date();
    let people = if definition.recipients.is_empty() {
        None
    } else {
        let people = desk.wait(async |client: &Client| client.administrators().await)?;
        people.is_complete().then_some(people.rows)
    };
    complain(&rules::check(definition, today, people.as_deref()))
}

fn complain(complaints: &[Complaint]) -> Result<(), Failure> {
    if complaints.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = complaints.iter().map(|one| format!("{}: {}", one.field.label(), one.text)).collect();
    Err(Failure::new(FailureKind::Configuration, "the definition would be refused, so nothing was sent")
        .detail(lines.join("; ")))
}

/// Shows what is to be sent and asks.
fn confirmed(change: &Change, sending: Sending, desk: &Desk<'_>) -> Result<(), Failure> {
    for (mark, line) in change.lines() {
        say(&format!("{mark} {line}"));
    }
    if change.definition().is_some_and(Definition::runs_at_once) {
        warn("ON_DEMAND: it runs at once when it is saved");
    }
    if sending.yes || sending.dry_run {
        return Ok(());
    }
    let text = format!("Send this to {}? [y/N] ", desk.context().name);
    Question { text: &text, otherwise: "nothing was sent", without: "--yes sends without asking" }.agree()
}

/// Sends a change once; the exit code, and how it ended unless nothing was to be sent.
fn send(change: &Change, dry_run: bool, desk: &mut Desk<'_>) -> Result<(Exit, Option<Ending>), Trouble> {
    let writer = desk.writer();
    let prepared = writer.prepare_report(change)?;
    if dry_run {
        warn("dry run: nothing was written and nothing was sent");
        print(change, None, &prepared, desk)?;
        return Ok((Exit::Done, None));
    }
    for (earlier, ending) in desk.wait(async |_: &Client| Ok(writer.resolve_reports().await))?? {
        warn(&format!("{}, {}, of an earlier run: {}", earlier.verb(), earlier.name(), ending.sentence()));
    }
    let mut last = Clean::default();
    let mut told = |ending: &Ending| {
        let sentence = ending.sentence();
        if sentence != last {
            warn(&sentence);
            last = sentence;
        }
    };
    let ending = desk.wait(async |_: &Client| Ok(writer.change_report(change, &mut told).await))??;
    warn(&ending.sentence());
    print(change, Some(&ending), &prepared, desk)?;
    let exit = match &ending {
        Ending::Done { .. } => Exit::Done,
        Ending::Stopped(_) => Exit::Interlock,
        Ending::NotSent(_) => Exit::Network,
        Ending::UnderWay | Ending::Refused { .. } | Ending::Accepted(_) | Ending::Unknown(_) => Exit::Failed,
    };
    Ok((exit, Some(ending)))
}

fn print(change: &Change, ending: Option<&Ending>, prepared: &Prepared, desk: &mut Desk<'_>) -> Result<(), Trouble> {
    let (made, run) = match ending {
        Some(Ending::Done { report, run }) => (report.as_ref(), run.as_ref()),
        _ => (None, None),
    };
    let complaints = match ending {
        Some(Ending::Refused { complaints, .. }) => complaints.as_slice(),
        _ => &[],
    };
    let sent = ending.is_some_and(|ending| !matches!(ending, Ending::NotSent(_) | Ending::Stopped(_)));
    let item = Item::default()
        .text("operation", change.word())
        .text("report_identifier", made.or(change.report()).map_or("", |report| report.as_str()))
        .text("report_display_name", &change.name())
        .text("report_run_identifier", run.map_or("", RunId::as_str))
        .with("sent", sent)
        .text("outcome", ending.map_or("", Ending::word))
        .text("detail", &ending.map(Ending::sentence).unwrap_or_default())
        .with(
            "complaints",
            complaints.iter().map(|one| format!("{}: {}", one.field.label(), one.text)).collect::<Vec<_>>(),
        )
        .text("method", &prepared.method)
        .text("host", &prepared.host)
        .text("path", &prepared.path)
        .text("body", &Clean::new(&prepared.body));
    let source = Source {
        name: "certcentral",
        as_of: Some(rfc3339(desk.now())),
        complete: true,
        error: None,
        notes: Vec::new(),
    };
    let names = ["report_identifier", "report_run_identifier", "outcome", "detail"];
    let unknown = names.iter().filter(|name| item.is_null(name)).map(|name| format!("items.{name}")).collect();
    let at = |_: usize| item.clone();
    let grid = || Grid::facts(std::slice::from_ref(&item));
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![source],
        total: 1,
        len: 1,
        item: &at,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(())
}

/// Waits for the end of a run.
fn follow(run: &RunId, desk: &Desk<'_>) -> Outcome {
    if desk.shelf().is_none() {
        warn("the clock of the demonstration stands still, so the run is not waited for");
        return Ok(Exit::Done);
    }
    let status = desk.wait(async |client: &Client| {
        let (mut waited, mut looks) = (0, LOOKS.into_iter());
        loop {
            let (steady, patience, slow) = STEADY;
            let wait = looks.next().unwrap_or(if waited < patience { steady } else { slow });
            tokio::time::sleep(Duration::from_secs(wait)).await;
            waited += wait;
            let history = client.report_history(&mut Silent).await?;
            let status = history.rows.into_iter().find(|one| one.run.as_ref() == Some(run)).map(|one| one.status);
            match status {
                // A run in progress may be left out of the history.
                None | Some(ReportStatus::Generating | ReportStatus::Scheduled) => {}
                Some(status) => return Ok(status),
            }
        }
    })?;
    warn(&format!("the run is {status}"));
    Ok(if status == ReportStatus::Ready { Exit::Done } else { Exit::Failed })
}
