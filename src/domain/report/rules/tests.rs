use super::*;
use crate::domain::report::definition::Sources;

fn today() -> Date {
    Date::constant(2026, 11, 22)
}

fn sound() -> Definition {
    Definition {
        name: "Weekly orders".into(),
        report_type: "orders".into(),
        columns: vec!["order_id".into(), "common_name".into(), "order_created_date".into()],
        format: "CSV".into(),
        schedule: Schedule { frequency: "ON_DEMAND".into(), ..Schedule::default() },
        ..Definition::default()
    }
}

fn texts(definition: &Definition) -> Vec<(Field, String)> {
    check(definition, today(), None).into_iter().map(|one| (one.field, one.text.to_string())).collect()
}

fn filter(column: &str, operator: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| FilterValue::Text((*value).to_owned())).collect();
    Filter { column: column.into(), operator: operator.into(), values }
}

/// Each rule: what breaks it, the field that is named, and a word of the text.
#[test]
fn every_rule_names_its_field() {
    type Break = fn(&mut Definition);
    let table: &[(Break, Field, &str)] = &[
        (|d| d.name = " ".into(), Field::Name, "a name is needed"),
        (|d| d.name = "a\u{1b}b".into(), Field::Name, "control characters"),
        (|d| d.report_type = String::new(), Field::Type, "a type is needed"),
        (|d| d.format = "PDF".into(), Field::Format, "CSV, JSON or EXCEL"),
        (|d| d.report_type = "fqdn".into(), Field::Format, "EXCEL only"),
        (|d| d.columns.clear(), Field::Columns, "at least one"),
        (|d| d.columns.push("order_id".into()), Field::Columns, "order_id stands twice"),
        (|d| d.columns.push(" ".into()), Field::Columns, "no name"),
        (|d| d.filters = vec![filter("sans", "in", &["x"])], Field::Filters, "sans is not among the columns"),
        (|d| d.filters = vec![filter("order_id", "", &["x"])], Field::Filters, "an operator is needed"),
        (|d| d.filters = vec![filter("order_id", "in", &[])], Field::Filters, "a value is needed"),
        (|d| d.filters = vec![filter("order_id", "contains", &[])], Field::Filters, "a value is needed"),
        (
            |d| d.filters = vec![filter("order_id", "custom_date", &["2026-01-01"])],
            Field::Filters,
            "two days are needed",
        ),
        (
            |d| d.filters = vec![filter("order_id", "custom_date", &["2026-02-01", "2026-01-01"])],
            Field::Filters,
            "behind the last",
        ),
        (|d| d.schedule.frequency = "DAILY".into(), Field::Frequency, "ON_DEMAND, WEEKLY or MONTHLY"),
        (|d| d.schedule.every = 1, Field::Every, "does not apply"),
        (|d| weekly(d).every = 0, Field::Every, "1 or 2 weeks"),
        (|d| weekly(d).every = 3, Field::Every, "1 or 2 weeks"),
        (|d| weekly(d).weekday = "SOMEDAY".into(), Field::Weekday, "one of MONDAY"),
        (|d| weekly(d).week = "FIRST".into(), Field::Week, "does not apply"),
        (|d| weekly(d).on = "DATE_OF_THE_MONTH".into(), Field::On, "MONTHLY alone"),
        (|d| weekly(d).date = 3, Field::Date, "MONTHLY by DATE_OF_THE_MONTH"),
        (|d| weekly(d).last_day = true, Field::Date, "MONTHLY by DATE_OF_THE_MONTH"),
        (|d| by_date(d).every = 4, Field::Every, "1 to 3 months"),
        (|d| by_date(d).on = String::new(), Field::On, "is needed"),
        (|d| by_date(d).date = 29, Field::Date, "from 1 to 28"),
        (|d| by_date(d).date = 0, Field::Date, "or `last`"),
        (|d| by_date(d).last_day = true, Field::Date, "or `last`"),
        (|d| by_date(d).weekday = "MONDAY".into(), Field::Weekday, "does not apply"),
        (|d| by_day(d).week = "FIFTH".into(), Field::Week, "one of FIRST"),
        (|d| by_day(d).date = 1, Field::Date, "by DATE_OF_THE_MONTH alone"),
        (|d| d.schedule.until = "2027-01-01".into(), Field::Until, "does not apply"),
        (|d| weekly(d).until = "2026-11-21".into(), Field::Until, "is past"),
        (|d| weekly(d).until = "soon".into(), Field::Until, "YYYY-MM-DD"),
        (|d| d.sources.division_filter = "CHOOSE_DIVISIONS".into(), Field::Divisions, "needs ids"),
        (|d| d.sources.subaccounts = vec![1], Field::Subaccounts, "CHOOSE_ alone"),
        (|d| d.sources.division_filter = "EXCLUDE_ALL_DIVISIONS".into(), Field::Subaccounts, "neither"),
        (|d| d.language = Some(0), Field::Language, "count from 1"),
    ];
    for (at, (spoil, field, word)) in table.iter().enumerate() {
        let mut definition = sound();
        spoil(&mut definition);
        let found = texts(&definition);
        assert!(matches!(found.as_slice(), [(of, text)] if of == field && text.contains(word)), "{at}: {found:?}");
    }
}

fn weekly(definition: &mut Definition) -> &mut Schedule {
    definition.schedule =
        Schedule { frequency: "WEEKLY".into(), weekday: "MONDAY".into(), every: 1, ..Schedule::default() };
    &mut definition.schedule
}

