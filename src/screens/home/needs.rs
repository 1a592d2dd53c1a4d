//! What needs me, worst first.

use std::collections::BTreeSet;

use super::line::{Body, Line, Section, Target};
use crate::{
    domain::{
        acme::{forecast::RECENT, state::State},
        ca::{EffectiveState, RequestStatus},
        ids::CaId,
        report::ReportStatus,
    },
    flow::{Action, Cx, ScreenId},
    present::{Tone, moment, report},
};

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// The end of a key is told this long before, in seconds: a new one has to be issued, and changed on every machine.
const NOTICE: i64 = 30 * DAY;
/// What to do about a key that ends.
const NEW_KEY: &str = "Have a new key issued in DigiCert ONE; `certdeck auth status` says where this one is kept.";
/// Results that are deleted within this time are told.
const DELETED: &str = "7d";
/// CAs that a filter names.
const NAMED: usize = 200;

/// All lines that there are.
pub fn lines(cx: &Cx<'_>) -> Vec<Line> {
    let all = [
        key_ends(cx),
        open(cx),
        requests(cx),
        expired(cx),
        of_state(cx, State::Stale, "names serve what was replaced"),
        overdue(cx),
        of_state(cx, State::Blocked, "names cannot be renewed"),
        late_crls(cx),
        failed_reports(cx),
        deleted_soon(cx),
        blind_spots(cx),
    ];
    all.into_iter().flatten().collect()
}

/// A line of `count` things; behind a `|` stand the words for little room.
fn counted(key: &str, count: usize, words: &str, tone: Tone, target: Target) -> Option<Line> {
    let (words, short) = words.split_once('|').unwrap_or((words, words));
    let (words, short) = (words.to_owned(), short.to_owned());
    let body = Body::Words { count: Some(count), words, short, note: String::new(), is_private: true };
    (count > 0).then(|| Line { section: Section::Needs, key: key.to_owned(), body, tone, target })
}

fn noted(line: Option<Line>, text: impl Into<String>) -> Option<Line> {
    let mut line = line?;
    if let Body::Words { note, .. } = &mut line.body {
        *note = text.into();
    }
    Some(line)
}

fn acme(filter: &str) -> Target {
    Target::Screen(ScreenId::Acme, filter.to_owned())
}

/// `thing` or `things`.
const fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// What is said of the DigiCert ONE key from [`NOTICE`] before its end on.
fn key_ends(cx: &Cx<'_>) -> Option<Line> {
    let end = cx.estate.one_user.one()?.key_ends.as_ref()?.at()?;
    let left = end.as_second().saturating_sub(cx.look.now.as_second());
    let (date, of_day) = (end.strftime("%F"), end.as_second().rem_euclid(DAY));
    // Tokens end at midnight, told as the first or the last second of a day; certificates at any time.
    let moment = if matches!(of_day, 0 | 86_399) { "midnight".to_owned() } else { end.strftime("%H:%M").to_string() };
    let (words, tone) = match left {
        ..=0 => (format!("everything stopped at {moment} {date} UTC: ONE key"), Tone::Ended),
        1..=NOTICE => {
            let words = format!("everything stops at {moment} {date} UTC: ONE key, {}", moment::distance(left));
            (words, if left < WEEK { Tone::Critical } else { Tone::Due })
        }
        _ => return None,
    };
    let body = Body::Words { count: None, short: words.clone(), words, note: String::new(), is_private: false };
    let target = Target::Said(NEW_KEY.to_owned());
    Some(Line { section: Section::Needs, key: "key".to_owned(), body, tone, target })
}

/// CAs that are locked: it is not known whether a change of them was carried out.
fn open(cx: &Cx<'_>) -> Option<Line> {
    let first = cx.estate.open.values().next()?;
    let filter = if cx.estate.open.len() == 1 { first.ca.to_string() } else { of_cas(cx.estate.open.keys()) };
    let words = plural(cx.estate.open.len(), "CA is locked", "CAs are locked");
    let words = format!("{words}: not known whether it was done");
    let line = counted("open", cx.estate.open.len(), &words, Tone::Critical, Target::Screen(ScreenId::Cas, filter));
    noted(line, format!("{}: {}", first.ca_name, first.verb))
}

fn requests(cx: &Cx<'_>) -> Option<Line> {
    let waiting = || cx.estate.requests.rows().iter().filter(|r| r.status == RequestStatus::Pending);
    let oldest = waiting().filter_map(|r| r.requested.seconds_from(cx.look.now)).min();
    let oldest = oldest.map_or_else(String::new, |s| format!("oldest {}", moment::age(-s)));
    let count = waiting().count();
    let (words, short) = (
        plural(count, "CA request waits for an approver", "CA requests wait for an approver"),
        plural(count, "CA request waits", "CA requests wait"),
    );
    let words = if oldest.is_empty() { words.to_owned() } else { format!("{words} · {oldest}|{short}, {oldest}") };
    counted("requests", count, &words, Tone::Critical, Target::Act(Action::Requests))
}

