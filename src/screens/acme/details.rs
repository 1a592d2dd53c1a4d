//! The details of a certificate: why it stands where it stands, and what is known of it.

use jiff::Timestamp;

use super::evidence;
use crate::{
    domain::{
        Failure,
        acme::{
            AcmeCertificate, CredentialStatus, San,
            explain::Explanation,
            lineage::Coverage,
            note::{Deed, NoteEvent, Until},
            triage::Triage,
        },
        serial::SerialRef,
        subject::View,
        when::When,
    },
    flow::Cx,
    present::{Look, Tone, acme, moment},
    ui::{detail::Detail, text::count},
};

/// Names that are listed.
const NAMES: usize = 20;
/// Certificates of a lineage that are listed, the newest ones.
const LINEAGE: usize = 4;
/// Cells of the line of time beside them.
const BAR: i64 = 16;
const DAY: i64 = 86_400;
/// Notes that are listed, the newest ones.
const NOTES: usize = 6;

/// The details of a row; `refused` is why its contract could not be read.
pub fn of(row: View<'_, AcmeCertificate>, refused: Option<&Failure>, cx: &Cx<'_>) -> Vec<Detail> {
    let look = cx.look;
    let tone = acme::state_tone(row, look);
    let mut out = vec![Detail::Title(row.domain().to_string(), Tone::Text)];
    let left = match row.left(look.now) {
        Some(left) if left < 0 => format!("ended {} ago", moment::age(-left)),
        Some(left) => format!("{} left", moment::distance(left)),
        None => "no end known".to_owned(),
    };
    out.push(Detail::Text(format!("{} {} · {left}", acme::state_glyph(row, look), acme::state_label(row)), tone));
    let told = cx.estate.judgement.explain(row, look.now);
    if let Some(Explanation { reason, next_step, .. }) = &told {
        out.push(Detail::Gap);
        out.push(Detail::Text(reason.clone(), Tone::Text));
        out.push(Detail::Text(next_step.clone(), Tone::Accent));
    }
    notes(&mut out, row.record, cx);
    doubts(&mut out, row, look);
    out.push(Detail::Gap);
    names(&mut out, row, cx);
    let serial = row.serial().map_or_else(|| moment::dash(look).to_owned(), SerialRef::grouped);
    let odd = row.serial().is_some_and(|serial| !serial.is_hex());
    out.push(Detail::Pair("Serial", serial, if odd { Tone::Stale } else { Tone::Text }));
    out.push(Detail::Pair("Expires", moment::full(&row.expires(), look), moment::tone(&row.expires())));
    out.push(Detail::pair("API status", row.status().to_string()));
    out.push(Detail::pair("Contract", row.contract().as_str()));
    out.push(Detail::pair("Account", account(row.record, cx)));
    if let Some(seen) = cx.estate.judgement.facts().first_seen.get(row.record) {
        out.push(Detail::pair("First seen", moment::full(&When::At(seen), look)));
    }
    for oddity in row.oddities() {
        out.push(Detail::Text(format!("~ {oddity}"), Tone::Stale));
    }
    lineage(&mut out, row, told, cx);
    evidence::of(&mut out, row, cx);
    out.push(Detail::Gap);
    contract_facts(&mut out, row.record, refused, cx);
    out.push(Detail::Gap);
    let renewal = "Renewal happens in your ACME client. certdeck does not issue or revoke here.";
    out.push(Detail::Text(renewal.into(), Tone::Muted));
    out
}

/// What is odd or deceptive about the record.
fn doubts(out: &mut Vec<Detail>, row: View<'_, AcmeCertificate>, look: &Look) {
    if row.contradicts(look.now) {
        out.push(Detail::Text("! the date contradicts the API's status; the date counts".into(), Tone::Critical));
    }
    if let Some(unicode) = row.domain().unicode() {
        out.push(Detail::Text(format!("{unicode} (punycode shown as stored)"), Tone::Muted));
    }
    if let Some(twin) = row.domain().looks_like() {
        out.push(Detail::Text(format!("! looks like {twin}, and is another name"), Tone::Critical));
    }
    if row.domain().problem().is_some() {
        let text = "! this is not a valid host name; shown as the service sent it";
        out.push(Detail::Text(text.into(), Tone::Critical));
    }
}

