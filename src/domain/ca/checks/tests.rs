use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    ca::{
        CaStatus, NamedRef, RequestStatus, RequestType,
        forest::Forest,
        impact::{Issued, Sources},
    },
    ids::{CaId, RecordId, RequestId},
};

const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);

fn ca(id: &str, name: &str) -> Ca {
    let templates = Some(vec![NamedRef { id: RecordId::new("t"), name: Clean::default() }]);
    Ca { id: CaId::new(id), name: name.into(), status: CaStatus::Active, templates, ..Ca::default() }
}

fn request() -> CaRequest {
    CaRequest {
        id: RequestId::new("RR-1"),
        request_type: RequestType::Revocation,
        status: RequestStatus::Pending,
        ca: CaId::new("g2"),
        ca_name: "Issuing CA G2".into(),
        comment: "replaced by G3".into(),
        requested_by: Some(UserId::new("u-two")),
        requested_by_name: "ops-two".into(),
        requested: before(3_600).into(),
        ..CaRequest::default()
    }
}

fn before(seconds: i64) -> Timestamp {
    NOW.checked_sub(SignedDuration::from_secs(seconds)).unwrap()
}

fn impact(cas: &[Ca], issued: Option<Issued>, counted_at: Timestamp) -> Impact {
    let forest = Forest::new(cas);
    let issued: HashMap<CaId, Issued> = issued.into_iter().map(|issued| (CaId::new("g2"), issued)).collect();
    let crls = [super::super::Crl { ca: CaId::new("g2"), next_update: NOW.into(), ..super::super::Crl::default() }];
    let sources =
        Sources { cas, cas_complete: true, forest: &forest, requests: Some(&[]), crls: Some(&crls), issued: &issued };
    Impact::of(&CaId::new("g2"), None, None, &sources, counted_at).unwrap()
}

/// A scene in which every rule passes.
struct Scene {
    operation: Operation,
    actor: Option<UserId>,
    writing: Writing,
    cas: Vec<Ca>,
    request: CaRequest,
    read_at: Timestamp,
    unchanged: bool,
    impact: Option<Impact>,
    permissions: Option<Vec<Clean>>,
    typed: String,
    comment: String,
}

impl Scene {
    fn new() -> Self {
        let cas = vec![ca("g2", "Issuing CA G2"), ca("g3", "Issuing CA G3")];
        Self {
            operation: Operation::ApproveRevocation,
            actor: Some(UserId::new("u-one")),
            writing: Writing::On,
            impact: Some(impact(&cas, Some(Issued::default()), before(3))),
            cas,
            request: request(),
            read_at: before(3),
            unchanged: true,
            permissions: Some(vec!["MANAGE_CM_REVOKE_CA".into()]),
            typed: "Issuing CA G2".into(),
            comment: "ten chars!".into(),
        }
    }

    fn checks(&self) -> Vec<Check> {
        let names = Names::of(&self.cas);
        let facts = Facts {
            operation: self.operation,
            now: NOW,
            actor: self.actor.as_ref(),
            place: "acme-corp, production".into(),
            writing: self.writing.clone(),
            ca: &self.cas[0],
            request: Some(&self.request),
            read_at: self.read_at,
            unchanged: self.unchanged,
            impact: self.impact.as_ref(),
            permissions: self.permissions.as_deref(),
            typed: &self.typed,
            names: &names,
            comment: &self.comment,
            comment_min: 0,
            age_max: SignedDuration::MAX,
        };
        facts.checks()
    }

    /// The mark and the sentence of a rule, after a change of the scene; all other rules pass.
    fn of(rule: Rule, change: impl Fn(&mut Self)) -> (Mark, String) {
        let mut scene = Self::new();
        change(&mut scene);
        let checks = scene.checks();
        for check in &checks {
            assert!(check.rule == rule || check.mark == Mark::Pass, "{check:?}");
        }
        let found = checks.iter().find(|check| check.rule == rule).expect("the rule is looked at");
        assert_eq!(allow(&checks), found.mark != Mark::Fail);
        (found.mark, found.text.to_string())
    }
}

#[test]
fn all_eight_rules_pass_and_a_rejection_has_six() {
    let checks = Scene::new().checks();
    assert!(checks.iter().all(|check| check.mark == Mark::Pass), "{checks:?}");
    assert_eq!(checks.len(), 8);
    assert!(allow(&checks) && !allow(&[]));
    let reject = Scene { operation: Operation::RejectRevocation, impact: None, typed: String::new(), ..Scene::new() };
    let rules: Vec<Rule> = reject.checks().iter().map(|check| check.rule).collect();
    let expected = [Rule::OtherPerson, Rule::Place, Rule::Fresh, Rule::Permission, Rule::Sense, Rule::Comment];
    assert_eq!(rules, expected);
    assert!(allow(&reject.checks()));
}

