//! A stage on which a change of a CA is reviewed: what is read for it is invented.

use certdeck::{
    app::{Environment, Setting},
    domain::{
        When,
        ca::{
            Ca, CaRequest,
            decision::{Errand, Reading, Snapshot},
            impact::{Count, Impact, WayBack},
        },
        ids::{CaId, RecordId, RequestId},
    },
    flow::{Call, CallKey, Effect, Msg, Reply, review::Sending},
};
use jiff::{SignedDuration, Timestamp};

use crate::support::{
    sample,
    stage::{self, Stage},
};

/// The CA of the first request of the sample.
pub const CA: &str = "Acme Issuing CA G2 EU";
pub const COMMENT: &str = "CHG-88213 checked, G3 issues";

pub fn setting() -> Setting {
    let mut setting = stage::setting();
    setting.place.environment = Environment::Test;
    setting
}

/// A stage on which all was read, and may be changed.
pub fn ready(size: (u16, u16)) -> Stage {
    let mut stage = Stage::with(setting(), size);
    stage.slow = true;
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    stage.slow = false;
    stage
}

/// The review of the first request, nothing read for it yet.
pub fn asked(size: (u16, u16)) -> Stage {
    let mut stage = ready(size);
    stage.keys("A a");
    stage
}

/// The same, all read.
pub fn opened(size: (u16, u16)) -> Stage {
    let mut stage = asked(size);
    let at = stage.now;
    stage.answer(CallKey::Look, Ok(looked(reading(ca("g2-eu"), request("RR-0412"), at))));
    stage.answer(CallKey::Survey, Ok(Reply::Surveyed(Box::new(impact("g2-eu", at)))));
    stage
}

pub fn looked(reading: Reading) -> Reply {
    Reply::Looked(Box::new(reading))
}

pub fn ca(id: &str) -> Ca {
    sample::cas().into_iter().find(|ca| ca.id == CaId::new(id)).expect("a CA of the sample")
}

pub fn request(id: &str) -> Option<CaRequest> {
    let found = sample::requests().into_iter().find(|request| request.id == RequestId::new(id))?;
    Some(CaRequest { comment: "EU issuing moved to G3. G2 retired, change CHG-88213.".into(), ..found })
}

pub fn reading(ca: Ca, request: Option<CaRequest>, read_at: Timestamp) -> Reading {
    let snapshot = Snapshot { request, ca, children: Some(1) };
    Reading { snapshot, requests: Vec::new(), read_at, skew: Some(0), audit: None }
}

/// What is read for an errand about a CA of the sample.
pub fn reading_of(errand: &Errand, read_at: Timestamp) -> Reading {
    reading(ca(errand.ca.as_str()), errand.request.as_ref().and_then(|id| request(id.as_str())), read_at)
}

pub fn impact(ca: &str, counted_at: Timestamp) -> Impact {
    Impact {
        ca: CaId::new(ca),
        below: vec![CaId::new("dev-3"), CaId::new("kiosk-1")],
        unexpired: Count { known: 4_118, missing: 1 },
        issued_7d: Count { known: 212, missing: 1 },
        latest: When::At(counted_at - SignedDuration::from_mins(38)),
        templates: ["t1", "t2", "t3"].map(RecordId::new).into(),
        templates_missing: 0,
        open_requests: Some(["RR-0409", "RR-0411"].map(RequestId::new).into()),
        next_crl: When::parse("2026-11-21T18:00:00Z"),
        way_back: WayBack::Final,
        gaps: vec!["the certificates of 1 CA are not known".into()],
        counted_at,
    }
}

/// Lets time pass.
pub fn pass(stage: &mut Stage, seconds: i64) {
    stage.now += SignedDuration::from_secs(seconds);
    stage.send(Msg::Tick);
}

/// Types name and comment, and goes to the button.
pub fn fill(stage: &mut Stage) {
    stage.keys(&format!("Tab {{{}}} Tab", CA.replace(' ', "_")));
    stage.send(Msg::Paste(COMMENT.to_owned()));
    stage.keys("Tab Tab Tab");
}

/// What was handed over for sending since the effects were cleared.
pub fn sendings(stage: &Stage) -> Vec<(CallKey, Sending)> {
    let sends = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Call { key, call: Call::Send(sending), .. } => Some((*key, (**sending).clone())),
        _ => None,
    });
    sends.collect()
}