fn expired(cx: &Cx<'_>) -> Option<Line> {
    let forecast = cx.estate.judgement.forecast()?;
    let from = forecast.at.checked_sub(jiff::SignedDuration::from_secs(RECENT)).ok()?;
    let filter = format!("state:expired !expires<{}", from.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let words = plural(
        forecast.ended,
        "name expired, nothing newer issued|name expired, nothing newer",
        "names expired, nothing newer issued|names expired, nothing newer",
    );
    counted("expired", forecast.ended, words, Tone::Ended, acme(&filter))
}

fn of_state(cx: &Cx<'_>, state: State, words: &str) -> Option<Line> {
    let word = state.word().to_lowercase();
    counted(&word, cx.estate.judgement.count(state), words, Tone::Critical, acme(&format!("state:{word}")))
}

/// Names that are late, and those of which somebody has to decide: one line.
fn overdue(cx: &Cx<'_>) -> Option<Line> {
    let (late, decide) = (cx.estate.judgement.count(State::Overdue), cx.estate.judgement.count(State::Decide));
    let (words, filter) = match (late, decide) {
        (0, _) => (format!("{} to decide (not_renewed)", plural(decide, "name", "names")), "state:decide"),
        (_, 0) => (format!("{} overdue", plural(late, "name", "names")), "state:overdue"),
        _ => {
            let names = plural(late, "name", "names");
            let short = format!("{names} overdue · {decide} to decide");
            (format!("{short} (not_renewed)|{short}"), "state:overdue|decide")
        }
    };
    counted("overdue", if late > 0 { late } else { decide }, &words, Tone::Critical, acme(filter))
}

/// CAs with a CRL past its next update. A CRL of a CA that is not listed is told and cannot be shown.
fn late_crls(cx: &Cx<'_>) -> Option<Line> {
    let late: BTreeSet<&CaId> = cx
        .estate
        .crls
        .rows()
        .iter()
        .filter(|crl| crl.next_update.at().is_some_and(|at| at < cx.look.now))
        .map(|crl| &crl.ca)
        .collect();
    let listed: Vec<_> = cx.estate.cas.rows().iter().filter(|ca| late.contains(&ca.id)).collect();
    let Some(first) = listed.first() else {
        let words = plural(late.len(), "CRL past nextUpdate", "CRLs past nextUpdate");
        let said = format!("The CAs of these CRLs are not listed: {}.", ids(late.iter().copied()));
        return counted("crls", late.len(), words, Tone::Critical, Target::Said(said));
    };
    let words = plural(listed.len(), "CRL past nextUpdate", "CAs with a CRL past nextUpdate");
    let filter = of_cas(listed.iter().map(|ca| &ca.id));
    let target = Target::Screen(ScreenId::Cas, filter);
    noted(counted("crls", listed.len(), words, Tone::Critical, target), first.name.as_str())
}

fn ids<'a>(ids: impl Iterator<Item = &'a CaId>) -> String {
    ids.take(NAMED).map(CaId::as_str).collect::<Vec<_>>().join(", ")
}

/// The filter that shows these CAs.
fn of_cas<'a>(ids: impl Iterator<Item = &'a CaId>) -> String {
    format!("\"id={}\"", ids.take(NAMED).map(CaId::as_str).collect::<Vec<_>>().join("|"))
}

fn failed_reports(cx: &Cx<'_>) -> Option<Line> {
    let failed = || cx.estate.reports.rows().iter().filter(|r| r.status == ReportStatus::Failed);
    let first = failed().next().map_or_else(String::new, |r| format!("\"{}\"", r.name));
    let words = plural(failed().count(), "report failed last", "reports failed last");
    let target = Target::Screen(ScreenId::Reports, "status:failed".to_owned());
    noted(counted("failed", failed().count(), words, Tone::Due, target), first)
}

fn deleted_soon(cx: &Cx<'_>) -> Option<Line> {
    let now = cx.look.now.as_second();
    let soon = |at: jiff::Timestamp| (0..WEEK).contains(&at.as_second().saturating_sub(now)) && at > cx.look.now;
    let mut all: Vec<_> = cx
        .estate
        .reports
        .rows()
        .views()
        .filter_map(|row| report::kept_until(row).filter(|at| soon(*at)).map(|at| (at, row)))
        .collect();
    all.sort_by_key(|(at, _)| *at);
    let (at, first) = all.first()?;
    let words = plural(all.len(), "report result deleted", "report results deleted, the first");
    let words = format!("{words} in {}", moment::age(at.as_second() - now));
    let target = Target::Screen(ScreenId::Reports, format!("kept>0d kept<{DELETED}"));
    noted(counted("deleted", all.len(), &words, Tone::Due, target), format!("\"{}\"", first.name))
}

fn blind_spots(cx: &Cx<'_>) -> Option<Line> {
    let blind = || cx.estate.subaccounts.rows().iter().filter(|a| !a.has_key && !a.contracts.is_empty());
    let words = plural(
        blind().count(),
        "account with contracts, but no key here|account without a key here",
        "accounts with contracts, but no key here|accounts without a key here",
    );
    let told: Vec<String> = blind().map(|a| format!("{} ({} contracts)", a.id, a.contracts.len())).collect();
    let said =
        format!("No key reaches: {}. Give each a key below [[context.NAME.partner.subaccount]].", told.join(", "));
    counted("blind", blind().count(), words, Tone::Due, Target::Said(said))
}

/// Whether a CA is in use.
pub fn is_active(state: &EffectiveState) -> bool {
    matches!(state, EffectiveState::Active | EffectiveState::Trust)
}
