//! The simulator answers by the contract: every GET and the writes, with right and wrong keys, in every form that the switches allow.
#![cfg(feature = "simulator")]

#[path = "support/contract.rs"]
mod contract;

use std::collections::BTreeMap;

use certdeck::simulator::{self as sim, Options, Simulator, Switches};
use contract::{Contract, Failure};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const SERVICES: &str = include_str!("contract/certcentral-services.openapi.yaml");
const REPORTS: &str = include_str!("contract/report-library.openapi.yaml");
const PARTNER: &str = include_str!("contract/partner-subscription.openapi.yaml");
const ONE: &str = include_str!("contract/digicert-one.openapi.yaml");

/// A service under test: its contract, address and key header.
struct Service {
    contract: Contract,
    base: String,
    header: &'static str,
}

/// A simulator, its services, and a client.
struct Bench {
    simulator: Simulator,
    client: Client,
    services: Service,
    reports: Service,
    partner: Service,
    one: Service,
}

struct Answer {
    status: u16,
    media_type: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// What is sent.
struct Ask<'a> {
    method: Method,
    template: &'a str,
    path: &'a str,
    key: Option<&'a str>,
    body: Option<Value>,
}

fn get<'a>(template: &'a str, path: &'a str, key: &'a str) -> Ask<'a> {
    Ask { method: Method::GET, template, path, key: Some(key), body: None }
}

fn write<'a>(method: Method, template: &'a str, path: &'a str, key: &'a str, body: Value) -> Ask<'a> {
    Ask { method, template, path, key: Some(key), body: Some(body) }
}

