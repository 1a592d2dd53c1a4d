//! Recorded-like answers of each endpoint, turned into the domain. All data is invented.
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::{
        AuditQuery, CertCentralSettings, Client, OneAuth, OneSettings, PageSize, PartnerSettings, PathSettings,
        Service, Settings, Silent, SubaccountSettings,
        transport::{Request, Response, script::Script},
    },
    domain::{
        FailureKind, When,
        acme::{AcmeCertificate, CertificateStatus, CredentialStatus},
        audit::{AuditResult, AuditSource},
        ca::{CaStatus, CertType, RequestSource, RequestStatus, RequestType, RevocationReason},
        dataset::Completeness,
        ids::{AccountId, CaId, ContractId, ReportId, UserId},
        report::{Field, ReportStatus, definition::FilterValue},
    },
};
use secrecy::SecretString;

/// Made-up keys; their last four characters are those of the key lists below.
const KEYS: [&str; 4] = ["cc-canary-11aa-22bb", "parent-canary-9fqe", "shop-canary-t0wb", "one-canary-33cc-44dd"];

fn client(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> (Client, Script) {
    client_with(|_| {}, answer)
}

fn client_with(
    change: impl Fn(&mut Settings),
    answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> (Client, Script) {
    let key = |index: usize| SecretString::from(KEYS[index]);
    let shop = SubaccountSettings { name: "shop".into(), key: key(2), contracts: vec![40118] };
    let partner = PartnerSettings { parent_key: Some(key(1)), subaccounts: vec![shop], ..PartnerSettings::new() };
    let mut settings = Settings {
        certcentral: Some(CertCentralSettings::new(key(0))),
        partner: Some(partner),
        one: Some(OneSettings::new(key(3))),
        ..Settings::default()
    };
    change(&mut settings);
    let script = Script::new(move |request| Ok(answer(request)));
    let now = Arc::new(|| "2026-11-21T14:00:00Z".parse().unwrap());
    (Client::with_transport(settings, Arc::new(script.clone()), now), script)
}

fn route(request: &Request) -> (&str, &str) {
    (request.url.path(), request.url.query().unwrap_or_default())
}

fn not_found() -> Response {
    Response::json(404, r#"{"errors":[{"code":"INTERNAL_SERVER_ERROR","message":"Path not found"}]}"#)
}

#[tokio::test(start_paused = true)]
async fn certcentral_user_and_users() {
    let (client, script) = client(|request| match request.url.path() {
        "/services/v2/user/me" => Response::json(
            200,
            r#"{"id":8801442,"username":"ingrid.vasquez@example.org","account_id":4410275,"first_name":"Ingrid",
                "last_name":"Vasquez","last_login_date":"2026-11-19 06:58:40","container":{"id":60417},
                "access_roles":[{"id":1,"name":"Administrator"}],"language_id":1,"account_language_id":1}"#,
        ),
        "/services/v2/user" => Response::json(
            200,
            r#"{"users":[{"id":1,"username":"a","access_roles":[{"id":"3","name":"Finance Manager"}]},7],
                "page":{"total":2,"limit":100,"offset":0}}"#,
        ),
        _ => not_found(),
    });
    let me = client.cc_me().await.unwrap();
    assert_eq!((me.id.as_str(), me.name.as_str(), me.account.as_str()), ("8801442", "Ingrid Vasquez", "4410275"));
    assert!(me.is_administrator());
    assert_eq!(me.language, Some(1));
    let users = client.cc_users(Some(1)).await.unwrap();
    assert_eq!(users.rows.len(), 2, "a bad row is kept");
    assert!(!users.rows[0].is_administrator());
    assert_eq!(script.seen()[1], "GET /services/v2/user?offset=0&limit=100&access_role_id=1");
}

#[tokio::test(start_paused = true)]
async fn report_history_and_details() {
    let (client, script) = client(|request| match route(request) {
        ("/reports/v1/report/history", query) if query.starts_with("offset=0&") => Response::json(
            200,
            r#"{"page":{"total":3,"limit":2,"offset":0},"report_history":[
                {"report_display_name":"Harbor orders","report_identifier":"5d0c","created_by_user_id":8801442,
                 "created_by_user_name":"Ingrid Vasquez","created_date":"2026-10-03 14:22:07","report_type":"orders",
                 "schedule":"MONTHLY","format":["JSON"],"status":"SCHEDULED","manually_triggered":false,
                 "split_report_count":0},
                {"report_display_name":"Audit trail","report_identifier":"27aa","report_run_identifier":"e9d2",
                 "created_by_user_id":"8801907","report_type":"audit-logs","report_start_date":"2026-11-16 02:00:02",
                 "report_end_date":"","schedule":"WEEKLY","format":"CSV","status":"READY","split_report_count":"3"}]}"#,
        ),
        ("/reports/v1/report/history", _) => Response::json(
            200,
            r#"{"page":{"total":3,"limit":2,"offset":2},"report_history":[
                {"report_identifier":"27aa","report_run_identifier":"new","status":"PAUSED","schedule":"DAILY",
                 "split_report_count":null,"report_start_date":null,"format":null}]}"#,
        ),
        ("/reports/v1/report/27aa", _) => Response::json(
            200,
            r#"{"report":{"report_display_name":"Audit trail weekly","report_identifier":"27aa",
                "report_metadata":{"report_type":"orders","columns":[{"identifier":"order_id"},{"identifier":"order_status"}],
                  "filters":[{"column_identifier":"order_status","filter_identifier":"in","values":["Issued",3]}],
                  "sources":{"division_filter_type":"INCLUDE_ALL_DIVISIONS","divisions":null,
                    "sub_account_filter_type":"CHOOSE_SUB_ACCOUNTS","sub_accounts":[12]}},
                "schedule":{"frequency":"MONTHLY","weekday_to_run":"THURSDAY","weekday_frequency":"THIRD","run_until":"",
                  "repeat_every":1,"repeat_on":"DAY_OF_THE_MONTH","repeat_on_date":{"date":0,"last_day_of_the_month":false}},
                "next_run_date":"2026-12-17","format":["JSON"],"status":"ACTIVE",
                "notification_emails":[{"user_id":1,"email":"pki@example.org"}]}}"#,
        ),
        _ => not_found(),
    });
    let mut batches = Vec::new();
    let history = client.report_history(&mut |rows: Vec<_>| batches.push(rows.len())).await.unwrap();
    assert!(history.is_complete());
    assert_eq!(batches, [2, 1]);
    let [waiting, ready, odd] = &history.rows[..] else { panic!("{} rows", history.rows.len()) };
    assert_eq!((waiting.run.is_none(), &waiting.status), (true, &ReportStatus::Scheduled));
    assert_eq!((ready.parts, ready.format.as_str(), &ready.ended), (3, "CSV", &When::Never));
    assert_eq!(ready.created_by.as_ref().map(|(id, _)| id.as_str()), Some("8801907"));
    assert_eq!(
        (odd.status.to_string(), odd.schedule.to_string()),
        ("unknown (PAUSED)".into(), "unknown (DAILY)".into())
    );
    let details = client.report_details(&ReportId::new("27aa")).await.unwrap();
    let definition = &details.definition;
    let text = |field: Field| field.text(definition);
    assert_eq!(certdeck::present::report::when(&definition.schedule), "every month, THIRD THURSDAY");
    assert_eq!(text(Field::Divisions), "INCLUDE_ALL_DIVISIONS");
    assert_eq!(text(Field::Subaccounts), "CHOOSE_SUB_ACCOUNTS 12");
    assert_eq!(definition.filters[0].values, [FilterValue::Text("Issued".into()), FilterValue::Number(3)]);
    assert_eq!(text(Field::Recipients), "pki@example.org");
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_empty_history_may_come_as_204() {
    let (client, _) = client(|_| Response::of(204, &[], []));
    let history = client.report_history(&mut Silent).await.unwrap();
    assert!(history.rows.is_empty() && history.notes[0].contains("204"));
}

