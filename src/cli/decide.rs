//! Approves and rejects requests: the same checks, the same journal and the same writer as the review page.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    console::warn,
    exit::{Exit, Outcome, Trouble},
    find,
    grid::Grid,
    item::Item,
    requests,
    session::{Desk, Print},
    sheet::Source,
};
use crate::{
    client::{Client, Prepared, Silent},
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            CaRequest,
            checks::{Check, Facts, Mark, Writing},
            decision::{Errand, Fate, Intent, Operation, Process, Reading},
            impact::Impact,
        },
        digest::Digest,
        identity::OneUser,
    },
    writes::{Decision, Writer, survey},
};

const KIND: &str = "ca.decision";
const MEMBERS: &[&str] = &["intent", "operation", "ca_id", "request_id", "fate", "sent"];

/// What is asked for.
pub struct Wish<'a> {
    /// Id of the request.
    pub request: &'a str,
    /// Why.
    pub comment: &'a str,
    /// Nothing is sent.
    pub dry_run: bool,
    /// What an approval needs; `None` for a rejection.
    pub approval: Option<Approval<'a>>,
}

/// What an approval needs besides.
pub struct Approval<'a> {
    /// The name of the CA, as it was typed.
    pub ca_name: &'a str,
    /// The hash of the impact that was seen.
    pub impact: &'a str,
}

/// All that was read for a decision.
struct Grounds {
    actor: OneUser,
    errand: Errand,
    shown: Reading,
    impact: Option<Impact>,
    cas: Vec<crate::domain::ca::Ca>,
}

/// Decides a request. Exit 9 when an interlock refuses or something changed meanwhile; then nothing was sent.
pub fn run(wish: &Wish<'_>, desk: &mut Desk<'_>) -> Outcome {
    let seen = match &wish.approval {
        Some(approval) => Some(Digest::parse(approval.impact).ok_or_else(|| {
            Trouble::usage("--impact: this is no hash; `certdeck ca impact` prints one of 64 hexadecimal digits")
        })?),
        None => None,
    };
    let (list, _) = desk.wait(requests::read)?;
    let is_asked = |request: &&CaRequest| request.id.as_str().eq_ignore_ascii_case(wish.request);
    let Some(request) = list.rows.iter().find(is_asked) else {
        let partial = super::session::warn_of("one", &list);
        return find::absent("request has the id", wish.request, "`certdeck ca requests list`", partial);
    };
    let writer = desk.writer();
    let grounds = desk.wait(async |client: &Client| read(client, request, wish, &writer).await)?;
    if let (Some(seen), Some(impact)) = (&seen, &grounds.impact)
        && impact.digest() != *seen
    {
        let failure = Failure::new(FailureKind::Refused, "the impact is not the one that was seen: nothing was sent");
        return Err(Trouble::Interlock(failure.hint("`certdeck ca impact` shows what it is now")));
    }
    let checks = checks(wish, &grounds, writer.now(), desk);
    for check in checks.iter().filter(|check| check.mark == Mark::Warn) {
        warn(&check.text);
    }
    let Grounds { actor, errand, shown, impact, .. } = &grounds;
    let digest = impact.as_ref().map(Impact::digest);
    let decision = Decision { errand, shown, impact: digest.as_ref(), actor, checks: &checks };
    let (intent, prepared) = writer.intent(decision).map_err(interlock)?;
    if wish.dry_run {
        let again = desk.wait(async |client: &Client| client.look(errand).await)?;
        if let Some(fate) = again.stops(&intent, writer.now()) {
            return Err(Trouble::Interlock(Failure::new(FailureKind::Refused, fate.sentence())));
        }
        warn("dry run: nothing was written and nothing was sent");
        return print(&intent, None, &prepared, desk).map(|()| Exit::Done);
    }
    let mut shown_last = None;
    let mut told = |process: &Process| {
        let sentence = process.fate().sentence();
        if shown_last.as_ref() != Some(&sentence) {
            warn(&sentence);
            shown_last = Some(sentence);
        }
    };
    let process = desk.wait(async |_: &Client| {
        // What is on its way is waited for; who ends the program finds it in the journal.
        Ok(writer.send(intent, &CancellationToken::new(), &mut told).await)
    })?;
    let process = process.map_err(interlock)?;
    print(process.intent(), Some(&process), &prepared, desk)?;
    if let Some(why) = process.unkept() {
        warn(&format!("the journal does not tell all of it: {why}"));
    }
    Ok(exit(process.fate()))
}

