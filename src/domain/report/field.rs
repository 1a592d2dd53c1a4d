//! The fields of a definition as lines of text: what a form shows, and what is typed into it.

use super::{
    catalogue,
    definition::{Definition, Filter, FilterValue, Recipient},
};
use crate::domain::Clean;

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Display name.
    Name,
    /// Type word.
    Type,
    /// Format word.
    Format,
    /// Column identifiers.
    Columns,
    /// Filters.
    Filters,
    /// How often it runs.
    Frequency,
    /// Every how many weeks or months.
    Every,
    /// Weekday.
    Weekday,
    /// Form of a monthly schedule.
    On,
    /// Which of the weekdays of a month.
    Week,
    /// Day of the month, or `last`.
    Date,
    /// Last day of a run.
    Until,
    /// Which divisions.
    Divisions,
    /// Which subaccounts.
    Subaccounts,
    /// Who is told.
    Recipients,
    /// Language of the headings.
    Language,
}

impl Field {
    /// All fields in the order of a form.
    pub const ALL: [Self; 16] = [
        Self::Name,
        Self::Type,
        Self::Format,
        Self::Columns,
        Self::Filters,
        Self::Frequency,
        Self::Every,
        Self::Weekday,
        Self::On,
        Self::Week,
        Self::Date,
        Self::Until,
        Self::Divisions,
        Self::Subaccounts,
        Self::Recipients,
        Self::Language,
    ];

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Type => "Type",
            Self::Format => "Format",
            Self::Columns => "Columns",
            Self::Filters => "Filters",
            Self::Frequency => "Runs",
            Self::Every => "Every",
            Self::Weekday => "Weekday",
            Self::On => "Month by",
            Self::Week => "Week",
            Self::Date => "Date",
            Self::Until => "Until",
            Self::Divisions => "Divisions",
            Self::Subaccounts => "Subaccounts",
            Self::Recipients => "Told",
            Self::Language => "Language",
        }
    }

    /// What is typed there.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Name => "letters, digits, underscore and space; one that no other report has",
            Self::Type => "orders domains balance-history audit-logs organizations fqdn users, or another word",
            Self::Format => "CSV JSON EXCEL; fqdn comes as EXCEL only",
            Self::Columns => "identifiers in order, with commas; the account may have more than are offered",
            Self::Filters => "column operator values, with ; between: order_status in issued, pending",
            Self::Frequency => "ON_DEMAND runs at once when it is saved; WEEKLY; MONTHLY",
            Self::Every => "1 or 2 weeks, 1 to 3 months",
            Self::Weekday => "MONDAY to SUNDAY; WEEKLY, and MONTHLY by DAY_OF_THE_MONTH",
            Self::On => "DAY_OF_THE_MONTH by weekday, DATE_OF_THE_MONTH by date",
            Self::Week => "FIRST SECOND THIRD FOURTH LAST; MONTHLY by DAY_OF_THE_MONTH",
            Self::Date => "1 to 28 or last; MONTHLY by DATE_OF_THE_MONTH",
            Self::Until => "last day, YYYY-MM-DD; empty is without end",
            Self::Divisions => "empty is all; or a word, with ids behind CHOOSE_DIVISIONS",
            Self::Subaccounts => "empty is none; or a word, with ids behind CHOOSE_SUB_ACCOUNTS",
            Self::Recipients => "addresses of administrators, with commas",
            Self::Language => "number of the language of the headings; empty is English",
        }
    }

    /// Words that the field offers; any other can be typed where the service may know more.
    pub const fn offers(self) -> &'static [&'static str] {
        match self {
            Self::Format => catalogue::FORMATS,
            Self::Frequency => catalogue::FREQUENCIES,
            Self::Weekday => catalogue::WEEKDAYS,
            Self::On => catalogue::REPEATS,
            Self::Week => catalogue::WEEKS,
            Self::Divisions => catalogue::DIVISIONS,
            Self::Subaccounts => catalogue::SUBACCOUNTS,
            _ => &[],
        }
    }

    /// The field of a definition as text.
    pub fn text(self, definition: &Definition) -> String {
        let schedule = &definition.schedule;
        let number = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        match self {
            Self::Name => definition.name.clone(),
            Self::Type => definition.report_type.clone(),
            Self::Format => definition.format.clone(),
            Self::Columns => definition.columns.join(", "),
            Self::Filters => definition.filters.iter().map(filter_text).collect::<Vec<_>>().join("; "),
            Self::Frequency => schedule.frequency.clone(),
            Self::Every => number(schedule.every),
            Self::Weekday => schedule.weekday.clone(),
            Self::On => schedule.on.clone(),
            Self::Week => schedule.week.clone(),
            Self::Date if schedule.last_day => "last".to_owned(),
            Self::Date => number(schedule.date),
            Self::Until => schedule.until.clone(),
            Self::Divisions => chosen(&definition.sources.division_filter, &definition.sources.divisions),
            Self::Subaccounts => chosen(&definition.sources.subaccount_filter, &definition.sources.subaccounts),
            Self::Recipients => {
                definition.recipients.iter().map(|who| who.email.as_str()).collect::<Vec<_>>().join(", ")
            }
            Self::Language => definition.language.map(|n| n.to_string()).unwrap_or_default(),
        }
    }

    /// Takes what was typed; `people` are those whose addresses are known.
    ///
    /// # Errors
    /// The text cannot be read; the definition stays as it was.
    pub fn take(self, text: &str, definition: &mut Definition, people: &[Recipient]) -> Result<(), Clean> {
        let text = text.trim();
        let schedule = &mut definition.schedule;
        let upper = || text.to_ascii_uppercase();
        match self {
            Self::Name => text.clone_into(&mut definition.name),
            Self::Type => text.clone_into(&mut definition.report_type),
            Self::Format => definition.format = upper(),
            Self::Columns => definition.columns = parts(text, ',').map(str::to_owned).collect(),
            Self::Filters => definition.filters = parts(text, ';').map(read_filter).collect::<Result<_, _>>()?,
            Self::Frequency => schedule.frequency = upper(),
            Self::Every => schedule.every = count(text)?,
            Self::Weekday => schedule.weekday = upper(),
            Self::On => schedule.on = upper(),
            Self::Week => schedule.week = upper(),
            Self::Date => {
                let last = text.eq_ignore_ascii_case("last");
                schedule.date = if last { 0 } else { count(text)? };
                schedule.last_day = last;
            }
            Self::Until => text.clone_into(&mut schedule.until),
            Self::Divisions => {
                (definition.sources.division_filter, definition.sources.divisions) = choice(text)?;
            }
            Self::Subaccounts => {
                (definition.sources.subaccount_filter, definition.sources.subaccounts) = choice(text)?;
            }
            Self::Recipients => {
                let known = || definition.recipients.iter().chain(people);
                let find = |email: &str| {
                    let found = known().find(|who| who.email.eq_ignore_ascii_case(email)).cloned();
                    found.ok_or_else(|| Clean::from(format!("no administrator has the address {}", Clean::new(email))))
                };
                let told = parts(text, ',').map(find).collect::<Result<Vec<_>, _>>()?;
                definition.recipients = told;
            }
            Self::Language => definition.language = if text.is_empty() { None } else { Some(count(text)?) },
        }
        Ok(())
    }
}

