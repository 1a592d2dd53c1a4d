//! What is checked before a change of a CA may be sent: eight rules, each with one sentence.

use jiff::{SignedDuration, Timestamp};

use super::{
    Ca, CaRequest, RevocationReason,
    decision::Operation,
    impact::Impact,
    names::{Names, look},
};
use crate::domain::{
    Clean, When,
    ids::{CaId, UserId},
    when::age,
};

/// Least length of a comment, characters. A configuration may ask for more.
pub const COMMENT_MIN: usize = 10;
/// How old the last look and the impact may be. A configuration may ask for less.
pub const AGE_MAX: SignedDuration = SignedDuration::from_secs(60);
/// Issued this shortly before, a CA is in use.
const IN_USE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The rules, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Somebody else made the request.
    OtherPerson,
    /// Context, environment, account, and whether writing is on.
    Place,
    /// It was read again, and is what was opened.
    Fresh,
    /// The impact is counted.
    Impact,
    /// The key may do it.
    Permission,
    /// The data do not contradict each other.
    Sense,
    /// The name of the CA is typed.
    Name,
    /// There is a comment.
    Comment,
}

/// How a rule is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// It is met.
    Pass,
    /// It is met, and something is worth a look.
    Warn,
    /// It is not met: nothing can be sent.
    Fail,
}

/// A rule, how it is met, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub rule: Rule,
    /// How.
    pub mark: Mark,
    /// Why, one sentence.
    pub text: Clean,
}

/// Whether a context takes writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writing {
    /// It does, for as long as the program runs.
    On,
    /// It does until then.
    Until(Timestamp),
    /// It can be switched on.
    Off,
    /// It cannot, and why.
    Never(Clean),
}

/// What the rules look at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What is to be done.
    pub operation: Operation,
    /// Now, by the clock of this machine.
    pub now: Timestamp,
    /// The user of the key; `None` when that is not known.
    pub actor: Option<&'a UserId>,
    /// Context, environment and account in words: `acme-corp, production, account 77`.
    pub place: Clean,
    /// Whether the context takes writes.
    pub writing: Writing,
    /// The CA, as it was read last.
    pub ca: &'a Ca,
    /// The request that is decided, as it was read last; `None` for what decides none.
    pub request: Option<&'a CaRequest>,
    /// When these were read.
    pub read_at: Timestamp,
    /// Whether they are byte for byte what was opened.
    pub unchanged: bool,
    /// What it touches; `None` when it was not counted.
    pub impact: Option<&'a Impact>,
    /// Permission words of the user; `None` when they are not known.
    pub permissions: Option<&'a [Clean]>,
    /// What was typed as the name of the CA, every character.
    pub typed: &'a str,
    /// The names of all CAs, which must not be taken for that one.
    pub names: &'a Names,
    /// What was typed as the comment.
    pub comment: &'a str,
    /// Least length of it; [`COMMENT_MIN`] at least counts.
    pub comment_min: usize,
    /// How old what is shown may be; [`AGE_MAX`] at most counts.
    pub age_max: SignedDuration,
}