async fn read(client: &Client, request: &CaRequest, wish: &Wish<'_>, writer: &Writer) -> Result<Grounds, Failure> {
    let operation = Operation::deciding(&request.request_type, wish.approval.is_some()).ok_or_else(|| {
        let title = format!("{} is a request of a type that is not known here: {}", request.id, request.request_type);
        Failure::new(FailureKind::Refused, title).hint("decide it in the console")
    })?;
    let actor = client.one_me().await?;
    let errand = Errand {
        operation,
        ca: request.ca.clone(),
        request: Some(request.id.clone()),
        reason: None,
        comment: Clean::new(wish.comment),
    };
    let cas = client.cas(&mut Silent).await?.rows;
    let impact = match wish.approval {
        Some(_) => Some(survey(client, &errand.ca, writer.now()).await?),
        None => None,
    };
    let shown = client.look(&errand).await?;
    Ok(Grounds { actor, errand, shown, impact, cas })
}

fn checks(wish: &Wish<'_>, grounds: &Grounds, now: Timestamp, desk: &Desk<'_>) -> Vec<Check> {
    let context = desk.context();
    let account = context.one.as_ref().and_then(|one| one.account_id.as_deref());
    let account = account.map_or_else(String::new, |account| format!(", account {account}"));
    let writing = if desk.global.read_only {
        Writing::Never("--read-only was given".into())
    } else if context.read_only {
        Writing::Never("the configuration says so".into())
    } else {
        Writing::On
    };
    let approve = &desk.config().approve;
    let snapshot = &grounds.shown.snapshot;
    let facts = Facts {
        operation: grounds.errand.operation,
        now,
        actor: Some(&grounds.actor.id),
        place: format!("{}, {}{account}", context.name, context.environment.as_str()).into(),
        writing,
        ca: &snapshot.ca,
        request: snapshot.request.as_ref(),
        read_at: grounds.shown.read_at,
        unchanged: true,
        impact: grounds.impact.as_ref(),
        permissions: Some(&grounds.actor.permissions),
        typed: wish.approval.as_ref().map_or("", |approval| approval.ca_name),
        cas: &grounds.cas,
        comment: wish.comment,
        comment_min: approve.comment_min,
        age_max: approve.max_impact_age.try_into().unwrap_or(jiff::SignedDuration::MAX),
    };
    facts.checks()
}

/// Nothing was sent, and a key or a connection is not to blame.
fn interlock(failure: Failure) -> Trouble {
    if failure.kind == FailureKind::Refused { Trouble::Interlock(failure) } else { Trouble::Failure(failure) }
}

/// The code for what became of a decision.
const fn exit(fate: &Fate) -> Exit {
    match fate {
        Fate::Applied(crate::domain::ca::decision::By::Me) => Exit::Done,
        Fate::Stopped { .. } | Fate::Applied(_) | Fate::Decided { .. } => Exit::Interlock,
        Fate::NotSent(_) => Exit::Network,
        Fate::Refused { .. }
        | Fate::UnderWay
        | Fate::Accepted(_)
        | Fate::Unknown(_)
        | Fate::StillPending { .. }
        | Fate::Conflict { .. } => Exit::Failed,
    }
}

fn print(intent: &Intent, process: Option<&Process>, prepared: &Prepared, desk: &mut Desk<'_>) -> Result<(), Trouble> {
    let fate = process.map(Process::fate);
    let sent = fate.is_some_and(|fate| !matches!(fate, Fate::NotSent(_) | Fate::Stopped { .. }));
    let changed = match fate {
        Some(Fate::Stopped { changed, .. }) => changed.as_slice(),
        _ => &[],
    };
    let changed = changed.iter().map(|one| format!("{}: {} -> {}", one.member, one.was, one.is));
    let made = Item::default()
        .text("intent", if process.is_some() { intent.id.as_str() } else { "" })
        .text("operation", intent.errand.operation.word())
        .text("ca_id", intent.errand.ca.as_str())
        .text("ca_name", &intent.ca_name)
        .text("request_id", intent.errand.request.as_ref().map_or("", |request| request.as_str()))
        .with("sent", sent)
        .text("fate", &fate.map(Fate::sentence).unwrap_or_default())
        .with("changed", changed.collect::<Vec<_>>())
        .text("method", &prepared.method)
        .text("host", &prepared.host)
        .text("path", &prepared.path)
        .text("body", &prepared.body);
    let source = Source {
        name: "one",
        as_of: Some(super::item::rfc3339(intent.at)),
        complete: true,
        error: None,
        notes: Vec::new(),
    };
    let names = ["intent", "fate"];
    let unknown = names.iter().filter(|name| made.is_null(name)).map(|name| format!("items.{name}")).collect();
    let item = |_: usize| made.clone();
    let grid = || Grid::facts(std::slice::from_ref(&made));
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![source],
        total: 1,
        len: 1,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(())
}
