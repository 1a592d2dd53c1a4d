//! Every fault of the simulator, round by round.

use certdeck::simulator::{Fault, RetryAfter, Rule, demo_keys};

use super::estate::shop;

/// Lists, an account, and an answer in pages.
pub const PATHS: [&str; 3] = ["/certificate-authority", "/reports", "/partner-subscription/api/v1/acme/12345"];

/// Every fault in turn, redirects to `elsewhere` among them; at the end services that send back the key which they were
/// sent.
pub fn rounds(elsewhere: &str) -> Vec<[Rule; PATHS.len()]> {
    let redirect = |status| Fault::Redirect { status, to: format!("{elsewhere}/take") };
    let status = |status, retry_after| Fault::Status { status, retry_after };
    let body = |status, text: String| Fault::Body { status, content_type: "application/json".into(), text };
    let faults = [
        Fault::Latency { ms: 5 },
        Fault::Silence,
        status(500, None),
        status(403, None),
        status(429, Some(RetryAfter::Seconds(1_000_000_000_000))),
        Fault::ErrorShape { status: 400, shape: 2 },
        Fault::Html { status: 200, bytes: 900 },
        Fault::CutBody,
        Fault::CutChunked,
        Fault::CutClose,
        Fault::Reset,
        Fault::ResetEarly,
        redirect(302),
        redirect(307),
        redirect(308),
        Fault::GzipBomb { mebibytes: 20 },
        Fault::GzipCut,
        Fault::Brotli,
        Fault::Drip { bytes_per_second: 1 },
        Fault::InvalidUtf8,
        Fault::DuplicateKey,
        Fault::DeepJson { depth: 10_000 },
        Fault::ExpiredKey,
        Fault::OtherList,
        Fault::MissingPath,
        Fault::PageRepeats,
        Fault::ShrinkingTotal,
        Fault::Headers { count: 500 },
        Fault::Skew { seconds: -900 },
        body(401, "\u{1b}]0;PWN\u{7}".to_owned()),
    ];
    let echo = |key: &str| body(400, format!(r#"{{"code":"bad","message":"key {key}?"}}"#));
    let keys = demo_keys();
    let [one, reports, acme] = PATHS;
    let echoes =
        [Rule::new(one, echo(&keys.one)), Rule::new(reports, echo(&keys.certcentral)), Rule::new(acme, echo(&shop()))];
    let alike = faults.into_iter().map(|fault| PATHS.map(|path| Rule::new(path, fault.clone())));
    alike.chain([echoes]).collect()
}

/// Whether a fault ends within moments; the others wait for a deadline. A new kind of fault has to be sorted here.
pub const fn is_quick(fault: &Fault) -> bool {
    match fault {
        Fault::Silence | Fault::Drip { .. } => false,
        Fault::Latency { .. }
        | Fault::Status { .. }
        | Fault::ErrorShape { .. }
        | Fault::Html { .. }
        | Fault::CutBody
        | Fault::CutChunked
        | Fault::CutClose
        | Fault::Reset
        | Fault::ResetEarly
        | Fault::Redirect { .. }
        | Fault::GzipBomb { .. }
        | Fault::GzipCut
        | Fault::Brotli
        | Fault::InvalidUtf8
        | Fault::DuplicateKey
        | Fault::DeepJson { .. }
        | Fault::ExpiredKey
        | Fault::Body { .. }
        | Fault::OtherList
        | Fault::MissingPath
        | Fault::PageRepeats
        | Fault::ShrinkingTotal
        | Fault::Headers { .. }
        | Fault::Skew { .. } => true,
    }
}
