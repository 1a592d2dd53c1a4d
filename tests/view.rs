//! Every screen in every state at every size, with its colours.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where its stage is not as it should be")]

#[path = "support/mod.rs"]
mod support;

use std::fmt::Write as _;

use certdeck::flow::{Reply, SourceId};
use jiff::SignedDuration;
use support::{
    checks, dump,
    sample::{self, failure, partial},
    stage::Stage,
};

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (60, 16)];
const SCREENS: [(&str, &str); 5] = [("1", "home"), ("2", "acme"), ("3", "cas"), ("4", "reports"), ("5", "audit")];

/// Puts an app into a state.
type Set = fn(&mut Stage);

fn loading(_: &mut Stage) {}

fn loading_with_rows(stage: &mut Stage) {
    stage.reply(SourceId::Acme, Ok(Reply::AcmeRows(sample::certificates())));
    stage.reply(SourceId::Cas, Ok(Reply::CaRows(sample::cas())));
    stage.reply(SourceId::Audit, Ok(Reply::AuditRows(sample::events())));
}

fn empty(stage: &mut Stage) {
    for (source, reply) in sample::with(&|_| false) {
        stage.reply(source, Ok(reply));
    }
}

fn ready(stage: &mut Stage) {
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
}

fn reloading(stage: &mut Stage) {
    ready(stage);
    stage.now = stage.now.checked_add(SignedDuration::from_secs(12)).expect("a moment");
    stage.keys("R");
}

fn stale(stage: &mut Stage) {
    reloading(stage);
    stage.now = stage.now.checked_add(SignedDuration::from_mins(12)).expect("a moment");
    for source in SourceId::ALL {
        stage.reply(source, Err(failure()));
    }
}

fn part(stage: &mut Stage) {
    ready(stage);
    stage.keys("R");
    stage.reply(SourceId::Acme, Ok(Reply::Acme(partial(sample::certificates()))));
    stage.reply(SourceId::Cas, Ok(Reply::Cas(partial(sample::cas()))));
    stage.reply(SourceId::History, Ok(Reply::History(partial(sample::history()))));
    stage.reply(SourceId::Audit, Ok(Reply::Audit(partial(sample::events()))));
}

fn failed(stage: &mut Stage) {
    for source in SourceId::ALL {
        stage.reply(source, Err(failure()));
    }
}

const STATES: [(&str, Set); 8] = [
    ("loading", loading),
    ("loading_with_rows", loading_with_rows),
    ("empty", empty),
    ("ready", ready),
    ("reloading", reloading),
    ("stale", stale),
    ("partial", part),
    ("failed", failed),
];

#[test]
fn every_screen_in_every_state() {
    for (state, set) in STATES {
        for (key, screen) in SCREENS {
            let mut frames = String::new();
            for size in SIZES {
                let mut stage = Stage::new(size);
                set(&mut stage);
                stage.keys(key);
                let _ = write!(frames, "=== {}x{}\n{}", size.0, size.1, dump::styled(&stage.frame()));
            }
            insta::assert_snapshot!(format!("{screen}_{state}"), frames);
        }
    }
}

#[test]
fn overlays_and_details() {
    let scenes = [
        ("help", "2 ?"),
        ("help_filtered", "2 ? {reload}"),
        ("palette", "2 :"),
        ("palette_filtered", "1 : {sort}"),
        ("sort", "2 s"),
        ("copy_as", "2 Y"),
        ("filter", "2 / {pay}"),
        ("filter_error", "2 / {colour:red}"),
        ("quit", "1 q"),
        ("acme_details", "2 j Enter"),
        ("acme_privacy", "2 P"),
        ("acme_hostile", "2 / ctrl-u {serial:0b} Enter Enter"),
        ("ca_details", "3 j j Enter"),
        ("ca_requests", "3 A j"),
        ("ca_flat", "3 f"),
        ("ca_folded", "3 j h"),
        ("report_details", "4 Enter"),
        ("audit_details", "5 p"),
        ("pending_keys", "2 g"),
        ("dead_key", "1 s"),
        ("unknown_key", "2 %"),
        ("relative_times", "2 T"),
    ];
    for (scene, keys) in scenes {
        let mut frames = String::new();
        for size in SIZES {
            let mut stage = sample::ready(size);
            stage.keys(keys);
            let _ = write!(frames, "=== {}x{}\n{}", size.0, size.1, dump::text(&stage.frame()));
        }
        insta::assert_snapshot!(format!("scene_{scene}"), frames);
    }
}

