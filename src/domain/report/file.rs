//! A definition as a TOML file for an editor.

use serde::Deserialize;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::definition::{Definition, Filter, FilterValue, Recipient, Schedule, Sources};
use crate::domain::Clean;

/// What stands above a definition in a file.
const HEAD: &str = "\
# A CertCentral report. What does not apply is \"\" or 0.
# type: orders, domains, balance-history, audit-logs, organizations, fqdn (EXCEL only), users
# format: CSV, JSON, EXCEL
";
const SCHEDULE: &str = "
# frequency: ON_DEMAND (runs at once when it is saved), WEEKLY (weekday, every 1-2), MONTHLY (every 1-3)
# MONTHLY: on = \"DAY_OF_THE_MONTH\" with week (FIRST to LAST) and weekday,
#          or on = \"DATE_OF_THE_MONTH\" with date (1-28) or last_day
";
const FILTER: &str = "
# The column has to be among the columns. operator: in, contains, custom_date (two days), last_30_days (no values)
";

impl Definition {
    /// The definition as a TOML file with words about its members.
    pub fn to_toml(&self) -> String {
        let mut document = DocumentMut::new();
        document.decor_mut().set_prefix(HEAD);
        let top = document.as_table_mut();
        top["name"] = value(self.name.as_str());
        top["type"] = value(self.report_type.as_str());
        top["format"] = value(self.format.as_str());
        top["columns"] = value(lines(self.columns.iter().map(|column| column.as_str().into())));
        if let Some(language) = self.language {
            top["language"] = value(i64::from(language));
        }
        top["recipients"] = value(lines(self.recipients.iter().map(recipient)));
        top["schedule"] = Item::Table(schedule(&self.schedule));
        if !self.sources.is_empty() {
            top["sources"] = Item::Table(sources(&self.sources));
        }
        let mut filters = ArrayOfTables::new();
        for one in &self.filters {
            let mut table = Table::new();
            if filters.is_empty() {
                table.decor_mut().set_prefix(FILTER);
            }
            table["column"] = value(one.column.as_str());
            table["operator"] = value(one.operator.as_str());
            let values = one.values.iter().map(|one| match one {
                FilterValue::Text(text) => Value::from(text.as_str()),
                FilterValue::Number(number) => Value::from(*number),
            });
            table["values"] = value(values.collect::<Array>());
            filters.push(table);
        }
        if !filters.is_empty() {
            top["filters"] = Item::ArrayOfTables(filters);
        }
        document.to_string()
    }

    /// Reads a file that [`Definition::to_toml`] wrote or somebody else did. A member that is not known is an error.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn from_toml(text: &str) -> Result<Self, Clean> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            Clean::new(&format!("{place}{}", error.message().replace('\n', " ")))
        })?;
        Ok(file.definition())
    }
}

fn lines(values: impl Iterator<Item = Value>) -> Array {
    let mut array: Array = values.collect();
    for one in array.iter_mut() {
        one.decor_mut().set_prefix("\n    ");
    }
    if !array.is_empty() {
        array.set_trailing_comma(true);
        array.set_trailing("\n");
    }
    array
}

fn recipient(who: &Recipient) -> Value {
    let mut table = InlineTable::new();
    table.insert("user_id", who.user_id.into());
    table.insert("first_name", who.first_name.as_str().into());
    table.insert("last_name", who.last_name.as_str().into());
    table.insert("email", who.email.as_str().into());
    Value::InlineTable(table)
}

fn schedule(schedule: &Schedule) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix(SCHEDULE);
    table["frequency"] = value(schedule.frequency.as_str());
    table["every"] = value(i64::from(schedule.every));
    table["weekday"] = value(schedule.weekday.as_str());
    table["on"] = value(schedule.on.as_str());
    table["week"] = value(schedule.week.as_str());
    table["date"] = value(i64::from(schedule.date));
    table["last_day"] = value(schedule.last_day);
    table["until"] = value(schedule.until.as_str());
    table
}