/// The names, and how long each is covered where that is not to the end of this certificate.
fn names(out: &mut Vec<Detail>, row: View<'_, AcmeCertificate>, cx: &Cx<'_>) {
    if row.names().is_empty() {
        out.push(Detail::Pair("Names", "none".into(), Tone::Stale));
    }
    let judged = triage(row, cx);
    for (i, name) in row.names().iter().take(NAMES).enumerate() {
        let odd = name.problem().is_some() || name.is_marked();
        let shown = if name.is_empty() { "(empty)".into() } else { name.text() };
        let label = if i == 0 { "Names" } else { "" };
        out.push(Detail::Pair(label, shown.into_owned(), if odd { Tone::Critical } else { Tone::Text }));
        let covered = judged.and_then(|(triage, rows, lineage)| triage.lineages.covered(lineage, name, rows));
        if let Some(note) = covered.and_then(|covered| covered_until(&covered, row, name, cx.look)) {
            out.push(Detail::Pair("", note, Tone::Muted));
        }
    }
    if row.names().len() > NAMES {
        out.push(Detail::Pair("", format!("and {} more", count(row.names().len() - NAMES)), Tone::Muted));
    }
}

fn covered_until(covered: &Coverage, row: View<'_, AcmeCertificate>, name: San<'_>, look: &Look) -> Option<String> {
    let until = covered.until.filter(|until| Some(*until) != row.expires().at())?;
    let by = if covered.wildcard && !name.is_wildcard() { " by a wildcard" } else { "" };
    Some(format!("covered until {}{by}", moment::short(&When::At(until), look)))
}

/// What triage found, the rows it saw, and the lineage of `row`.
fn triage<'a>(row: View<'_, AcmeCertificate>, cx: &'a Cx<'_>) -> Option<(&'a Triage, &'a [AcmeCertificate], u32)> {
    let judgement = &cx.estate.judgement;
    let (triage, rows) = (judgement.triage()?, judgement.rows());
    let lineage = row.derived?.lineage();
    rows.get(row.index).filter(|judged| std::ptr::eq(*judged, row.record))?;
    Some((triage, rows, lineage))
}

/// The certificates with the same names, newest first.
fn lineage(out: &mut Vec<Detail>, row: View<'_, AcmeCertificate>, told: Option<Explanation>, cx: &Cx<'_>) {
    let Some((triage, rows, lineage)) = triage(row, cx) else { return };
    let members = triage.lineages.rows(lineage);
    if members.len() < 2 {
        return;
    }
    out.push(Detail::Gap);
    out.push(Detail::Heading("LINEAGE", "same set of names".into()));
    let shown = members.iter().rev().take(LINEAGE).filter_map(|member| {
        let (one, found) = (rows.get(*member as usize)?, triage.get(*member)?);
        let life = one.ends().zip(found.lifetime()).map(|(end, (days, _))| (end - i64::from(days) * DAY, end));
        Some((*member as usize == row.index, one, found.state, life))
    });
    let shown: Vec<_> = shown.collect();
    let bars = timeline(&shown.iter().map(|(.., life)| *life).collect::<Vec<_>>());
    for ((here, one, state, life), bar) in shown.into_iter().zip(bars) {
        let start = life.and_then(|(start, _)| Timestamp::from_second(start).ok()).map_or(When::Never, When::At);
        let [start, end] = [start, one.expires()].map(|at| moment::day(&at, cx.look));
        let glyph = acme::glyph_of(state, cx.look);
        let serial = one.serial().map_or_else(String::new, |serial| format!(" ..{}", serial.tail(4)));
        let mark = if here { ">" } else { " " };
        let tone = if here { Tone::Text } else { Tone::Muted };
        out.push(Detail::Verbatim(format!("{mark} {start:>6} {bar} {end:>6} {glyph}{serial}"), tone));
    }
    if members.len() > LINEAGE {
        out.push(Detail::Text(format!("  and {} before", count(members.len() - LINEAGE)), Tone::Muted));
    }
    if let Some(told) = told {
        let facts = [told.habit, told.lifetime.map(|lifetime| format!("Lifetime {lifetime}."))];
        out.extend(facts.into_iter().flatten().map(|text| Detail::Text(text, Tone::Muted)));
    }
}

