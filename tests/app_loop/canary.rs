//! Keys stay where they belong, whatever goes wrong.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use certdeck::{
    client::Client,
    flow::{Ask, Call, CallKey, Effect, Generation, Msg, SourceId},
    simulator::{Fault, RetryAfter, Rule, demo_keys},
};

use super::scene::{body, quiet, status};
use crate::support::{
    dump,
    rig::{Loan, Rig},
    sample,
    stage::Stage,
};

fn keys() -> Vec<String> {
    let keys = demo_keys();
    let mut all = vec![keys.certcentral, keys.partner_parent, keys.one];
    all.extend(keys.partner_subaccounts.into_iter().map(|account| account.key));
    all
}

#[track_caller]
fn holds_no_key(text: &str, place: &str) {
    for key in keys() {
        assert!(!text.contains(&key), "a key is in {place}");
    }
    assert!(!text.contains("not-a-secret"), "a part of a key is in {place}");
}

/// Another host: keeps what it is sent, and answers with an empty list.
fn elsewhere() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut bytes = [0; 4_096];
            let count = stream.read(&mut bytes).unwrap_or_default();
            kept.lock().expect("one writer").extend_from_slice(&bytes[..count]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]");
        }
    });
    (address, seen)
}

#[test]
fn g10_g11_no_key_is_seen_anywhere_nor_sent_elsewhere_with_any_fault() {
    let (other, seen) = elsewhere();
    let redirect = |status| Fault::Redirect { status, to: format!("{other}/take") };
    let faults = [
        redirect(302),
        redirect(307),
        redirect(308),
        Fault::CutBody,
        Fault::CutClose,
        Fault::Html { status: 200, bytes: 900 },
        Fault::Status { status: 429, retry_after: Some(RetryAfter::Seconds(1_000_000_000_000)) },
        Fault::GzipBomb { mebibytes: 20 },
        Fault::PageRepeats,
        Fault::ShrinkingTotal,
        Fault::DuplicateKey,
        Fault::InvalidUtf8,
        Fault::ExpiredKey,
        Fault::MissingPath,
        status(403),
        status(500),
        body(401, "\u{1b}]0;PWN\u{7}"),
    ];
    let loan = Loan::new();
    let settings = loan.settings();
    holds_no_key(&format!("{settings:?} {:?}", Client::new(settings.clone())), "Debug of the settings");
    let (mut notices, mut copied, mut frames) = (String::new(), String::new(), Vec::new());
    let start = || {
        loan.faults(quiet());
        let mut rig = Rig::new(loan.settings(), (120, 40));
        rig.remember_frames();
        rig.start();
        rig
    };
    let mut rig = start();
    for fault in faults {
        let bad = ["/certificate-authority", "/reports", "/partner-subscription/api/v1/acme/12345"];
        loan.faults(bad.map(|path| Rule::new(path, fault.clone())).into_iter().chain(quiet()));
        rig.keys("R");
        notices.push_str(&rig.notice());
        rig.keys("3 y Y Enter 2 y 4");
        for source in SourceId::ALL {
            let _ = write!(notices, "{:?}", rig.app().estate().status(source));
        }
        if matches!(fault, Fault::CutBody | Fault::Status { status: 500, .. }) {
            // The place is left alone now, and would meet none of the other faults.
            copied.push_str(&rig.copied().concat());
            frames.extend(rig.remembered());
            rig = start();
        }
    }
    // A service that sends back the key which it was sent.
    let echo =
        |path: &str, key: &str| Rule::new(path, body(400, &format!(r#"{{"code":"bad","message":"key {key}?"}}"#)));
    let known = demo_keys();
    let shop = known.partner_subaccounts.first().expect("a subaccount");
    let rules = [
        echo("/certificate-authority", &known.one),
        echo("/reports", &known.certcentral),
        echo("/partner-subscription/api/v1/acme/12345", &shop.key),
        echo("/partner-subscription/api/v1/account", &known.partner_parent),
    ];
    loan.faults(rules.into_iter().chain(quiet()));
    rig.keys("R 1 2 3 4");
    notices.push_str(&rig.notice());
    let _ = write!(notices, "{:?}", rig.app().estate());
    assert!(notices.contains("key (the key)?"), "{notices}");
    holds_no_key(&notices, "a notice or the estate");
    copied.push_str(&rig.copied().concat());
    holds_no_key(&copied, "copied text");
    frames.extend(rig.remembered());
    assert!(frames.len() > 100, "{} frames", frames.len());
    holds_no_key(&frames.concat(), "a frame");
    assert!(frames.concat().contains("which is not followed"), "the redirect was told");
    let seen = seen.lock().expect("one reader");
    assert!(seen.is_empty(), "another host was asked: {}", String::from_utf8_lossy(&seen));
}

#[test]
fn g10_messages_and_effects_have_no_place_for_a_key() {
    let mut stage = sample::ready((120, 40));
    stage.keys("R 3 y Y Enter 2 y g l R q");
    let mut text = format!("{:?}", stage.effects);
    let key = CallKey::Source(SourceId::Acme);
    let _ = write!(
        text,
        "{:?}",
        Effect::Call { key, generation: Generation(1), call: Call::Ask(Ask::Read(SourceId::Acme)) }
    );
    for (source, reply) in sample::replies() {
        let msg = Msg::Reply { key: CallKey::Source(source), generation: Generation(1), result: Ok(reply) };
        let _ = write!(text, "{msg:?}");
    }
    holds_no_key(&text, "Debug of a message or an effect");
    let mut stage = Stage::new((80, 24));
    holds_no_key(&dump::styled(&stage.frame()), "a frame");
}