/// What servers serve, in words and by address, with what the CA says.
#[test]
fn evidence_of_probes() {
    use certdeck::{
        domain::{Clean, acme::ari::RenewalWindow},
        flow::{CallKey, Probed},
    };
    let rows = sample::certificates();
    let row = &rows[2];
    let life = ("2026-08-26T11:20:00Z", "2026-11-24T11:20:00Z");
    let own = || sample::served("0a1b2c3d4e5f6a7b8c9d", &row.names().to_set(), life);
    let before = || sample::served("7e", &row.names().to_set(), ("2026-05-28T00:00:00Z", "2026-08-26T00:00:00Z"));
    let mut wrong = sample::served("0f", &sample::certificates()[0].names().to_set(), life);
    (wrong.name_matches, wrong.trust) = (false, Err(Clean::new("the certificate of the server has expired")));
    let window = |start: i64| RenewalWindow {
        start: support::stage::NOW + SignedDuration::from_hours(start),
        end: support::stage::NOW + SignedDuration::from_hours(start + 48),
        explanation: Some(Clean::new("https://ca.example/incidents/2026-11")),
        at: support::stage::NOW,
        holds: std::time::Duration::from_hours(6),
    };
    let scenes = [
        ("same", vec![Ok(own()), Ok(own())], Some(Ok(window(-72)))),
        ("mixed", vec![Ok(own()), Ok(before()), Err(Clean::new("the server does not speak TLS there"))], None),
        ("mismatch", vec![Ok(wrong)], None),
        ("unreachable", vec![Err(Clean::new("no certificate came within 8 s"))], Some(Err(failure()))),
    ];
    for (scene, outcomes, said) in scenes {
        let mut frames = String::new();
        for size in [(120, 40), (80, 24)] {
            let mut stage = sample::ready(size);
            stage.keys("2 / ctrl-u {pay.acme} Enter b");
            let found = vec![sample::probe(row, outcomes.clone())];
            stage.answer(CallKey::Probe, Ok(Reply::Probed(Probed { found, of: 1 })));
            let said = said.clone().map(|said| (row.key(), said));
            stage.answer(CallKey::Probe, Ok(Reply::ProbesEnded(said)));
            let _ = write!(frames, "=== {}x{}\n{}", size.0, size.1, dump::text(&stage.frame()));
            stage.keys("Enter");
            let _ = write!(frames, "=== {}x{}, opened\n{}", size.0, size.1, dump::text(&stage.frame()));
        }
        insta::assert_snapshot!(format!("evidence_{scene}"), frames);
    }
}

/// What CRLs and OCSP responders say of a CA, and what is known of it besides.
#[test]
fn checks_of_crl_and_ocsp() {
    use certdeck::flow::{CallKey, ScreenId, Slot};
    let key = |slot| CallKey::Screen(ScreenId::Cas, slot);
    let mut frames = String::new();
    for size in [(120, 60), (80, 40)] {
        let mut stage = sample::ready(size);
        stage.keys("3 j j j j");
        if size.0 == 120 {
            stage.answer(key(Slot::Details), Ok(Reply::CaDetails(Box::new(checks::ca_details()))));
        }
        stage.keys("b");
        let _ = write!(frames, "=== {}x{}, asked\n{}", size.0, size.1, dump::text(&stage.frame()));
        stage.answer(key(Slot::Check), Ok(Reply::RevocationChecked(Box::new(checks::checked()))));
        stage.now = stage.now.checked_add(SignedDuration::from_secs(12)).expect("a moment");
        let _ = write!(frames, "=== {}x{}, answered\n{}", size.0, size.1, dump::text(&stage.frame()));
    }
    let mut stage = sample::ready((120, 90));
    stage.keys("3 j j j j Enter");
    stage.answer(key(Slot::Details), Ok(Reply::CaDetails(Box::new(checks::ca_details()))));
    let _ = write!(frames, "=== 120x90, all of a certificate\n{}", dump::text(&stage.frame()));
    insta::assert_snapshot!("ca_checks", frames);
}