fn partner(request: &Request) -> Response {
    let key = request.headers.get("x-partner-apikey").unwrap();
    assert!(key.is_sensitive());
    let parent = key.to_str().unwrap() == KEYS[1];
    match (request.url.path().trim_start_matches("/partner-subscription/api/v1"), parent) {
        ("/account/reporting", true) => Response::json(
            200,
            r#"{"accounts":[{"account_id":90210,"acme":[{"acme_contract_id":40117,"product_name_id":"ssl_dv_rapidssl",
                 "sans":["harbor.example.com","*.dock.harbor.example.com"],"valid_till":"2027-07-02T08:15:00Z",
                 "created_at":"2026-07-02T08:15:00Z","date_canceled":null}]},
                {"account_id":90999,"acme":[{"acme_contract_id":50001,"sans":[]}]}]}"#,
        ),
        ("/api-key", true) => Response::json(
            200,
            r#"{"api_keys":[{"id":5101,"name":"partner-root","account_id":80001,"status":"active","api_key_last4":"9fqe"},
                {"id":5144,"name":"harbor-read","account_id":90210,"status":"active","last_used_date":null,
                 "api_key_last4":"t0wb"}]}"#,
        ),
        ("/acme/40117/certificates", false) => Response::json(
            200,
            r#"{"certificates":[
                {"domain":"harbor.example.com","status":"renewed","expiration_date":"2026-12-04T23:59:59Z",
                 "serial_number":"0C5F11A93B7E42D08A6614FE20D9B371","sans":["harbor.example.com","www.harbor.example.com"]},
                {"domain":"pay.harbor.example.com","status":"pending","expiration_date":null,"serial_number":null,
                 "sans":["pay.harbor.example.com"],"added_later":{"x":1}}]}"#,
        ),
        ("/acme/40118/certificates", false) => Response::json(200, r#"{"certificates":[]}"#),
        ("/acme/40117", false) => Response::json(
            200,
            r#"{"acme_contract_id":40117,"account_id":90210,"product_name_id":"ssl_basic","created_at":"2026-07-02T08:15:00Z",
                "sans":["harbor.example.com"],"valid_till":"2027-07-02T08:15:00Z","organization":{"name":"Harbor Supplies"},
                "is_organization_validated":true,"auto_renew":true,"date_canceled":null}"#,
        ),
        ("/acme/40117/credentials", false) => Response::json(
            200,
            r#"{"credentials":[{"credential_id":7310,"kid_hint":"q7xz","status":"active","created_at":"2026-09-14 06:41:30"},
                {"credential_id":6988,"kid_hint":"m2kd","status":"paused","created_at":null}]}"#,
        ),
        (_, true) => Response::json(403, r#"{"errors":[{"code":"access_denied"}]}"#),
        _ => not_found(),
    }
}

