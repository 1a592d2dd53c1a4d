//! A report definition as it is written: everything that creating or editing a report sends.

use serde_json::{Map, Value, json};

use crate::domain::Clean;

/// A value of a filter; the service sends text, and in early editions numbers (contract, `Filter`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterValue {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// A condition on a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Identifier of the column; it has to be among the columns.
    pub column: String,
    /// Operator word: `in`, `contains`, `custom_date`.
    pub operator: String,
    /// Values; empty where the operator has none, never absent.
    pub values: Vec<FilterValue>,
}

/// Whose data is in a report. Empty words leave it to the service: all divisions, no subaccounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// `INCLUDE_ALL_DIVISIONS`, `CHOOSE_DIVISIONS` …
    pub division_filter: String,
    /// Ids, for `CHOOSE_DIVISIONS`.
    pub divisions: Vec<i64>,
    /// `EXCLUDE_ALL_SUB_ACCOUNTS`, `CHOOSE_SUB_ACCOUNTS` …
    pub subaccount_filter: String,
    /// Ids, for `CHOOSE_SUB_ACCOUNTS`.
    pub subaccounts: Vec<i64>,
}

impl Sources {
    /// True when all of it is left to the service.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// When a report runs. What does not apply is empty or 0, as the service has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule {
    /// `ON_DEMAND`, `WEEKLY`, `MONTHLY`.
    pub frequency: String,
    /// `MONDAY` …
    pub weekday: String,
    /// `FIRST` … `LAST`: which of the weekdays of a month.
    pub week: String,
    /// Last day, `YYYY-MM-DD`.
    pub until: String,
    /// Every how many weeks or months.
    pub every: u32,
    /// `DAY_OF_THE_MONTH` by weekday, `DATE_OF_THE_MONTH` by date.
    pub on: String,
    /// Day of the month, 1 to 28.
    pub date: u32,
    /// The last day of the month in place of a date.
    pub last_day: bool,
}

/// Somebody who is told by e-mail; only administrators can be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipient {
    /// Number of the user.
    pub user_id: i64,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Address.
    pub email: String,
}

/// A whole definition. Its texts are as the service or the user wrote them, since all of them are sent back: what is
/// shown of them goes through [`Clean`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    /// Display name.
    pub name: String,
    /// Type word, `orders`.
    pub report_type: String,
    /// Column identifiers in the order of the files.
    pub columns: Vec<String>,
    /// Filters.
    pub filters: Vec<Filter>,
    /// Whose data.
    pub sources: Sources,
    /// When it runs.
    pub schedule: Schedule,
    /// Format word: `CSV`, `JSON`, `EXCEL`.
    pub format: String,
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// Language of the column headings; `None` leaves it to the service (English). It is sent beside the definition,
    /// and the service does not give it back.
    pub language: Option<u32>,
}

impl Definition {
    /// A weekly list of orders, to start from.
    pub fn example() -> Self {
        let columns = ["order_id", "common_name", "order_status", "validity_end_date"];
        Self {
            name: "Weekly orders".into(),
            report_type: "orders".into(),
            columns: columns.map(str::to_owned).into(),
            format: "CSV".into(),
            schedule: Schedule {
                frequency: "WEEKLY".into(),
                weekday: "MONDAY".into(),
                every: 1,
                ..Schedule::default()
            },
            ..Self::default()
        }
    }

    /// Whether saving it starts a run at once (contract, `createReport` and `editReport`). Of an edit that leaves
    /// `ON_DEMAND` as it was the contract says nothing, so it counts too.
    pub fn runs_at_once(&self) -> bool {
        self.schedule.frequency == "ON_DEMAND"
    }

    /// The body of `POST /report` and `PUT /report/{id}` (contract, `ReportDefinition`); all members are there, so that
    /// an edit loses none.
    pub fn body(&self) -> Value {
        let schedule = &self.schedule;
        let column = |identifier: &String| json!({ "identifier": identifier });
        let filter = |filter: &Filter| {
            let value = |value: &FilterValue| match value {
                FilterValue::Text(text) => Value::from(text.as_str()),
                FilterValue::Number(number) => Value::from(*number),
            };
            json!({
                "column_identifier": filter.column,
                "filter_identifier": filter.operator,
                "values": filter.values.iter().map(value).collect::<Vec<_>>(),
            })
        };
        let recipient = |who: &Recipient| {
            json!({
                "user_id": who.user_id, "first_name": who.first_name, "last_name": who.last_name, "email": who.email,
            })
        };
        let mut metadata = json!({
            "report_type": self.report_type,
            "columns": self.columns.iter().map(column).collect::<Vec<_>>(),
            "filters": self.filters.iter().map(filter).collect::<Vec<_>>(),
        });
        if let (false, Some(members)) = (self.sources.is_empty(), metadata.as_object_mut()) {
            members.insert("sources".into(), self.sources.json());
        }
        json!({
            "display_name": self.name,
            "schedule": {
                "frequency": schedule.frequency,
                "weekday_to_run": schedule.weekday,
                "weekday_frequency": schedule.week,
                "run_until": schedule.until,
                "repeat_every": schedule.every,
                "repeat_on": schedule.on,
                "repeat_on_date": { "date": schedule.date, "last_day_of_the_month": schedule.last_day },
            },
            "format": [self.format],
            "notification_emails": self.recipients.iter().map(recipient).collect::<Vec<_>>(),
            "report_metadata": metadata,
        })
    }

