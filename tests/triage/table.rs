//! Every situation of triage with its state, tier, sentence and next step. A lifetime is 90 d unless something says otherwise:
//! due at 30 d left, overdue below 21 d.

use certdeck::domain::{
    When,
    acme::{
        note::{Deed, Until},
        probe::Verdict,
    },
    ids::{AccountId, ContractId},
};

use crate::estate::{DAY, Estate, HOUR, after, alter, row};

const D: i64 = DAY;
const A: &str = "pay.example.com";

/// One row with these names, left for `left` seconds, living for 90 d.
fn one(status: &str, left: i64) -> Estate {
    Estate::of([row("0A71", status, left, A)]).life(90)
}

/// A row and a newer one with other names.
fn pair(names: &str, newer: &str) -> Estate {
    Estate::of([row("0A71", "issued", 5 * D, names), row("0B72", "issued", 80 * D, newer)]).life(90)
}

/// A lineage of two, whose newer row appeared here so long ago; the older one is the subject.
fn replaced(ago: i64) -> Estate {
    pair(A, A).seen(1, ago)
}

/// A lineage whose last two renewals came with 40 d left of 90.
fn early_bird(left: i64) -> Estate {
    let rows =
        [row("C3", "issued", left, A), row("B2", "renewed", left - 50 * D, A), row("A1", "renewed", left - 100 * D, A)];
    Estate::of(rows).seen(0, 90 * D - left).seen(1, 140 * D - left)
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn situations() -> Vec<(&'static str, Estate)> {
    let cancelled =
        |ahead: i64| move |c: &mut certdeck::domain::acme::facts::ContractFacts| c.canceled = When::At(after(ahead));
    let unpaid = |ahead: i64, again: Option<bool>| {
        move |c: &mut certdeck::domain::acme::facts::ContractFacts| {
            c.valid_till = When::At(after(ahead));
            c.auto_renew = again;
        }
    };
    let other_contract = |mut estate: Estate| {
        if let Some(row) = estate.rows.get_mut(1) {
            alter(row, |row| row.contract = ContractId::new("12346"));
        }
        estate
    };
    let other_account = |mut estate: Estate| {
        if let Some(row) = estate.rows.get_mut(1) {
            alter(row, |row| row.account = AccountId::new("90211"));
        }
        estate
    };
    let organization = |product: &'static str| {
        move |c: &mut certdeck::domain::acme::facts::ContractFacts| {
            c.product = Some(product.into());
            c.organization_validated = Some(false);
        }
    };
    let names = |names: &'static str| {
        move |c: &mut certdeck::domain::acme::facts::ContractFacts| {
            c.names = Some(row("-", "pending", 0, names).names().to_set());
        }
    };
    let pending = || Estate::of([row("-", "pending", 0, A)]);
    vec![
        ("far from its end", one("issued", 60 * D)),
        ("a second before due", one("issued", 30 * D + 1)),
        ("due", one("issued", 30 * D)),
        ("a second before overdue", one("issued", 21 * D + 1)),
        ("overdue", one("issued", 21 * D)),
        ("overdue by a quarter of the reserve", one("issued", 7 * D)),
        ("overdue under 72 h", one("issued", 71 * HOUR)),
        ("its last second", one("issued", 0)),
        ("ended", one("issued", -1)),
        ("ended by the service's word too", one("expired", -6 * D)),
        ("ended by the word alone", one("expired", 60 * D)),
        ("a short life", Estate::of([row("A1", "issued", 4 * D, A)]).life(6)),
        ("a short life, due", Estate::of([row("A1", "issued", 3 * D, A)]).life(6)),
        ("no lifetime known", Estate::of([row("A1", "issued", 60 * D, A)])),
        ("lifetime by siblings", Estate::of([row("B2", "issued", 40 * D, A), row("A1", "renewed", -49 * D, A)])),
        ("earlier renewals of its own", early_bird(35 * D)),
        ("late against its own habit", early_bird(30 * D)),
        ("before its own habit", early_bird(41 * D)),
        ("replaced, same names", pair(A, A)),
        ("replaced, by the word alone", one("renewed", 5 * D)),
        ("replaced and ended", Estate::of([row("A1", "expired", -5 * D, A), row("B2", "issued", 40 * D, A)]).life(90)),
        ("replaced by one with more names", pair(A, "pay.example.com www.example.com")),
        ("replaced by one with fewer names", pair("pay.example.com www.example.com", A)),
        ("replaced by a wildcard", pair(A, "*.example.com example.com")),
        ("a wildcard does not cover its base", pair("example.com", "*.example.com")),
        ("a wildcard covers one label", pair("a.pay.example.com", "*.example.com")),
        ("several names by a wildcard", pair("a.example.com b.example.com", "*.example.com")),
        ("replaced in another contract", other_contract(pair(A, A))),
        ("not replaced by another account", other_account(pair(A, A))),
        (
            "replaced by several together",
            Estate::of([
                row("A1", "issued", 5 * D, "a.example.com b.example.com"),
                row("B2", "issued", 80 * D, "a.example.com"),
                row("C3", "issued", 60 * D, "b.example.com"),
            ])
            .life(90),
        ),
        (
            "a duplicate that ends with it",
            Estate::of([row("A1", "issued", 60 * D, A), row("B2", "issued", 60 * D, A)]).life(90),
        ),
        (
            "a newer one that is revoked",
            Estate::of([row("A1", "renewed", 5 * D, A), row("B2", "revoked", 80 * D, A)]).life(90),
        ),
        (
            "a newer one that is pending",
            Estate::of([row("A1", "issued", 5 * D, A), row("-", "pending", 0, A)]).life(90),
        ),
        (
            "a newer one of an unknown status",
            Estate::of([row("A1", "issued", 5 * D, A), row("B2", "frozen", 80 * D, A)]).life(90),
        ),
        ("an unknown status", one("frozen", 60 * D)),
        ("an unknown status, ended", one("frozen", -D)),
        ("not to be renewed", one("not_renewed", 60 * D)),
        ("not to be renewed, near its end", one("not_renewed", 2 * D)),
        ("not to be renewed, ended", one("not_renewed", -D)),
        ("contract cancelled", one("issued", 60 * D).contract(cancelled(-19 * D))),
        ("contract cancelled, overdue", one("issued", 10 * D).contract(cancelled(-19 * D))),
        ("contract cancelled before due", one("issued", 60 * D).contract(cancelled(29 * D))),
        ("contract cancelled after due", one("issued", 60 * D).contract(cancelled(31 * D))),
        ("contract cancelled, not to be renewed", one("not_renewed", 39 * D).contract(cancelled(-19 * D))),
        ("contract cancelled, replaced", pair(A, A).contract(cancelled(-19 * D))),
        ("coverage ends before due", one("issued", 60 * D).contract(unpaid(14 * D, Some(false)))),
        ("coverage ends before due and goes on", one("issued", 60 * D).contract(unpaid(14 * D, Some(true)))),
        ("coverage ends before due, not told whether it goes on", one("issued", 60 * D).contract(unpaid(14 * D, None))),
        ("coverage ended while due", one("issued", 25 * D).contract(unpaid(-D, Some(false)))),
        ("no active credential", one("issued", 60 * D).contract(|c| c.active_credentials = Some(0))),
        ("an active credential", one("issued", 60 * D).contract(|c| c.active_credentials = Some(1))),
        ("organization not validated", one("issued", 60 * D).contract(organization("ssl_basic"))),
        ("organization without meaning", one("issued", 60 * D).contract(organization("ssl_dv_rapidssl"))),
        ("name not in the contract", one("issued", 60 * D).contract(names("www.example.com"))),
        ("name in the contract by a wildcard", one("issued", 60 * D).contract(names("*.example.com"))),
        ("pending", pending()),
        ("pending for 23 h", pending().seen(0, 23 * HOUR)),
        ("pending for a day", pending().seen(0, 24 * HOUR)),
        ("pending without a credential", pending().contract(|c| c.active_credentials = Some(0))),
        ("still served, replaced a while ago", replaced(5 * D).probe(0, Verdict::Same, "0A71", Some(5 * D))),
        ("still served, replaced just now", replaced(2 * HOUR).probe(0, Verdict::Same, "0A71", Some(5 * D))),
        ("still served with under 72 h", replaced(2 * HOUR).probe(0, Verdict::Same, "0A71", Some(71 * HOUR))),
        (
            "the newest, and an older one is served",
            one("issued", 80 * D).seen(0, 5 * D).probe(0, Verdict::Older, "0971", Some(9 * D)),
        ),
        (
            "the newest, first seen at a time not known",
            one("issued", 80 * D).probe(0, Verdict::Older, "0971", Some(9 * D)),
        ),
        ("what is served has ended", one("issued", 80 * D).probe(0, Verdict::Older, "0971", Some(-2 * D))),
        (
            "what is served is revoked",
            one("issued", 80 * D).probe(0, Verdict::Same, "0A71", Some(80 * D)).probed(0, |p| p.revoked = true),
        ),
        ("what is served has another name", one("issued", 80 * D).probe(0, Verdict::Mismatch, "FF", Some(80 * D))),
        ("revoked and served", one("revoked", 80 * D).probe(0, Verdict::Same, "0A71", Some(80 * D))),
        ("another issuer is served", one("issued", 80 * D).probe(0, Verdict::Foreign, "FF", Some(80 * D))),
        ("no server answers", one("issued", 80 * D).probe(0, Verdict::Unreachable, "", None)),
        ("not verifiable", one("issued", 80 * D).probe(0, Verdict::NotVerifiable, "", None)),
        ("the newer one is served", replaced(5 * D).probe(0, Verdict::Newer, "0B72", Some(80 * D))),
        ("the newer one was met at its own row", replaced(5 * D).probe(1, Verdict::Same, "0B72", Some(80 * D))),
        (
            "a newer one is served that is not listed",
            one("issued", 2 * D).probe(0, Verdict::Newer, "0B72", Some(80 * D)),
        ),
        ("addresses differ, one is older", early_bird(80 * D).probe(0, Verdict::Mixed, "B2", Some(9 * D))),
        ("addresses differ, none is known", early_bird(80 * D).probe(0, Verdict::Mixed, "FF", Some(90 * D))),
        ("revoked", one("revoked", 80 * D)),
        ("revoked, and a newer one", Estate::of([row("A1", "revoked", 60 * D, A), row("B2", "issued", 80 * D, A)])),
        ("put off", one("issued", 20 * D).snooze(3 * D)),
        ("put off, and over", one("issued", 20 * D).snooze(0)),
        ("put off to the next serial", one("issued", 20 * D).note(Deed::Snooze(Until::NextSerial))),
        ("put off, under 72 h", one("issued", 71 * HOUR).snooze(9 * D)),
        (
            "put off, then a probe met another name",
            one("issued", 20 * D).snooze(3 * D).probe(0, Verdict::Mismatch, "FF", None),
        ),
        ("put off, and replaced", pair(A, A).snooze(D)),
        ("retired", one("not_renewed", 2 * D).note(Deed::Retire("moved to the new shop.".into()))),
        ("retired, ended", one("expired", -2 * D).note(Deed::Retire("".into()))),
        ("seen", one("issued", 20 * D).note(Deed::Acknowledge("waits".into()))),
    ]
}

#[test]
fn every_situation_has_its_state_sentence_and_next_step() {
    let situations = situations();
    assert!(situations.len() >= 60, "{} situations", situations.len());
    let mut table = String::new();
    for (name, estate) in situations {
        let (found, words) = estate.subject();
        let (critical, life) =
            (if found.is_critical() { "!" } else { "" }, words.lifetime.unwrap_or_else(|| "—".to_owned()));
        for sentence in [&words.reason, &words.next_step] {
            assert!(sentence.ends_with('.') && sentence.matches(". ").count() == 0, "{name}: one sentence: {sentence}");
        }
        let situation = format!(
            "{name}\n  {} {}{critical} · {life}\n  {}\n  -> {}\n",
            found.state.tier(),
            found.state,
            words.reason,
            words.next_step
        );
        table.push_str(&situation);
    }
    insta::assert_snapshot!("situations", table);
}
