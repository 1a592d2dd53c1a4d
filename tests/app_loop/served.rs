//! Probes: keys, effects and replies; then what is served against what was issued, end to end, and across a restart.

use std::sync::Arc;

use certdeck::{
    app::{App, Setting},
    domain::{
        acme::{AcmeCertificate, ari::Advice, lifetime::LifetimeSource, probe::Verdict},
        dataset::Dataset,
        ids::ContractId,
    },
    flow::{
        Ask, Call, CallKey, Configured, Effect, Generation, Msg, Op, Probed, Reply, SourceId, Work, kept::Kept,
        list::INLINE_ROWS,
    },
    simulator::Switches,
    store::{Place, Store},
};
use jiff::SignedDuration;

use super::{
    scene,
    support::{
        rig::{self, Loan, Rig},
        sample,
        stage::{self, NOW, Stage},
    },
};

const SIZE: (u16, u16) = (120, 40);

/// Names whose jobs were started.
fn jobs(stage: &Stage) -> Vec<Vec<String>> {
    let job = |effect: &Effect| match effect {
        Effect::Call { key: CallKey::Probe, call: Call::Ask(Ask::Probe(job)), .. } => {
            Some(job.wanted().map(|row| row.domain().to_string()).collect())
        }
        _ => None,
    };
    stage.effects.iter().filter_map(job).collect()
}

/// A result for each of `rows`: what the record says is served.
fn found(rows: &[AcmeCertificate], of: usize) -> Reply {
    let served = |row: &AcmeCertificate| {
        let serial = row.serial().as_ref().map_or("01", |serial| serial.digits());
        sample::served(serial, &row.names().to_set(), ("2026-08-01T00:00:00Z", "2026-12-01T00:00:00Z"))
    };
    Reply::Probed(Probed { found: rows.iter().map(|row| sample::probe(row, vec![Ok(served(row))])).collect(), of })
}

/// A list of so many rows with names of their own.
fn many(rows: usize) -> Vec<AcmeCertificate> {
    let row = |n: usize| {
        let name = format!("n{n:05}.example.com");
        sample::certificate(&[&name], "issued", "2026-12-01T00:00:00Z", &format!("1{n:05}"))
    };
    (0..rows).map(row).collect()
}

fn with(rows: usize) -> Stage {
    let mut stage = Stage::new(SIZE);
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(many(rows), NOW))));
    stage.keys("2");
    stage.effects.clear();
    stage
}

/// What is asked of a list whose rows are still being looked for is said, and not done to some of them.
#[test]
fn all_rows_are_marked_when_all_were_looked_at() {
    for (rows, is_told) in [(INLINE_ROWS, false), (INLINE_ROWS + 1, true)] {
        let mut stage = with(rows);
        stage.keys("/ ctrl-u Enter");
        // Long work is asked for, and nobody does it.
        for chord in stage::chords("/ {n0} Enter V") {
            let _ = stage.app.update(Msg::Key(chord), NOW);
        }
        let text = stage.text();
        assert_eq!(text.contains("Not all rows were looked at yet: mark them again."), is_told, "{text}");
        assert_eq!(text.contains("… of 4,001"), is_told, "{text}");
        assert_eq!(text.contains("4,000 marked"), !is_told, "{text}");
    }
}

#[test]
fn b_asks_for_the_selected_row_and_says_why_when_it_cannot() {
    let mut stage = Stage::new(SIZE);
    stage.keys("b");
    assert!(stage.text().contains("b has no meaning here"), "{}", stage.text());
    stage.keys("2 b");
    assert!(stage.text().contains("b: no row is selected."), "{}", stage.text());
    stage.keys("B");
    assert!(stage.text().contains("B: no row is selected."), "{}", stage.text());
    let mut stage = sample::ready(SIZE);
    stage.effects.clear();
    stage.keys("2 / ctrl-u {lab.acme} Enter b");
    assert!(stage.text().contains("b: there is no server to ask"), "a wildcard has none: {}", stage.text());
    assert_eq!(jobs(&stage), [] as [Vec<String>; 0]);
    stage.keys("/ ctrl-u {pay.acme} Enter b");
    assert_eq!(jobs(&stage), [["pay.acme-corp.example"]]);
    let asks =
        |effect: &Effect| matches!(effect, Effect::Call { call: Call::Ask(Ask::Probe(job)), .. } if job.asks_renewal());
    assert!(stage.effects.iter().any(asks), "the CA of one row is asked too");
}

#[test]
fn a_wildcard_with_a_server_in_the_configuration_can_be_asked() {
    let servers = [certdeck::domain::name::Name::new("*.lab.acme-corp.example")].into();
    let mut setting = stage::setting();
    setting.place.configured = Arc::new(Configured { servers, servers_only: true, ..Configured::default() });
    let mut stage = Stage::with(setting, SIZE);
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    stage.keys("2 / ctrl-u {lab.acme} Enter b Esc / ctrl-u {pay.acme} Enter b");
    assert_eq!(jobs(&stage), [["*.lab.acme-corp.example"]], "{}", stage.text());
}

