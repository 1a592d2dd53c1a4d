//! A server that shares nothing with the simulator: other names, ids, list shapes and words.

use std::{collections::BTreeMap, process::Command};

use certdeck::client::{CertCentralSettings, OneSettings, PartnerSettings, Settings, SubaccountSettings};
use secrecy::SecretString;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use super::scene::is_safe;
use crate::support::rig::Rig;

fn json(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text, "application/json")
}

fn answer(request: &Request) -> ResponseTemplate {
    let first = request.url.query_pairs().find(|(name, _)| name == "offset").is_none_or(|(_, at)| at == "0");
    match request.url.path() {
        "/p/api-key" => json(
            r#"{"api_keys":[{"id":"9","name":"hq","account_id":"700","status":"ok","api_key_last4":"1111"},
                {"id":"8","name":"pier","account_id":"701","status":"resting","api_key_last4":"2222"}]}"#,
        ),
        "/p/account/reporting" => json(
            r#"{"accounts":[{"account_id":"701","acme":[{"acme_contract_id":"8801","product_name_id":"tls_novel",
                "sans":["pier.example.net"],"valid_till":"2027-03-01T00:00:00","created_at":"2026-03-01"}]}]}"#,
        ),
        "/p/acme/8801/certificates" => json(
            r#"{"certificates":[
                {"domain":"pier.example.net","status":"issued","expiration_date":"2026-11-25T10:00:00","serial_number":"00ab","sans":["pier.example.net"]},
                {"domain":"crane.example.net","status":"hibernating","expiration_date":"2026-12-24T10:00:00","serial_number":12345,"sans":"crane.example.net"},
                {"domain":"quay.example.net","status":"NOT_RENEWED","expiration_date":"2026-11-30","serial_number":"0xAB","sans":null}]}"#,
        ),
        "/p/acme/8801" => json(
            r#"{"acme_contract_id":"8801","account_id":"701","product_name_id":"tls_novel","valid_till":"2027-03-01T00:00:00",
                "auto_renew":"false","organization":{"name":"Pier Works"},"is_organization_validated":"true"}"#,
        ),
        "/p/acme/8801/credentials" => {
            json(r#"{"credentials":[{"credential_id":"1","kid_hint":"zz","status":"dozing"}]}"#)
        }
        "/s/user/me" => json(
            r#"{"id":"55","username":"mo@example.net","account_id":"4","first_name":"Mo","last_name":"Pier",
                "access_roles":[{"id":"77","name":"Harbour master"}]}"#,
        ),
        "/r/report/history" if first => json(
            r#"{"report_history":[
                {"report_display_name":"Tide table","report_identifier":"AA11","report_run_identifier":"R1","report_type":"tides",
                 "report_start_date":"2026-11-20T01:00:00","report_end_date":"2026-11-20 01:05:00","schedule":"FORTNIGHTLY",
                 "format":"PARQUET","status":"SIMMERING","split_report_count":"2","created_by_user_id":"55"},
                {"report_display_name":"Berths","report_identifier":"BB22","schedule":"WEEKLY","status":"SCHEDULED","format":["CSV"]}],
                "page":{"total":"2","limit":"100","offset":"0"}}"#,
        ),
        "/r/report/AA11" | "/r/report/BB22" => json(
            r#"{"report":{"report_display_name":"Tide table","report_identifier":"AA11","report_metadata":{"report_type":"tides",
                "columns":[{"identifier":"moon_phase"}]},"schedule":{"frequency":"FORTNIGHTLY"},"format":["PARQUET"]}}"#,
        ),
        "/account/api/v1/user/me" => json(
            r#"{"id":"00FF00FF00FF00FF00FF00FF00FF00FF","email":"mo@example.net","status":"AWAKE","user_type":"robot",
                "first_name":"Mo","last_name":"Pier","accounts":[]}"#,
        ),
        "/certificate-authority/api/v1/ca" if first => json(
            r#"[{"id":"0A3F9C77D2E14B6690AB5E2C71D8F043","name":"Lighthouse Root","status":"ACTIVE","cert_type":"root","hosted_type":"OFFLINE",
                 "serial_number":"5a1c0e","valid_from":"2020-01-10T00:00:00","valid_to":"2048-01-05T23:59:59","key_type":"RSA","key_size":"4096"},
                {"id":"1B3F9C77D2E14B6690AB5E2C71D8F044","name":"Lighthouse Issuing","status":"MELTING","cert_type":"leafy","hosted_type":"submarine",
                 "issuer_id":"0A3F9C77D2E14B6690AB5E2C71D8F043","valid_to":"2030-01-05T23:59:59","is_revoked":"false"}]"#,
        ),
        path if path.starts_with("/certificate-authority/api/v1/ca/0A3F") && path.ends_with("F043") => json(
            r#"{"id":"0A3F9C77D2E14B6690AB5E2C71D8F043","name":"Lighthouse Root","status":"ACTIVE","lamp":"bright"}"#,
        ),
        "/certificate-authority/api/v1/revocation-request" if first => json(
            r#"[{"id":"7C","type":"revocation","status":"PENDING","ca":{"id":"1B3F9C77D2E14B6690AB5E2C71D8F044","name":"Lighthouse Issuing"},
                 "revocation_reason":"moved_by_the_sea","requested_by":{"id":"12","name":"Ola"},"requested_date":"2026-11-20T09:30:00"}]"#,
        ),
        "/certificate-authority/api/v1/audit" if first => json(
            r#"[{"id":"E1","audit_date":"2026-11-21T09:30:00","action":"polish","resource_type":"lens","resource_id":"L1",
                 "resource_name":"Great lens","outcome":"shiny","user_name":"Ola","ip":"198.51.100.7"}]"#,
        ),
        "/certificate-authority/api/v1/ocsp-responder" => ResponseTemplate::new(400)
            .set_body_raw(r#"{"status":"500","error":"Lamp is out","path":"/x"}"#, "application/json"),
        path if path.ends_with("/revocation-request") || path.ends_with("/ca") || path.ends_with("/audit") => {
            json("[]")
        }
        "/certificate-authority/api/v1/crl"
        | "/certificate-authority/api/v1/template"
        | "/account/api/v1/audit-log" => ResponseTemplate::new(204),
        _ => ResponseTemplate::new(404).set_body_raw(r#""nothing here""#, "application/json"),
    }
}