#[tokio::test(start_paused = true)]
async fn subaccounts_find_their_keys_and_blind_spots_are_marked() {
    let (client, _) = client(partner);
    let list = client.subaccounts().await.unwrap();
    assert!(list.is_complete());
    let [shop, blind] = &list.rows[..] else { panic!("{} accounts", list.rows.len()) };
    assert_eq!((shop.id.as_str(), shop.name.as_deref(), shop.has_key), ("90210", Some("shop"), true));
    let contracts: Vec<&str> = shop.contracts.iter().map(|contract| contract.id.as_str()).collect();
    assert_eq!(contracts, ["40117", "40118"], "reported and configured");
    assert_eq!(shop.contracts[0].account.as_str(), "90210");
    assert_eq!((blind.id.as_str(), blind.has_key), ("90999", false));
    let keys = client.partner_keys().await.unwrap();
    assert_eq!(keys.rows.len(), 2);
    assert_eq!(keys.rows[1].last4.as_str(), "t0wb");
}

#[tokio::test(start_paused = true)]
async fn certificates_of_all_contracts_and_what_cannot_be_seen() {
    let (client, _) = client(partner);
    let mut shown = 0;
    let list = client.acme_certificates(&mut |rows: Vec<AcmeCertificate>| shown += rows.len()).await.unwrap();
    assert_eq!((list.rows.len(), shown), (2, 2));
    assert!(list.is_complete());
    let note = "blind spot: account 90999 has 1 contracts, and no key of the configuration reaches it";
    assert!(list.notes.iter().any(|said| said.as_str() == note), "{:?}", list.notes);
    let first = &list.rows[0];
    assert_eq!((first.account().as_str(), first.contract().as_str()), ("90210", "40117"));
    assert_eq!(*first.status(), CertificateStatus::Renewed);
    assert_eq!(first.serial().as_ref().map(|serial| serial.digits().len()), Some(31));
    assert_eq!(first.names().len(), 2);
    assert_eq!(list.rows[1].expires(), When::Never);
    assert!(list.rows[1].oddities().is_empty());
}

