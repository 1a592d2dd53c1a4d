//! CertCentral reports.

mod change;
mod files;

use super::{
    args::Report as What,
    exit::{Exit, Outcome, Trouble},
    grid::Grid,
    item::{Item, rfc3339},
    listing::{self, Wish},
    session::{Desk, Print, warn_of},
    sheet::Source,
};
use crate::{
    client::{Client, Silent},
    domain::{
        Clean, When,
        dataset::Dataset,
        ids::RunId,
        report::{
            Field, HistoryRecord, Report, ReportDetails,
            definition::{Filter, FilterValue},
            group,
        },
        subject::View,
    },
    present::report::{self, kept_until},
};

const KIND: &str = "reports";
const MEMBERS: &[&str] =
    &["report_identifier", "report_display_name", "report_type", "schedule", "status", "format", "runs"];
const SOURCE: &str = "certcentral";

/// Runs a `report` command.
pub fn run(what: &What, desk: &mut Desk<'_>) -> Outcome {
    match what {
        What::List => list(desk),
        What::Show { report } => show(report, desk),
        What::Template { report } => change::template(report.as_deref(), desk),
        What::New { file, sending } => change::new(file, *sending, desk),
        What::Edit { report, file, sending } => change::edit(report, file.as_deref(), *sending, desk),
        What::Run { report, wait } => change::run(report, *wait, desk),
        What::Delete { report, name } => change::delete(report, name.as_deref(), desk),
        What::Download { run, part } => files::download(run, *part, desk),
        What::Kept => files::kept(desk),
        What::Prune { older } => files::prune(*older, desk),
        // It asks no service, and was done before one was opened.
        What::View { .. } | What::Diff { .. } => Ok(Exit::Done),
    }
}

/// All reports, with what the history says of them.
fn read(desk: &Desk<'_>) -> Result<(Vec<Report>, Dataset<HistoryRecord>), Trouble> {
    let history = desk.wait(async |client: &Client| client.report_history(&mut Silent).await)?;
    Ok((group(&history.rows), history))
}

/// The report that is asked for by its id or name.
fn find<'a>(reports: &'a [Report], asked: &str) -> Result<&'a Report, Trouble> {
    let names = |report: &'a Report| (report.id.as_str(), report.name.as_str());
    super::find::one(reports, names, asked, ("report", "`certdeck report list`"))
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let wish = Wish::<Report>::new(desk.global)?;
    let (reports, history) = read(desk)?;
    let exit = warn_of(SOURCE, &history);
    let rows = wish.rows(reports.iter().map(View::from), desk.now());
    let look = desk.look();
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row));
    let grid = || listing::grid(&rows, &look);
    let sources = vec![Source::read(SOURCE, &history)];
    let (total, len) = (reports.len(), rows.len());
    let unknown = Vec::new();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total,
        len,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(exit)
}

fn show(asked: &str, desk: &mut Desk<'_>) -> Outcome {
    let (reports, history) = read(desk)?;
    let partial = warn_of(SOURCE, &history);
    let report = find(&reports, asked)?;
    let details = desk.wait(async |client: &Client| Ok(client.report_details(&report.id).await))?;
    let base = item(report);
    let (made, exit, unknown) = match &details {
        Ok(details) => (with_details(base, details), Exit::Done, Vec::new()),
        Err(why) => {
            super::console::warn(&format!("the definition is not shown: {why}"));
            (base, Exit::of(why.kind), vec!["items.columns".to_owned()])
        }
    };
    let sources = vec![Source::read(SOURCE, &history)];
    let item = |_: usize| made.clone();
    let look = desk.look();
    let grid = || {
        let mut grid = Grid::facts(std::slice::from_ref(&made));
        for run in &report.runs {
            let id = run.run.as_ref().map_or("", RunId::as_str);
            let status = crate::present::report::status(&run.status, &look);
            let text = format!("{} to {}  {status}  {id}", cell(&run.started), cell(&run.ended));
            grid.rows.push(vec!["run".to_owned(), text]);
        }
        grid
    };
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total: 1,
        len: 1,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(exit.max(partial))
}

fn cell(when: &When) -> String {
    when.at().map_or_else(|| "?".to_owned(), rfc3339)
}

fn item(report: &Report) -> Item {
    let kept = kept_until(View::from(report));
    let run = |(at, run): (usize, &HistoryRecord)| {
        Item::default()
            .text("report_run_identifier", run.run.as_ref().map_or("", RunId::as_str))
            .text("status", run.status.as_str())
            .when("report_start_date", &run.started)
            .when("report_end_date", &run.ended)
            .with("split_report_count", run.parts)
            .text("format", &run.format)
            .with("kept_until", kept.filter(|_| at == 0).map(rfc3339))
    };
    Item::default()
        .text("report_identifier", report.id.as_str())
        .text("report_display_name", &report.name)
        .text("report_type", &report.report_type)
        .text("schedule", report.schedule.as_str())
        .text("status", report.status.as_str())
        .text("format", &report.format)
        .items("runs", report.runs.iter().enumerate().map(run).collect())
}

fn with_details(item: Item, details: &ReportDetails) -> Item {
    let definition = &details.definition;
    let safe = |list: &[String]| list.iter().map(|text| Clean::new(text).to_string()).collect::<Vec<_>>();
    let filter = |filter: &Filter| {
        let values = filter.values.iter().map(|value| match value {
            FilterValue::Text(text) => Clean::new(text).to_string(),
            FilterValue::Number(number) => number.to_string(),
        });
        Item::default()
            .text("column_identifier", &Clean::new(&filter.column))
            .text("filter_identifier", &Clean::new(&filter.operator))
            .with("values", values.collect::<Vec<_>>())
    };
    let told: Vec<String> = definition.recipients.iter().map(|who| who.email.clone()).collect();
    let sources = [Field::Divisions, Field::Subaccounts].into_iter().map(|field| field.text(definition));
    let sources = sources.filter(|text| !text.is_empty()).map(|text| Clean::new(&text).to_string());
    item.with("columns", safe(&definition.columns))
        .items("filters", definition.filters.iter().map(filter).collect())
        .with("schedule_words", vec![report::when(&definition.schedule)])
        .when("next_run_date", &details.next_run)
        .when("run_until", &When::parse(&definition.schedule.until))
        .text("definition_status", &details.status)
        .with("recipients", safe(&told))
        .with("sources", sources.collect::<Vec<_>>())
}
