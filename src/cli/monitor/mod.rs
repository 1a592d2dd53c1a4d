//! `certdeck check`: the certificates against thresholds, as a monitoring plugin tells it.

mod finding;
mod nagios;
mod openmetrics;

use std::io;

use self::finding::{Finding, Problem, Severity};
use super::{
    acme::{
        SOURCE,
        estate::{Estate, Judged},
        row,
    },
    args::{CheckArgs, Form, Global},
    console::{self, Console},
    exit::{Exit, Outcome, Trouble},
    grid::Grid,
    item::Item,
    listing::Wish,
    session::{Desk, Print, warn_of},
    sheet::Source,
};
use crate::{
    client::Service,
    domain::{
        Failure,
        acme::{AcmeCertificate, state::State, triage::Assessment},
        subject::View,
    },
    present::{self, Align, moment},
};

const KIND: &str = "check";
const MEMBERS: &[&str] = &["status"];

/// Runs `check`. Its exit code is that of a monitoring plugin; a failure is told on stdout too where a program reads it.
pub fn run(options: &CheckArgs, global: &Global, console: &mut Console) -> Outcome {
    let form = global.output.unwrap_or(Form::Nagios);
    let outcome = look(options, global, form, console);
    if let Err(Trouble::Failure(failure) | Trouble::Usage(failure)) = &outcome {
        // The failure is what is told, whether or not somebody reads this.
        let _ = match form {
            Form::Nagios => nagios::failed(failure, console.out()),
            Form::Openmetrics => openmetrics::failed(console.out()),
            Form::Table | Form::Json | Form::Jsonl | Form::Csv | Form::Ics => Ok(()),
        };
    }
    outcome
}

fn look(options: &CheckArgs, global: &Global, form: Form, console: &mut Console) -> Outcome {
    let wish = Wish::<AcmeCertificate>::new(global)?;
    if global.sort.is_some() {
        return Err(Trouble::usage("--sort: a check has one order only; leave it out"));
    }
    let mut desk = Desk::open(global, console, Service::Partner)?;
    let mut estate = Estate::read(&desk)?;
    if options.probe {
        probe(&mut estate, &wish, &desk)?;
    }
    warn_of(SOURCE, &estate.data);
    let judged = estate.judged();
    let finding = Finding::of(&judged, &wish, options);
    let exit = finding.status.exit();
    match write(&finding, &judged, form, &mut desk) {
        // The reader left; that says nothing of the certificates.
        Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(exit),
        Err(trouble) => Err(trouble),
        Ok(()) => Ok(exit),
    }
}

/// Asks the servers of what is watched. A replaced certificate that is still served is found by the one that replaced it.
fn probe(estate: &mut Estate, wish: &Wish<AcmeCertificate>, desk: &Desk<'_>) -> Result<(), Failure> {
    let judged = estate.judged();
    let is_asked = |row: &View<'_, AcmeCertificate>| {
        let wanted =
            |found: &Assessment| !found.is_superseded() && !matches!(found.state, State::Pending | State::Retired);
        row.derived.is_some_and(wanted) && wish.keeps(*row, judged.now())
    };
    let rows: Vec<usize> = judged.views().filter(is_asked).map(|row| row.index).collect();
    estate.probe(desk, &rows)
}

fn write(finding: &Finding<'_>, judged: &Judged<'_>, form: Form, desk: &mut Desk<'_>) -> Result<(), Trouble> {
    match form {
        Form::Nagios => nagios::write(finding, judged, desk.console.out())?,
        Form::Openmetrics => openmetrics::write(finding, judged, desk.console.out())?,
        Form::Table | Form::Json | Form::Jsonl | Form::Csv | Form::Ics => {
            if form == Form::Table {
                console::say(&finding.summary());
                finding.gaps.iter().for_each(|gap| console::warn(gap));
            }
            print(finding, judged, desk)?;
        }
    }
    Ok(())
}

fn print(finding: &Finding<'_>, judged: &Judged<'_>, desk: &mut Desk<'_>) -> Result<Exit, Trouble> {
    let data = &judged.estate().data;
    let told: Vec<View<'_, AcmeCertificate>> = finding.problems.iter().map(|problem| problem.row).collect();
    let unknown = row::unknown(&told, judged).into_iter();
    let unknown = unknown.map(|path| path.replacen("items.", "items.problems.certificate.", 1)).collect();
    let look = desk.look();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![Source::read(SOURCE, data)],
        total: data.rows.len(),
        len: 1,
        item: &|_| item(finding, judged),
        grid: &|| Grid {
            columns: ["SEVERITY", "STATE", "NAME", "LEFT", "CONTRACT", "WHY"]
                .map(|title| (title, Align::Left))
                .to_vec(),
            rows: finding.problems.iter().map(|problem| cells(problem, judged, &look)).collect(),
            whole: false,
        },
        unknown,
        gaps: None,
    })
}

fn item(finding: &Finding<'_>, judged: &Judged<'_>) -> Item {
    let problems = finding.problems.iter().map(|problem| {
        let certificate = row::item(problem.row, judged);
        Item::default().with("severity", problem.severity.word()).item("certificate", Some(certificate))
    });
    Item::default()
        .with("status", finding.status.word())
        .with("complete", finding.gaps.is_empty())
        .texts("gaps", finding.gaps.iter().map(String::as_str))
        .with("warn", finding.options.warn.to_string())
        .with("crit", finding.options.crit.to_string())
        .with("certificates", finding.watched)
        .with("critical", finding.count(Severity::Critical))
        .with("warning", finding.count(Severity::Warning))
        .with("unreadable", finding.unreadable)
        .with("left_seconds", finding.left)
        .with("probed", finding.probed.map(|(probed, _)| probed))
        .with("unreachable", finding.probed.map(|(_, unreachable)| unreachable))
        .items("problems", problems.collect())
}

fn cells(problem: &Problem<'_>, judged: &Judged<'_>, look: &present::Look) -> Vec<String> {
    let row = problem.row;
    vec![
        problem.severity.word().to_owned(),
        present::acme::state_label(row).into_owned(),
        row.domain().to_string(),
        row.left(look.now).map_or_else(String::new, moment::distance),
        row.contract().to_string(),
        judged.explain(row.index).map_or_else(String::new, |words| words.reason),
    ]
}
