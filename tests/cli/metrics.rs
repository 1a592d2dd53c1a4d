//! Metrics, read by a parser written from the `OpenMetrics` 1.0 text format alone.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Home;

/// A sample.
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

fn is_name(text: &str, colon: bool) -> bool {
    let first = |b: u8| b.is_ascii_alphabetic() || b == b'_' || (colon && b == b':');
    text.bytes().next().is_some_and(first) && text.bytes().all(|b| first(b) || b.is_ascii_digit())
}

/// The samples of an exposition; panics at whatever the format does not allow.
pub fn parse(text: &str) -> Vec<Sample> {
    let body = text.strip_suffix("# EOF\n").expect("the last line is # EOF");
    assert!(body.is_empty() || body.ends_with('\n'));
    let (mut types, mut told) = (BTreeMap::new(), BTreeSet::new());
    let (mut family, mut started) = (String::new(), false);
    let mut series = BTreeSet::new();
    let mut samples = Vec::new();
    for line in body.lines() {
        if let Some(meta) = line.strip_prefix("# ") {
            let (word, rest) = meta.split_once(' ').expect("a word and a name");
            let (name, value) = rest.split_once(' ').expect("a name and a value");
            assert!(is_name(name, true), "{line}");
            if name != family {
                assert!(!types.contains_key(name), "families do not interleave: {line}");
                (family, started) = (name.to_owned(), false);
            }
            assert!(!started, "metadata stands before samples: {line}");
            assert!(told.insert((word.to_owned(), name.to_owned())), "told once: {line}");
            match word {
                "TYPE" => {
                    let known =
                        ["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"];
                    assert!(known.contains(&value), "{line}");
                    // What the textfile collector takes, which reads the older format.
                    assert!(["counter", "gauge", "histogram", "summary"].contains(&value), "{line}");
                    types.insert(name.to_owned(), value.to_owned());
                }
                "UNIT" => assert!(name.ends_with(&format!("_{value}")), "{line}"),
                "HELP" => assert!(!value.is_empty() && !value.contains(['\\', '"']), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let sample = sample(line);
        let kind = types.get(&family).expect("TYPE stands before samples");
        let suffix = sample.name.strip_prefix(&*family).expect("a sample of the family above it");
        assert_eq!(suffix, if kind == "counter" { "_total" } else { "" }, "{line}");
        assert!(series.insert((sample.name.clone(), sample.labels.clone())), "one sample a series: {line}");
        started = true;
        samples.push(sample);
    }
    samples
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a name and a value");
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name, true), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, more) = rest.split_once("=\"").expect("a label");
            assert!(is_name(label, false), "{line}");
            let (mut value, mut chars) = (String::new(), more.char_indices());
            let end = loop {
                match chars.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().expect("an escaped character").1 {
                        'n' => value.push('\n'),
                        c @ ('\\' | '"') => value.push(c),
                        c => panic!("\\{c} in {line}"),
                    },
                    (_, c) => value.push(c),
                }
            };
            assert_eq!(labels.insert(label.to_owned(), value), None, "a label stands once: {line}");
            rest = &more[end + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect("a closing brace");
    }
    let value = rest.strip_prefix(' ').expect("one blank");
    assert!(!value.contains(' '), "no timestamp, which a textfile may not have: {line}");
    Sample { name: name.to_owned(), labels, value: value.parse().expect("a number") }
}

#[test]
fn the_parser_of_this_test_refuses_what_the_format_does_not_allow() {
    let good =
        "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds x\na_seconds{n=\"\\\"\\\\\\n\"} 1\n# EOF\n";
    assert_eq!(parse(good)[0].labels["n"], "\"\\\n");
    for bad in [
        "",
        "a 1\n# EOF\n",
        "# TYPE a gauge\na 1\n",
        "# TYPE a gauge\na 1\na 2\n# EOF\n",
        "# TYPE a gauge\na 1\n# HELP a x\n# EOF\n",
        "# TYPE a gauge\nb 1\n# EOF\n",
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a gauge\na{1=\"\"} 1\n# EOF\n",
        "# TYPE a gauge\na{b=\"\\x\"} 1\n# EOF\n",
        "# TYPE a gauge\na{b=\"\",b=\"\"} 1\n# EOF\n",
        "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n",
        "# TYPE a gauge\na one\n# EOF\n",
        "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n",
    ] {
        assert!(std::panic::catch_unwind(|| parse(bad)).is_err(), "{bad:?}");
    }
}

#[test]
fn metrics_of_a_check_say_what_the_list_says() {
    let home = Home::new();
    let run = home.run(&["check", "--demo", "-o", "openmetrics"]);
    assert_eq!(run.code, 2);
    let samples = parse(&run.out);
    let of = |name: &str| samples.iter().filter(|sample| sample.name == name).collect::<Vec<_>>();
    let listed = super::data::json(&home, &["acme", "list", "--demo"]);
    let watched = |item: &&serde_json::Value| item["tier"] != 6;
    let items: Vec<&serde_json::Value> = listed["items"].as_array().unwrap().iter().filter(watched).collect();
    assert_eq!(of("certdeck_certificate_state").len(), items.len());
    assert!(of("certdeck_certificate_served_match").is_empty(), "nothing was probed");
    let one = |name: &str, domain: &str| {
        let found: Vec<_> = of(name).into_iter().filter(|sample| sample.labels["name"] == domain).collect();
        assert_eq!(found.len(), 1, "{name} {domain}");
        found[0]
    };
    let pay = items.iter().find(|item| item["domain"] == "pay.acme-corp.example").unwrap();
    let state = one("certdeck_certificate_state", "pay.acme-corp.example");
    assert_eq!((state.labels["state"].as_str(), state.value), ("overdue", 1.0));
    let labels = [("contract", "12345"), ("account", "90210"), ("serial", "A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D")];
    for (label, value) in labels {
        assert_eq!(state.labels[label], value);
    }
    for (name, member) in [("not_after", "expiration_date"), ("due", "due_at")] {
        let at: jiff::Timestamp = pay[member].as_str().unwrap().parse().unwrap();
        let sample = one(&format!("certdeck_certificate_{name}_seconds"), "pay.acme-corp.example");
        assert_eq!(format!("{}", sample.value), at.as_second().to_string());
    }
    assert_eq!(of("certdeck_check_complete")[0].value.to_string(), "0", "ends that cannot be read are missing");
    let now: jiff::Timestamp = "2026-11-21T14:02:31Z".parse().unwrap();
    assert_eq!(of("certdeck_check_generated_seconds")[0].value.to_string(), now.as_second().to_string());
    for (name, matches) in [("login.acme-corp.example", 1.0), ("www.acme-corp.example", 0.0)] {
        let run = home.run(&["check", "--demo", "--probe", "-o", "openmetrics", "--filter", &format!("domain:{name}")]);
        let served: Vec<f64> = parse(&run.out)
            .into_iter()
            .filter(|sample| sample.name == "certdeck_certificate_served_match" && sample.labels["name"] == name)
            .map(|sample| sample.value)
            .collect();
        assert_eq!(served, [matches], "{name}");
        assert!(run.out.contains("\ncertdeck_check_complete 1\n"), "{}", run.out);
    }
}
