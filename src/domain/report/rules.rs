//! What the service would refuse in a definition (contract, `Schedule`, `Filter`, `Sources`, `KnownErrorCode`): told
//! before anything is sent, and told of the same field when the service refuses all the same.

use jiff::civil::Date;

use super::{
    catalogue,
    definition::{Definition, Filter, FilterValue, Recipient, Schedule},
    field::Field,
};
use crate::domain::Clean;

/// Something that is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub text: Clean,
}

/// All that is wrong with a definition on the day `today`, in the order of the fields. `administrators` are those who
/// may be told; `None` when they are not known, and then nobody is refused for it.
pub fn check(definition: &Definition, today: Date, administrators: Option<&[Recipient]>) -> Vec<Complaint> {
    let mut found = Found::default();
    if definition.name.trim().is_empty() {
        found.say(Field::Name, "a name is needed");
    } else if definition.name.chars().any(char::is_control) {
        found.say(Field::Name, "control characters have no place in a name");
    }
    if definition.report_type.is_empty() {
        found.say(Field::Type, "a type is needed");
    }
    format(definition, &mut found);
    columns(definition, &mut found);
    for filter in &definition.filters {
        check_filter(filter, definition, &mut found);
    }
    schedule(&definition.schedule, today, &mut found);
    sources(definition, &mut found);
    for recipient in &definition.recipients {
        let is_known = administrators.is_none_or(|all| all.iter().any(|one| one.user_id == recipient.user_id));
        if !is_known {
            let who = Clean::new(&recipient.email);
            found.say(Field::Recipients, format!("{who} is no administrator, and only they are told"));
        }
    }
    if definition.language == Some(0) {
        found.say(Field::Language, "languages count from 1, which is English");
    }
    found.complaints
}

/// What a refusal of the service is about: its `code` (which may go on behind a colon) and its words.
pub fn refused(code: &str, message: &str, definition: &Definition) -> Complaint {
    let (word, rest) = code.split_once(':').map_or((code, ""), |(word, rest)| (word, rest.trim()));
    let field = match word {
        "missing_mandatory_field" | "invalid_request" => named(rest).or_else(|| named(message)).unwrap_or(Field::Name),
        "disabled_report_type" => Field::Type,
        "report_format_inapplicable" => Field::Format,
        "invalid_column_identifiers" => Field::Columns,
        "invalid_filter" => Field::Filters,
        "invalid_email" => Field::Recipients,
        "invalid_date" => Field::Until,
        "invalid_schedule" => Field::Frequency,
        "invalid_sub_account_type" => Field::Subaccounts,
        _ => named(message).unwrap_or(Field::Name),
    };
    let mut text = if message.is_empty() { code.to_owned() } else { message.to_owned() };
    if field == Field::Columns {
        let suspects = suspects(definition, message);
        if !suspects.is_empty() {
            text = format!("{text} ({})", suspects.join(", "));
        }
    }
    Complaint { field, text: Clean::new(&text) }
}

#[derive(Default)]
struct Found {
    complaints: Vec<Complaint>,
}

impl Found {
    fn say(&mut self, field: Field, text: impl Into<Clean>) {
        self.complaints.push(Complaint { field, text: text.into() });
    }
}

fn format(definition: &Definition, found: &mut Found) {
    if !catalogue::FORMATS.contains(&definition.format.as_str()) {
        found.say(Field::Format, "CSV, JSON or EXCEL is needed");
    } else if definition.report_type == "fqdn" && definition.format != "EXCEL" {
        found.say(Field::Format, "fqdn comes as EXCEL only");
    }
}

fn columns(definition: &Definition, found: &mut Found) {
    if definition.columns.is_empty() {
        found.say(Field::Columns, "at least one column is needed");
    }
    for (at, column) in definition.columns.iter().enumerate() {
        if column.trim().is_empty() {
            found.say(Field::Columns, "a column has no name");
        } else if definition.columns.iter().take(at).any(|before| before == column) {
            found.say(Field::Columns, format!("{} stands twice", Clean::new(column)));
        }
    }
}

fn check_filter(filter: &Filter, definition: &Definition, found: &mut Found) {
    let column = Clean::new(&filter.column);
    if !definition.columns.contains(&filter.column) {
        found.say(Field::Filters, format!("{column} is not among the columns"));
    }
    let days: Vec<Option<Date>> = filter.values.iter().map(day).collect();
    match filter.operator.as_str() {
        "" => found.say(Field::Filters, format!("{column}: an operator is needed: in, contains, custom_date")),
        "in" | "contains" if filter.values.is_empty() => {
            found.say(Field::Filters, format!("{column} {}: a value is needed", filter.operator));
        }
        "custom_date" => match days.as_slice() {
            [Some(from), Some(to)] if from <= to => {}
            [Some(_), Some(_)] => found.say(Field::Filters, format!("{column}: the first day is behind the last")),
            _ => found.say(Field::Filters, format!("{column} custom_date: two days are needed, YYYY-MM-DD")),
        },
        _ => {}
    }
}

fn day(value: &FilterValue) -> Option<Date> {
    match value {
        FilterValue::Text(text) => text.parse().ok(),
        FilterValue::Number(_) => None,
    }
}