#[test]
fn d13_an_own_request_is_not_approved_and_neither_is_one_of_nobody() {
    let own = Scene::of(Rule::OtherPerson, |scene| scene.request.requested_by = Some(UserId::new("u-one")));
    assert_eq!(own, (Mark::Fail, "you made this request: a second person approves it".into()));
    for nobody in [None, Some(UserId::default())] {
        assert_eq!(Scene::of(Rule::OtherPerson, |scene| scene.request.requested_by = nobody.clone()).0, Mark::Fail);
        assert_eq!(Scene::of(Rule::OtherPerson, |scene| scene.actor = nobody.clone()).0, Mark::Fail);
    }
    // The same name is not the same person.
    let name = Scene::of(Rule::OtherPerson, |scene| scene.request.requested_by_name = "ops-one".into());
    assert_eq!(name.0, Mark::Pass);
    let rejected = Scene::of(Rule::OtherPerson, |scene| {
        scene.operation = Operation::RejectRevocation;
        scene.request.requested_by = Some(UserId::new("u-one"));
    });
    assert_eq!(rejected.0, Mark::Warn);
}

#[test]
fn d22_writing_is_on_until_a_time() {
    let place = |writing: Writing| Scene::of(Rule::Place, move |scene| scene.writing = writing.clone());
    let until = |seconds: i64| place(Writing::Until(before(seconds)));
    assert_eq!(until(-60), (Mark::Pass, "acme-corp, production; writing is on until 11:21 UTC".into()));
    assert_eq!(until(0).0, Mark::Fail);
    assert_eq!(place(Writing::Off).0, Mark::Fail);
    let never = place(Writing::Never("another certdeck is writing".into()));
    assert_eq!(never, (Mark::Fail, "acme-corp, production; read-only: another certdeck is writing".into()));
}

#[test]
fn what_is_shown_is_less_than_a_minute_old_and_what_was_opened() {
    let old = |seconds: i64| Scene::of(Rule::Fresh, move |scene| scene.read_at = before(seconds)).0;
    assert_eq!((old(59), old(60), old(61), old(-1)), (Mark::Pass, Mark::Fail, Mark::Fail, Mark::Fail));
    assert_eq!(Scene::of(Rule::Fresh, |scene| scene.unchanged = false).0, Mark::Fail);
    let counted = |seconds: i64| {
        Scene::of(Rule::Impact, move |scene| {
            scene.impact = Some(impact(&scene.cas, Some(Issued::default()), before(seconds)));
        })
    };
    assert_eq!((counted(59).0, counted(60).0, counted(-1).0), (Mark::Pass, Mark::Fail, Mark::Fail));
    assert_eq!(Scene::of(Rule::Impact, |scene| scene.impact = None).0, Mark::Fail);
    let gaps = Scene::of(Rule::Impact, |scene| scene.impact = Some(impact(&scene.cas, None, before(1))));
    assert_eq!(gaps, (Mark::Warn, "the impact has gaps: the certificates of 1 CA are not known".into()));
    let other = Scene::of(Rule::Impact, |scene| {
        let ca = CaId::new("g3");
        scene.impact = scene.impact.clone().map(|impact| Impact { ca: ca.clone(), ..impact });
    });
    assert_eq!(other.0, Mark::Fail);
}

#[test]
fn a_missing_permission_warns_and_a_short_comment_fails() {
    assert_eq!(Scene::of(Rule::Permission, |scene| scene.permissions = Some(Vec::new())).0, Mark::Warn);
    assert_eq!(Scene::of(Rule::Permission, |scene| scene.permissions = None).0, Mark::Warn);
    let comment = |text: &str| Scene::of(Rule::Comment, |scene| scene.comment = text.into());
    assert_eq!(comment("  nine char  "), (Mark::Fail, "the comment has 9 of at least 10 characters".into()));
    assert_eq!(comment("éééééééééé").0, Mark::Pass);
    assert_eq!(comment("          ").0, Mark::Fail);
}