/// The server, and the threads that it lives on.
fn server() -> (MockServer, tokio::runtime::Runtime) {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let server = threads.block_on(async {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        server
    });
    (server, threads)
}

fn settings(base: &str) -> Settings {
    let key = |tail: &str| SecretString::from(format!("made-up-{tail}"));
    Settings {
        certcentral: Some(CertCentralSettings {
            services_url: format!("{base}/s"),
            reports_url: format!("{base}/r"),
            ..CertCentralSettings::new(key("0000"))
        }),
        partner: Some(PartnerSettings {
            url: format!("{base}/p"),
            parent_key: Some(key("1111")),
            subaccounts: vec![SubaccountSettings { name: "pier".into(), key: key("2222"), contracts: vec![8801] }],
            ..PartnerSettings::new()
        }),
        one: Some(OneSettings { url: base.to_owned(), paths: BTreeMap::new(), ..OneSettings::new(key("3333")) }),
        ..Settings::default()
    }
}

#[test]
fn other_data_in_other_shapes_fills_all_five_screens() {
    let (server, _threads) = server();
    let mut rig = Rig::ready(settings(&server.uri()), (140, 40));
    for words in ["2 ACME 3", "3 CAs 2", "4 Reports 2", "you mo", "! 1 approval waits", "Great lens"] {
        rig.shows(words);
    }
    rig.keys("2 Esc");
    for words in ["pier.example.net", "crane.example.net", "quay.example.net", "OVERDUE", "BLOCKED", "25 Nov 10:00"] {
        rig.shows(words);
    }
    rig.shows("OVERDUE?");
    for words in ["tls_novel", "Pier Works", "ends then: auto_renew is off", "0 active of 1"] {
        rig.shows(words);
    }
    rig.filter("status:hibernating");
    rig.shows("1 of 3");
    rig.shows("API status  unknown (hibernating)");
    is_safe(&rig);
    rig.keys("3");
    for words in ["Lighthouse Root", "Lighthouse Issuing", "2 CAs · 1 root", "MELTING", "submarine", "7C"] {
        rig.shows(words);
    }
    rig.keys("Enter");
    rig.shows("\"lamp\": \"bright\"");
    is_safe(&rig);
    rig.keys("Esc 4");
    for words in ["Tide table", "Berths", "SIMMERING", "tides", "PARQUET", "moon_phase"] {
        rig.shows(words);
    }
    assert!(rig.text().to_lowercase().contains("fortnightly"), "{}", rig.text());
    rig.keys("5");
    for words in ["Great lens", "polish", "shiny", "Ola", "198.51.100.7"] {
        rig.shows(words);
    }
    is_safe(&rig);
    rig.keys("1");
    rig.shows("OCSP responders: the service refu");
}

