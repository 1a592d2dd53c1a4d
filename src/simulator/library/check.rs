//! What the service refuses in a definition, with the codes of its Errors page.

use serde_json::Value;

use crate::simulator::answer::text;
use crate::simulator::clock::parse;
use crate::simulator::services::administrators;
use crate::simulator::world::columns;

const TYPES: [&str; 7] = ["orders", "domains", "balance-history", "audit-logs", "organizations", "fqdn", "users"];
const DAYS: [&str; 7] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
const WEEKS: [&str; 5] = ["FIRST", "SECOND", "THIRD", "FOURTH", "LAST"];
const FILTERS: [&str; 5] = ["in", "contains", "custom_date", "last_30_days", "equals"];

/// Code and message.
type Refusal = (String, &'static str);

fn refuse(code: &str, message: &'static str) -> Result<(), Refusal> {
    Err((code.to_owned(), message))
}

pub(super) fn definition(body: &Value, now: i64) -> Result<(), Refusal> {
    for field in ["display_name", "schedule", "format", "report_metadata"] {
        if body.get(field).is_none_or(Value::is_null) || body.get(field) == Some(&Value::from("")) {
            return refuse(&format!("missing_mandatory_field: {field}"), "A field has to be sent.");
        }
    }
    let metadata = body.get("report_metadata").cloned().unwrap_or_default();
    let kind = text(&metadata, "report_type");
    if kind.is_empty() {
        return refuse("missing_mandatory_field: report_type", "A field has to be sent.");
    }
    if !TYPES.contains(&kind) {
        return refuse("disabled_report_type", "The account does not have this type.");
    }
    format(body, kind)?;
    let named = named_columns(&metadata, kind)?;
    filters(&metadata, &named)?;
    sources(&metadata)?;
    emails(body)?;
    schedule(body.get("schedule").unwrap_or(&Value::Null), now)
}

fn format(body: &Value, kind: &str) -> Result<(), Refusal> {
    let list = body.get("format").and_then(Value::as_array);
    let words: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
    match words.as_slice() {
        ["EXCEL"] => Ok(()),
        ["CSV" | "JSON"] if kind != "fqdn" => Ok(()),
        _ => refuse("invalid_request: format", "One format that the type supports is needed."),
    }
}

fn named_columns<'a>(metadata: &'a Value, kind: &str) -> Result<Vec<&'a str>, Refusal> {
    let list = metadata.get("columns").and_then(Value::as_array);
    let named: Vec<&str> = list.into_iter().flatten().map(|column| text(column, "identifier")).collect();
    if named.is_empty() {
        refuse("missing_mandatory_field: columns", "A field has to be sent.")?;
    }
    if named.iter().any(|column| !columns(kind).contains(column)) {
        refuse("invalid_column_identifiers", "The type has no such column.")?;
    }
    Ok(named)
}

fn filters(metadata: &Value, named: &[&str]) -> Result<(), Refusal> {
    let list = metadata.get("filters").and_then(Value::as_array);
    for filter in list.into_iter().flatten() {
        let values = filter.get("values").and_then(Value::as_array);
        let Some(values) = values else {
            return refuse("invalid_filter", "values must not be null.");
        };
        let operator = text(filter, "filter_identifier");
        if !named.contains(&text(filter, "column_identifier")) || !FILTERS.contains(&operator) {
            return refuse("invalid_filter", "The column is not in the report, or the operator is unknown.");
        }
        let dates = values.iter().all(|value| value.as_str().is_some_and(|day| parse(day).is_some()));
        if operator == "custom_date" && (values.len() != 2 || !dates) {
            return refuse("invalid_filter", "custom_date takes two days.");
        }
    }
    Ok(())
}

fn sources(metadata: &Value) -> Result<(), Refusal> {
    let sources = metadata.get("sources").cloned().unwrap_or_default();
    let divisions = text(&sources, "division_filter_type");
    let accounts = text(&sources, "sub_account_filter_type");
    if divisions == "EXCLUDE_ALL_DIVISIONS" && accounts == "EXCLUDE_ALL_SUB_ACCOUNTS" {
        return refuse("invalid_sub_account_type", "Neither the account nor a subaccount is left.");
    }
    Ok(())
}

fn emails(body: &Value) -> Result<(), Refusal> {
    let list = body.get("notification_emails").and_then(Value::as_array);
    let known = administrators();
    for recipient in list.into_iter().flatten() {
        let id = recipient.get("user_id").and_then(Value::as_i64);
        let email = text(recipient, "email");
        if !known.iter().any(|(number, address)| Some(*number) == id && address == email) {
            return refuse("invalid_email", "Recipients have to be administrators.");
        }
    }
    Ok(())
}

fn schedule(schedule: &Value, now: i64) -> Result<(), Refusal> {
    let every = schedule.get("repeat_every").and_then(Value::as_i64).unwrap_or(0);
    let weekday = DAYS.contains(&text(schedule, "weekday_to_run"));
    let fits = match text(schedule, "frequency") {
        "ON_DEMAND" => true,
        "WEEKLY" => weekday && (1..=2).contains(&every),
        "MONTHLY" if !(1..=3).contains(&every) => false,
        "MONTHLY" => match text(schedule, "repeat_on") {
            "DAY_OF_THE_MONTH" => weekday && WEEKS.contains(&text(schedule, "weekday_frequency")),
            "DATE_OF_THE_MONTH" => {
                let date = schedule.pointer("/repeat_on_date/date").and_then(Value::as_i64).unwrap_or(0);
                let last = schedule.pointer("/repeat_on_date/last_day_of_the_month") == Some(&Value::Bool(true));
                last || (1..=28).contains(&date)
            }
            _ => false,
        },
        _ => false,
    };
    if !fits {
        return refuse("invalid_schedule", "The members of the schedule do not fit together.");
    }
    match text(schedule, "run_until") {
        "" => Ok(()),
        until if parse(until).is_some_and(|until| until >= now) => Ok(()),
        _ => refuse("invalid_date", "run_until is past or no date."),
    }
}
