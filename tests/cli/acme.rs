use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use certdeck::{
    client::{Client, PartnerSettings, Settings, Silent, SubaccountSettings, transport::Network},
    domain::{
        acme::{AcmeCertificate, triage::Assessment},
        serial::SerialRef,
        subject::View,
    },
    flow::{Estate, Intervals, Reply},
    simulator::{Options, Simulator, SubaccountKey, demo_keys},
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json as object};

use super::{
    bench::{Home, Run},
    data::{json, said},
};

/// The clock of the demo.
const NOW: &str = "2026-11-21T14:02:31Z";

/// The demo as the dashboard reads and judges it.
fn dashboard() -> (Estate, Timestamp) {
    let options = Options { running: false, limits: false, ..Options::default() };
    let simulator = Simulator::spawn(options).unwrap();
    let keys = demo_keys();
    let subaccount = |account: SubaccountKey| SubaccountSettings {
        name: account.name,
        key: SecretString::from(account.key),
        contracts: account.contracts.into_iter().map(|id| u64::try_from(id).unwrap()).collect(),
    };
    let partner = PartnerSettings {
        url: simulator.urls().partner,
        parent_key: Some(SecretString::from(keys.partner_parent)),
        subaccounts: keys.partner_subaccounts.into_iter().map(subaccount).collect(),
        ..PartnerSettings::new()
    };
    let settings = Settings { partner: Some(partner), ..Settings::default() };
    let network = Arc::new(Network::new(&settings));
    let now: Timestamp = NOW.parse().unwrap();
    let client = Client::with_transport(settings, network, Arc::new(move || now));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let certificates = runtime.block_on(client.acme_certificates(&mut Silent)).unwrap();
    let accounts = runtime.block_on(client.subaccounts()).unwrap();
    let mut estate = Estate::new(&Intervals::every(60), &std::sync::Arc::default());
    estate.accept(Reply::Acme(certificates), now);
    estate.accept(Reply::Subaccounts(accounts), now);
    let found = estate.to_judge(now).unwrap().run();
    estate.judge(found);
    (estate, now)
}

#[test]
fn a_row_says_on_the_command_line_what_it_says_on_the_screen() {
    let (estate, now) = dashboard();
    let rows: Vec<&AcmeCertificate> = estate.acme.rows().iter().collect();
    let triage = estate.judgement.triage().unwrap();
    let listed = json(&Home::new(), &["acme", "list", "--demo"]);
    let items = listed["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), &listed["unknown"].as_array().unwrap().contains(&"items.served".into())),
        (rows.len(), &true)
    );
    let id =
        |item: &Value| ["account_id", "acme_contract_id", "serial_number", "domain"].map(|name| item[name].to_string());
    let by_id: BTreeMap<_, &Value> = items.iter().map(|item| (id(item), item)).collect();
    assert_eq!(by_id.len(), items.len());
    let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
    let serial = |row: &AcmeCertificate| text(row.serial().map_or("", SerialRef::raw));
    let second = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut states = BTreeSet::new();
    for (index, record) in rows.iter().enumerate() {
        let found: &Assessment = &triage.assessments[index];
        let words = estate.judgement.explain(View { record, derived: Some(found), index }, now).unwrap();
        let expected = object!({
            "account_id": record.account().as_str(), "acme_contract_id": record.contract().as_str(),
            "serial_number": serial(record), "domain": record.domain().as_str(),
            "state": found.state.word(), "tier": found.state.tier(),
            "reason": words.reason, "next_step": words.next_step,
            "due_at": found.due().map(second),
            "lifetime_days": found.lifetime().map(|(days, _)| days),
            "lifetime_source": found.lifetime().map(|(_, source)| source.word()),
            "superseded_by": triage.superseded_by(u32::try_from(index).unwrap(), estate.judgement.rows()).map_or(Value::Null, |at| serial(rows[at as usize])),
            "served": null, "triage": null,
        });
        let item = by_id[&id(&expected)];
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&item[name], value, "{name} of {}", record.domain());
        }
        states.insert(found.state.word());
    }
    // Blocked rows are known by the facts of contracts alone.
    for state in ["EXPIRED", "OVERDUE", "BLOCKED", "DECIDE", "DUE", "PENDING", "OK", "RENEWED"] {
        assert!(states.contains(state), "{state} is in the demo");
    }
}