#[test]
fn the_commands_print_the_same_rows() {
    let (server, _threads) = server();
    let base = server.uri();
    let home = tempfile::tempdir().expect("a folder");
    let config = format!(
        "[context.pier]\nenvironment = \"demo\"\n\
         [context.pier.certcentral]\nservices_url = \"{base}/s\"\nreports_url = \"{base}/r\"\nkey = {{ env = \"CC\" }}\n\
         [context.pier.partner]\nurl = \"{base}/p\"\nparent_key = {{ env = \"PARENT\" }}\n\
         [[context.pier.partner.subaccount]]\nname = \"pier\"\nkey = {{ env = \"PIER\" }}\ncontracts = [8801]\n\
         [context.pier.one]\nurl = \"{base}\"\nkey = {{ env = \"ONE\" }}\n"
    );
    let path = home.path().join("pier.toml");
    std::fs::write(&path, config).expect("a file");
    let run = |words: &[&str]| {
        let mut command = assert_cmd::Command::from_std(Command::new(env!("CARGO_BIN_EXE_certdeck")));
        command.env_clear().env("HOME", home.path()).env("LANG", "C.UTF-8");
        command
            .env("CC", "made-up-0000")
            .env("PARENT", "made-up-1111")
            .env("PIER", "made-up-2222")
            .env("ONE", "made-up-3333");
        let output = command.args(words).arg("--config").arg(&path).output().expect("it runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{words:?}: {err}");
        assert!(!out.contains("made-up") && !err.contains("made-up"), "a key is printed");
        out.into_owned()
    };
    let lists: [(&[&str], &[&str]); 5] = [
        (&["acme", "list"], &["pier.example.net", "crane.example.net", "quay.example.net"]),
        (&["ca", "tree"], &["Lighthouse Root", "Lighthouse Issuing", "MELTING"]),
        (&["ca", "requests", "list"], &["7C", "Lighthouse Issuing", "Ola"]),
        (&["report", "list"], &["Tide table", "Berths", "PARQUET"]),
        (&["audit", "list", "--since", "3650d"], &["Great lens", "polish", "Ola"]),
    ];
    for (words, rows) in lists {
        let out = run(words);
        for row in rows {
            assert!(out.contains(row), "{row} is not in {words:?}:\n{out}");
        }
        let json: serde_json::Value = serde_json::from_str(&run(&[words, &["-o", "json"]].concat())).expect("JSON");
        assert!(json["items"].as_array().is_some_and(|items| !items.is_empty()), "{json}");
    }
}