#[test]
fn contradictions_warn() {
    let used = |comment: &str, reason: RevocationReason, seconds: i64| {
        Scene::of(Rule::Sense, |scene| {
            let issued = Issued { unexpired: 1, last_7_days: 1, latest: before(seconds).into() };
            scene.impact = Some(impact(&scene.cas, Some(issued), before(1)));
            scene.request.comment = comment.into();
            scene.request.reason = Some(reason.clone());
        })
    };
    let retired = used("G2 Retired, change 7", RevocationReason::Superseded, 38 * 60);
    let text = "the comment says \"retired\", but a certificate was issued 38 min ago";
    assert_eq!(retired, (Mark::Warn, text.into()));
    assert_eq!(used("moved to G3", RevocationReason::CessationOfOperation, 60).0, Mark::Warn);
    assert_eq!(used("G2 retired", RevocationReason::Superseded, 8 * 86_400).0, Mark::Pass);
    assert_eq!(used("key leaked", RevocationReason::KeyCompromise, 60).0, Mark::Pass);
    assert_eq!(Scene::of(Rule::Sense, |scene| scene.request.ca_name = "Root".into()).0, Mark::Warn);
    assert_eq!(Scene::of(Rule::Sense, |scene| scene.request.comment = "a\u{202e}b".into()).0, Mark::Warn);
    assert_eq!(Scene::of(Rule::Sense, |scene| scene.request.requested = before(-60).into()).0, Mark::Warn);
    assert_eq!(Scene::of(Rule::Sense, |scene| scene.cas[0].valid_to = before(60).into()).0, Mark::Warn);
}

#[test]
fn d17_only_the_very_name_passes_and_the_difference_is_told() {
    let typed = |text: &str| Scene::of(Rule::Name, |scene| scene.typed = text.into());
    for (text, why) in [
        ("", "type the name of the CA"),
        ("Issuing CA G3", "this is the name of another CA, g3"),
        ("issuing ca g2", "small and capital letters differ"),
        (" Issuing CA G2", "there are blanks before or behind the name"),
        ("Issuing CA G2\n", "there are blanks before or behind the name"),
        ("Issuing  CA G2", "it only looks like the name: some letters are others"),
        ("Issuing C\u{410} G2", "it only looks like the name: some letters are others"),
        ("Issu1ng CA G2", "it only looks like the name: some letters are others"),
        ("Issuing CA\u{200b} G2", "it holds hidden characters: Issuing CA<U+200B> G2"),
        ("Issuing CA G", "this is not the name of the CA"),
    ] {
        assert_eq!(typed(text), (Mark::Fail, why.to_owned()), "{text:?}");
    }
    let twin = Scene::of(Rule::Name, |scene| scene.cas[1].name = "Issuing C\u{410} G2".into());
    assert_eq!(twin.0, Mark::Warn);
    // Two CAs of one name: the name says nothing, the id does.
    let same = |typed: &str| {
        Scene::of(Rule::Name, |scene| {
            scene.cas[1].name = "Issuing CA G2".into();
            scene.typed = typed.into();
        })
    };
    assert_eq!(same("Issuing CA G2").0, Mark::Fail);
    assert_eq!(same("g2").0, Mark::Warn, "it passes, and the twin is told");
    assert_eq!(same("g3").0, Mark::Fail);
}

/// Characters of which hostile names are made: look-alikes, invisible and turning ones, blanks, escapes as text.
fn hostile() -> impl Strategy<Value = String> {
    const LETTERS: &[&str] = &["a", "A", "\u{430}", "\u{410}", "l", "1", "I", "o", "0", "\u{43e}", "<U+202E>"];
    const HIDDEN: &[&str] =
        &["\u{200b}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{ad}", " ", "\u{a0}", "\t", "\u{e0041}", "\u{1b}"];
    let part = prop_oneof![6 => prop::sample::select(LETTERS), 4 => prop::sample::select(HIDDEN)];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// What passes for one CA passes for no other, whatever the names are made of.
    #[test]
    fn d17_a_hostile_name_never_passes_for_another_ca(names in prop::collection::vec(hostile(), 2..6), at in 0_usize..6) {
        let cas: Vec<Ca> = names.iter().enumerate().map(|(n, name)| ca(&format!("id-{n}"), name)).collect();
        let known = Names::of(&cas);
        let own = &cas[at % cas.len()];
        // All that an attacker can have typed: what another CA is shown by, its raw name, its id.
        let shown = cas.iter().flat_map(|other| [other.name.to_string(), other.id.to_string()]);
        for typed in shown.chain(names.iter().cloned()) {
            let passes: Vec<&str> =
                cas.iter().filter(|ca| typed_name(&typed, ca, &known).0 != Mark::Fail).map(|ca| ca.id.as_str()).collect();
            prop_assert!(passes.len() <= 1, "{typed:?} passes for {passes:?} of {names:?}");
        }
        prop_assert!(typed_name(known.phrase(own), own, &known).0 != Mark::Fail, "each CA can be named");
    }
}
