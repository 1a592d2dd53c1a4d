use std::net::TcpListener;

use certdeck::simulator::{Fault, FaultPlan, Rule, demo_keys};
use serde_json::Value;

use super::{
    bench::{Home, Run},
    data::valid,
    failures::{home, run, simulator},
};

/// The checks of an output by key and name.
fn find<'a>(value: &'a Value, check: &str) -> &'a Value {
    value["items"].as_array().unwrap().iter().find(|item| item["check"] == check).unwrap()
}

#[test]
fn contexts_are_listed_with_hosts_and_where_their_keys_are() {
    let home = Home::new();
    home.file(
        "c.toml",
        "default_context = \"b\"\n\
         [context.a]\nenvironment = \"production\"\nread_only = true\n\
         [context.a.certcentral]\nservices_url = \"https://certcentral.digicert.eu/services/v2\"\nkey = { env = \"CC\" }\n\
         [context.b]\nenvironment = \"demo\"\none = { client_certificate = { cert = \"c.pem\", key = \"c.key\" } }\n\
         [context.b.partner]\nparent_key = { command = \"pass show parent-canary\" }\n\
         subaccount = [{ name = \"shop\", key = { keyring = \"certdeck/shop\" } }]\n",
        0o600,
    );
    // No key is fetched to be listed: none of them is there.
    let listed = home.run(&["context", "list", "--config", "c.toml", "-o", "json"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    assert!(!listed.out.contains("canary"), "arguments of a command stay unsaid");
    let value = valid(&listed.out);
    let [a, b, demo] = <&[Value; 3]>::try_from(value["items"].as_array().unwrap().as_slice()).unwrap();
    assert_eq!((&a["name"], &a["default"], &a["environment"]), (&"a".into(), &false.into(), &"production".into()));
    assert_eq!(a["read_only"], true);
    assert_eq!(a["services"][0]["hosts"], serde_json::json!(["certcentral.digicert.eu", "api.digicert.com"]));
    assert_eq!(a["services"][0]["keys"][0]["from"], "variable CC");
    assert_eq!((&b["name"], &b["default"]), (&"b".into(), &true.into()));
    let keys = b["services"][0]["keys"].as_array().unwrap();
    let names: Vec<&str> = keys.iter().map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["partner-parent", "partner:shop"]);
    assert!(b["services"][1]["keys"][0]["from"].as_str().unwrap().starts_with("client certificate "));
    assert_eq!((&demo["name"], &demo["default"]), (&"demo".into(), &false.into()));
    let alone = Home::new().run(&["context", "list", "-o", "json"]);
    assert_eq!(valid(&alone.out)["items"][0]["default"], true, "without a configuration it is the demo");
    let table = home.run(&["context", "list", "--config", "c.toml"]).out;
    assert!(table.starts_with("CONTEXT  DEFAULT  ENVIRONMENT"), "{table}");
}

#[test]
fn each_key_of_a_context_is_tried_on_its_own() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let run = run(&home, &["context", "test", "lab", "-o", "json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let value = valid(&run.out);
    assert_eq!((&value["kind"], &value["context"]), (&"context.test".into(), &"lab".into()));
    for key in ["certcentral", "partner-parent", "partner:shop", "one"] {
        for check in ["reachable", "authenticated", "who"] {
            assert_eq!(find(&value, &format!("{key}: {check}"))["status"], "ok");
        }
    }
    let who = find(&value, "one: who")["detail"].as_str().unwrap();
    assert!(who.contains('@') && who.contains("permissions "), "{who}");
    assert!(find(&value, "certcentral: who")["detail"].as_str().unwrap().contains("Administrator"));
    assert_eq!(find(&value, "one: CA list")["detail"], "permitted");

    // What the reporting of the simulator names and no key here reaches.
    let blind = find(&value, "blind spots");
    let keys = demo_keys().partner_subaccounts.len();
    let detail = blind["detail"].as_str().unwrap();
    assert!(detail.starts_with(&format!("{keys} accounts have contracts and no key here: ")), "{detail} of {keys}");
    assert_eq!(blind["status"], "warn");
    assert!(blind["hint"].as_str().unwrap().contains("partner.subaccount"));
}

#[test]
fn the_code_of_a_test_is_that_of_the_worst_key() {
    let status = |path: &str, status| Rule::new(path, Fault::Status { status, retry_after: None });
    let refused = status("/certificate-authority/api/v1/template", 403);
    let unknown = status("/services/v2/user/me", 401);
    for (rules, code, check, kind) in [
        (vec![refused.clone()], 5, "one: Templates", "fail"),
        (vec![refused, unknown], 4, "certcentral: authenticated", "fail"),
    ] {
        let simulator = simulator(FaultPlan { rules });
        let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
        let run = run(&home, &["context", "test", "-o", "json"]);
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
        let value = valid(&run.out);
        let failed = find(&value, check);
        assert_eq!(failed["status"], kind);
        assert!(failed["hint"].is_string(), "{failed}");
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = home(&format!("http://{free}"), "not-a-key");
    home.file(
        "c.toml",
        &format!(
            "[context.a]\nenvironment = \"demo\"\none = {{ url = \"http://{free}\", key = {{ file = \"one.key\" }} }}"
        ),
        0o600,
    );
    assert_eq!(run(&home, &["context", "test"]).code, 7);
    run(&home, &["context", "test", "b"]).refused(2, "no context is called \"b\"");
    let demo = run(&home, &["context", "test", "demo", "-o", "json"]);
    assert_eq!((demo.code, &valid(&demo.out)["context"]), (0, &"demo".into()), "{}", demo.err);
}

#[test]
fn u01_a_context_is_made_at_a_terminal_only() {
    let home = Home::new();
    home.run(&["context", "new"]).refused(3, "questions, and stdin is no terminal");
    home.file("c.toml", "[context", 0o600);
    let output = home.command().args(["context", "new", "--config", "c.toml"]).output().unwrap();
    Run::of(&output).refused(3, "no terminal");
    assert_eq!(std::fs::read_to_string(home.path().join("c.toml")).unwrap(), "[context");
}

#[test]
fn the_commands_are_in_help_and_in_the_manual_page() {
    let home = Home::new();
    let (help, manual) = (home.run(&["help", "context"]).out, home.run(&["man"]).out);
    for command in ["list", "test", "new"] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
        assert!(manual.contains(&format!("certdeck context {command}")), "{manual}");
    }
}
