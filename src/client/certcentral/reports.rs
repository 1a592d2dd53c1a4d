//! The Report Library (contract `report-library.openapi.yaml`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask;
use crate::{
    client::{
        Client,
        error::ClientError,
        json,
        paging::{Page, Progress, Reading, all},
        rows,
        wire::{List, Reader, Scalar},
    },
    domain::{
        Clean, Failure,
        dataset::Dataset,
        ids::{ReportId, RunId, UserId},
        report::{Definition, Frequency, HistoryRecord, ReportDetails, ReportStatus},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    report_display_name: Scalar<'a>,
    #[serde(borrow)]
    report_identifier: Scalar<'a>,
    #[serde(borrow)]
    report_run_identifier: Scalar<'a>,
    #[serde(borrow)]
    created_by_user_id: Scalar<'a>,
    #[serde(borrow)]
    created_by_user_name: Scalar<'a>,
    #[serde(borrow)]
    created_date: Scalar<'a>,
    #[serde(borrow)]
    report_type: Scalar<'a>,
    #[serde(borrow)]
    report_start_date: Scalar<'a>,
    #[serde(borrow)]
    report_end_date: Scalar<'a>,
    #[serde(borrow)]
    schedule: Scalar<'a>,
    #[serde(borrow)]
    format: List<Scalar<'a>>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    manually_triggered: Scalar<'a>,
    #[serde(borrow)]
    split_report_count: Scalar<'a>,
}

fn record(raw: &RawValue) -> HistoryRecord {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    let creator = (UserId::from(wire.created_by_user_id.clean()), wire.created_by_user_name.clean());
    HistoryRecord {
        report: ReportId::from(wire.report_identifier.clean()),
        run: (!wire.report_run_identifier.is_empty()).then(|| RunId::from(wire.report_run_identifier.clean())),
        name: wire.report_display_name.clean(),
        report_type: wire.report_type.clean(),
        created_by: (!creator.0.is_empty() || !creator.1.is_empty()).then_some(creator),
        created: reader.when("created_date", &wire.created_date),
        started: reader.when("report_start_date", &wire.report_start_date),
        ended: reader.when("report_end_date", &wire.report_end_date),
        schedule: Frequency::parse(wire.schedule.as_str()),
        format: first(&wire.format),
        status: ReportStatus::parse(wire.status.as_str()),
        manual: wire.manually_triggered.flag(),
        parts: wire.split_report_count.integer().unwrap_or(0),
    }
}

fn first(list: &List<Scalar<'_>>) -> Clean {
    list.entries.first().map(Scalar::clean).unwrap_or_default()
}

impl Client {
    /// Definitions and runs of all reports: `GET /report/history`, page by page.
    ///
    /// # Errors
    /// As any call; a page that fails later makes the list partial.
    pub async fn report_history(
        &self,
        progress: &mut dyn Progress<HistoryRecord>,
    ) -> Result<Dataset<HistoryRecord>, Failure> {
        let endpoint = &self.state.certcentral()?.reports;
        let door = &self.state.door;
        let reading = Reading {
            name: "report history".into(),
            page_size: self.state.page_size.get(),
            most: None,
            key: |record: &HistoryRecord| Some((record.report.clone(), record.run.clone())),
            enough: &all,
            unfinished: &self.state.unfinished,
        };
        let page = |offset: usize, limit: usize| -> futures_util::future::BoxFuture<'_, _> {
            Box::pin(async move {
                let query = [("offset", offset.to_string()), ("limit", limit.to_string())];
                let ask = ask(endpoint, "Report history", &["report", "history"], &query)?;
                let decode = |answer: &crate::client::door::Answer| {
                    if answer.status == 204 {
                        // An early edition of the contract labels an empty history so.
                        let note = Some("the service answered 204 in place of an empty list");
                        return Ok(Page { rows: Vec::new(), total: None, note });
                    }
                    rows::certcentral(answer, "report_history", record)
                };
                door.json(&ask, decode).await
            })
        };
        Ok(reading.run(|| door.now(), progress, page).await?)
    }

    /// The whole definition of a report: `GET /report/{id}`.
    ///
    /// # Errors
    /// `BadAnswer` for a definition that an edit could not give back as it is; else as any call.
    pub async fn report_details(&self, report: &ReportId) -> Result<ReportDetails, Failure> {
        let endpoint = &self.state.certcentral()?.reports;
        let ask = ask(endpoint, "Report", &["report", report.as_str()], &[])?;
        Ok(self.state.door.json(&ask, |answer| details(json::text(&answer.bytes)?)).await?)
    }
}

fn details(text: &str) -> Result<ReportDetails, ClientError> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        report: &'a RawValue,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Beside<'a> {
        #[serde(borrow)]
        report_identifier: Scalar<'a>,
        #[serde(borrow)]
        next_run_date: Scalar<'a>,
        #[serde(borrow)]
        status: Scalar<'a>,
    }
    let raw = json::decode::<Envelope<'_>>(text)?.report;
    let shape = |why: Clean| ClientError::Shape { path: "report".into(), why: why.to_string() };
    let (definition, unknown) = Definition::read(&json::decode(raw.get())?).map_err(shape)?;
    let mut reader = Reader::default();
    let beside: Beside<'_> = rows::row(raw, &mut reader);
    Ok(ReportDetails {
        id: ReportId::from(beside.report_identifier.clean()),
        definition,
        unknown,
        next_run: reader.when("next_run_date", &beside.next_run_date),
        status: beside.status.clean(),
    })
}