fn parts(text: &str, between: char) -> impl Iterator<Item = &str> {
    text.split(between).map(str::trim).filter(|part| !part.is_empty())
}

fn count(text: &str) -> Result<u32, Clean> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| Clean::new("a number is needed"))
}

fn chosen(word: &str, ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    [word, &ids.join(", ")].join(" ").trim().to_owned()
}

fn choice(text: &str) -> Result<(String, Vec<i64>), Clean> {
    let (word, ids) = text.split_once(' ').unwrap_or((text, ""));
    let ids = ids.split([',', ' ']).filter(|id| !id.is_empty()).map(str::parse).collect::<Result<_, _>>();
    Ok((word.to_ascii_uppercase(), ids.map_err(|_| Clean::new("ids are numbers, with commas"))?))
}

/// A filter as `column operator value, value`; a number is written with a `#`, since the service tells it from text.
fn filter_text(filter: &Filter) -> String {
    let value = |value: &FilterValue| match value {
        FilterValue::Number(number) => format!("#{number}"),
        FilterValue::Text(text) if is_plain(text) => text.clone(),
        FilterValue::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    let values: Vec<String> = filter.values.iter().map(value).collect();
    format!("{} {} {}", filter.column, filter.operator, values.join(", ")).trim().to_owned()
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains([',', ';', '"', '\\']) && !text.starts_with('#')
}

fn read_filter(text: &str) -> Result<Filter, Clean> {
    let mut words = text.splitn(3, char::is_whitespace);
    let (column, operator) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let values = words.next().unwrap_or_default();
    if values.contains('"') {
        return Err("values with commas or quotes are for the file: E opens it".into());
    }
    let value = |part: &str| match part.strip_prefix('#').map(str::parse) {
        Some(Ok(number)) => FilterValue::Number(number),
        _ => FilterValue::Text(part.to_owned()),
    };
    Ok(Filter {
        column: column.to_owned(),
        operator: operator.to_owned(),
        values: parts(values, ',').map(value).collect(),
    })
}
