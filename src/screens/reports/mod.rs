//! Reports: definitions and their runs.

use std::collections::HashMap;

use super::{
    CopyChoice, Layout,
    kind::{Kind, Pane},
    list::ListScreen,
};
use crate::{
    domain::{
        Clean, Failure,
        identity::CertCentralUser,
        ids::ReportId,
        report::{Field, Report, ReportDetails, ReportStatus, usual},
        subject::View,
        when::When,
    },
    flow::{Ask, Availability, Call, Cx, Estate, Reply, ScreenId, Source, SourceId},
    present::{Column, Look, Tone, column::Record, moment, report},
    ui::{detail::Detail, text::count},
};

/// The kind of the report screen.
#[derive(Default)]
pub struct Reports {
    details: HashMap<ReportId, Box<ReportDetails>>,
    failure: Option<(ReportId, Failure)>,
}

/// The screen with its usual order: the newest run first.
pub fn screen() -> ListScreen<Reports> {
    ListScreen::default()
}

impl Kind for Reports {
    type Row = Report;
    const ID: ScreenId = ScreenId::Reports;
    const SOURCES: &'static [SourceId] = &[SourceId::History, SourceId::CertCentralUser];
    const TITLE: &'static str = "Reports";
    const NOUN: &'static str = "reports";
    const ORDER: (&'static Column<Report>, bool) = (&<Report as Record>::COLUMNS[5], true);
    const PANE: Pane = Pane::Below(52);

    fn source(estate: &Estate) -> &Source<Report> {
        &estate.reports
    }

    fn columns(layout: Layout, cells: u16) -> &'static [&'static str] {
        match layout {
            Layout::Wide if cells >= 116 => {
                &["status", "name", "type", "schedule", "format", "last", "rows", "files", "kept"]
            }
            Layout::Wide => &["status", "name", "type", "schedule", "last", "kept"],
            Layout::Medium => &["status", "name", "last", "kept"],
            Layout::Narrow | Layout::Tiny => &["status", "name", "last"],
        }
    }

    fn extra(row: View<'_, Report>, look: &Look) -> String {
        let enter = if look.ascii { "Enter" } else { "⏎" };
        let running = usual(&row).filter(|_| row.status == ReportStatus::Generating);
        let usual = running.map_or_else(String::new, |usual| format!("{} · ", report::usual(&usual)));
        format!("{usual}{} · {} · {enter} runs", report::timetable(row, look), row.format)
    }

    fn details(&self, row: View<'_, Report>, cx: &Cx<'_>) -> Vec<Detail> {
        let look = cx.look;
        let mut out = Self::state(row, look);
        out.push(Detail::Gap);
        out.push(Detail::pair("Type", row.report_type.as_str()));
        out.push(Detail::pair("Schedule", report::timetable(row, look)));
        out.push(Detail::pair("Format", row.format.as_str()));
        let made = row.definition.as_ref().or(row.runs.first());
        if let Some(record) = made {
            let by = record.created_by.as_ref().map_or("", |(_, name)| name.as_str());
            out.push(Detail::pair("Made", format!("{} {by}", moment::short(&record.created, look))));
        }
        if let Some(at) = report::kept_until(row) {
            out.push(Detail::pair("Kept until", format!("{} (estimate)", moment::date(&When::At(at), look))));
        }
        self.definition(&mut out, &row, look);
        out.push(Detail::Gap);
        out.push(Detail::Heading("RUNS", format!("{} newest first", row.runs.len())));
        if row.runs.is_empty() {
            out.push(Detail::Text("none yet".into(), Tone::Muted));
        }
        for run in row.runs.iter().take(60) {
            let took = match (run.started.at(), run.ended.at()) {
                (Some(from), Some(to)) => format!(" took {}", report::span(to.as_second() - from.as_second())),
                _ => String::new(),
            };
            let files = if run.parts > 1 { format!(" {} files", run.parts) } else { String::new() };
            out.push(Detail::Verbatim(
                format!("{} {}{took}{files}", report::status(&run.status, look), moment::short(&run.started, look)),
                report::status_tone(&run.status),
            ));
        }
        out
    }

    fn wanted(&self, row: View<'_, Report>, _: &Cx<'_>) -> Option<Call> {
        (!self.details.contains_key(&row.id)).then(|| Call::Ask(Ask::ReportDetails(row.id.clone())))
    }

    fn accept(&mut self, row: Option<View<'_, Report>>, result: Result<Reply, Failure>) {
        match result {
            Ok(Reply::ReportDetails(details)) => {
                self.failure = None;
                self.details.insert(details.id.clone(), details);
            }
            Ok(_) => {}
            Err(failure) => self.failure = row.map(|row| (row.id.clone(), failure)),
        }
    }