#[test]
fn more_than_a_hundred_names_are_asked_for_once_more() {
    let mut stage = with(100);
    stage.keys("B");
    assert_eq!(jobs(&stage).iter().map(Vec::len).collect::<Vec<_>>(), [100]);
    let mut stage = with(101);
    stage.keys("B");
    assert!(stage.text().contains("Probe 101 names? B again starts it."), "{}", stage.text());
    stage.keys("j B");
    assert_eq!(jobs(&stage).len(), 0, "another key is an answer too");
    stage.keys("B");
    assert_eq!(jobs(&stage).iter().map(Vec::len).collect::<Vec<_>>(), [101]);
}

#[test]
fn results_come_one_after_the_other_and_a_second_b_or_esc_keeps_what_was_found() {
    for key in ["b", "B", "Esc"] {
        let mut stage = with(40);
        stage.keys("B");
        assert!(stage.text().contains("Probing… Esc ends it."), "{}", stage.text());
        let rows = many(40);
        stage.answer(CallKey::Probe, Ok(found(&rows[..12], 40)));
        assert!(stage.text().contains("Probed 12 of 40."), "{}", stage.text());
        let late = stage.generation(CallKey::Probe).expect("it was asked");
        stage.effects.clear();
        stage.keys(key);
        assert!(stage.text().contains("Ended after 12 of 40 names; what was found stays."), "{}", stage.text());
        assert_eq!(stage.effects.first(), Some(&Effect::Cancel(CallKey::Probe)));
        let kept = stage.effects.iter().find_map(|effect| match effect {
            Effect::Call { key: CallKey::KeepProbes, call: Call::Store(Op::Keep(keep)), .. } => Some(keep.rows.clone()),
            _ => None,
        });
        assert!(matches!(kept, Some(Kept::Probes(probes)) if probes.len() == 12), "{key}");
        stage.effects.clear();
        for reply in [found(&rows[12..], 40), Reply::ProbesEnded(None)] {
            stage.send(Msg::Reply { key: CallKey::Probe, generation: late, result: Ok(reply) });
        }
        assert_eq!((stage.app.estate().evidence.probes().len(), stage.effects.len()), (12, 0), "{key}");
        stage.keys("B");
        assert_eq!(jobs(&stage).len(), 1, "it can be started again");
    }
}

#[test]
fn the_end_of_probes_is_told_and_a_new_serial_makes_one_void() {
    let mut stage = with(2);
    let mut rows = many(2);
    stage.keys("b");
    stage.answer(CallKey::Probe, Ok(found(&rows[..1], 1)));
    stage.answer(CallKey::Probe, Ok(Reply::ProbesEnded(None)));
    assert!(stage.text().contains("Probed 1 name; the details say what is served."), "{}", stage.text());
    assert!(stage.text().contains("This certificate is served."), "{}", stage.text());
    let judged = |stage: &Stage| stage.app.estate().judgement.facts().probes.len();
    assert_eq!(judged(&stage), 1);
    rows[0] = sample::certificate(&["n00000.example.com"], "issued", "2027-03-01T00:00:00Z", "2f");
    stage.keys("r");
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(rows, NOW))));
    assert_eq!(judged(&stage), 0);
    assert!(!stage.text().contains("This certificate is served."), "{}", stage.text());
}

/// An app whose long lists are sorted at once, and judged when the test says so.
struct Slow {
    app: App,
    asked: Vec<(CallKey, Generation, Call)>,
}

impl Slow {
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Call { key, generation, call } = effect else { continue };
            if let Call::Work(work @ Work::ArrangeAcme(_)) = call {
                self.reply(key, generation, work.run());
            } else {
                self.asked.push((key, generation, call));
            }
        }
    }

    fn reply(&mut self, key: CallKey, generation: Generation, reply: Reply) {
        let effects = self.app.update(Msg::Reply { key, generation, result: Ok(reply) }, NOW);
        self.take(effects);
    }

    fn answer(&mut self, key: CallKey, reply: Reply) {
        let asked = self.asked.iter().rev().find(|(of, ..)| *of == key).expect("it was asked").1;
        self.reply(key, asked, reply);
    }

    fn keys(&mut self, keys: &str) {
        for chord in stage::chords(keys) {
            let effects = self.app.update(Msg::Key(chord), NOW);
            self.take(effects);
        }
    }

    /// The judging that was asked for since the last look.
    fn judging(&mut self) -> Vec<(Generation, Call)> {
        let triage = self.asked.extract_if(.., |(key, ..)| *key == CallKey::Triage);
        triage.map(|(_, generation, call)| (generation, call)).collect()
    }

    fn judge(&mut self, judging: Vec<(Generation, Call)>) {
        for (generation, call) in judging {
            let Call::Work(work @ Work::Triage(_)) = call else { continue };
            self.reply(CallKey::Triage, generation, work.run());
        }
    }
}