/// What changed since yesterday: on home, and on its page.
#[test]
fn changes_since_yesterday() {
    use certdeck::{
        domain::delta::{Compared, Since, Topic},
        flow::CallKey,
    };
    let mut frames = String::new();
    for size in SIZES {
        let mut stage = sample::ready(size);
        let told = Topic::ALL.map(sample::compared).to_vec();
        stage.answer(CallKey::Compare, Ok(Reply::Compared(Since::Yesterday, told)));
        for (keys, scene) in
            [("1", "home"), ("d", "all"), ("Esc 2 d j j j", "of certificates"), ("Esc Esc 1 d G Enter", "opened")]
        {
            stage.keys(keys);
            let _ = write!(frames, "=== {}x{}, {scene}\n{}", size.0, size.1, dump::text(&stage.frame()));
        }
    }
    let mut stage = sample::ready((120, 40));
    stage.keys("d");
    let _ = write!(frames, "=== the store was not asked yet\n{}", dump::text(&stage.frame()));
    let none = |topic| Compared { span: None, deltas: Vec::new(), ..sample::compared(topic) };
    stage.answer(CallKey::Compare, Ok(Reply::Compared(Since::Yesterday, Topic::ALL.map(none).to_vec())));
    let _ = write!(frames, "=== the first day\n{}", dump::text(&stage.frame()));
    insta::assert_snapshot!("changes", frames);
}

#[test]
fn other_themes_keep_every_state_readable() {
    use certdeck::{present::Look, ui::Theme};
    for (name, theme, ascii) in
        [("light", Theme::light(), false), ("ansi16", Theme::ansi16(), false), ("mono_ascii", Theme::mono(), true)]
    {
        let mut setting = support::stage::setting();
        setting.theme = theme;
        setting.look = Look { ascii, ..setting.look };
        let mut stage = Stage::with(setting, (120, 40));
        ready(&mut stage);
        stage.keys("2");
        let frame = stage.frame();
        if ascii {
            let own: String = dump::text(&frame).chars().filter(|c| "─│└▌█░…✓▴▾▸✗∘»⊘⟳·⏎—›━".contains(*c)).collect();
            assert_eq!(own, "", "ASCII frames hold no sign of the Unicode set");
        }
        insta::assert_snapshot!(format!("theme_{name}"), dump::styled(&frame));
    }
}

/// U03: no size panics, and the header stands wherever a line fits.
#[test]
fn u03_every_size_draws_with_its_header() {
    let widths = [0, 1, 5, 20, 59, 60, 80, 109, 110, 140];
    let heights = [0, 1, 2, 5, 6, 15, 16, 24];
    for (key, screen) in SCREENS {
        let mut stage = sample::ready((80, 24));
        stage.keys(key);
        let small = widths.into_iter().flat_map(|width| heights.map(|height| (width, height)));
        for (width, height) in small.chain([(200, 60), (500, 500)]) {
            stage.resize((width, height));
            let text = stage.text();
            if width >= 5 && height >= 1 {
                assert!(
                    text.starts_with(" PROD") || text.starts_with(" certdeck"),
                    "{screen} {width}x{height}: {text}"
                );
            }
            stage.keys("j G Enter");
            stage.keys("Esc gg");
        }
    }
}

/// What could not be read of one row is said of that row alone.
#[test]
fn a_failure_of_one_row_is_not_shown_on_the_next() {
    use certdeck::flow::{CallKey, ScreenId, Slot};
    for (key, screen) in [("2", ScreenId::Acme), ("4", ScreenId::Reports)] {
        let mut stage = sample::ready((120, 40));
        stage.keys(key);
        stage.answer(CallKey::Screen(screen, Slot::Details), Err(failure()));
        let said = |stage: &mut Stage| stage.text().contains("cannot find host");
        assert!(said(&mut stage), "{screen:?}: the row whose details failed says so");
        if screen == ScreenId::Reports {
            stage.keys("j");
            assert!(!said(&mut stage), "{screen:?}: another row does not");
        }
    }
}

/// The form of a report definition: as it opens, with what is wrong, and with the question before it is sent.
#[test]
fn the_form_of_a_report() {
    use certdeck::{
        domain::report::{Definition, definition::Recipient},
        flow::{CallKey, Drafting},
    };
    let who = Recipient {
        user_id: 8_801_442,
        first_name: "Ingrid".into(),
        last_name: "Vasquez".into(),
        email: "ingrid.vasquez@example.org".into(),
    };
    let mut frames = String::new();
    for size in [(120, 40), (80, 24)] {
        let mut stage = sample::ready(size);
        stage.keys("4 +");
        let _ = write!(frames, "=== {}x{}, writing is off\n{}", size.0, size.1, dump::text(&stage.frame()));
        stage.keys(": {write_30m} Enter +");
        let definition = Definition { recipients: vec![who.clone()], ..Definition::example() };
        let drafting = Drafting { report: None, definition, people: Some(vec![who.clone()]) };
        stage.answer(CallKey::Draft, Ok(Reply::Drafted(Box::new(drafting))));
        let _ = write!(frames, "=== {}x{}, opened\n{}", size.0, size.1, dump::text(&stage.frame()));
        stage.keys("Down Down ctrl-u {PDF} Down Down Down Down ctrl-u {7} ctrl-s");
        let _ = write!(frames, "=== {}x{}, refused\n{}", size.0, size.1, dump::text(&stage.frame()));
        stage.keys("ctrl-n Down Down Down Down ctrl-u {1} ctrl-s");
        let _ = write!(frames, "=== {}x{}, to be sent\n{}", size.0, size.1, dump::text(&stage.frame()));
    }
    insta::assert_snapshot!("report_form", frames);
}

