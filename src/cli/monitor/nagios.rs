//! The output of a monitoring plugin (Monitoring Plugins Development Guidelines, "Plugin Output" and "Performance data"):
//! a line with what matters and figures behind a `|`, then details.

use std::io::{self, Write};

use super::finding::{Finding, Problem, Severity, Status};
use crate::{
    cli::acme::{estate::Judged, row},
    domain::{
        Failure,
        acme::{state::State, threshold::Threshold},
        when::distance,
    },
    present::{acme::state_label, short},
};

/// Lines behind the first.
const LINES: usize = 20;
/// States that are counted among the figures.
const STATES: [State; 8] = [
    State::Expired,
    State::Stale,
    State::Overdue,
    State::Blocked,
    State::Decide,
    State::Due,
    State::Pending,
    State::Snoozed,
];

/// Writes what was found.
///
/// # Errors
/// Those of `out`.
pub fn write(finding: &Finding<'_>, judged: &Judged<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} | {}", plain(&finding.summary()), figures(finding, judged).join(" "))?;
    let gaps = finding.gaps.iter().map(|gap| format!("[UNKNOWN] {gap}"));
    let told = finding.problems.len() + finding.gaps.len();
    let problems = finding.problems.iter().map(|problem| line(problem, judged, finding));
    let most = if told > LINES { LINES - 1 } else { LINES };
    for text in gaps.chain(problems).take(most) {
        writeln!(out, "{}", plain(&text))?;
    }
    if told > LINES {
        writeln!(out, "and {} more: `certdeck acme list` has all", told - most)?;
    }
    Ok(())
}

/// Writes that nothing is known.
///
/// # Errors
/// Those of `out`.
pub fn failed(why: &Failure, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "CERTDECK {} - {}", Status::Unknown.word(), plain(&why.to_string()))
}

/// Text without the sign that ends it.
fn plain(text: &str) -> String {
    text.replace('|', "%7C")
}

fn line(problem: &Problem<'_>, judged: &Judged<'_>, finding: &Finding<'_>) -> String {
    let record = problem.row.record;
    let word = match problem.severity {
        Severity::Critical => Status::Critical.word(),
        Severity::Warning => Status::Warning.word(),
    };
    let left = record.left(finding.now).map_or_else(String::new, |left| format!(", {} left", distance(left)));
    let why = judged.explain(problem.row.index);
    let why = why.map_or_else(String::new, |words| format!(" {} {}", words.reason, words.next_step));
    let (name, state) = (row::name(record), state_label(problem.row));
    format!("[{word}] {name} (contract {}): {state}{left}.{why}", short(record.contract().as_str()))
}

/// `label=value;warn;crit;min;max`; what is left empty has no value.
fn figures(finding: &Finding<'_>, judged: &Judged<'_>) -> Vec<String> {
    let (critical, warning) = (finding.count(Severity::Critical), finding.count(Severity::Warning));
    let watched = finding.watched;
    let mut figures = vec![
        format!("certificates={watched};;;0;"),
        format!("critical={critical};;0;0;"),
        format!("warning={warning};0;;0;"),
    ];
    for state in STATES {
        let is_it = |row: &&crate::domain::subject::View<'_, _>| {
            row.derived.is_some_and(|found: &crate::domain::acme::triage::Assessment| found.state == state)
        };
        let count = finding.rows.iter().filter(is_it).count();
        figures.push(format!("{}={count};;;0;", state.word().to_ascii_lowercase()));
    }
    figures.push(format!("unreadable={};;;0;", finding.unreadable));
    figures.push(format!("blind_accounts={};;;0;", judged.triage.blind.len()));
    if let Some((probed, unreachable)) = finding.probed {
        figures.push(format!("probed={probed};;;0;"));
        figures.push(format!("unreachable={unreachable};;;0;{probed}"));
    }
    if let Some(left) = finding.left {
        let (warn, crit) = (bound(&finding.options.warn), bound(&finding.options.crit));
        figures.push(format!("left_min={left}s;{warn};{crit};;"));
    }
    figures
}

/// The range below which a plugin alarms; empty for what is no fixed time.
fn bound(threshold: &Threshold) -> String {
    match threshold {
        Threshold::Left(seconds) => format!("{seconds}:"),
        Threshold::Overdue | Threshold::Part(_) | Threshold::Least(_) | Threshold::Most(_) => String::new(),
    }
}