#[test]
fn a_lifetime_of_the_configuration_is_the_lifetime() {
    let simulator = super::failures::simulator(certdeck::simulator::FaultPlan::default());
    let home = super::failures::home(&format!("http://{}", simulator.addr()), "not-used");
    let text = std::fs::read_to_string(home.path().join("c.toml")).unwrap();
    let table = "[context.lab.partner]\n";
    home.file("c.toml", &text.replace(table, &format!("{table}lifetime = {{ 12345 = 61 }}\n")), 0o600);
    let run = super::failures::run(&home, &["acme", "list", "-o", "json", "--filter", "contract:12345 status:issued"]);
    let value = super::data::valid(&run.out);
    let dated = value["items"].as_array().unwrap().iter().filter(|item| item["lifetime_source"].is_string());
    let sources: Vec<_> =
        dated.map(|item| (item["lifetime_days"].as_u64(), item["lifetime_source"].as_str())).collect();
    assert!(sources.len() > 5);
    assert!(sources.iter().all(|source| *source == (Some(61), Some("configured"))), "{sources:?}");
}

#[test]
fn a_probe_tells_what_the_servers_of_a_name_serve() {
    let home = Home::new();
    let verdict = |name: &str| {
        let shown = json(&home, &["acme", "show", name, "--probe", "--demo"]);
        assert!(!shown["unknown"].as_array().unwrap().contains(&"items.served".into()));
        let items = shown["items"].as_array().unwrap().clone();
        let newest = items.into_iter().find(|item| item["superseded_by"].is_null()).unwrap();
        (newest["served"]["verdict"].as_str().unwrap().to_owned(), newest)
    };
    let (word, pay) = verdict("pay.acme-corp.example");
    assert_eq!(word, "same");
    assert_eq!(
        pay["served"]["serial_number"].as_str().map(str::to_uppercase),
        pay["serial_number"].as_str().map(str::to_uppercase)
    );
    assert_eq!((&pay["served"]["address"], &pay["served"]["at"]), (&"127.0.0.1".into(), &NOW.into()));
    assert_eq!(pay["lifetime_source"], "probe", "the start of validity was met");
    assert_eq!(verdict("www.acme-corp.example").0, "older");
    let (word, image) = verdict("img.acme-corp.example");
    assert_eq!((word.as_str(), &image["state"], &image["tier"]), ("mismatch", &"EXPIRED".into(), &0.into()));
    assert!(image["reason"].as_str().unwrap().contains("does not have the name"), "{image}");
    assert_eq!(verdict("grafana.acme-corp.example").0, "unreachable");
    assert_eq!(verdict("sso.acme-corp.example").0, "not_verifiable", "the demo asks no server of a stranger");
}