fn sources(sources: &Sources) -> Table {
    let ids = |ids: &[i64]| value(ids.iter().copied().collect::<Array>());
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table["divisions"] = value(sources.division_filter.as_str());
    table["division_ids"] = ids(&sources.divisions);
    table["subaccounts"] = value(sources.subaccount_filter.as_str());
    table["subaccount_ids"] = ids(&sources.subaccounts);
    table
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(rename = "type")]
    report_type: String,
    format: String,
    columns: Vec<String>,
    language: Option<u32>,
    #[serde(default)]
    recipients: Vec<FileRecipient>,
    schedule: FileSchedule,
    sources: Option<FileSources>,
    #[serde(default)]
    filters: Vec<FileFilter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRecipient {
    user_id: i64,
    first_name: String,
    last_name: String,
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSchedule {
    frequency: String,
    #[serde(default)]
    every: u32,
    #[serde(default)]
    weekday: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    week: String,
    #[serde(default)]
    date: u32,
    #[serde(default)]
    last_day: bool,
    #[serde(default)]
    until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSources {
    #[serde(default)]
    divisions: String,
    #[serde(default)]
    division_ids: Vec<i64>,
    #[serde(default)]
    subaccounts: String,
    #[serde(default)]
    subaccount_ids: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFilter {
    column: String,
    operator: String,
    values: Vec<FileValue>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "text or a whole number is needed")]
enum FileValue {
    Text(String),
    Number(i64),
}

impl File {
    fn definition(self) -> Definition {
        let filter = |filter: FileFilter| {
            let values = filter.values.into_iter().map(|value| match value {
                FileValue::Text(text) => FilterValue::Text(text),
                FileValue::Number(number) => FilterValue::Number(number),
            });
            Filter { column: filter.column, operator: filter.operator, values: values.collect() }
        };
        let recipient = |FileRecipient { user_id, first_name, last_name, email }| Recipient {
            user_id,
            first_name,
            last_name,
            email,
        };
        let FileSchedule { frequency, every, weekday, on, week, date, last_day, until } = self.schedule;
        Definition {
            name: self.name,
            report_type: self.report_type,
            columns: self.columns,
            filters: self.filters.into_iter().map(filter).collect(),
            sources: self.sources.map_or_else(Sources::default, |sources| Sources {
                division_filter: sources.divisions,
                divisions: sources.division_ids,
                subaccount_filter: sources.subaccounts,
                subaccounts: sources.subaccount_ids,
            }),
            schedule: Schedule { frequency, weekday, week, until, every, on, date, last_day },
            format: self.format,
            recipients: self.recipients.into_iter().map(recipient).collect(),
            language: self.language,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    fn words() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z_]{0,12}", "\\PC{0,16}", Just("a\"b\\c\u{202e}\t\n'''".to_owned())]
    }

    prop_compose! {
        fn filters()(column in words(), operator in words(), values in prop::collection::vec(prop_oneof![
            words().prop_map(FilterValue::Text), any::<i64>().prop_map(FilterValue::Number)
        ], 0..4)) -> Filter { Filter { column, operator, values } }
    }

    prop_compose! {
        fn schedules()(frequency in words(), weekday in words(), week in words(), until in words(), every in any::<u32>(),
            on in words(), date in any::<u32>(), last_day in any::<bool>()) -> Schedule {
            Schedule { frequency, weekday, week, until, every, on, date, last_day }
        }
    }

    prop_compose! {
        fn definitions()(
            (name, report_type, format) in (words(), words(), words()),
            columns in prop::collection::vec(words(), 0..5),
            filters in prop::collection::vec(filters(), 0..3),
            sources in (words(), prop::collection::vec(any::<i64>(), 0..3), words(), prop::collection::vec(any::<i64>(), 0..3)),
            schedule in schedules(),
            recipients in prop::collection::vec((any::<i64>(), words(), words(), words()), 0..3),
        ) -> Definition {
            let (division_filter, divisions, subaccount_filter, subaccounts) = sources;
            let recipient = |(user_id, first_name, last_name, email)| Recipient { user_id, first_name, last_name, email };
            Definition {
                name, report_type, columns, filters, schedule, format, language: None,
                sources: Sources { division_filter, divisions, subaccount_filter, subaccounts },
                recipients: recipients.into_iter().map(recipient).collect(),
            }
        }
    }

    /// The definition as `GET /report/{id}` gives it back: other names, read-only members, `null` for empty lists.
    fn details(definition: &Definition) -> Json {
        let mut body = definition.body();
        let members = body.as_object_mut().unwrap();
        let name = members.remove("display_name").unwrap();
        members.insert("report_display_name".into(), name);
        members.insert("report_identifier".into(), json!("r-1"));
        members.insert("status".into(), json!("ACTIVE"));
        if definition.recipients.is_empty() {
            members.insert("notification_emails".into(), Json::Null);
        }
        if definition.filters.is_empty() {
            body["report_metadata"]["filters"] = Json::Null;
        }
        body
    }

    proptest! {
        #[test]
        fn details_become_a_file_and_the_file_the_same_body(definition in definitions()) {
            let (read, unknown) = Definition::read(&details(&definition)).unwrap();
            prop_assert!(unknown.is_empty());
            let again = Definition::from_toml(&read.to_toml()).unwrap();
            prop_assert_eq!(again.body().to_string(), definition.body().to_string());
            prop_assert_eq!(again, definition);
        }
    }

    #[test]
    fn a_file_says_what_its_members_mean_and_an_error_names_the_line() {
        let definition = Definition {
            name: "Weekly orders".into(),
            report_type: "orders".into(),
            format: "CSV".into(),
            columns: vec!["order_id".into(), "common_name".into()],
            filters: vec![Filter { column: "order_id".into(), operator: "in".into(), values: Vec::new() }],
            schedule: Schedule {
                frequency: "WEEKLY".into(),
                weekday: "SATURDAY".into(),
                every: 1,
                ..Schedule::default()
            },
            language: Some(2),
            ..Definition::default()
        };
        let text = definition.to_toml();
        insta::assert_snapshot!(text);
        assert_eq!(Definition::from_toml(&text), Ok(definition));
        let error = |from: &str, to: &str| Definition::from_toml(&text.replace(from, to)).unwrap_err().to_string();
        assert!(error("format =", "formats =").starts_with("line 6: unknown field `formats`"));
        assert!(error("every = 1", "every = -1").contains("line "));
        assert!(error("values = []", "values = [1.5]").contains("text or a whole number is needed"));
        assert!(error("name = \"Weekly orders\"", "").contains("missing field `name`"));
    }
}