/// Judging a long list goes on elsewhere; results that come meanwhile are judged together, once, when it ends.
#[test]
fn results_are_judged_once_a_batch_and_one_time_after_the_other() {
    let mut slow = Slow { app: App::new(stage::setting(), SIZE), asked: Vec::new() };
    let effects = slow.app.start(NOW);
    slow.take(effects);
    let rows = many(INLINE_ROWS + 1);
    slow.answer(CallKey::Source(SourceId::Acme), Reply::Acme(Dataset::complete(rows.clone(), NOW)));
    slow.keys("2 B B");
    let first = slow.judging();
    assert_eq!(first.len(), 1);
    slow.judge(first);
    slow.answer(CallKey::Probe, found(&rows[..3], rows.len()));
    let second = slow.judging();
    assert_eq!(second.len(), 1, "three results are one batch");
    slow.answer(CallKey::Probe, found(&rows[3..5], rows.len()));
    slow.answer(CallKey::Probe, found(&rows[5..9], rows.len()));
    assert_eq!(slow.judging().len(), 0, "it goes on, and nothing is stopped half way");
    slow.judge(second);
    let judged = |slow: &Slow| slow.app.estate().judgement.facts().probes.len();
    assert_eq!(judged(&slow), 3);
    let third = slow.judging();
    assert_eq!(third.len(), 1, "all that came meanwhile is one more");
    slow.judge(third);
    assert_eq!((judged(&slow), slow.judging().len()), (9, 0));
}

#[test]
fn probes_of_the_first_context_change_nothing_in_the_second() {
    let mut stage = with(40);
    stage.keys("B");
    let rows = many(40);
    stage.answer(CallKey::Probe, Ok(found(&rows[..3], 40)));
    let late = stage.generation(CallKey::Probe).expect("it was asked");
    let remember = stage.generation(CallKey::Remember).expect("it is asked at the start");
    stage.effects.clear();
    stage.keys(": {context_lab} Enter");
    let place = |wanted: &dyn Fn(&Effect) -> bool| stage.effects.iter().position(wanted);
    let keeps = place(&|effect| matches!(effect, Effect::Call { key: CallKey::KeepProbes, .. }));
    let opens = place(&|effect| matches!(effect, Effect::Open(_)));
    assert!(keeps.is_some() && keeps < opens, "they are kept where they were found: {:?}", stage.effects);
    assert!(stage.effects.contains(&Effect::Cancel(CallKey::Probe)));
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(many(40), NOW))));
    stage.keys("2");
    let before = stage.text();
    for (key, generation, reply) in [
        (CallKey::Probe, late, found(&rows, 40)),
        (CallKey::Probe, late, Reply::ProbesEnded(None)),
        (CallKey::Remember, remember, Reply::Nothing),
    ] {
        stage.send(Msg::Reply { key, generation, result: Ok(reply) });
        assert_eq!(stage.text(), before);
    }
    assert!(stage.app.estate().evidence.probes().is_empty());
}

#[test]
fn a_lifetime_of_the_configuration_counts() {
    let mut setting = stage::setting();
    let lifetimes = [(ContractId::new("12345"), SignedDuration::from_hours(24 * 60))].into();
    setting.place.configured = Arc::new(Configured { lifetimes, ..Configured::default() });
    let mut stage = Stage::with(setting, SIZE);
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(many(2), NOW))));
    let triage = stage.app.estate().judgement.triage().expect("it is judged");
    assert_eq!(triage.assessments[0].lifetime(), Some((60, LifetimeSource::Configured)));
}

fn serving(store: Option<&Store>, name: &str, loan: &Loan) -> Rig {
    let mut setting: Setting = rig::setting();
    setting.place.name = certdeck::domain::Clean::new(name);
    scene::set(loan, []);
    Rig::among(vec![(name.to_owned(), loan.settings())], store.cloned(), setting, SIZE)
}

fn verdicts(rig: &Rig) -> Vec<Verdict> {
    rig.app().estate().judgement.facts().probes.values().map(|seen| seen.verdict).collect()
}

