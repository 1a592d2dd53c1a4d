//! The review line by line, for screen readers and plain terminals: what is asked, what it touches and the checks are
//! read out, then name, comment and a last word are typed, and a countdown runs that ctrl-c ends.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{
        exit::{Exit, Outcome, Trouble},
        requests,
        session::Desk,
        talk::{Stopped, Talk, line},
    },
    Found, What, Wish,
    aloud::{asker, checks as read_out, subject, touched},
    errand,
    grounds::{Grounds, interlock, seen},
    send,
    told::{exit, print},
};
use crate::{
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            CaRequest, RequestStatus,
            checks::{Check, Mark, Rule},
            decision::{Errand, Operation},
            impact::Impact,
        },
    },
    present::Look,
    writes::{Decision, Writer},
};

/// How often a name or a comment may be typed.
const TRIES: usize = 3;
/// An impact that was read out longer ago than this is counted again before anything is sent.
const OLD: SignedDuration = SignedDuration::from_secs(30);

/// Reads out the requests that wait, and reviews the one that is named.
///
/// # Errors
/// As [`decide`].
pub fn ask(talk: &mut dyn Talk, desk: &mut Desk<'_>) -> Outcome {
    loop {
        let (list, _) = desk.wait(requests::read)?;
        super::super::session::warn_of("one", &list);
        let waits: Vec<&CaRequest> = list.rows.iter().filter(|row| row.status == RequestStatus::Pending).collect();
        if waits.is_empty() {
            talk.say("No CA request waits for an answer.");
            return Ok(Exit::Done);
        }
        talk.say(&format!("CA requests that wait for an answer: {}.", waits.len()));
        for row in &waits {
            let ca = if row.ca_name.is_empty() { row.ca.as_str() } else { row.ca_name.as_str() };
            talk.say(&format!("{}: {} of {ca}, asked by {}.", row.id, row.request_type, asker(row)));
        }
        let Ok(id) = line(talk, "Id of the request to review; an empty line ends", "") else {
            return Ok(stopped(talk));
        };
        if id.is_empty() {
            return Ok(Exit::Done);
        }
        if !waits.iter().any(|row| row.id.as_str().eq_ignore_ascii_case(&id)) {
            talk.say("No request with this id waits.");
            continue;
        }
        let approve = loop {
            match line(talk, "Type approve or reject; an empty line goes back", "") {
                Err(Stopped) => return Ok(stopped(talk)),
                Ok(word) if word == "approve" => break Some(true),
                Ok(word) if word == "reject" => break Some(false),
                Ok(word) if word.is_empty() => break None,
                Ok(_) => talk.say("Please type approve or reject."),
            }
        };
        if let Some(approve) = approve {
            let what = What::Decide { request: &id, approve };
            let wish = Wish { what, comment: None, ca_name: None, impact: None, dry_run: false, yes: false };
            return decide(&wish, talk, desk);
        }
    }
}

/// Reviews one change line by line, and sends it when all of it was confirmed.
///
/// # Errors
/// An interlock refuses or something changed meanwhile, a part of it cannot be read, or stdout cannot be written.
pub fn decide(wish: &Wish<'_>, talk: &mut dyn Talk, desk: &mut Desk<'_>) -> Outcome {
    let seen = seen(wish.impact)?;
    let errand = match errand(wish, desk)? {
        Found::Errand(errand) => errand,
        Found::Nothing(exit) => return Ok(exit),
    };
    let writer = desk.writer();
    let verb = errand.operation.verb();
    talk.say(&format!("Review: {verb}. Nothing is sent before the end; ctrl-c stops at any time."));
    let grounds = Grounds::read(errand, &writer, desk)?;
    grounds.is_as_seen(seen.as_ref())?;
    let look = Look::utc(writer.now());
    subject(talk, &grounds, &look);
    if let Some(impact) = &grounds.impact {
        touched(talk, &grounds, impact, &look);
    }
    let checks = grounds.checks(("", ""), writer.now(), desk);
    talk.say(&format!("Checks: {}.", checks.len()));
    read_out(talk, &checks);
    let typed_later = |check: &&Check| matches!(check.rule, Rule::Name | Rule::Comment);
    if let Some(failed) = checks.iter().filter(|check| !typed_later(check)).find(|check| check.mark == Mark::Fail) {
        return Err(refused(verb, &failed.text));
    }
    if let Some(why) = grounds.errand.operation.forbidden(&grounds.shown.snapshot.ca) {
        return Err(refused(verb, &why));
    }
    let confirmed = match confirm(wish, &grounds, &writer, talk, desk) {
        Ok(confirmed) => confirmed?,
        Err(Stopped) => return Ok(stopped(talk)),
    };
    let comment = Clean::new(confirmed.comment.trim());
    let shown = Grounds { errand: Errand { comment, ..grounds.errand.clone() }, ..grounds };
    let grounds = again(&shown, &writer, talk, desk)?;
    let hold = desk.config().approve.hold;
    talk.say(&format!("It is sent in {} s; ctrl-c stops it.", hold.as_secs()));
    if count_down(talk, hold).is_err() {
        return Ok(stopped(talk));
    }
    // Checked when it is sent, not before the countdown.
    let checks = grounds.checks((&confirmed.name, &confirmed.comment), writer.now(), desk);
    let Grounds { actor, errand, shown, impact, .. } = &grounds;
    let digest = impact.as_ref().map(Impact::digest);
    let decision = Decision { errand, shown, impact: digest.as_ref(), actor, checks: &checks };
    let (intent, prepared) = writer.intent(decision).map_err(interlock)?;
    let mut news = Vec::new();
    let process = send(intent, &writer, &mut |line| news.push(line.to_owned()), desk);
    for line in news {
        talk.say(&capital(&line));
    }
    let process = process?;
    print(process.intent(), Some(&process), &prepared, desk)?;
    Ok(exit(process.fate()))
}

