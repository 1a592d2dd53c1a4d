//! All that is read for a decision, and the checks on it.

use jiff::Timestamp;

use super::super::{exit::Trouble, session::Desk};
use crate::{
    client::{Client, Silent},
    domain::{
        Failure, FailureKind,
        ca::{
            checks::{Check, Facts, Writing},
            decision::{Errand, Reading},
            impact::Impact,
            names::Names,
        },
        digest::Digest,
        identity::OneUser,
    },
    writes::{Writer, survey},
};

/// All that was read for a decision.
pub struct Grounds {
    /// The user of the key.
    pub actor: OneUser,
    /// What is to be done.
    pub errand: Errand,
    /// The request and the CA.
    pub shown: Reading,
    /// What it touches; `None` for a rejection.
    pub impact: Option<Impact>,
    /// The names of all CAs.
    pub names: Names,
}

impl Grounds {
    /// Reads them.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn read(errand: Errand, writer: &Writer, desk: &Desk<'_>) -> Result<Self, Trouble> {
        let read = desk.wait(async |client: &Client| {
            let actor = client.one_me().await?;
            let names = Names::of(&client.cas(&mut Silent).await?.rows);
            let impact =
                if errand.operation.rejects() { None } else { Some(survey(client, &errand.ca, writer.now()).await?) };
            let shown = client.look(&errand).await?;
            Ok(Self { actor, errand, shown, impact, names })
        })?;
        Ok(read)
    }

    /// Whether the impact is the one that was seen, where that was told.
    ///
    /// # Errors
    /// It is another one now.
    pub fn is_as_seen(&self, seen: Option<&Digest>) -> Result<(), Trouble> {
        match (seen, &self.impact) {
            (Some(seen), Some(impact)) if impact.digest() != *seen => {
                let title = "the impact is not the one that was seen: nothing was sent";
                let failure = Failure::new(FailureKind::Refused, title);
                Err(Trouble::Interlock(failure.hint("`certdeck ca impact` shows what it is now")))
            }
            _ => Ok(()),
        }
    }

    /// The checks as they stand at `now`, with the name and the comment as they were typed.
    pub fn checks(&self, (typed, comment): (&str, &str), now: Timestamp, desk: &Desk<'_>) -> Vec<Check> {
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
        let snapshot = &self.shown.snapshot;
        let facts = Facts {
            operation: self.errand.operation,
            now,
            actor: Some(&self.actor.id),
            place: format!("{}, {}{account}", context.name, context.environment.as_str()).into(),
            writing,
            ca: &snapshot.ca,
            request: snapshot.request.as_ref(),
            read_at: self.shown.read_at,
            unchanged: true,
            impact: self.impact.as_ref(),
            permissions: Some(&self.actor.permissions),
            typed,
            names: &self.names,
            comment,
            comment_min: approve.comment_min,
            age_max: approve.max_impact_age.try_into().unwrap_or(jiff::SignedDuration::MAX),
        };
        facts.checks()
    }
}

/// The hash of the impact that was seen, as it was given.
///
/// # Errors
/// It is none.
pub fn seen(hash: Option<&str>) -> Result<Option<Digest>, Trouble> {
    let parse = |hash| {
        Digest::parse(hash).ok_or_else(|| {
            Trouble::usage("--impact: this is no hash; `certdeck ca impact` prints one of 64 hexadecimal digits")
        })
    };
    hash.map(parse).transpose()
}

/// Nothing was sent, and a key or a connection is not to blame.
pub fn interlock(failure: Failure) -> Trouble {
    if failure.kind == FailureKind::Refused { Trouble::Interlock(failure) } else { Trouble::Failure(failure) }
}
