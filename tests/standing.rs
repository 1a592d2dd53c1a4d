//! A place that fails is left alone, and a key that is refused is not used again and again.
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::{
        CertCentralSettings, Client, OneSettings, PartnerSettings, Settings, Silent, SubaccountSettings,
        TransportError,
        transport::{Request, Response, script::Script},
    },
    domain::FailureKind,
};
use secrecy::SecretString;

const KEY: &str = "canary-5f0c1d9e77ab";

fn client(answer: impl Fn(&Request) -> Result<Response, TransportError> + Send + Sync + 'static) -> (Client, Script) {
    let key = || SecretString::from(KEY);
    let shop = SubaccountSettings { name: "shop".into(), key: key(), contracts: vec![40118] };
    let settings = Settings {
        certcentral: Some(CertCentralSettings::new(SecretString::from("canary-of-certcentral"))),
        partner: Some(PartnerSettings { subaccounts: vec![shop], ..PartnerSettings::new() }),
        one: Some(OneSettings::new(SecretString::from("canary-of-one"))),
        ..Settings::default()
    };
    let script = Script::new(answer);
    let now = Arc::new(|| "2026-11-21T14:00:00Z".parse().unwrap());
    (Client::with_transport(settings, Arc::new(script.clone()), now), script)
}

/// An empty list, for each of the services.
fn empty() -> Response {
    Response::json(200, r#"{"page":{"total":0,"limit":100,"offset":0},"report_history":[],"items":[],"total":0}"#)
}

#[tokio::test(start_paused = true)]
async fn n02_n14_a_place_that_keeps_failing_is_left_alone_and_tried_again_by_one_call() {
    let status = Arc::new(AtomicU16::new(0));
    let now = Arc::clone(&status);
    let (client, script) = client(move |request| match now.load(Ordering::Relaxed) {
        _ if request.url.host_str() == Some("api.digicert.com") => Ok(empty()),
        0 => Err(TransportError::Refused { host: "one.digicert.com".into() }),
        200 => Ok(empty()),
        status => Ok(Response::json(status, "")),
    });
    let failure = client.cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.title.as_str(), "CA list: one.digicert.com refused the connection");
    assert!(client.breaks().is_empty(), "three failures are not five");
    let failure = client.templates().await.unwrap_err();
    assert_eq!(failure.title.as_str(), "Templates: one.digicert.com refused the connection", "its own cause");
    assert_eq!(script.seen().len(), 5, "the sixth try was not sent");
    let left = client.breaks()[0].1.left;
    assert!(left <= Duration::from_secs(30) && left > Duration::from_secs(15), "{left:?}");
    assert_eq!(client.breaks()[0].1.origin.as_str(), "one.digicert.com");
    let failure = client.crls().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    let seconds = client.breaks()[0].1.left.as_millis().div_ceil(1_000);
    let title = format!("CRL configurations: one.digicert.com keeps failing; it is asked again in {seconds} s");
    assert_eq!(failure.title.as_str(), title);
    assert_eq!(failure.detail.as_deref(), Some("one.digicert.com refused the connection"));
    assert!(failure.retry_after.is_some() && failure.hint.is_some());
    assert_eq!(script.seen().len(), 5, "nothing was sent");
    assert!(client.report_history(&mut Silent).await.is_ok(), "other places are asked");
    tokio::time::advance(Duration::from_secs(30)).await;
    status.store(503, Ordering::Relaxed);
    let sent = script.seen().len();
    let failure = client.crls().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Service);
    assert_eq!(script.seen().len(), sent + 1, "one call tries once");
    tokio::time::advance(Duration::from_secs(30)).await;
    status.store(200, Ordering::Relaxed);
    assert!(client.crls().await.is_ok());
    assert!(client.breaks().is_empty() && client.cas(&mut Silent).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn n14_a_service_that_fails_on_one_path_alone_is_not_left_alone() {
    let (client, _) =
        client(|request| Ok(if request.url.path().ends_with("/ca") { Response::json(500, "") } else { empty() }));
    for _ in 0..4 {
        assert_eq!(client.cas(&mut Silent).await.unwrap_err().kind, FailureKind::Service);
        assert!(client.templates().await.is_ok());
    }
    assert!(client.breaks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn c09_a_key_that_is_refused_twice_is_not_sent_again_until_it_is_told_so() {
    let status = Arc::new(AtomicU16::new(401));
    let now = Arc::clone(&status);
    let (client, script) = client(move |_| {
        let status = now.load(Ordering::Relaxed);
        let refusal = r#"{"errors":[{"code":"invalid_api_key"}]}"#;
        Ok(if status == 200 { empty() } else { Response::json(status, refusal) })
    });
    let first = client.cas(&mut Silent).await.unwrap_err();
    assert_eq!(client.cas(&mut Silent).await.unwrap_err().kind, FailureKind::NotAuthenticated);
    assert_eq!(script.seen().len(), 2, "one call alone proves nothing, and is asked again");
    client.templates().await.unwrap_err();
    let stopped = client.cas(&mut Silent).await.unwrap_err();
    assert_eq!((stopped.kind, &stopped.title, &stopped.hint), (first.kind, &first.title, &first.hint));
    assert_eq!(stopped.title.as_str(), "CA list: DigiCert ONE does not accept the key (401 invalid_api_key)");
    assert_eq!(script.seen().len(), 3, "nothing was sent");
    status.store(200, Ordering::Relaxed);
    assert!(client.cas(&mut Silent).await.is_err(), "and it stays so by itself");
    assert!(client.report_history(&mut Silent).await.is_ok(), "another key is not concerned");
    client.forget_refusal();
    assert!(client.cas(&mut Silent).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn c09_the_call_that_asks_who_the_key_is_is_enough() {
    let (client, script) = client(|_| Ok(Response::json(401, "")));
    client.one_me().await.unwrap_err();
    assert!(client.cas(&mut Silent).await.unwrap_err().title.contains("does not accept the key (401)"));
    assert_eq!(script.seen().len(), 1);
    client.cc_me().await.unwrap_err();
    client.report_history(&mut Silent).await.unwrap_err();
    assert_eq!(script.seen().len(), 2);
    client.partner_keys().await.unwrap_err();
    client.acme_certificates(&mut Silent).await.unwrap_err();
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn c09_a_401_on_one_call_with_others_fine_stops_nothing() {
    let (client, script) =
        client(|request| Ok(if request.url.path().ends_with("/ca") { Response::json(401, "") } else { empty() }));
    for _ in 0..3 {
        client.cas(&mut Silent).await.unwrap_err();
        assert!(client.templates().await.is_ok());
    }
    assert_eq!(script.seen().len(), 6);
}
