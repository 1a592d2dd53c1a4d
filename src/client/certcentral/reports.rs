//! The Report Library (contract `report-library.openapi.yaml`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask;
use crate::{
    client::{
        Client, json,
        paging::{Page, Progress, Reading, all},
        rows,
        wire::{List, Reader, Scalar, clean},
    },
    domain::{
        Clean, Failure,
        dataset::Dataset,
        ids::{ReportId, RunId, UserId},
        report::{Frequency, HistoryRecord, ReportDetails, ReportStatus},
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details<'a> {
    #[serde(borrow)]
    report_display_name: Scalar<'a>,
    #[serde(borrow)]
    report_identifier: Scalar<'a>,
    #[serde(borrow)]
    report_metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    schedule: Option<Schedule<'a>>,
    #[serde(borrow)]
    next_run_date: Scalar<'a>,
    #[serde(borrow)]
    format: List<Scalar<'a>>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    notification_emails: List<Recipient<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    report_type: Scalar<'a>,
    #[serde(borrow)]
    columns: List<Column<'a>>,
    #[serde(borrow)]
    filters: List<Filter<'a>>,
    #[serde(borrow)]
    sources: Option<Sources<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Column<'a> {
    #[serde(borrow)]
    identifier: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter<'a> {
    #[serde(borrow, rename = "column_identifier")]
    column: Scalar<'a>,
    #[serde(borrow, rename = "filter_identifier")]
    operator: Scalar<'a>,
    #[serde(borrow)]
    values: List<Scalar<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sources<'a> {
    #[serde(borrow)]
    division_filter_type: Scalar<'a>,
    #[serde(borrow)]
    divisions: List<Scalar<'a>>,
    #[serde(borrow)]
    sub_account_filter_type: Scalar<'a>,
    #[serde(borrow)]
    sub_accounts: List<Scalar<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Schedule<'a> {
    #[serde(borrow)]
    frequency: Scalar<'a>,
    #[serde(borrow)]
    weekday_to_run: Scalar<'a>,
    #[serde(borrow)]
    weekday_frequency: Scalar<'a>,
    #[serde(borrow)]
    run_until: Scalar<'a>,
    #[serde(borrow)]
    repeat_every: Scalar<'a>,
    #[serde(borrow)]
    repeat_on: Scalar<'a>,
    #[serde(borrow)]
    repeat_on_date: Option<RepeatOn<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RepeatOn<'a> {
    #[serde(borrow)]
    date: Scalar<'a>,
    #[serde(borrow)]
    last_day_of_the_month: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Recipient<'a> {
    #[serde(borrow)]
    email: Scalar<'a>,
}

impl Schedule<'_> {
    /// The schedule as it was sent, without what does not apply (`""`, 0, null).
    fn words(&self) -> Vec<Clean> {
        let plain = [&self.weekday_frequency, &self.weekday_to_run, &self.repeat_on];
        let mut words: Vec<Clean> = plain.iter().filter(|word| !word.is_empty()).map(|word| word.clean()).collect();
        let number = |scalar: &Scalar<'_>| scalar.integer::<u32>().filter(|n| *n > 0);
        if let Some(n) = number(&self.repeat_every) {
            words.push(Clean::from(format!("every {n}")));
        }
        if let Some(on) = &self.repeat_on_date {
            words.extend(number(&on.date).map(|n| Clean::from(format!("day {n}"))));
            if on.last_day_of_the_month.flag() == Some(true) {
                words.push(Clean::new("last day of the month"));
            }
        }
        words
    }
}

impl Sources<'_> {
    fn words(&self) -> Vec<Clean> {
        let named = |kind: &'static str| move |id: &Scalar<'_>| clean(&format!("{kind} {}", id.as_str()));
        let types = [&self.division_filter_type, &self.sub_account_filter_type];
        let types = types.into_iter().filter(|word| !word.is_empty()).map(Scalar::clean);
        let divisions = self.divisions.entries.iter().map(named("division"));
        types.chain(divisions).chain(self.sub_accounts.entries.iter().map(named("subaccount"))).collect()
    }
}

impl Details<'_> {
    fn domain(self) -> ReportDetails {
        let mut reader = Reader::default();
        let metadata = self.report_metadata.unwrap_or_default();
        let schedule = self.schedule.unwrap_or_default();
        let cleaned = |list: &List<Scalar<'_>>| list.entries.iter().map(Scalar::clean).collect();
        let filter = |filter: &Filter<'_>| (filter.column.clean(), filter.operator.clean(), cleaned(&filter.values));
        ReportDetails {
            id: ReportId::from(self.report_identifier.clean()),
            name: self.report_display_name.clean(),
            report_type: metadata.report_type.clean(),
            columns: metadata.columns.entries.iter().map(|column| column.identifier.clean()).collect(),
            filters: metadata.filters.entries.iter().map(filter).collect(),
            frequency: Frequency::parse(schedule.frequency.as_str()),
            schedule_words: schedule.words(),
            next_run: reader.when("next_run_date", &self.next_run_date),
            run_until: reader.when("run_until", &schedule.run_until),
            format: first(&self.format),
            status: self.status.clean(),
            recipients: self.notification_emails.entries.iter().map(|recipient| recipient.email.clean()).collect(),
            sources: metadata.sources.as_ref().map(Sources::words).unwrap_or_default(),
        }
    }
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
    /// As any call.
    pub async fn report_details(&self, report: &ReportId) -> Result<ReportDetails, Failure> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            report: Details<'a>,
        }
        let endpoint = &self.state.certcentral()?.reports;
        let ask = ask(endpoint, "Report", &["report", report.as_str()], &[])?;
        let details = self.state.door.json(&ask, |answer| {
            let envelope: Envelope<'_> = json::decode(json::text(&answer.bytes)?)?;
            Ok(envelope.report.domain())
        });
        Ok(details.await?)
    }
}