#[test]
fn a_forecast_counts_what_is_not_renewed_yet_and_says_what_it_assumes() {
    let home = Home::new();
    let value = json(&home, &["acme", "forecast", "--demo"]);
    let items = value["items"].as_array().unwrap();
    let of = |measure: &str| items.iter().filter(|item| item["measure"] == measure).collect::<Vec<_>>();
    let (weeks, loads) = (of("ends"), of("renewals"));
    assert_eq!((weeks.len(), loads.len()), (12, 3));
    assert_eq!(weeks[0]["from"], "2026-11-21");
    // The first week by the list: in force, nothing newer, one for each set of names of a contract.
    let listed = json(&home, &["acme", "list", "--demo"]);
    let ends = |item: &&Value| {
        let end = item["expiration_date"].as_str().unwrap_or_default();
        item["tier"] != 6 && ("2026-11-21T14:02:31Z".."2026-11-28T00:00:00Z").contains(&end)
    };
    let first = listed["items"].as_array().unwrap().iter().filter(ends);
    let first: BTreeSet<String> = first.map(|item| format!("{} {}", item["acme_contract_id"], item["sans"])).collect();
    assert!(first.len() > 3);
    assert_eq!(weeks[0]["total"].as_u64(), u64::try_from(first.len()).ok());
    for week in &weeks {
        let count = |name: &str| week[name].as_u64().unwrap();
        assert_eq!(count("late") + count("ahead"), count("total"));
    }
    let limits: Vec<u64> = loads.iter().map(|load| load["limit_days"].as_u64().unwrap()).collect();
    assert_eq!(limits, [200, 100, 47]);
    assert!(loads.iter().all(|load| load["assumption"].as_str().unwrap().contains("an assumption")));
    let none = json(&home, &["acme", "forecast", "--demo", "--filter", "name:nothing.example"]);
    assert!(none["items"].as_array().unwrap().iter().all(|item| item["total"].as_u64().unwrap_or(0) == 0));
    let some = json(&home, &["acme", "forecast", "--demo", "--filter", "name:pay.acme-corp.example"]);
    assert_eq!((&some["items"][0]["total"], &some["items"][0]["late"]), (&1.into(), &1.into()));
    home.run(&["acme", "forecast", "--demo", "--sort", "left"]).refused(2, "--sort: a forecast has one order only");
}

/// A calendar as bytes; its lines end with CR, which [`Run`] lets no other output have.
fn calendar(home: &Home, words: &[&str]) -> String {
    let output = home.command().args(["acme", "calendar", "--demo"]).args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// The properties of each event, checked line by line against RFC 5545.
fn events(text: &str) -> Vec<BTreeMap<String, String>> {
    assert!(text.ends_with("\r\n"));
    let mut lines: Vec<String> = Vec::new();
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75, "3.1: {} octets", line.len());
        assert!(!line.contains(['\r', '\n']) && !line.chars().any(char::is_control), "{line:?}");
        match line.strip_prefix(' ') {
            Some(more) => lines.last_mut().unwrap().push_str(more),
            None => lines.push(line.to_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let head: Vec<String> = lines.by_ref().take(4).collect();
    assert_eq!((head[0].as_str(), head[1].as_str()), ("BEGIN:VCALENDAR", "VERSION:2.0"));
    assert!(head[2].starts_with("PRODID:") && head[3] == "CALSCALE:GREGORIAN");
    let (mut all, mut event, mut ended) = (Vec::new(), None::<BTreeMap<String, String>>, false);
    for line in lines {
        assert!(!ended, "nothing follows the calendar");
        let (name, value) = line.split_once(':').unwrap();
        assert!(name.bytes().all(|b| b.is_ascii_uppercase() || b == b'-'), "{name}");
        match (name, value, &mut event) {
            ("BEGIN", "VEVENT", None) => event = Some(BTreeMap::new()),
            ("END", "VEVENT", open @ Some(_)) => all.extend(open.take()),
            ("END", "VCALENDAR", None) => ended = true,
            (_, _, Some(open)) => assert_eq!(open.insert(name.to_owned(), value.to_owned()), None, "{name} twice"),
            _ => panic!("{line}"),
        }
    }
    assert!(ended);
    for event in &all {
        for moment in ["DTSTAMP", "DTSTART"] {
            let format = "%Y%m%dT%H%M%SZ";
            assert!(jiff::civil::DateTime::strptime(format, &event[moment]).is_ok(), "{}", event[moment]);
        }
        for text in ["UID", "SUMMARY", "DESCRIPTION"] {
            let mut rest = event[text].chars();
            while let Some(c) = rest.next() {
                match c {
                    '\\' => assert!(matches!(rest.next(), Some('\\' | ';' | ',' | 'n')), "3.3.11: {}", event[text]),
                    c => assert!(!matches!(c, ';' | ','), "3.3.11: {}", event[text]),
                }
            }
        }
    }
    all
}

#[test]
fn a_calendar_is_one_by_the_rfc_and_has_the_same_entries_each_time() {
    let home = Home::new();
    let all = events(&calendar(&home, &[]));
    let ids: BTreeSet<&String> = all.iter().map(|event| &event["UID"]).collect();
    assert_eq!(ids.len(), all.len(), "each has an id of its own");
    let listed = json(&home, &["acme", "calendar", "--demo"]);
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), all.len());
    for (item, event) in items.iter().zip(&all) {
        assert_eq!(item["uid"], event["UID"].as_str());
        let at = item["at"].as_str().unwrap().replace(['-', ':'], "");
        assert_eq!(at, event["DTSTART"]);
        assert!(!["RENEWED", "REVOKED", "RETIRED"].contains(&item["state"].as_str().unwrap()), "{item}");
    }
    let some = events(&calendar(&home, &["-o", "ics", "--filter", "domain~pay.acme-corp.example"]));
    let summaries: Vec<&str> = some.iter().map(|event| event["SUMMARY"].as_str()).collect();
    assert_eq!(summaries, ["Renewal due: pay.acme-corp.example", "Certificate ends: pay.acme-corp.example"]);
    assert!(some.iter().all(|event| ids.contains(&event["UID"])), "the same entry has the same id");
    assert_eq!(some[1]["DTSTART"], "20261124T112000Z");
    // Hostile names are among the oddities.
    assert!(events(&calendar(&home, &["--filter", "contract:12399"])).len() > 20);
    home.run(&["acme", "list", "--demo", "-o", "ics"]).refused(2, "only `certdeck acme calendar` prints this");
}

