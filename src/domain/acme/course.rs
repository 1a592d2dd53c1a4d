//! The course of a row: the moments at which its state changes, and its state at any of them.
//!
//! All that time does to a row is to pass one of these moments, and each leads to a worse state: so a tier never
//! improves by time alone, and the next change is known.

use super::state::{Reason, State};

/// Moments of a row, seconds since 1970. `None` never comes; [`i64::MIN`] has always been.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Course {
    /// Will not be renewed, by local triage.
    pub(super) retired: bool,
    /// End of a snooze.
    pub(super) snoozed_until: Option<i64>,
    /// A probe shows what is broken from here on.
    pub(super) broken: Option<(i64, Reason)>,
    /// A probe shows what is stale from here on.
    pub(super) stale: Option<(i64, Reason)>,
    /// A newer one was issued.
    pub(super) superseded: bool,
    /// What it is by the service's word.
    pub(super) kind: Kind,
    /// Cannot be renewed from here on.
    pub(super) blocked: Option<(i64, Reason)>,
    /// The last moment at which it is valid.
    pub(super) end: Option<i64>,
    /// Start of the renewal window.
    pub(super) due: i64,
    /// End of the slack.
    pub(super) overdue: i64,
    /// From here on an overdue row is critical.
    pub(super) critical: i64,
}

/// What a record is by the service's word, as far as dates do not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// Issued, or of a status that this program does not know.
    #[default]
    Issued,
    /// Said not to be renewed.
    NotRenewed,
    /// Said to have ended.
    SaidEnded,
    /// Not issued yet.
    Pending,
    /// Revoked.
    Revoked,
}

/// The state of a row at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: State,
    pub(super) reason: Reason,
    pub(super) critical: bool,
}

impl Course {
    /// Where the row stands.
    pub(super) fn at(&self, now: i64) -> Standing {
        let standing = |state, reason| Standing { state, reason, critical: false };
        let come = |moment: Option<(i64, Reason)>| moment.filter(|(at, _)| *at <= now).map(|(_, reason)| reason);
        if !self.superseded {
            if self.retired {
                return standing(State::Retired, Reason::Retired);
            }
            if self.snoozed_until.is_some_and(|until| now < until) {
                return standing(State::Snoozed, Reason::Snoozed);
            }
        }
        if let Some(reason) = come(self.broken) {
            return standing(State::Expired, reason);
        }
        if self.kind == Kind::Revoked {
            return standing(State::Revoked, Reason::Revoked);
        }
        if let Some(reason) = self.ended(now) {
            return standing(State::Expired, reason);
        }
        if let Some(reason) = come(self.stale) {
            return standing(State::Stale, reason);
        }
        if self.superseded {
            return standing(State::Renewed, Reason::Newer);
        }
        let blocked = come(self.blocked);
        if self.kind == Kind::Pending {
            return blocked.map_or(standing(State::Pending, Reason::NotIssued), |why| standing(State::Blocked, why));
        }
        if self.end.is_none() {
            return match blocked {
                Some(why) => standing(State::Blocked, why),
                None if self.kind == Kind::NotRenewed => standing(State::Decide, Reason::NotRenewed),
                None => standing(State::Ok, Reason::NoEnd),
            };
        }
        match blocked {
            Some(why) if self.kind == Kind::NotRenewed => standing(State::Blocked, why),
            None if self.kind == Kind::NotRenewed => standing(State::Decide, Reason::NotRenewed),
            _ if now >= self.overdue => Standing {
                state: State::Overdue,
                reason: blocked.unwrap_or(Reason::NothingNewer),
                critical: now >= self.critical,
            },
            Some(why) => standing(State::Blocked, why),
            None if now >= self.due => standing(State::Due, Reason::NothingNewer),
            None => standing(State::Ok, Reason::Fine),
        }
    }

    /// Whether it ended with nothing newer, and how that is known.
    fn ended(&self, now: i64) -> Option<Reason> {
        if self.superseded || self.kind == Kind::Pending {
            return None;
        }
        match self.end {
            Some(end) => (now > end).then_some(Reason::Ended),
            None => (self.kind == Kind::SaidEnded).then_some(Reason::SaidEnded),
        }
    }

    /// The first moment after `now` and before `bound` at which the row stands elsewhere.
    pub(super) fn next(&self, now: i64, bound: i64) -> Option<i64> {
        let dated = self.end.is_some();
        let mut moments = [
            self.snoozed_until,
            self.broken.map(|(at, _)| at),
            self.stale.map(|(at, _)| at),
            self.blocked.map(|(at, _)| at),
            self.end.map(|end| end.saturating_add(1)),
            dated.then_some(self.due),
            dated.then_some(self.overdue),
            dated.then_some(self.critical.max(self.overdue)),
        ];
        let comes = |at: &i64| *at > now && *at < bound;
        if !moments.iter().flatten().any(comes) {
            return None;
        }
        moments.sort_unstable();
        let here = self.at(now);
        moments.into_iter().flatten().filter(comes).find(|at| {
            let there = self.at(*at);
            (there.state, there.critical) != (here.state, here.critical)
        })
    }
}