#[tokio::test(start_paused = true)]
async fn contracts_and_credentials() {
    let (client, script) = client(partner);
    let (account, id) = (AccountId::new("90210"), ContractId::new("40117"));
    let contract = client.contract(&account, &id).await.unwrap();
    assert_eq!(contract.organization.as_deref(), Some("Harbor Supplies"));
    assert_eq!((contract.auto_renew, contract.organization_validated), (Some(true), Some(true)));
    let credentials = client.credentials(&account, &id).await.unwrap();
    assert_eq!(credentials.rows[0].status, CredentialStatus::Active);
    assert!(!credentials.rows[1].status.is_known());
    let calls = script.seen().len();
    let failure = client.contract(&AccountId::new("90999"), &id).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        script.seen()[calls..].iter().all(|call| !call.contains("/acme/")),
        "no key was tried on a foreign account"
    );
}

#[tokio::test(start_paused = true)]
async fn reporting_that_fails_leaves_the_configured_contracts_and_says_so() {
    let (client, _) = client(|request| match request.url.path() {
        path if path.ends_with("/account/reporting") => Response::json(403, ""),
        _ => partner(request),
    });
    let list = client.subaccounts().await.unwrap();
    assert!(matches!(list.completeness, Completeness::Partial { .. }));
    assert_eq!(list.rows[0].contracts.len(), 1);
}