#[test]
fn an_old_certificate_that_is_served_is_stale_until_the_server_is_reloaded() {
    let loan = Loan::serving();
    let mut rig = serving(None, "demo", &loan);
    rig.start();
    rig.keys("2");
    rig.filter("name:www.acme-corp.example state!=renewed");
    rig.keys("b");
    assert_eq!(verdicts(&rig), [Verdict::Older], "{}", rig.text());
    rig.shows("served: the server was not reloaded.");
    assert!(!rig.selected().contains("STALE"), "servers have a day to be reloaded: {}", rig.selected());
    rig.pass(25 * 3_600);
    rig.tick();
    assert!(rig.selected().contains("STALE"), "{}", rig.text());
    rig.shows("still serves");
    let reloaded = vec!["www.acme-corp.example".to_owned()];
    loan.control().set_switches(Switches { reloaded, ..Switches::default() });
    rig.keys("b");
    assert_eq!(verdicts(&rig), [Verdict::Same]);
    assert!(!rig.selected().contains("STALE"), "{}", rig.text());
    rig.shows("This certificate is served.");
}

#[test]
fn the_ca_that_wants_a_certificate_replaced_now_is_heard() {
    let loan = Loan::serving();
    let mut rig = serving(None, "demo", &loan);
    rig.start();
    rig.keys("2");
    rig.filter("name:login.acme-corp.example state!=renewed");
    rig.keys("b Enter");
    rig.shows("the CA wants it replaced now");
    rig.shows("https://ca.example/incidents/2026-11");
    let asked = || loan.requests().iter().filter(|seen| seen.path.starts_with("/acme/renewal-info")).count();
    assert_eq!(asked(), 1);
    rig.keys("b");
    assert_eq!(asked(), 1, "what it said holds for six hours");
    let estate = rig.app().estate();
    let key = estate.evidence.probes().keys().next().expect("a probe");
    let said = estate.evidence.renewal(key).and_then(|said| said.as_ref().ok()).expect("a window");
    assert_eq!(said.advice(NOW), Advice::ReplaceNow);
}

#[test]
fn all_rows_that_show_are_asked_and_those_without_a_server_passed_over() {
    let loan = Loan::serving();
    let mut rig = serving(None, "demo", &loan);
    rig.start();
    rig.keys("2");
    rig.filter("name:docs.acme-corp.example|sso.acme-corp.example|pay.acme-corp.example state!=renewed");
    rig.keys("B");
    let mut found = verdicts(&rig);
    found.sort_by_key(|verdict| *verdict != Verdict::Mixed);
    assert_eq!(found, [Verdict::Mixed, Verdict::Same], "{}", rig.text());
    rig.shows("Probed 2 names; the details say what is served.");
    rig.filter("name:sso.acme-corp.example");
    rig.keys("b");
    rig.shows("There is no server to ask for any of these names.");
}

/// A server that says nothing would hold the probe for its whole deadline.
#[test]
fn a_probe_that_is_ended_holds_nothing_up() {
    let loan = Loan::serving();
    let mut rig = serving(None, "demo", &loan);
    rig.start();
    rig.keys("2");
    rig.filter("name:vpn.acme-corp.example state!=renewed");
    rig.type_keys("b");
    rig.until(|rig| rig.has("Probing… Esc ends it."));
    rig.keys("Esc");
    assert_eq!(rig.notice(), "Ended before the first name.");
    assert!(rig.app().estate().evidence.probes().is_empty());
    rig.keys("b");
    assert_eq!(verdicts(&rig), [Verdict::Unreachable]);
    rig.shows("No address of this name showed a certificate; the details say why.");
    rig.shows("no certificate came within 2");
}

#[test]
fn probes_and_first_sights_outlive_the_program_in_their_own_context() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = || Store::open(Place::Folder(folder.path().to_owned()), Arc::new(|| NOW));
    let loan = Loan::serving();
    let mut first = serving(Some(&store()), "demo", &loan);
    first.start();
    first.keys("2");
    first.filter("name:www.acme-corp.example state!=renewed");
    first.keys("b");
    assert_eq!(verdicts(&first), [Verdict::Older]);
    drop(first);
    let store = store();
    let mut second = serving(Some(&store), "demo", &loan);
    second.pass(25 * 3_600);
    second.start();
    assert_eq!(verdicts(&second), [Verdict::Older]);
    let estate = second.app().estate();
    let seen = |row: &AcmeCertificate| estate.judgement.facts().first_seen.get(row);
    assert!(estate.acme.rows().iter().all(|row| seen(row) == Some(NOW)), "they were seen a day ago");
    let since = estate.judgement.facts().contracts.values().map(|contract| contract.since);
    assert!(since.flatten().all(|since| since == NOW));
    second.keys("2");
    second.filter("name:www.acme-corp.example state!=renewed");
    assert!(second.selected().contains("STALE"), "{}", second.text());
    second.shows("probed 25 h ago");
    let mut other = serving(Some(&store), "lab", &loan);
    other.start();
    let estate = other.app().estate();
    assert!(estate.evidence.probes().is_empty(), "nothing of another context is here");
}