/// What was typed.
struct Confirmed {
    name: String,
    comment: String,
}

/// Asks for the name, the comment and the last word; each of the first two a few times.
fn confirm(
    wish: &Wish<'_>,
    grounds: &Grounds,
    writer: &Writer,
    talk: &mut dyn Talk,
    desk: &Desk<'_>,
) -> Result<Result<Confirmed, Trouble>, Stopped> {
    let verb = grounds.errand.operation.verb();
    let met = |rule: Rule, name: &str, comment: &str| {
        let checks = grounds.checks((name, comment), writer.now(), desk);
        checks.into_iter().find(|check| check.rule == rule)
    };
    let name = if grounds.errand.operation.rejects() {
        String::new()
    } else {
        let ca = &grounds.shown.snapshot.ca;
        let what = if grounds.names.phrase(ca) == ca.name.as_str() { "name" } else { "id" };
        let prompt = format!("Type the {what} of the CA in full: ");
        let typed = typed(talk, &prompt, |name| met(Rule::Name, name, ""))?;
        match typed {
            Some(name) => name,
            None => return Ok(Err(refused(verb, "the name of the CA was not typed"))),
        }
    };
    let comment = match wish.comment {
        Some(comment) => comment.to_owned(),
        None => match typed(talk, "Your comment: ", |comment| met(Rule::Comment, "", comment))? {
            Some(comment) => comment,
            None => return Ok(Err(refused(verb, "there is no comment that is long enough"))),
        },
    };
    let word = word(grounds.errand.operation);
    drop_typed_ahead(talk)?;
    let last = talk.ask(&format!("Type {word} to {verb}; anything else ends without sending: "))?;
    if last.trim() != word {
        return Err(Stopped);
    }
    Ok(Ok(Confirmed { name, comment }))
}

/// Asks until the check is met; `None` when it was not, often enough.
fn typed(talk: &mut dyn Talk, prompt: &str, met: impl Fn(&str) -> Option<Check>) -> Result<Option<String>, Stopped> {
    for _ in 0..TRIES {
        drop_typed_ahead(talk)?;
        let typed = talk.ask(prompt)?;
        match met(&typed) {
            Some(check) if check.mark == Mark::Fail => talk.say(&format!("Not accepted: {}.", check.text)),
            Some(check) => {
                talk.say(&format!("Accepted: {}.", check.text));
                return Ok(Some(typed));
            }
            None => return Ok(Some(typed)),
        }
    }
    Ok(None)
}

fn drop_typed_ahead(talk: &mut dyn Talk) -> Result<(), Stopped> {
    if talk.drop_typed_ahead()? {
        talk.say("What was typed or pasted before the question does not count.");
    }
    Ok(())
}

/// Reads all of it again: it must be what was read out. An impact that has grown old is counted again.
fn again(shown: &Grounds, writer: &Writer, talk: &mut dyn Talk, desk: &Desk<'_>) -> Result<Grounds, Trouble> {
    let verb = shown.errand.operation.verb();
    let is_old = |at: Timestamp| writer.now().duration_since(at) >= OLD;
    let fresh = if shown.impact.as_ref().is_some_and(|impact| is_old(impact.counted_at)) {
        talk.say("Reading and counting it again.");
        let fresh = Grounds::read(shown.errand.clone(), writer, desk)?;
        if fresh.impact.as_ref().map(Impact::digest) != shown.impact.as_ref().map(Impact::digest) {
            return Err(refused(verb, "what it touches is not what was read out any more"));
        }
        fresh
    } else {
        let errand = shown.errand.clone();
        let reading = desk.wait(async |client: &crate::client::Client| client.look(&errand).await)?;
        Grounds {
            shown: reading,
            impact: shown.impact.clone(),
            names: shown.names.clone(),
            actor: shown.actor.clone(),
            errand,
        }
    };
    let changed = fresh.shown.snapshot.differences(&shown.shown.snapshot.canonical());
    if changed.is_empty() {
        return Ok(fresh);
    }
    for one in changed {
        talk.say(&format!("Changed: {} was \"{}\", and is \"{}\".", one.member, one.was, one.is));
    }
    Err(refused(verb, "it is not what was read out any more"))
}

/// Counts aloud: at the beginning it was said, then at 5, 3, 2 and 1.
fn count_down(talk: &mut dyn Talk, hold: Duration) -> Result<(), Stopped> {
    let mut left = hold;
    for mark in [5, 3, 2, 1].map(Duration::from_secs) {
        if let Some(wait) = left.checked_sub(mark).filter(|wait| !wait.is_zero()) {
            talk.pause(wait)?;
            left = mark;
            talk.say(&mark.as_secs().to_string());
        }
    }
    talk.pause(left)
}

/// The word that is typed at the end: the first of the verb.
fn word(operation: Operation) -> &'static str {
    operation.verb().split(' ').next().unwrap_or_default()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str() + ".")
}

fn refused(verb: &str, why: &str) -> Trouble {
    Trouble::Interlock(Failure::new(FailureKind::Refused, format!("{verb}: nothing was sent")).detail(why))
}

fn stopped(talk: &mut dyn Talk) -> Exit {
    talk.say("Stopped: nothing was sent.");
    Exit::Cancelled
}