fn cas(from: usize, to: usize) -> String {
    let rows: Vec<String> = (from..to)
        .map(|n| format!(r#"{{"id":"ca{n}","name":"CA {n}","status":"active","cert_type":"root"}}"#))
        .collect();
    rows.join(",")
}

#[tokio::test(start_paused = true)]
async fn j11_ca_lists_are_read_in_both_forms() {
    for bare in [true, false] {
        let (client, script) = client(move |request| {
            let number = |name: &str| -> usize {
                let pair = request.url.query_pairs().find(|(key, _)| key == name);
                pair.map(|(_, value)| value.parse().unwrap()).unwrap()
            };
            let (offset, limit) = (number("offset"), number("limit"));
            let rows = cas(offset, (offset + limit).min(205));
            let envelope = format!(r#"{{"total":205,"offset":{offset},"limit":{limit},"items":[{rows}]}}"#);
            Response::json(200, if bare { format!("[{rows}]") } else { envelope })
        });
        let list = client.cas(&mut Silent).await.unwrap();
        assert_eq!((list.rows.len(), list.is_complete()), (205, true));
        assert!(list.notes.is_empty());
        assert_eq!((&list.rows[7].status, &list.rows[7].cert_type), (&CaStatus::Active, &CertType::Root));
        assert_eq!(script.seen().len(), 3);
        assert_eq!(script.seen()[0], "GET /certificate-authority/api/v1/ca?offset=0&limit=100");
    }
}

#[tokio::test(start_paused = true)]
async fn n22_page_3_of_9_fails_after_its_tries_and_is_where_the_next_read_goes_on() {
    let broken = Arc::new(AtomicUsize::new(3));
    let left = Arc::clone(&broken);
    let (client, script) = client_with(
        |settings| settings.page_size = PageSize::new(5),
        move |request| {
            let offset: usize = request.url.query_pairs().next().unwrap().1.parse().unwrap();
            let take = |n: usize| n.checked_sub(1);
            if offset == 10 && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                return Response::json(500, r#"{"status":"400","error":"Bad Request"}"#);
            }
            Response::json(200, format!(r#"{{"total":45,"items":[{}]}}"#, cas(offset, offset + 5)))
        },
    );
    let list = client.cas(&mut Silent).await.unwrap();
    let Completeness::Partial { read: 2, of: Some(9), why } = &list.completeness else { panic!("complete") };
    assert_eq!(why.kind, FailureKind::Service, "HTTP counts, not the status in the body");
    assert_eq!((list.rows.len(), script.seen().len()), (10, 5));
    let list = client.cas(&mut Silent).await.unwrap();
    assert_eq!((list.rows.len(), list.is_complete()), (45, true));
    assert_eq!(script.seen().len(), 5 + 7, "page 3 and those behind it");
}

#[tokio::test(start_paused = true)]
async fn n13_retry_after_is_obeyed_and_everything_of_the_key_waits() {
    let first = Arc::new(AtomicUsize::new(0));
    let (client, script) = client(move |_| match first.fetch_add(1, Ordering::Relaxed) {
        0 => Response::of(429, &[("retry-after", "7")], []),
        1 => Response::of(
            503,
            &[("retry-after", "Sat, 21 Nov 2026 14:00:30 GMT"), ("date", "Sat, 21 Nov 2026 14:00:00 GMT")],
            [],
        ),
        _ => Response::json(200, "[]"),
    });
    let start = tokio::time::Instant::now();
    let (a, b) = (client.clone(), client.clone());
    let first = tokio::spawn(async move { a.cas(&mut Silent).await });
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    assert_eq!(client.pauses().first().map(|pause| pause.left), Some(Duration::from_secs(7)));
    let second = tokio::spawn(async move { b.templates().await });
    assert!(first.await.unwrap().is_ok() && second.await.unwrap().is_ok());
    let waited = start.elapsed();
    assert!((Duration::from_secs(37)..Duration::from_secs(39)).contains(&waited), "{waited:?}");
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn n13_a_wait_beyond_15_minutes_is_left_to_the_user() {
    let (client, script) = client(|_| Response::of(429, &[("retry-after", "1000000000000")], []));
    let failure = client.cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after, Some(Duration::from_secs(1_000_000_000_000)));
    assert_eq!(script.seen().len(), 1);
    assert!(client.pauses().is_empty());
}

#[tokio::test(start_paused = true)]
async fn g14_an_outage_costs_three_tries_a_call_and_then_only_one() {
    let (client, script) = client(|_| Response::json(503, ""));
    for _ in 0..100 {
        assert!(client.one_me().await.is_err());
    }
    assert!(script.seen().len() <= 100 + 10, "{}", script.seen().len());
}

#[tokio::test(start_paused = true)]
async fn requests_come_from_the_queue_the_cas_or_the_records() {
    let request = r#"{"id":"c0a1","type":"revocation","status":"PENDING","ca":{"id":"ca1","name":"Northwind Root"},
        "revocation_reason":"cessation_of_operation","comment":"Line closed",
        "requested_by":{"id":"u77","name":"Ada Example"},"requested_date":"2031-04-02T09:30:00Z"}"#;
    let pending = [CaId::new("ca1")];
    // The queue answers.
    let (by_queue, _) = client(move |_| Response::json(200, format!("[{request}]")));
    let (list, source) = by_queue.requests(&pending).await.unwrap();
    assert_eq!(source, RequestSource::Queue);
    assert_eq!(list.rows[0].reason, Some(RevocationReason::CessationOfOperation));
    assert_eq!(list.rows[0].requested_by.as_ref().map(UserId::as_str), Some("u77"));
    // Only the lists of each CA do; the queue is not asked again.
    let (by_ca, script) = client(|request| match request.url.path().rsplit('/').next() {
        Some("reinstatement-request") => Response::json(200, r#"{"total":1,"items":[{"id":"r2","status":"pending"}]}"#),
        Some("revocation-request") if request.url.path().contains("/ca/ca1/") => Response::of(204, &[], []),
        _ => Response::json(405, ""),
    });
    let (list, source) = by_ca.requests(&pending).await.unwrap();
    assert_eq!((source, list.rows.len()), (RequestSource::PerCa, 1));
    assert_eq!((&list.rows[0].request_type, list.rows[0].ca.as_str()), (&RequestType::Reinstatement, "ca1"));
    by_ca.requests(&pending).await.unwrap();
    assert_eq!(script.seen().len(), 3 + 2);
    // Neither: the record has it.
    let (by_record, script) = client(|request| match request.url.path() {
        "/certificate-authority/api/v1/ca/ca1" => {
            Response::json(200, r#"{"id":"ca1","name":"Northwind Root","pending_request":{"id":"r3"}}"#)
        }
        _ => not_found(),
    });
    let (list, source) = by_record.requests(&pending).await.unwrap();
    assert_eq!((source, list.rows[0].id.as_str()), (RequestSource::Record, "r3"));
    assert_eq!(list.rows[0].status, RequestStatus::Pending);
    by_record.requests(&pending).await.unwrap();
    assert_eq!(script.seen().len(), 4 + 1);
    // Not permitted is not absent.
    let (refused, _) = client(|_| Response::json(403, ""));
    assert_eq!(refused.requests(&pending).await.unwrap_err().kind, FailureKind::NotPermitted);
}

#[tokio::test(start_paused = true)]
async fn routes_can_be_replaced() {
    let (client, script) = client_with(
        |settings| {
            let own = PathSettings { method: "GET".into(), path: "/v2/queue".into(), ok: vec![200] };
            settings.one.as_mut().unwrap().paths.insert("list_revocations".into(), own);
        },
        |_| Response::json(200, "[]"),
    );
    client.requests(&[]).await.unwrap();
    assert!(script.seen()[0].starts_with("GET /certificate-authority/api/v1/v2/queue?"), "{:?}", script.seen());
}

#[tokio::test(start_paused = true)]
async fn one_user_templates_crls_and_responders() {
    let (client, _) = client(|request| match request.url.path().rsplit('/').next().unwrap() {
        "me" => Response::json(
            200,
            r#"{"id":"77aa","email":"ada@example.test","status":"ACTIVE","user_type":"service","friendly_name":"reader",
                "applications":[{"id":"x","name":"CA Manager","permissions":["VIEW_CM_CA","MANAGE_CM_REVOKE_CA"]},
                  {"name":"Other","permissions":null}],"accounts":[{"id":"a1","name":"Northwind"}]}"#,
        ),
        "template" => {
            Response::json(200, r#"[{"id":"t1","name":"Device","cert_type":"end_entity","accounts":[{"id":"a1"}]}]"#)
        }
        "crl" => Response::json(
            200,
            r#"{"items":[{"id":"c1","ca_id":"ca1","url":"http://crl.example.com/1.crl",
            "frequency_hours":24,"crl_number":77,"next_update":"2026-11-22T00:00:00"}],"total":1}"#,
        ),
        "ocsp-responder" => {
            Response::json(200, r#"[{"id":"o1","ca":{"id":"ca1"},"url":"http://ocsp.example.com","status":"active"}]"#)
        }
        "health" => Response::of(200, &[("content-type", "text/plain")], ["UP".into()]),
        _ => not_found(),
    });
    let me = client.one_me().await.unwrap();
    assert_eq!((me.name.as_str(), me.accounts.len()), ("reader", 1));
    assert!(me.may("manage_cm_revoke_ca") && !me.may("VIEW_CM_AUDIT_LOG"));
    assert_eq!(client.templates().await.unwrap().rows[0].accounts.len(), 1);
    let crls = client.crls().await.unwrap();
    assert_eq!((crls.rows[0].number.as_str(), crls.rows[0].frequency_hours), ("77", Some(24)));
    assert_eq!(client.ocsp_responders().await.unwrap().rows[0].ca.as_str(), "ca1");
    client.health().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn ca_details_keep_unknown_members_and_say_why_there_is_no_certificate() {
    let (client, _) = client(|request| match request.url.path() {
        "/certificate-authority/api/v1/ca/0A3F" => {
            Response::json(200, r#"{"id":"0A3F","status":"pending_sign","future":{"a":[1]},"blob":null}"#)
        }
        _ => Response::json(409, r#"{"message":"No certificate yet","code":4090}"#),
    });
    let details = client.ca_details(&CaId::new("0A3F")).await.unwrap();
    assert_eq!(details.ca.status, CaStatus::PendingSign);
    assert!(details.raw.iter().any(|line| line.contains("future")));
    let why = details.certificate.unwrap_err();
    assert_eq!((why.kind, why.detail.as_deref()), (FailureKind::Refused, Some("No certificate yet")));
}

#[tokio::test(start_paused = true)]
async fn audit_is_newest_first_filtered_and_bounded() {
    let (client, script) = client(|request| {
        if request.url.path() == "/account/api/v1/audit-log" {
            return Response::json(
                200,
                r#"[{"id":"x","user_name":"Bo","status":"FAILURE","timestamp":"2026-11-20T00:00:00Z"}]"#,
            );
        }
        Response::json(
            200,
            r#"{"total":4,"items":[
                {"id":"1","timestamp":"2026-11-20T10:00:00Z","action":"request","resource_id":"ca1","status":"success",
                 "user":{"id":"u","name":"Ada"},"ip_address":"192.0.2.44","data":"{\"a\":1}"},
                {"id":"2","timestamp":"2026-11-21T10:00:00Z","action":"approve","resource_id":"ca1","status":"weird"},
                {"id":"3","timestamp":null,"action":"x","resource_id":"ca1"},
                {"id":"4","timestamp":"2026-11-01T10:00:00Z","action":"old","resource_id":"ca1"}]}"#,
        )
    });
    let query = AuditQuery {
        since: Some("2026-11-19T12:00:00Z".parse().unwrap()),
        resource_id: Some("ca1".into()),
        ..AuditQuery::all(AuditSource::PrivateCa)
    };
    let list = client.audit(&query, &mut Silent).await.unwrap();
    let ids: Vec<&str> = list.rows.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["2", "1", "3"]);
    assert!(script.seen()[0].ends_with("&from=2026-11-19&resource_id=ca1"), "{:?}", script.seen());
    assert_eq!(list.rows[1].result, AuditResult::Success);
    assert!(list.rows[1].raw.lines().iter().any(|line| line.contains("\"data\"")));
    let account = client.audit(&AuditQuery::all(AuditSource::AccountManager), &mut Silent).await.unwrap();
    assert_eq!((account.rows[0].actor.as_str(), &account.rows[0].result), ("Bo", &AuditResult::Failure));
    let one = client.ca_events(&CaId::new("ca1"), 1).await.unwrap();
    assert_eq!(one.rows.len(), 1);
    assert_eq!(one.notes, ["the newest 1 rows"]);
}

#[tokio::test(start_paused = true)]
async fn the_doctor_tells_reachable_accepted_and_permitted_apart() {
    let (client, _) = client(|request| match request.url.path().rsplit('/').next().unwrap() {
        "me" => Response::json(200, r#"{"id":"u"}"#),
        "audit" => Response::json(403, r#"{"errors":[{"code":"access_denied"}]}"#),
        _ => Response::of(
            200,
            &[("content-type", "application/json"), ("date", "Sat, 21 Nov 2026 14:03:00 GMT")],
            ["[]".into()],
        ),
    });
    let check = client.check(Service::One).await.unwrap();
    assert_eq!(check.hosts, ["one.digicert.com"]);
    assert_eq!((check.reachable, check.authenticated), (Ok(()), Some(Ok(()))));
    assert_eq!(check.skew, Some(180));
    let refused: Vec<&str> = check.permitted.iter().filter(|p| p.result.is_err()).map(|p| p.what).collect();
    assert_eq!(refused, ["CA audit log"]);
    let (wrong, _) = client_with(
        |_| {},
        |_| Response::json(403, r#"{"errors":[{"code":"access_denied|access_denied_invalid_key"}]}"#),
    );
    let check = wrong.check(Service::CertCentral).await.unwrap();
    assert!(check.authenticated.unwrap().is_err() && check.permitted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn g10_no_key_is_in_any_text() {
    let (client, script) = client(|request| {
        // A service that sends the key back in every place it has.
        let echo = request.headers.values().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(" ");
        assert!(KEYS.iter().any(|key| echo.contains(key)), "the key is sent");
        assert!(KEYS.iter().all(|key| !format!("{request:?}").contains(key)));
        Response::json(400, r#"{"message":"no"}"#)
    });
    let mut texts = vec![format!("{client:?} {:?}", CertCentralSettings::new(SecretString::from(KEYS[0])))];
    let failures = [
        client.cc_me().await.map(drop),
        client.subaccounts().await.map(drop),
        client.cas(&mut Silent).await.map(drop),
        client.check(Service::Partner).await.map(drop),
    ];
    texts.extend(failures.iter().map(|failure| format!("{failure:?}")));
    texts.extend(script.seen());
    let (odd, _) = client_with(
        |settings| {
            let one = settings.one.as_mut().unwrap();
            one.auth = OneAuth::Key(SecretString::from(format!("{}\n", KEYS[3])));
            one.proxy = Some(SecretString::from(format!("http://u:{}@proxy.example.com", KEYS[3])));
            settings.certcentral.as_mut().unwrap().services_url = format!("https://u:{}@example.com/", KEYS[0]);
        },
        |_| Response::json(200, "[]"),
    );
    let failure = odd.cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration, "C01");
    texts.push(format!("{failure:?} {:?}", odd.cc_me().await.unwrap_err()));
    for key in KEYS {
        assert!(!texts.iter().any(|text| text.contains(key)), "{texts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn services_that_are_not_configured_say_so() {
    let (client, script) = client_with(|settings| *settings = Settings::default(), |_| not_found());
    let failure = client.cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.title.as_str(), "DigiCert ONE is not configured in this context");
    assert_eq!(client.acme_certificates(&mut Silent).await.unwrap_err().kind, FailureKind::Configuration);
    assert!(!client.has(Service::One) && script.seen().is_empty());
}