#[test]
fn a_match_says_what_covers_a_name_and_is_exit_6_when_nothing_does() {
    let home = Home::new();
    let words = ["acme", "match", "PAY.acme-corp.example.", "x.apps.acme-corp.example", "münchen.example", "--demo"];
    let value = json(&home, &words);
    let items = value["items"].as_array().unwrap();
    let of = |name: &str| items.iter().filter(|item| item["name"] == name).collect::<Vec<_>>();
    let pay = of("pay.acme-corp.example");
    assert_eq!((pay[0]["coverage"].as_str(), pay[0]["until"].as_str()), (Some("exact"), Some("2026-11-24T11:20:00Z")));
    assert_eq!(pay[0]["serial_number"], "0A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D");
    let apps = of("x.apps.acme-corp.example");
    assert!(apps.iter().all(|item| item["coverage"] == "wildcard" && item["domain"] == "*.apps.acme-corp.example"));
    assert!(apps.is_sorted_by_key(|item| std::cmp::Reverse(item["until"].as_str())), "the longest first");
    assert_eq!(of("xn--mnchen-3ya.example")[0]["coverage"], "exact");
    let mut command = home.command();
    command
        .args(["acme", "match", "-", "--demo", "-o", "json"])
        .write_stdin("nothing.example.com\n\n pay.acme-corp.example \n");
    let run = Run::of(&command.output().unwrap());
    assert_eq!((run.code, said(&run.err)), (6, vec!["certdeck: no certificate covers nothing.example.com"]));
    let value = super::data::valid(&run.out);
    assert_eq!((&value["items"][0]["coverage"], &value["items"][0]["until"]), (&"none".into(), &Value::Null));
    assert_eq!(value["items"][1]["coverage"], "exact");
    home.run(&["acme", "match", "https://a.example/", "--demo"]).refused(2, "is no host name");
    home.run(&["acme", "match", "a\u{1b}[2J.example", "--demo"]).refused(2, "is no host name");
    let mut command = home.command();
    let run = Run::of(&command.args(["acme", "match", "-", "--demo"]).write_stdin("\n").output().unwrap());
    run.refused(2, "no name was given");
}