    /// Reads the `report` of `GET /report/{id}` or a body; also tells the members that are not known here, which an
    /// edit would lose.
    ///
    /// # Errors
    /// A member has a form that cannot be sent back as it was; names it.
    pub fn read(value: &Value) -> Result<(Self, Vec<Clean>), Clean> {
        let mut reader = Reader { unknown: Vec::new() };
        let top = reader.object(value, "report", &TOP)?;
        let metadata = reader.object(top.get("report_metadata"), "report_metadata", &METADATA)?;
        let schedule = reader.object(top.get("schedule"), "schedule", &SCHEDULE)?;
        let on_date = reader.object(schedule.get("repeat_on_date"), "repeat_on_date", &ON_DATE)?;
        let sources = reader.object(metadata.get("sources"), "sources", &SOURCES)?;
        let name = if top.get("report_display_name").is_some() { "report_display_name" } else { "display_name" };
        let formats = list(&top, "format")?;
        if formats.len() > 1 {
            return Err(odd("format"));
        }
        let columns = list(&metadata, "columns")?;
        let column = |column: &Value| text(&reader.object(column, "columns", &["identifier"])?, "identifier");
        let columns = columns.iter().map(column).collect::<Result<_, _>>()?;
        let filters = list(&metadata, "filters")?.iter().map(|one| reader.filter(one)).collect::<Result<_, _>>()?;
        let told = list(&top, "notification_emails")?;
        let definition = Self {
            name: text(&top, name)?,
            report_type: text(&metadata, "report_type")?,
            columns,
            filters,
            sources: Sources {
                division_filter: text(&sources, "division_filter_type")?,
                divisions: numbers(&sources, "divisions")?,
                subaccount_filter: text(&sources, "sub_account_filter_type")?,
                subaccounts: numbers(&sources, "sub_accounts")?,
            },
            schedule: Schedule {
                frequency: text(&schedule, "frequency")?,
                weekday: text(&schedule, "weekday_to_run")?,
                week: text(&schedule, "weekday_frequency")?,
                until: text(&schedule, "run_until")?,
                every: number(&schedule, "repeat_every")?,
                on: text(&schedule, "repeat_on")?,
                date: number(&on_date, "date")?,
                last_day: flag(&on_date, "last_day_of_the_month")?,
            },
            format: formats.first().map_or(Ok(String::new()), |one| plain(one).ok_or_else(|| odd("format")))?,
            recipients: told.iter().map(|one| reader.recipient(one)).collect::<Result<_, _>>()?,
            language: None,
        };
        Ok((definition, reader.unknown))
    }
}

impl Sources {
    fn json(&self) -> Value {
        let word = |word: &str| if word.is_empty() { Value::Null } else { Value::from(word) };
        let ids = |ids: &[i64]| if ids.is_empty() { Value::Null } else { Value::from(ids) };
        json!({
            "division_filter_type": word(&self.division_filter),
            "divisions": ids(&self.divisions),
            "sub_account_filter_type": word(&self.subaccount_filter),
            "sub_accounts": ids(&self.subaccounts),
        })
    }
}

/// Members of a definition, those that are only read among them.
const TOP: [&str; 12] = [
    "report_display_name",
    "display_name",
    "report_identifier",
    "created_by_user_id",
    "created_by_user_name",
    "created_date",
    "report_metadata",
    "schedule",
    "next_run_date",
    "format",
    "status",
    "notification_emails",
];
const METADATA: [&str; 4] = ["report_type", "columns", "filters", "sources"];
const SCHEDULE: [&str; 7] =
    ["frequency", "weekday_to_run", "weekday_frequency", "run_until", "repeat_every", "repeat_on", "repeat_on_date"];
const ON_DATE: [&str; 2] = ["date", "last_day_of_the_month"];
const SOURCES: [&str; 4] = ["division_filter_type", "divisions", "sub_account_filter_type", "sub_accounts"];

struct Reader {
    unknown: Vec<Clean>,
}

