//! Changes of CAs by command: the same checks, the same journal and the same writer as the review page.

mod aloud;
mod grounds;
mod linear;
mod told;

use tokio_util::sync::CancellationToken;

pub use self::linear::{ask, decide};
use self::{
    grounds::{Grounds, interlock, seen},
    told::{exit, print},
};
use super::{
    console::warn,
    exit::{Exit, Outcome, Trouble},
    find, requests,
    session::{Desk, warn_of},
    talk::Terminal,
};
use crate::{
    client::{Client, Silent},
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            CaRequest, RevocationReason,
            checks::Mark,
            decision::{Errand, Intent, Operation, Process},
            impact::Impact,
        },
        digest::Digest,
    },
    writes::{Decision, Writer},
};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// What is to be done.
    pub what: What<'a>,
    /// Why.
    pub comment: Option<&'a str>,
    /// The name of the CA, as it was typed; a rejection needs none.
    pub ca_name: Option<&'a str>,
    /// The hash of the impact that was seen; an approval needs it.
    pub impact: Option<&'a str>,
    /// Nothing is sent.
    pub dry_run: bool,
    /// Nothing is asked, even on a terminal.
    pub yes: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// The request with this id is decided.
    Decide {
        /// Its id.
        request: &'a str,
        /// Whether it is approved; else it is rejected.
        approve: bool,
    },
    /// A CA, by id or name, is changed without a request.
    Change {
        /// Its id or name.
        ca: &'a str,
        /// What is done.
        operation: Operation,
        /// Why it is to be revoked.
        reason: Option<&'a RevocationReason>,
    },
}

/// Decides a request or changes a CA: by questions on a terminal, else by the options alone. Exit 9 when an interlock
/// refuses or something changed meanwhile; then nothing was sent.
pub fn run(wish: &Wish<'_>, desk: &mut Desk<'_>) -> Outcome {
    if !wish.yes && !wish.dry_run && Terminal::is_here() {
        let mut terminal = Terminal::open("a change of a CA is reviewed", "--yes takes the options alone")?;
        return decide(wish, &mut terminal, desk);
    }
    let options = Options::of(wish)?;
    let errand = match errand(wish, desk)? {
        Found::Errand(errand) => Errand { comment: Clean::new(options.comment), ..errand },
        Found::Nothing(exit) => return Ok(exit),
    };
    let writer = desk.writer();
    let grounds = Grounds::read(errand, &writer, desk)?;
    grounds.is_as_seen(options.impact.as_ref())?;
    let checks = grounds.checks((options.name, options.comment), writer.now(), desk);
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
    let process = send(intent, &writer, &mut |line| warn(line), desk)?;
    print(process.intent(), Some(&process), &prepared, desk)?;
    Ok(exit(process.fate()))
}

/// Sends an intent and follows it; each news is told once.
fn send(
    intent: Intent,
    writer: &Writer,
    tell: &mut (dyn FnMut(&str) + Send),
    desk: &Desk<'_>,
) -> Result<Process, Trouble> {
    let mut last = None;
    let mut told = |process: &Process| {
        let sentence = process.fate().sentence();
        if last.as_ref() != Some(&sentence) {
            tell(&sentence);
            last = Some(sentence);
        }
    };
    let process = desk.wait(async |_: &Client| {
        // What is on its way is waited for; who ends the program finds it in the journal.
        Ok(writer.send(intent, &CancellationToken::new(), &mut told).await)
    })?;
    let process = process.map_err(interlock)?;
    if let Some(why) = process.unkept() {
        tell(&format!("the journal does not tell all of it: {why}"));
    }
    Ok(process)
}

/// What the options say where nothing is asked.
struct Options<'a> {
    comment: &'a str,
    name: &'a str,
    impact: Option<Digest>,
}

impl<'a> Options<'a> {
    fn of(wish: &Wish<'a>) -> Result<Self, Trouble> {
        let missing = |option: &str, what: &str| {
            Trouble::usage(format!("{option} is missing: {what}; on a terminal and without --yes it is asked for"))
        };
        let comment = wish.comment.ok_or_else(|| missing("--comment", "why, in 10 characters or more"))?;
        let (approves, usual) = match wish.what {
            What::Decide { approve, .. } => (approve, None),
            // Who names a CA to change it has typed its name.
            What::Change { ca, .. } => (false, Some(ca)),
        };
        let name = wish.ca_name.or(usual);
        if approves && name.is_none() {
            return Err(missing("--ca-name", "the name of the CA in full, as `certdeck ca tree` shows it"));
        }
        if approves && wish.impact.is_none() {
            return Err(missing("--impact", "the hash that `certdeck ca impact` prints"));
        }
        Ok(Self { comment, name: name.unwrap_or_default(), impact: seen(wish.impact)? })
    }
}

/// What a wish is about.
enum Found {
    /// This change.
    Errand(Errand),
    /// No such request; the list is not complete.
    Nothing(Exit),
}

/// Finds what a wish is about.
fn errand(wish: &Wish<'_>, desk: &Desk<'_>) -> Result<Found, Trouble> {
    match wish.what {
        What::Decide { request, approve } => {
            let (list, _) = desk.wait(requests::read)?;
            let is_asked = |found: &&CaRequest| found.id.as_str().eq_ignore_ascii_case(request);
            let Some(found) = list.rows.iter().find(is_asked) else {
                let partial = warn_of("one", &list);
                let absent = find::absent("request has the id", request, "`certdeck ca requests list`", partial);
                return absent.map(Found::Nothing);
            };
            let operation = Operation::deciding(&found.request_type, approve).ok_or_else(|| {
                let title = format!("{} is of a type that is not known here: {}", found.id, found.request_type);
                interlock(Failure::new(FailureKind::Refused, title).hint("decide it in the console"))
            })?;
            let (ca, request) = (found.ca.clone(), Some(found.id.clone()));
            Ok(Found::Errand(Errand { operation, ca, request, reason: None, comment: Clean::default() }))
        }
        What::Change { ca, operation, reason } => {
            let cas = desk.wait(async |client: &Client| client.cas(&mut Silent).await)?;
            let found = super::ca::found(&cas.rows, ca)?;
            let reason = reason.cloned();
            Ok(Found::Errand(Errand {
                operation,
                ca: found.id.clone(),
                request: None,
                reason,
                comment: Clean::default(),
            }))
        }
    }
}