fn by_date(definition: &mut Definition) -> &mut Schedule {
    let on = "DATE_OF_THE_MONTH".into();
    definition.schedule = Schedule { frequency: "MONTHLY".into(), on, every: 3, date: 28, ..Schedule::default() };
    &mut definition.schedule
}

fn by_day(definition: &mut Definition) -> &mut Schedule {
    definition.schedule = Schedule {
        frequency: "MONTHLY".into(),
        on: "DAY_OF_THE_MONTH".into(),
        week: "LAST".into(),
        weekday: "FRIDAY".into(),
        every: 1,
        ..Schedule::default()
    };
    &mut definition.schedule
}

#[test]
fn what_the_service_takes_is_not_complained_about() {
    let mut definition = sound();
    assert_eq!(texts(&definition), []);
    definition.columns.push("a_column_of_their_own".into());
    definition.report_type = "a-new-type".into();
    assert_eq!(texts(&definition), [], "free identifiers");
    weekly(&mut definition).until = "2026-11-22".into();
    assert_eq!(texts(&definition), [], "the last day may be today");
    by_date(&mut definition);
    assert_eq!(texts(&definition), []);
    definition.schedule.date = 0;
    definition.schedule.last_day = true;
    assert_eq!(texts(&definition), []);
    by_day(&mut definition);
    definition.filters = vec![
        filter("order_created_date", "custom_date", &["2026-04-01", "2026-09-30"]),
        filter("order_id", "last_30_days", &[]),
    ];
    definition.sources = Sources {
        division_filter: "EXCLUDE_ALL_DIVISIONS".into(),
        subaccount_filter: "CHOOSE_SUB_ACCOUNTS".into(),
        subaccounts: vec![7],
        ..Sources::default()
    };
    assert_eq!(texts(&definition), []);
}

#[test]
fn only_administrators_are_told() {
    let who = |user_id| Recipient { user_id, email: format!("u{user_id}@example.com"), ..Recipient::default() };
    let definition = Definition { recipients: vec![who(1), who(2)], ..sound() };
    assert_eq!(texts(&definition), [], "who is one is not known here");
    let found = check(&definition, today(), Some(&[who(1)]));
    assert!(matches!(found.as_slice(), [one] if one.field == Field::Recipients && one.text.contains("u2@example.com")));
}

#[test]
fn a_refusal_lands_on_its_field() {
    let mut definition = sound();
    definition.columns.push("cn".into());
    let table = [
        ("missing_mandatory_field: display_name", "", Field::Name),
        ("missing_mandatory_field: columns", "", Field::Columns),
        ("missing_mandatory_field: report_type", "", Field::Type),
        ("invalid_request: format", "One format is needed.", Field::Format),
        ("disabled_report_type", "", Field::Type),
        ("invalid_column_identifiers", "The type has no such column.", Field::Columns),
        ("invalid_filter", "", Field::Filters),
        ("invalid_email", "", Field::Recipients),
        ("invalid_date", "", Field::Until),
        ("invalid_schedule", "", Field::Frequency),
        ("invalid_sub_account_type", "", Field::Subaccounts),
        ("report_format_inapplicable", "", Field::Format),
        ("a_new_code", "weekday_to_run is odd", Field::Weekday),
        ("a_new_code", "", Field::Name),
    ];
    for (code, message, field) in table {
        assert_eq!(refused(code, message, &definition).field, field, "{code}");
    }
    let text = refused("invalid_column_identifiers", "The type has no such column.", &definition).text;
    assert_eq!(text.as_str(), "The type has no such column. (cn)", "the column that is not known here is pointed at");
    let text = refused("invalid_column_identifiers", "No column common_name.", &definition).text;
    assert_eq!(text.as_str(), "No column common_name.");
    assert!(!refused("invalid_filter", "a\u{1b}[2J", &definition).text.contains('\u{1b}'));
}

#[test]
fn a_field_reads_what_it_shows() {
    let people =
        [Recipient { user_id: 7, first_name: "I".into(), last_name: "V".into(), email: "i.v@example.org".into() }];
    let mut definition = sound();
    by_day(&mut definition);
    definition.filters = vec![filter("order_id", "in", &["a", "b c"]), filter("common_name", "last_30_days", &[])];
    definition.filters[0].values.push(FilterValue::Number(9));
    definition.sources =
        Sources { division_filter: "CHOOSE_DIVISIONS".into(), divisions: vec![60417, 60422], ..Sources::default() };
    definition.recipients = people.to_vec();
    definition.language = Some(3);
    let mut copy = Definition::default();
    for field in Field::ALL {
        field.take(&field.text(&definition), &mut copy, &people).unwrap();
    }
    assert_eq!(copy, definition);
    by_date(&mut definition).last_day = true;
    definition.schedule.date = 0;
    assert_eq!(Field::Date.text(&definition), "last");
    for (field, text) in [
        (Field::Every, "often"),
        (Field::Date, "first"),
        (Field::Divisions, "CHOOSE_DIVISIONS a"),
        (Field::Filters, "order_id in \"a, b\""),
        (Field::Recipients, "nobody@example.com"),
        (Field::Language, "en"),
    ] {
        let before = copy.clone();
        assert!(field.take(text, &mut copy, &people).is_err(), "{text}");
        assert_eq!(copy, before, "a text that cannot be read changes nothing");
    }
}