    fn copies(row: View<'_, Report>, _: &Look) -> Vec<CopyChoice> {
        let mut out = vec![CopyChoice { label: "name", text: row.name.to_string() }];
        out.push(CopyChoice { label: "report id", text: row.id.to_string() });
        if let Some(run) = row.runs.first().and_then(|run| run.run.as_ref()) {
            out.push(CopyChoice { label: "newest run id", text: run.to_string() });
        }
        out
    }

    fn record(row: View<'_, Report>) -> Option<String> {
        Some(row.id.to_string())
    }

    fn about(row: View<'_, Report>, target: ScreenId) -> Option<String> {
        match target {
            ScreenId::Reports => Some(format!("name:\"{}\"", row.name)),
            ScreenId::Audit => Some(format!("\"{}\"", row.name)),
            ScreenId::Home | ScreenId::Acme | ScreenId::Cas | ScreenId::Changes => None,
        }
    }

    fn reports(row: Option<View<'_, Report>>, cx: &Cx<'_>) -> Option<(Availability, Availability)> {
        let Some(row) = row else {
            let none = Availability::No("no report is selected");
            return Some((none, none));
        };
        let change = Self::new_report(cx)?;
        let has_files = row.runs.iter().any(|run| run.status == ReportStatus::Ready);
        let download = if has_files { Availability::Yes } else { Availability::No("no run of it is READY") };
        Some((change, download))
    }

    fn new_report(cx: &Cx<'_>) -> Option<Availability> {
        let user = cx.estate.cert_central_user.one();
        Some(match user.map(CertCentralUser::cannot_change_reports) {
            None => Availability::No("it is not known yet who you are"),
            Some(Some(why)) => Availability::No(why),
            Some(None) => Availability::Yes,
        })
    }

    fn report(row: View<'_, Report>) -> Option<Report> {
        Some(row.record.clone())
    }

    fn remark(&self, cx: &Cx<'_>) -> String {
        let scheduled = cx.estate.reports.rows().iter().filter(|r| r.definition.is_some()).count();
        format!("{} scheduled", count(scheduled))
    }
}

impl Reports {
    /// What the newest run does, beside those before it.
    fn state(row: View<'_, Report>, look: &Look) -> Vec<Detail> {
        let usual = usual(&row);
        let running = row.runs.first().filter(|run| run.status == ReportStatus::Generating);
        let elapsed =
            running.and_then(|run| run.started.seconds_from(look.now)).map(|left| left.saturating_neg().max(0));
        let mut words = vec![row.name.to_string(), report::status(&row.status, look)];
        if let (Some(elapsed), Some(word)) = (elapsed, words.last_mut()) {
            *word = format!("{} for {}", row.status.as_str(), report::span(elapsed));
        }
        words.extend(usual.as_ref().map(|usual| format!("{} {}", report::usual(usual), report::over(usual))));
        let mut out = vec![Detail::Title(words.join(" · "), report::status_tone(&row.status))];
        match (elapsed, &usual) {
            (Some(elapsed), Some(usual)) => {
                let (bar, tone) = report::progress(elapsed, usual, 40, look);
                out.push(Detail::Verbatim(bar, tone));
                out.push(Detail::Text("You may leave this screen.".into(), Tone::Muted));
            }
            (Some(_), None) => {
                out.push(Detail::Text("The API reports no progress; you may leave this screen.".into(), Tone::Muted));
            }
            (None, _) if row.status == ReportStatus::Failed => {
                out.push(Detail::Text("The service says no reason. ! runs it again.".into(), Tone::Muted));
            }
            (None, _) => {}
        }
        let ended = row.record.runs.iter().filter(|run| run.status != ReportStatus::Generating).take(5);
        let ended: Vec<String> = ended.map(|run| report::ended(run, report::rows_of(row, run), look)).collect();
        if !ended.is_empty() {
            out.push(Detail::pair("Runs", ended.join(" · ")));
        }
        out
    }

    fn definition(&self, out: &mut Vec<Detail>, row: &Report, look: &Look) {
        out.push(Detail::Gap);
        out.push(Detail::Heading("DEFINITION", String::new()));
        let Some(details) = self.details.get(&row.id) else {
            let failure = self.failure.as_ref().filter(|(id, _)| *id == row.id);
            let text = failure.map_or_else(|| "reading…".to_owned(), |(_, failure)| format!("! {failure}"));
            out.push(Detail::Text(text, if failure.is_some() { Tone::Critical } else { Tone::Muted }));
            return;
        };
        let definition = &details.definition;
        out.push(Detail::pair("When", report::when(&definition.schedule)));
        if details.next_run != When::Never {
            out.push(Detail::pair("Next run", moment::date(&details.next_run, look)));
        }
        let columns: Vec<String> = definition.columns.iter().map(|column| Clean::new(column).to_string()).collect();
        out.push(Detail::pair("Columns", columns.join(" · ")));
        for field in [Field::Filters, Field::Divisions, Field::Subaccounts, Field::Recipients] {
            let text = field.text(definition);
            if !text.is_empty() {
                out.push(Detail::pair(field.label(), Clean::new(&text).to_string()));
            }
        }
    }
}