impl Reader {
    /// The members of an object, of which `null` and absence are an empty one.
    fn object<'a>(
        &mut self,
        value: impl Into<Option<&'a Value>>,
        what: &str,
        known: &[&str],
    ) -> Result<Map<String, Value>, Clean> {
        let members = match value.into() {
            None | Some(Value::Null) => return Ok(Map::new()),
            Some(Value::Object(members)) => members.clone(),
            Some(_) => return Err(odd(what)),
        };
        let more = members.keys().filter(|name| !known.contains(&name.as_str()));
        self.unknown.extend(more.map(|name| Clean::new(name)));
        Ok(members)
    }

    fn filter(&mut self, value: &Value) -> Result<Filter, Clean> {
        let members = self.object(value, "filters", &["column_identifier", "filter_identifier", "values"])?;
        let value = |value: &Value| match value {
            Value::String(text) => Ok(FilterValue::Text(text.clone())),
            Value::Number(number) => number.as_i64().map(FilterValue::Number).ok_or_else(|| odd("values")),
            _ => Err(odd("values")),
        };
        Ok(Filter {
            column: text(&members, "column_identifier")?,
            operator: text(&members, "filter_identifier")?,
            values: list(&members, "values")?.iter().map(value).collect::<Result<_, _>>()?,
        })
    }

    fn recipient(&mut self, value: &Value) -> Result<Recipient, Clean> {
        let members = self.object(value, "notification_emails", &["user_id", "first_name", "last_name", "email"])?;
        Ok(Recipient {
            user_id: whole(members.get("user_id")).ok_or_else(|| odd("user_id"))?,
            first_name: text(&members, "first_name")?,
            last_name: text(&members, "last_name")?,
            email: text(&members, "email")?,
        })
    }
}

fn odd(member: &str) -> Clean {
    format!("{member} has a form that is not known here").into()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Result<String, Clean> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => plain(value).ok_or_else(|| odd(name)),
    }
}

fn list(members: &Map<String, Value>, name: &str) -> Result<Vec<Value>, Clean> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => Ok(entries.clone()),
        Some(_) => Err(odd(name)),
    }
}

/// A whole number, also when it is sent as text.
fn whole(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn numbers(members: &Map<String, Value>, name: &str) -> Result<Vec<i64>, Clean> {
    list(members, name)?.iter().map(|value| whole(Some(value)).ok_or_else(|| odd(name))).collect()
}

fn number(members: &Map<String, Value>, name: &str) -> Result<u32, Clean> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(0),
        value => whole(value).and_then(|number| number.try_into().ok()).ok_or_else(|| odd(name)),
    }
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<bool, Clean> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(odd(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_become_what_an_edit_sends_and_read_only_members_go() {
        let details = json!({
            "report_display_name": "Audit trail weekly", "report_identifier": "27aa", "created_by_user_id": 8,
            "created_by_user_name": "T", "created_date": "2026-07-02 16:40:12", "status": "ACTIVE",
            "report_metadata": {"report_type": "orders", "columns": [{"identifier": "order_id"}, {"identifier": "order_status"}],
                "filters": [{"column_identifier": "order_status", "filter_identifier": "in", "values": ["Issued", 7]}],
                "sources": {"division_filter_type": "CHOOSE_DIVISIONS", "divisions": [60417], "sub_account_filter_type": null, "sub_accounts": null}},
            "schedule": {"frequency": "MONTHLY", "weekday_to_run": "THURSDAY", "weekday_frequency": "THIRD", "run_until": "",
                "repeat_every": 1, "repeat_on": "DAY_OF_THE_MONTH", "repeat_on_date": {"date": 0, "last_day_of_the_month": false}},
            "next_run_date": "2026-12-17", "format": ["JSON"], "notification_emails": null, "later": {"x": 1}
        });
        let (definition, unknown) = Definition::read(&details).unwrap();
        assert_eq!(unknown, [Clean::new("later")], "what an edit would lose is told");
        let body = definition.body();
        assert_eq!(body["display_name"], "Audit trail weekly");
        for read_only in ["report_display_name", "report_identifier", "created_date", "status", "next_run_date"] {
            assert!(body.get(read_only).is_none(), "{read_only}");
        }
        assert_eq!(body["report_metadata"]["filters"][0]["values"], json!(["Issued", 7]));
        assert_eq!(body["report_metadata"]["sources"], details["report_metadata"]["sources"]);
        assert_eq!(body["schedule"], details["schedule"]);
        assert_eq!(Definition::read(&body), Ok((definition, Vec::new())));
    }

    #[test]
    fn a_member_that_could_not_be_sent_back_is_an_error_that_names_it() {
        let wrong = [
            (json!({"format": ["CSV", "JSON"]}), "format"),
            (json!({"format": "CSV"}), "format"),
            (json!({"schedule": []}), "schedule"),
            (json!({"schedule": {"repeat_every": -1}}), "repeat_every"),
            (json!({"report_metadata": {"columns": [7]}}), "columns"),
            (json!({"report_metadata": {"filters": [{"values": [1.5]}]}}), "values"),
            (json!({"notification_emails": [{"email": "a@example.com"}]}), "user_id"),
        ];
        for (value, member) in wrong {
            let error = Definition::read(&value).unwrap_err();
            assert!(error.starts_with(member), "{error}");
        }
        assert_eq!(Definition::read(&json!({})), Ok((Definition::default(), Vec::new())));
    }
}