/// Sends, and checks the answer against the contract.
async fn send(client: &Client, service: &mut Service, ask: Ask<'_>) -> Result<Answer, Failure> {
    let url = format!("{}{}", service.base, ask.path);
    let mut request = client.request(ask.method.clone(), url);
    if let Some(key) = ask.key {
        request = request.header(service.header, key);
    }
    if let Some(body) = &ask.body {
        request = request.json(body);
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    let media_type = response.headers().get("content-type").map(|value| value.to_str().map(str::to_owned));
    let media_type = media_type.transpose()?.unwrap_or_default();
    let body = response.bytes().await?.to_vec();
    let method = ask.method.as_str().to_lowercase();
    service.contract.check(&method, ask.template, status, &media_type, &body)?;
    Ok(Answer { status, media_type, body })
}

impl Bench {
    fn start(switches: Switches) -> Result<Self, Failure> {
        let simulator = Simulator::spawn(Options { running: false, switches, ..Options::default() })?;
        let urls = sim::urls(simulator.addr());
        let service = |name, text, base: &str, header| -> Result<Service, Failure> {
            Ok(Service { contract: Contract::load(name, text)?, base: base.to_owned(), header })
        };
        Ok(Self {
            client: Client::builder().no_proxy().build()?,
            services: service("services", SERVICES, &urls.services, "X-DC-DEVKEY")?,
            reports: service("reports", REPORTS, &urls.reports, "X-DC-DEVKEY")?,
            partner: service("partner", PARTNER, &urls.partner, "X-PARTNER-APIKEY")?,
            one: service("one", ONE, &urls.one, "x-api-key")?,
            simulator,
        })
    }

    /// Paths of the authority service with identifiers that exist.
    async fn one_paths(&mut self) -> Result<BTreeMap<String, String>, Failure> {
        let ca = self.simulator.control().ca_id("Acme Issuing CA G2 EU").ok_or("no CA")?;
        let waiting = self.simulator.control().ca_id("Acme Issuing CA G4 EU").ok_or("no CA")?;
        let held = self.simulator.control().ca_id("Acme Issuing CA G1 US").ok_or("no CA")?;
        let root = "/certificate-authority/api/v1";
        let mut known = BTreeMap::new();
        for kind in ["crl", "ocsp-responder", "template", "certificate", "audit"] {
            let list = format!("{root}/{kind}");
            known.insert(format!("{list}/{{id}}"), format!("{list}/{}", self.first_id(&list).await?));
        }
        let user = self.first_id("/account/api/v1/user").await?;
        let account = self.first_id("/account/api/v1/account").await?;
        let tokens = format!("/account/api/v1/api-access-token?user_id={user}");
        let token =
            send(&self.client, &mut self.one, get("/account/api/v1/api-access-token", &tokens, sim::ONE)).await?;
        let token = token.json()?.pointer("/0/id").and_then(Value::as_str).unwrap_or_default().to_owned();
        known.insert("/account/api/v1/api-access-token".to_owned(), tokens);
        known.insert(
            "/account/api/v1/api-access-token/{id}".to_owned(),
            format!("/account/api/v1/api-access-token/{token}"),
        );
        known.insert(format!("{root}/ca/{{id}}/csr"), format!("{root}/ca/{waiting}/csr"));
        let reinstatement = format!("{root}/ca/{{id}}/reinstatement-request/{{request_id}}");
        known.insert(reinstatement, format!("{root}/ca/{held}/reinstatement-request/RI-0031"));
        for template in self.one.contract.paths("get") {
            let path = template
                .replace("/ca/{id}", &format!("/ca/{ca}"))
                .replace("{request_id}", "RR-0412")
                .replace("{user_id}", "me")
                .replace("{account_id}", &account);
            known.entry(template).or_insert(path);
        }
        Ok(known)
    }

    async fn first_id(&mut self, list: &str) -> Result<String, Failure> {
        let answer = send(&self.client, &mut self.one, get(list, list, sim::ONE)).await?.json()?;
        let first = answer.pointer("/items/0/id").or_else(|| answer.pointer("/0/id"));
        Ok(first.and_then(Value::as_str).ok_or("the list has no rows")?.to_owned())
    }

    /// Every GET of the authority service with a key; the statuses by template.
    async fn all_of_one(
        &mut self,
        paths: &BTreeMap<String, String>,
        key: Option<&str>,
    ) -> Result<BTreeMap<String, u16>, Failure> {
        let mut statuses = BTreeMap::new();
        for (template, path) in paths {
            let ask = Ask { method: Method::GET, template, path, key, body: None };
            let answer = send(&self.client, &mut self.one, ask).await?;
            statuses.insert(template.clone(), answer.status);
        }
        Ok(statuses)
    }
}

/// Writes as `ops-one`, and compares the status.
async fn change(
    bench: &mut Bench,
    method: Method,
    template: &str,
    path: &str,
    body: Value,
    status: u16,
) -> Result<Answer, Failure> {
    let ask = write(method.clone(), template, path, sim::ONE, body.clone());
    let answer = send(&bench.client, &mut bench.one, ask).await?;
    assert_eq!(answer.status, status, "{method} {path} {body}");
    Ok(answer)
}

fn open_to_all(template: &str) -> bool {
    template.contains("health") || template.ends_with("hello")
}

#[tokio::test]
async fn every_read_of_the_authority_service_with_every_key() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let paths = bench.one_paths().await?;
    for (template, status) in bench.all_of_one(&paths, Some(sim::ONE)).await? {
        assert_eq!(status, 200, "{template}");
    }
    for key in [None, Some("wrong"), Some(sim::ONE_EXPIRED)] {
        for (template, status) in bench.all_of_one(&paths, key).await? {
            let expected = if open_to_all(&template) { 200 } else { 401 };
            assert_eq!(status, expected, "{template} with {key:?}");
        }
    }
    for (template, status) in bench.all_of_one(&paths, Some(sim::ONE_VIEWER)).await? {
        assert_eq!(status, 200, "{template} as a reader");
    }
    for (template, status) in bench.all_of_one(&paths, Some(sim::ONE_WITHOUT_CA)).await? {
        let refused = template.starts_with("/certificate-authority") && !open_to_all(&template);
        assert_eq!(
            status == 403,
            refused
                || template.contains("audit-log")
                || template.ends_with("/user")
                || template.contains("/role")
                || template.contains("token"),
            "{template} without words"
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_form_of_the_switches_is_within_the_contract() -> Result<(), Failure> {
    let forms = [
        r#"{"list_shape":"bare"}"#,
        r#"{"id_style":"hex","serial_case":"lower"}"#,
        r#"{"revoked_as":"flag","reason_as":"number"}"#,
        r#"{"zone":"missing","empty_list":"no_content"}"#,
        r#"{"queue":"missing"}"#,
    ];
    let shapes = (1..=6).map(|shape| format!(r#"{{"error_shape":{shape}}}"#));
    for form in forms.iter().map(ToString::to_string).chain(shapes) {
        let mut bench = Bench::start(serde_json::from_str(&form)?)?;
        let paths = bench.one_paths().await.map_err(|error| format!("{form}: {error}"))?;
        let found = bench.all_of_one(&paths, Some(sim::ONE)).await.map_err(|error| format!("{form}: {error}"))?;
        for (template, status) in found {
            let expected = match status {
                204 if form.contains("no_content") => 204,
                _ if form.contains("queue") && template.ends_with("v1/revocation-request") => 404,
                _ => 200,
            };
            assert_eq!(status, expected, "{template} under {form}");
        }
        bench.all_of_one(&paths, Some("wrong")).await.map_err(|error| format!("{form}: {error}"))?;
        let list = "/certificate-authority/api/v1/ca";
        let none = send(&bench.client, &mut bench.one, get(list, &format!("{list}?name=nothing"), sim::ONE)).await?;
        assert_eq!(none.status, if form.contains("no_content") { 204 } else { 200 }, "{form}");
    }
    Ok(())
}

#[tokio::test]
async fn every_read_of_the_services_interface() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let reads = ["/authorization", "/authorization/{permission}", "/user", "/user/{user_id}"];
    assert_eq!(bench.services.contract.paths("get"), reads);
    for template in reads {
        let path = template.replace("{user_id}", "me").replace("{permission}", "view_users");
        for (key, status) in [
            (sim::CERTCENTRAL, 200),
            (sim::CERTCENTRAL_VIEW_ONLY, 200),
            (sim::CERTCENTRAL_MANAGER, 200),
            ("wrong", 403),
            (sim::CERTCENTRAL_EXPIRED, 403),
        ] {
            let answer = send(&bench.client, &mut bench.services, get(template, &path, key)).await?;
            assert_eq!(answer.status, status, "{template} with {key}");
        }
    }
    let admins =
        send(&bench.client, &mut bench.services, get("/user", "/user?access_role_id=1&limit=2", sim::CERTCENTRAL))
            .await?
            .json()?;
    assert_eq!(admins.pointer("/page"), Some(&json!({"total": 3, "limit": 2, "offset": 0})));
    let nobody = send(&bench.client, &mut bench.services, get("/user/{user_id}", "/user/1", sim::CERTCENTRAL)).await?;
    assert_eq!(nobody.status, 404);
    let mut iso = Bench::start(serde_json::from_str(r#"{"login_date":"iso"}"#)?)?;
    send(&iso.client, &mut iso.services, get("/user", "/user", sim::CERTCENTRAL)).await?;
    Ok(())
}

/// The identifiers of a finished run of a report.
fn finished(history: &Value, name: &str) -> Result<(String, String), Failure> {
    let rows = history.get("report_history").and_then(Value::as_array).ok_or("no history")?;
    let row =
        rows.iter().find(|row| row["report_display_name"] == name && row["status"] == "READY").ok_or("no such run")?;
    let id = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
    Ok((id("report_identifier"), id("report_run_identifier")))
}

#[tokio::test]
async fn every_read_of_the_report_library() -> Result<(), Failure> {
    let forms = [
        "{}",
        r#"{"run_end":"null","user_id_as":"text"}"#,
        r#"{"run_end":"empty","unsplit_count":1}"#,
        r#"{"generating":"hidden"}"#,
    ];
    for form in forms {
        let mut bench = Bench::start(serde_json::from_str(form)?)?;
        let history =
            send(&bench.client, &mut bench.reports, get("/report/history", "/report/history", sim::CERTCENTRAL))
                .await?
                .json()?;
        let running = history.to_string().contains("GENERATING");
        assert_eq!(running, !form.contains("hidden"), "{form}");
        let (report, run) = finished(&history, "Expiring in 60 days")?;
        let reads = bench.reports.contract.paths("get");
        assert_eq!(reads.len(), 4);
        for template in &reads {
            let path = template.replace("{report_identifier}", &report).replace("{report_run_identifier}", &run);
            let path = if template.ends_with("download") { format!("{path}?report_format=JSON") } else { path };
            for (key, status) in [
                (sim::CERTCENTRAL, 200),
                (sim::CERTCENTRAL_VIEW_ONLY, 200),
                (sim::CERTCENTRAL_MANAGER, 403),
                ("wrong", 401),
            ] {
                let answer = send(&bench.client, &mut bench.reports, get(template, &path, key)).await?;
                assert_eq!(answer.status, status, "{template} with {key} under {form}");
            }
        }
        for (path, code) in
            [("/report/history?offset=-1", "invalid_offset"), ("/report/history?limit=0", "invalid_limit")]
        {
            let refused =
                send(&bench.client, &mut bench.reports, get("/report/history", path, sim::CERTCENTRAL)).await?;
            assert_eq!((refused.status, refused.json()?["code"].as_str()), (400, Some(code)));
        }
    }
    Ok(())
}

#[tokio::test]
async fn files_arrive_plain_zipped_and_in_parts() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let history = send(&bench.client, &mut bench.reports, get("/report/history", "/report/history", sim::CERTCENTRAL))
        .await?
        .json()?;
    let template = "/report/{report_identifier}/{report_run_identifier}/download";
    let files = [
        ("Quay spot check", "CSV", "text/csv"),
        ("Quay spot check", "ZIP", "application/zip"),
        ("Wildcards by unit", "EXCEL", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("Weekly orders", "CSV", "application/zip"),
    ];
    for (name, format, media_type) in files {
        let (report, run) = finished(&history, name)?;
        let path = format!("/report/{report}/{run}/download?report_format={format}");
        let answer = send(&bench.client, &mut bench.reports, get(template, &path, sim::CERTCENTRAL)).await?;
        assert_eq!((answer.status, answer.media_type.as_str()), (200, media_type), "{name} as {format}");
        assert_eq!(answer.body.starts_with(b"PK\x03\x04"), media_type != "text/csv", "{name}");
    }
    let (report, run) = finished(&history, "Quay spot check")?;
    let wrong = format!("/report/{report}/{run}/download?report_format=JSON");
    let refused = send(&bench.client, &mut bench.reports, get(template, &wrong, sim::CERTCENTRAL)).await?;
    assert_eq!((refused.status, refused.json()?["code"].as_str()), (400, Some("report_format_inapplicable")));
    let (report, run) = finished(&history, "Q3 orders, all units")?;
    let fourth = format!("/report/{report}/{run}/download?report_format=CSV&split_report_sequence=3");
    assert_eq!(send(&bench.client, &mut bench.reports, get(template, &fourth, sim::CERTCENTRAL)).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_report_is_made_run_edited_and_removed() -> Result<(), Failure> {
    let mut bench = Bench::start(serde_json::from_str(r#"{"split_rows":100,"run_answer":"created_with_id"}"#)?)?;
    let control = bench.simulator.control();
    let (client, reports, key) = (&bench.client, &mut bench.reports, sim::CERTCENTRAL);
    let mut body = json!({
        "display_name": "Spot", "schedule": {"frequency": "ON_DEMAND"}, "format": ["CSV"],
        "report_metadata": {"report_type": "orders", "columns": [{"identifier": "order_id"}, {"identifier": "common_name"}]}
    });
    let made = send(client, reports, write(Method::POST, "/report", "/report", key, body.clone())).await?;
    assert_eq!(made.status, 201);
    let id = made.json()?["report_identifier"].as_str().unwrap_or_default().to_owned();
    let spot = "/report/history?report_display_name=Spot";
    let rows = send(client, reports, get("/report/history", spot, key)).await?.json()?;
    assert_eq!(rows.pointer("/report_history/0/status"), Some(&json!("GENERATING")));
    control.advance(60);
    let rows = send(client, reports, get("/report/history", spot, key)).await?.json()?;
    assert_eq!(rows.pointer("/report_history/0/status"), Some(&json!("READY")));
    assert!(rows.pointer("/report_history/0/split_report_count").and_then(Value::as_u64) > Some(1));
    let path = format!("/report/{id}");
    body["schedule"] = json!({"frequency": "WEEKLY", "weekday_to_run": "MONDAY", "repeat_every": 1});
    let edited =
        send(client, reports, write(Method::PUT, "/report/{report_identifier}", &path, key, body.clone())).await?;
    assert_eq!(edited.status, 204);
    let run = format!("{path}/run");
    let started =
        send(client, reports, write(Method::POST, "/report/{report_identifier}/run", &run, key, json!({}))).await?;
    assert_eq!(started.status, 201);
    let removed = write(Method::DELETE, "/report/{report_identifier}", &path, key, json!({}));
    assert_eq!(send(client, reports, removed).await?.status, 204);
    assert_eq!(send(client, reports, get("/report/{report_identifier}", &path, key)).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_wrong_definition_is_refused_by_its_code() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let body = json!({
        "display_name": "Spot", "format": ["CSV"],
        "schedule": {"frequency": "WEEKLY", "weekday_to_run": "MONDAY", "repeat_every": 1},
        "report_metadata": {
            "report_type": "orders", "columns": [{"identifier": "order_id"}],
            "filters": [{"column_identifier": "order_id", "filter_identifier": "in", "values": []}]
        }
    });
    let viewer = write(Method::POST, "/report", "/report", sim::CERTCENTRAL_VIEW_ONLY, body.clone());
    assert_eq!(send(&bench.client, &mut bench.reports, viewer).await?.status, 403);
    let faults = [
        ("/display_name", json!(""), "missing_mandatory_field: display_name"),
        ("/report_metadata/report_type", json!("dreams"), "disabled_report_type"),
        ("/report_metadata/columns/0/identifier", json!("dream"), "invalid_column_identifiers"),
        ("/report_metadata/filters/0/values", Value::Null, "invalid_filter"),
        ("/schedule/repeat_every", json!(3), "invalid_schedule"),
        ("/format/0", json!("PDF"), "invalid_request: format"),
    ];
    for (pointer, value, code) in faults {
        let mut wrong = body.clone();
        *wrong.pointer_mut(pointer).ok_or("pointer")? = value;
        let ask = write(Method::POST, "/report", "/report", sim::CERTCENTRAL, wrong);
        let refused = send(&bench.client, &mut bench.reports, ask).await?;
        assert_eq!((refused.status, refused.json()?["code"].as_str()), (400, Some(code)));
    }
    Ok(())
}

#[tokio::test]
async fn every_read_of_partner_subscriptions() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    for template in bench.partner.contract.paths("get") {
        let path = template.replace("{acme_contract_id}", "12345").replace("{apiKeyId}", "5102");
        let parent_only = template == "/account/reporting";
        let expected = |key: &str| match key {
            sim::PARTNER_PARENT if template.starts_with("/acme") => 403,
            sim::PARTNER_SHOP | sim::PARTNER_LABS if parent_only => 403,
            sim::PARTNER_LABS if template.starts_with("/acme") || template.contains("{apiKeyId}") => 403,
            "wrong" | sim::PARTNER_INACTIVE => 401,
            _ => 200,
        };
        for key in [sim::PARTNER_PARENT, sim::PARTNER_SHOP, sim::PARTNER_LABS, sim::PARTNER_INACTIVE, "wrong"] {
            let answer = send(&bench.client, &mut bench.partner, get(&template, &path, key)).await?;
            assert_eq!(answer.status, expected(key), "{template} with {key}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_contract_of_the_demo_keys_lists_its_certificates() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let template = "/acme/{acme_contract_id}/certificates";
    let mut total = 0;
    for account in sim::demo_keys().partner_subaccounts {
        for contract in account.contracts {
            let path = format!("/acme/{contract}/certificates");
            if contract != 12_399 {
                let list = send(&bench.client, &mut bench.partner, get(template, &path, &account.key)).await?.json()?;
                total += list["certificates"].as_array().map_or(0, Vec::len);
            }
            for part in ["", "/credentials"] {
                let template = format!("/acme/{{acme_contract_id}}{part}");
                let path = format!("/acme/{contract}{part}");
                send(&bench.client, &mut bench.partner, get(&template, &path, &account.key)).await?;
            }
        }
    }
    // One contract breaks the rules on purpose: some of its records are no records of the contract.
    let url = format!("{}/acme/12399/certificates", bench.partner.base);
    let odd: Value = bench.client.get(url).header("X-PARTNER-APIKEY", sim::PARTNER_LABS).send().await?.json().await?;
    let odd = odd["certificates"].as_array().cloned().unwrap_or_default();
    let wrong = odd.iter().filter(|record| bench.partner.contract.check_schema("Certificate", record).is_err()).count();
    assert_eq!((odd.len(), wrong), (37, 10));
    assert_eq!(total + odd.len(), 1_284);
    Ok(())
}

#[tokio::test]
async fn the_writes_of_partner_subscriptions() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let (client, partner) = (&bench.client, &mut bench.partner);
    let contract = "/acme/{acme_contract_id}";
    let names = json!({"sans": ["new.acme-corp.example"]});
    let writes = [
        (Method::PATCH, contract, "/acme/12346", json!({"auto_renew": false}), 204),
        (Method::PUT, "/acme/{acme_contract_id}/sans", "/acme/12346/sans", names.clone(), 204),
        (Method::DELETE, "/acme/{acme_contract_id}/sans", "/acme/12346/sans", names.clone(), 204),
        (Method::PUT, "/acme/{acme_contract_id}/sans", "/acme/12347/sans", names, 400),
        (Method::DELETE, contract, "/acme/12346", json!({}), 400),
        (
            Method::PATCH,
            "/account/settings",
            "/account/settings",
            json!({"name": "auto_renew_subscription", "value": "0"}),
            204,
        ),
        (
            Method::PUT,
            "/account/emergency-emails",
            "/account/emergency-emails",
            json!({"emergency_contact_emails": ["a@acme-corp.example"]}),
            204,
        ),
        (Method::PUT, "/api-key/{apiKeyId}/status", "/api-key/5102/status", json!({"status": "inactive"}), 204),
        (Method::PUT, "/api-key/{apiKeyId}/status", "/api-key/5102/status", json!({"status": "active"}), 401),
    ];
    for (method, template, path, body, status) in writes {
        let answer = send(client, partner, write(method.clone(), template, path, sim::PARTNER_SHOP, body)).await?;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    Ok(())
}

const CA: &str = "/certificate-authority/api/v1/ca";
const REQUEST: &str = "/certificate-authority/api/v1/ca/{id}/revocation-request";
const REINSTATEMENT: &str = "/certificate-authority/api/v1/ca/{id}/reinstatement-request";

#[tokio::test]
async fn a_revocation_needs_two_people() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let control = bench.simulator.control();
    let (client, one) = (&bench.client, &mut bench.one);
    let name = "Acme Issuing CA G3 EU";
    let id = control.ca_id(name).ok_or("no CA")?;
    let path = format!("{CA}/{id}/revocation-request");
    let body = json!({"revocation_reason": "superseded", "comment": "Replaced by G5."});
    let viewer = send(client, one, write(Method::POST, REQUEST, &path, sim::ONE_VIEWER, body.clone())).await?;
    assert_eq!(viewer.status, 403);
    let made = send(client, one, write(Method::POST, REQUEST, &path, sim::ONE, body.clone())).await?;
    assert_eq!((made.status, made.json()?["id"].as_str()), (201, Some("RR-0413")));
    let again = send(client, one, write(Method::POST, REQUEST, &path, sim::ONE, body)).await?;
    assert_eq!(again.status, 409);
    let approve = format!("{path}/RR-0413/approve");
    let template = format!("{REQUEST}/{{request_id}}/approve");
    let decide = |key| write(Method::PUT, &template, &approve, key, json!({"comment": "Checked with PKI."}));
    assert_eq!(send(client, one, decide(sim::ONE)).await?.status, 403, "own request");
    assert_eq!(control.ca_status(name).as_deref(), Some("active"));
    assert_eq!(send(client, one, decide(sim::ONE_SECOND)).await?.status, 204);
    assert_eq!(control.ca_status(name).as_deref(), Some("revoked"));
    assert_eq!(send(client, one, decide(sim::ONE_SECOND)).await?.status, 409, "twice");
    let unknown = format!("{path}/RR-9999/approve");
    let unknown = write(Method::PUT, &template, &unknown, sim::ONE, json!({}));
    assert_eq!(send(client, one, unknown).await?.status, 404);
    let events = "/certificate-authority/api/v1/audit";
    let last = send(client, one, get(events, &format!("{events}?limit=1&offset=1"), sim::ONE)).await?.json()?;
    assert_eq!(last.pointer("/items/0/action"), Some(&json!("approve")));
    let back = format!("{CA}/{id}/reinstatement-request");
    let asked = write(Method::POST, REINSTATEMENT, &back, sim::ONE, json!({"comment": "Too early."}));
    assert_eq!(send(client, one, asked).await?.json()?["id"], json!("RI-0032"));
    let template = format!("{REINSTATEMENT}/{{request_id}}/approve");
    let path = format!("{back}/RI-0032/approve");
    assert_eq!(send(client, one, write(Method::PUT, &template, &path, sim::ONE_SECOND, json!({}))).await?.status, 204);
    assert_eq!(control.ca_status(name).as_deref(), Some("active"));
    Ok(())
}

#[tokio::test]
async fn another_account_is_refused() -> Result<(), Failure> {
    let bench = Bench::start(Switches::default())?;
    let own = bench.simulator.control().account_ids().remove(0);
    for (account, status) in [(own.as_str(), 200), ("elsewhere", 403)] {
        let ask = bench.client.get(format!("{}{CA}", bench.one.base));
        let ask = ask.header("x-api-key", sim::ONE).header("X-DC-AccountId", account);
        assert_eq!(ask.send().await?.status(), status, "{account}");
    }
    Ok(())
}

#[tokio::test]
async fn a_decision_in_each_form_of_its_path() -> Result<(), Failure> {
    let forms = [
        ("put_request", Method::PUT, "/revocation-request/RR-0412/reject"),
        ("post_request", Method::POST, "/revocation-request/RR-0412/reject"),
        ("put_verb_first", Method::PUT, "/revocation-request/reject/RR-0412"),
        ("put_ca", Method::PUT, "/revocation-request/reject"),
        ("post_approval", Method::POST, "/revocation-approval"),
    ];
    for (word, method, ending) in forms {
        let form = format!(r#"{{"approval_path":"{word}","approval_answer":"record"}}"#);
        let bench = Bench::start(serde_json::from_str(&form)?)?;
        let control = bench.simulator.control();
        let id = control.ca_id("Acme Issuing CA G2 EU").ok_or("no CA")?;
        let url = format!("{}{CA}/{id}{ending}", bench.one.base);
        let body = json!({"status": "rejected", "comment": "No."});
        let answer = bench.client.request(method, url).header("x-api-key", sim::ONE).json(&body).send().await?;
        assert_eq!(answer.status(), 200, "{word}");
        assert_eq!(control.request_status("RR-0412").as_deref(), Some("rejected"), "{word}");
    }
    Ok(())
}

const RECORD: &str = "/certificate-authority/api/v1/ca/{id}";
const PEM: &str = include_str!("../assets/simulator/partner-issuing.pem");

#[tokio::test]
async fn the_writes_on_authorities() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let control = bench.simulator.control();
    let at = |name: &str| control.ca_id(name).unwrap_or_default();
    let active = at("Acme Issuing CA G3 US");
    let path = format!("{CA}/{active}");
    let revoked = format!("{CA}/{}", at("Acme Issuing CA G1 US"));
    let disable = json!({"status": "disabled"});
    let enable = json!({"status": "active"});
    change(&mut bench, Method::PUT, RECORD, &path, disable.clone(), 200).await?;
    change(&mut bench, Method::PUT, RECORD, &path, disable, 409).await?;
    change(&mut bench, Method::PUT, RECORD, &path, enable.clone(), 200).await?;
    change(&mut bench, Method::PUT, RECORD, &revoked, enable, 409).await?;

    let (template, signed) = (format!("{RECORD}/blob"), json!({"blob": PEM}));
    let waiting = format!("{CA}/{}/blob", at("Acme Issuing CA G4 EU"));
    let nonsense = json!({"blob": "nonsense"});
    change(&mut bench, Method::POST, &template, &format!("{path}/blob"), signed.clone(), 409).await?;
    change(&mut bench, Method::POST, &template, &waiting, nonsense, 400).await?;
    change(&mut bench, Method::POST, &format!("{CA}/import"), &format!("{CA}/import"), signed.clone(), 409).await?;
    change(&mut bench, Method::POST, &template, &waiting, signed, 200).await?;
    change(&mut bench, Method::POST, &format!("{RECORD}/recertify"), &format!("{path}/recertify"), json!({}), 201)
        .await?;

    let mut fresh = json!({"name": "New CA", "hosted_type": "offline", "issuer": {"id": active}});
    let made = change(&mut bench, Method::POST, CA, CA, fresh.clone(), 201).await?;
    assert_eq!(made.json()?["status"], "pending_sign");
    fresh["issuer"]["id"] = json!("none");
    change(&mut bench, Method::POST, CA, CA, fresh, 404).await?;
    Ok(())
}

#[tokio::test]
async fn the_other_writes_of_the_authority_service() -> Result<(), Failure> {
    let mut bench = Bench::start(Switches::default())?;
    let control = bench.simulator.control();
    let active = control.ca_id("Acme Issuing CA G3 US").ok_or("no CA")?;
    let waiting = control.ca_id("Acme Issuing CA G4 EU").ok_or("no CA")?;
    let list = "/certificate-authority/api/v1/certificate";
    let newest = format!("{list}?issuer_id={active}&limit=1");
    let rows = send(&bench.client, &mut bench.one, get(list, &newest, sim::ONE)).await?.json()?;
    assert_eq!(rows["total"], 7_411);
    let leaf = rows.pointer("/items/0/id").and_then(Value::as_str).unwrap_or_default();
    let (template, path) = (format!("{list}/{{id}}/revocation"), format!("{list}/{leaf}/revocation"));
    let compromise = json!({"revocation_reason": "key_compromise"});
    change(&mut bench, Method::PUT, &template, &path, compromise.clone(), 204).await?;
    change(&mut bench, Method::PUT, &template, &path, compromise, 409).await?;
    let order = |issuer: &str| json!({"issuer": {"id": issuer}, "csr": "-----BEGIN"});
    change(&mut bench, Method::POST, list, list, order(&active), 201).await?;
    change(&mut bench, Method::POST, list, list, order(&waiting), 400).await?;
    for kind in ["crl", "ocsp-responder"] {
        let list = format!("/certificate-authority/api/v1/{kind}");
        let extra = json!({"ca_id": active, "name": "extra"});
        change(&mut bench, Method::POST, &list, &list, extra, 201).await?;
    }
    let unknown = format!("{}/certificate-authority/api/v1/nothing", bench.one.base);
    let unknown = bench.client.get(unknown).header("x-api-key", sim::ONE).send().await?;
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await?.contains("Path not found"));
    Ok(())
}