fn schedule(schedule: &Schedule, today: Date, found: &mut Found) {
    let monthly_by = |word: &str| schedule.frequency == "MONTHLY" && schedule.on == word;
    let (by_day, by_date) = (monthly_by("DAY_OF_THE_MONTH"), monthly_by("DATE_OF_THE_MONTH"));
    let weekly = schedule.frequency == "WEEKLY";
    let most = match schedule.frequency.as_str() {
        "ON_DEMAND" => 0,
        "WEEKLY" => 2,
        "MONTHLY" => 3,
        _ => return found.say(Field::Frequency, "ON_DEMAND, WEEKLY or MONTHLY is needed"),
    };
    match (most, schedule.every) {
        (0, 0) | (1.., 1..) if schedule.every <= most => {}
        (0, _) => found.say(Field::Every, "does not apply to ON_DEMAND"),
        (2, _) => found.say(Field::Every, "every 1 or 2 weeks"),
        _ => found.say(Field::Every, "every 1 to 3 months"),
    }
    if schedule.frequency == "MONTHLY" {
        if !by_day && !by_date {
            found.say(Field::On, "DAY_OF_THE_MONTH or DATE_OF_THE_MONTH is needed");
            return;
        }
    } else if !schedule.on.is_empty() {
        found.say(Field::On, "applies to MONTHLY alone");
    }
    word(Field::Weekday, &schedule.weekday, catalogue::WEEKDAYS, weekly || by_day, found);
    word(Field::Week, &schedule.week, catalogue::WEEKS, by_day, found);
    match (by_date, schedule.date, schedule.last_day) {
        (true, 1..=28, false) | (true, 0, true) | (false, 0, false) => {}
        (true, _, _) => found.say(Field::Date, "a day from 1 to 28, or `last`"),
        (false, _, _) => found.say(Field::Date, "applies to MONTHLY by DATE_OF_THE_MONTH alone"),
    }
    if schedule.until.is_empty() {
        return;
    }
    match schedule.until.parse::<Date>() {
        _ if most == 0 => found.say(Field::Until, "does not apply to ON_DEMAND"),
        Ok(until) if until >= today => {}
        Ok(_) => found.say(Field::Until, "this day is past"),
        Err(_) => found.say(Field::Until, "a day is needed, YYYY-MM-DD"),
    }
}

/// A word of a list where it applies, nothing where it does not.
fn word(field: Field, word: &str, list: &[&str], applies: bool, found: &mut Found) {
    if applies && !list.contains(&word) {
        found.say(field, format!("one of {} is needed", list.join(", ")));
    } else if !applies && !word.is_empty() {
        found.say(field, "does not apply to this schedule");
    }
}

fn sources(definition: &Definition, found: &mut Found) {
    let sources = &definition.sources;
    let chooses = |word: &str, ids: &[i64]| (word.starts_with("CHOOSE_"), ids.is_empty());
    for (field, word, ids) in [
        (Field::Divisions, &sources.division_filter, &sources.divisions),
        (Field::Subaccounts, &sources.subaccount_filter, &sources.subaccounts),
    ] {
        match chooses(word, ids) {
            (true, true) => found.say(field, format!("{} needs ids", Clean::new(word))),
            (false, false) => found.say(field, "ids are for CHOOSE_ alone"),
            _ => {}
        }
    }
    // Without a word the service excludes the subaccounts.
    if sources.division_filter == "EXCLUDE_ALL_DIVISIONS"
        && matches!(sources.subaccount_filter.as_str(), "" | "EXCLUDE_ALL_SUB_ACCOUNTS")
    {
        found.say(Field::Subaccounts, "neither the account nor a subaccount is left");
    }
}

/// The field whose member a text of the service names.
fn named(text: &str) -> Option<Field> {
    const MEMBERS: &[(&str, Field)] = &[
        ("display_name", Field::Name),
        ("report_type", Field::Type),
        ("filter", Field::Filters),
        ("columns", Field::Columns),
        ("format", Field::Format),
        ("run_until", Field::Until),
        ("repeat_every", Field::Every),
        ("weekday_frequency", Field::Week),
        ("weekday_to_run", Field::Weekday),
        ("repeat_on", Field::On),
        ("schedule", Field::Frequency),
        ("frequency", Field::Frequency),
        ("division", Field::Divisions),
        ("sub_account", Field::Subaccounts),
        ("notification_emails", Field::Recipients),
        ("language", Field::Language),
    ];
    MEMBERS.iter().find(|(member, _)| text.contains(member)).map(|(_, field)| *field)
}

/// The columns that a refusal names; else those that are not known for the type, where any are known.
fn suspects(definition: &Definition, message: &str) -> Vec<String> {
    let shown = |columns: Vec<&String>| columns.into_iter().map(|one| Clean::new(one).to_string()).collect();
    let words: Vec<&str> = message.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let said: Vec<&String> = definition.columns.iter().filter(|one| words.contains(&one.as_str())).collect();
    if !said.is_empty() {
        // The message says them already.
        return Vec::new();
    }
    let known = catalogue::columns(&definition.report_type);
    if known.is_empty() {
        return Vec::new();
    }
    shown(definition.columns.iter().filter(|one| !known.contains(&one.as_str())).collect())
}

#[cfg(test)]
mod tests;