/// A bar for each life (start and end, seconds), [`BAR`] cells long, all on one line of time; blank where there is none.
fn timeline(lives: &[Option<(i64, i64)>]) -> Vec<String> {
    let known = || lives.iter().flatten();
    let first = known().map(|(start, _)| *start).min().unwrap_or_default();
    let last = known().map(|(_, end)| *end).max().unwrap_or_default();
    let cell = |at: i64| {
        let share = (at - first).saturating_mul(BAR) / (last - first).max(1);
        usize::try_from(share.min(BAR - 1)).unwrap_or_default()
    };
    let bar = |life: &Option<(i64, i64)>| {
        let cells = life.map(|(start, end)| (cell(start), cell(end)));
        let is_on = |at: usize| cells.is_some_and(|(from, to)| (from..=to).contains(&at));
        (0..usize::try_from(BAR).unwrap_or_default()).map(|at| if is_on(at) { "─" } else { " " }).collect()
    };
    lives.iter().map(bar).collect()
}

fn account(row: &AcmeCertificate, cx: &Cx<'_>) -> String {
    let name = cx.estate.subaccounts.rows().iter().find(|a| a.id == *row.account()).and_then(|a| a.name.clone());
    name.map_or_else(|| row.account().to_string(), |name| format!("{} \"{name}\"", row.account()))
}

fn contract_facts(out: &mut Vec<Detail>, row: &AcmeCertificate, refused: Option<&Failure>, cx: &Cx<'_>) {
    out.push(Detail::Heading("CONTRACT", "coverage, not certificates".into()));
    if let Some(failure) = refused {
        return out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
    }
    let Some((contract, credentials)) = cx.estate.judgement.contract(row.account(), row.contract()) else {
        return out.push(Detail::Text("reading…".into(), Tone::Muted));
    };
    let look = cx.look;
    out.push(Detail::pair("Product", contract.product.as_str()));
    out.push(Detail::pair("Paid until", moment::full(&contract.valid_till, look)));
    let renew = match contract.auto_renew {
        Some(true) => ("continues by itself", Tone::Text),
        Some(false) => ("ends then: auto_renew is off", Tone::Due),
        None => ("not said", Tone::Muted),
    };
    out.push(Detail::Pair("Contract", renew.0.into(), renew.1));
    if contract.canceled != When::Never {
        out.push(Detail::Pair("Cancelled", moment::full(&contract.canceled, look), Tone::Ended));
    }
    if let Some(organization) = &contract.organization {
        let validated = contract.organization_validated == Some(true);
        let note = if validated { "validated" } else { "not validated: nothing can be issued" };
        let tone = if validated { Tone::Text } else { Tone::Critical };
        out.push(Detail::Pair("Org", format!("{organization}, {note}"), tone));
    }
    let active = credentials.iter().filter(|one| one.status == CredentialStatus::Active).count();
    let tone = if active == 0 { Tone::Critical } else { Tone::Text };
    out.push(Detail::Pair("Credentials", format!("{active} active of {}", credentials.len()), tone));
}

/// What was done about it, newest last.
fn notes(out: &mut Vec<Detail>, row: &AcmeCertificate, cx: &Cx<'_>) {
    let key = row.key();
    let events: Vec<&NoteEvent> = cx.estate.judgement.history(&key).collect();
    if events.is_empty() {
        return;
    }
    out.push(Detail::Gap);
    out.push(Detail::Heading("NOTES", "on this machine only".into()));
    for event in events.iter().skip(events.len().saturating_sub(NOTES)) {
        let what = match &event.what {
            Deed::Acknowledge(note) if note.is_empty() => "acknowledged".to_owned(),
            Deed::Acknowledge(note) => format!("acknowledged: {note}"),
            Deed::Snooze(Until::NextSerial) => "snoozed until the next serial".to_owned(),
            Deed::Snooze(Until::At(at)) => format!("snoozed until {}", moment::short(&When::At(*at), cx.look)),
            Deed::Owner(owner) => format!("owner: {owner}"),
            Deed::Retire(why) => format!("will not be renewed: {why}"),
            Deed::Undo => "took the last note back".to_owned(),
        };
        let when = moment::short(&When::At(event.at), cx.look);
        out.push(Detail::Text(format!("{when}  {}  {what}", event.who), Tone::Muted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_stand_on_one_line_of_time() {
        let bars = timeline(&[Some((80 * DAY, 160 * DAY)), Some((0, 80 * DAY)), None, Some((40 * DAY, 40 * DAY))]);
        assert_eq!(bars, ["        ────────", "─────────       ", "                ", "    ─           "]);
        assert_eq!(timeline(&[Some((5, 5))]), ["─               "]);
        assert_eq!(timeline(&[]), [""; 0]);
    }
}