impl Facts<'_> {
    /// The rules that this operation has to meet, in their order. A rejection, which leaves the CA as it is, asks for
    /// neither impact nor name.
    pub fn checks(&self) -> Vec<Check> {
        let check = |rule, (mark, text): (Mark, Clean)| Check { rule, mark, text };
        let mut checks = Vec::new();
        if let Some(request) = self.request {
            checks.push(check(Rule::OtherPerson, self.other_person(request)));
        }
        checks.push(check(Rule::Place, self.in_place()));
        checks.push(check(Rule::Fresh, self.fresh()));
        if !self.operation.rejects() {
            checks.push(check(Rule::Impact, self.counted()));
        }
        checks.push(check(Rule::Permission, self.permitted()));
        checks.push(check(Rule::Sense, self.sense()));
        if !self.operation.rejects() {
            checks.push(check(Rule::Name, typed_name(self.typed, self.ca, self.names)));
        }
        checks.push(check(Rule::Comment, self.commented()));
        checks
    }

    fn other_person(&self, request: &CaRequest) -> (Mark, Clean) {
        let name = &request.requested_by_name;
        let actor = self.actor.filter(|actor| !actor.is_empty());
        let by = request.requested_by.as_ref().filter(|by| !by.is_empty());
        // To reject an own request takes nothing away.
        let (mark, text) = match (actor, by) {
            (Some(actor), Some(by)) if actor != by => {
                return (Mark::Pass, format!("{name} made this request, not you").into());
            }
            (Some(_), Some(_)) => (Mark::Fail, "you made this request: a second person approves it"),
            (None, _) => (Mark::Fail, "it is not known who you are, so it is not known who made the request"),
            (Some(_), None) => (Mark::Fail, "the service does not say who made the request"),
        };
        (if self.operation.rejects() { Mark::Warn } else { mark }, text.into())
    }

    fn in_place(&self) -> (Mark, Clean) {
        let place = &self.place;
        match &self.writing {
            Writing::On => (Mark::Pass, format!("{place}; writing is on").into()),
            Writing::Until(end) if *end > self.now => {
                (Mark::Pass, format!("{place}; writing is on until {}", end.strftime("%H:%M UTC")).into())
            }
            Writing::Until(end) => {
                (Mark::Fail, format!("{place}; writing was on until {}", end.strftime("%H:%M UTC")).into())
            }
            Writing::Off => (Mark::Fail, format!("{place}; writing is off, :write 30m switches it on").into()),
            Writing::Never(why) => (Mark::Fail, format!("{place}; read-only: {why}").into()),
        }
    }

    fn fresh(&self) -> (Mark, Clean) {
        let old = self.now.duration_since(self.read_at);
        let text = age(old.as_secs());
        if !self.unchanged {
            (Mark::Fail, "it is not what you opened any more: look at the differences".into())
        } else if old.is_negative() || old >= self.age_max.min(AGE_MAX) {
            (Mark::Fail, format!("it was read {text} ago: r reads it again").into())
        } else {
            (Mark::Pass, format!("read again {text} ago, and it is what you opened").into())
        }
    }

    fn counted(&self) -> (Mark, Clean) {
        let Some(impact) = self.impact else {
            return (Mark::Fail, "the impact is not counted yet".into());
        };
        let old = self.now.duration_since(impact.counted_at);
        let text = age(old.as_secs());
        if impact.ca != self.ca.id {
            (Mark::Fail, "the impact is that of another CA".into())
        } else if old.is_negative() || old >= self.age_max.min(AGE_MAX) {
            (Mark::Fail, format!("the impact was counted {text} ago: i counts it again").into())
        } else if impact.is_complete() {
            (Mark::Pass, format!("the impact is complete, counted {text} ago").into())
        } else {
            let gaps: Vec<&str> = impact.gaps.iter().map(Clean::as_str).collect();
            (Mark::Warn, format!("the impact has gaps: {}", gaps.join("; ")).into())
        }
    }

    fn permitted(&self) -> (Mark, Clean) {
        let word = self.operation.permission();
        match self.permissions {
            Some(words) if words.iter().any(|have| have.eq_ignore_ascii_case(word)) => {
                (Mark::Pass, format!("you have {word}").into())
            }
            Some(_) => (Mark::Warn, format!("you do not have {word}; the service decides").into()),
            None => (Mark::Warn, "your permissions are not known; the service decides".into()),
        }
    }

    fn sense(&self) -> (Mark, Clean) {
        let found = self.contradictions();
        if found.is_empty() {
            (Mark::Pass, "the data do not contradict each other".into())
        } else {
            (Mark::Warn, found.join("; ").into())
        }
    }

    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.ca.name.is_marked() {
            found.push("the name of the CA holds hidden characters".to_owned());
        }
        let latest = self.impact.and_then(|impact| impact.latest.at());
        let used = latest.map(|at| self.now.duration_since(at)).filter(|since| *since < IN_USE);
        if let Some(request) = self.request {
            if request.comment.is_marked() {
                found.push("the comment holds hidden characters".to_owned());
            }
            if !request.ca_name.is_empty() && request.ca_name != self.ca.name {
                found.push(format!("the request names the CA {}, its record {}", request.ca_name, self.ca.name));
            }
            if request.requested.at().is_some_and(|at| at > self.now) {
                found.push("the request is from the future".to_owned());
            }
            if let Some(since) = used {
                let ago = age(since.as_secs());
                let comment = request.comment.to_lowercase();
                if let Some(word) = ["retired", "unused", "not used", "no longer", "decommission", "ended"]
                    .iter()
                    .find(|word| comment.contains(*word))
                {
                    found.push(format!("the comment says {word:?}, but a certificate was issued {ago} ago"));
                } else if request.reason == Some(RevocationReason::CessationOfOperation) {
                    found.push(format!("the reason is cessation of operation, but a certificate was issued {ago} ago"));
                }
            }
        }
        if self.ca.valid_to.at().is_some_and(|end| end < self.now) {
            found.push("the CA has expired already".to_owned());
        }
        if matches!(self.ca.valid_to, When::Odd(_)) {
            found.push("the end of the CA cannot be read".to_owned());
        }
        found
    }

    fn commented(&self) -> (Mark, Clean) {
        let least = self.comment_min.max(COMMENT_MIN);
        let length = self.comment.trim().chars().count();
        if length >= least {
            (Mark::Pass, format!("the comment has {length} characters").into())
        } else {
            (Mark::Fail, format!("the comment has {length} of at least {least} characters").into())
        }
    }
}

/// Whether no rule fails.
pub fn allow(checks: &[Check]) -> bool {
    !checks.is_empty() && checks.iter().all(|check| check.mark != Mark::Fail)
}

/// Compares what was typed, character by character, with what has to be typed.
fn typed_name(typed: &str, ca: &Ca, names: &Names) -> (Mark, Clean) {
    let wanted = names.phrase(ca);
    let what = if wanted == ca.name.as_str() { "name" } else { "id, since its name is not its own" };
    if typed == wanted && !wanted.is_empty() {
        return match names.twin(ca) {
            Some(twin) => (Mark::Warn, format!("the name is typed; {} looks like it", named(twin, names)).into()),
            None => (Mark::Pass, "the name is typed".into()),
        };
    }
    let why = if typed.is_empty() {
        format!("type the {what} of the CA")
    } else if let Some(other) = names.other_named(typed, &ca.id) {
        format!("this is the name of another CA, {other}")
    } else if typed.trim() == wanted {
        "there are blanks before or behind the name".to_owned()
    } else if typed.to_lowercase() == wanted.to_lowercase() {
        "small and capital letters differ".to_owned()
    } else if Clean::new(typed).is_marked() {
        format!("it holds hidden characters: {}", Clean::new(typed))
    } else if look(typed) == look(wanted) {
        "it only looks like the name: some letters are others".to_owned()
    } else {
        format!("this is not the {what} of the CA")
    };
    (Mark::Fail, why.into())
}

fn named(ca: &CaId, names: &Names) -> String {
    let name = names.get(ca).filter(|name| !name.is_empty());
    name.map_or_else(|| ca.to_string(), |name| format!("{name} ({ca})"))
}

#[cfg(test)]
mod tests;