/// The library with runs of several weeks, a definition that was read, and a run whose files are here.
#[test]
fn the_library_of_reports() {
    use certdeck::{
        domain::{
            Clean,
            dataset::Dataset,
            ids::{ReportId, RunId},
            report::{Definition, Frequency, HistoryRecord, ReportDetails, definition::Schedule, local::LocalRun},
            when::When,
        },
        flow::{Call, CallKey, Effect, Msg, ScreenId, Slot},
    };
    let weekly = |run: Option<&str>, status: &str, from: &str, to: &str| HistoryRecord {
        schedule: Frequency::Weekly,
        ..sample::record("w", run, "Weekly orders", status, from, to)
    };
    let history = vec![
        weekly(Some("w5"), "GENERATING", "2026-11-21 13:41:31", ""),
        weekly(Some("w4"), "READY", "2026-11-14 13:40:00", "2026-11-14 14:03:00"),
        weekly(Some("w3"), "READY", "2026-11-07 13:40:00", "2026-11-07 13:59:00"),
        weekly(Some("w2"), "FAILED", "2026-10-31 13:40:00", "2026-10-31 13:49:00"),
        weekly(Some("w1"), "READY", "2026-10-24 13:40:00", "2026-10-24 14:24:00"),
        sample::record("h", Some("h1"), "Here and fetched", "READY", "2026-11-12 10:21:00", "2026-11-12 10:22:00"),
        HistoryRecord { schedule: Frequency::Monthly, ..sample::record("n", None, "Never ran", "SCHEDULED", "", "") },
    ];
    let plan = Schedule { frequency: "MONTHLY".into(), every: 1, date: 22, ..Schedule::default() };
    let details = ReportDetails {
        id: ReportId::new("n"),
        definition: Definition { schedule: plan, ..Definition::example() },
        unknown: Vec::new(),
        next_run: When::parse("2026-12-22"),
        status: Clean::new("ACTIVE"),
    };
    let local = LocalRun {
        report: ReportId::new("h"),
        run: RunId::new("h1"),
        first_at: "2026-11-13T00:00:00Z".parse().expect("a moment"),
        paths: vec!["/reports/h1.csv".into()],
    };
    let mut frames = String::new();
    for size in [(120, 40), (80, 24)] {
        for passed in [0, 40] {
            let mut stage = Stage::new(size);
            ready(&mut stage);
            stage.keys("4 r");
            stage.reply(SourceId::History, Ok(Reply::History(Dataset::complete(history.clone(), stage.now))));
            stage.answer(CallKey::Files, Ok(Reply::Files(vec![local.clone()])));
            if size.0 == 120 {
                stage.keys("G");
                let reply = Ok(Reply::ReportDetails(Box::new(details.clone())));
                stage.answer(CallKey::Screen(ScreenId::Reports, Slot::Details), reply);
                stage.keys("gg");
            }
            stage.now = stage.now.checked_add(SignedDuration::from_mins(passed)).expect("a moment");
            stage.send(Msg::Tick);
            let _ = write!(frames, "=== {}x{} {passed} minutes later\n{}", size.0, size.1, dump::text(&stage.frame()));
            if passed == 0 {
                stage.keys("/ {Here} Enter");
                stage.effects.clear();
                stage.keys("Enter");
                let asked = stage
                    .effects
                    .iter()
                    .filter(|effect| matches!(effect, Effect::Call { call, .. } if !matches!(call, Call::Table(_))));
                assert_eq!(asked.count(), 0, "files that are here are opened without asking anybody");
                assert!(stage.text().contains("Here and fetched, 12 Nov run"), "{}", stage.text());
            }
        }
    }
    insta::assert_snapshot!("reports_library", frames);
}
