//! The words of triage: what a row is, why, and by what it is superseded.

use super::CertificateStatus;

/// What a certificate record is in triage, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Ended with nothing newer, or a probe meets an expired, revoked or wrong-name certificate.
    Expired,
    /// A server still serves what was replaced.
    Stale,
    /// Nothing newer, past due and slack.
    Overdue,
    /// It cannot be renewed as things stand, or is not issued for over a day.
    Blocked,
    /// Said not to be renewed, and not ended: somebody has to decide.
    Decide,
    /// Inside its renewal window.
    Due,
    /// Not issued yet.
    Pending,
    /// None of the others.
    Ok,
    /// Superseded: a newer one was issued, which says nothing of what is served.
    Renewed,
    /// Revoked.
    Revoked,
    /// Put off by local triage.
    Snoozed,
    /// Will not be renewed, by local triage.
    Retired,
}

impl State {
    /// All of them, worst first.
    pub const ALL: [Self; 12] = [
        Self::Expired,
        Self::Stale,
        Self::Overdue,
        Self::Blocked,
        Self::Decide,
        Self::Due,
        Self::Pending,
        Self::Ok,
        Self::Renewed,
        Self::Revoked,
        Self::Snoozed,
        Self::Retired,
    ];

    /// 0 is the worst, 6 what needs nobody. It never grows by time alone.
    pub const fn tier(self) -> u8 {
        match self {
            Self::Expired => 0,
            Self::Stale => 1,
            Self::Overdue => 2,
            Self::Blocked | Self::Decide => 3,
            Self::Due => 4,
            Self::Pending | Self::Ok => 5,
            Self::Renewed | Self::Revoked | Self::Snoozed | Self::Retired => 6,
        }
    }

    /// The word of the state column, `OVERDUE`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expired => "EXPIRED",
            Self::Stale => "STALE",
            Self::Overdue => "OVERDUE",
            Self::Blocked => "BLOCKED",
            Self::Decide => "DECIDE",
            Self::Due => "DUE",
            Self::Pending => "PENDING",
            Self::Ok => "OK",
            Self::Renewed => "RENEWED",
            Self::Revoked => "REVOKED",
            Self::Snoozed => "SNOOZED",
            Self::Retired => "RETIRED",
        }
    }

    /// True for what local triage hides until it is asked for.
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::Snoozed | Self::Retired)
    }
}

impl CertificateStatus {
    /// The word of the state column while a row is not judged; a new word as it was sent.
    pub fn state_word(&self) -> &str {
        match self {
            Self::Issued => "ISSUED",
            Self::Pending => "PENDING",
            Self::Renewed => "RENEWED",
            Self::NotRenewed => "UNRENEWED",
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::Unknown(word) if word.is_empty() => "unknown",
            Self::Unknown(word) => word.as_str(),
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// Why a row is in its state. Several states share a reason: an overdue row may be blocked besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// Its end has passed and nothing newer has its names.
    Ended,
    /// The service says that it ended, without a readable end.
    SaidEnded,
    /// A probe met a certificate that has ended.
    ServesEnded,
    /// A probe met a revoked certificate.
    ServesRevoked,
    /// A probe met a certificate without the name.
    ServesOther,
    /// A probe met an older certificate than this one.
    ServesOlder,
    /// A probe met this one, which was replaced.
    StillServed,
    /// Nothing newer has its names.
    NothingNewer,
    /// Its contract was cancelled, or will be before the renewal is due.
    Cancelled,
    /// The paid coverage of its contract ends before the renewal is due, and is not continued.
    NotPaid,
    /// Its contract has no active credential.
    NoCredential,
    /// The organization of its contract is not validated (OV, EV).
    NotValidated,
    /// Its contract does not hold one of its names any more.
    NotInContract,
    /// Not issued after a day.
    PendingLong,
    /// Not issued yet.
    NotIssued,
    /// The service says that it will not be renewed.
    NotRenewed,
    /// The end cannot be read, so nothing is known of its renewal.
    NoEnd,
    /// Not due yet.
    Fine,
    /// A newer one was issued.
    Newer,
    /// Revoked.
    Revoked,
    /// A snooze of local triage.
    Snoozed,
    /// Local triage says that it will not be renewed.
    Retired,
}

/// What shows that a row is superseded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Proof {
    /// The service's word `renewed`; no newer row is listed.
    Status,
    /// A later-ending certificate with the same names.
    SameNames,
    /// A later-ending certificate that has all the names and others.
    Wider,
    /// A later-ending certificate that has the names, at least one of them by a wildcard.
    Wildcard,
    /// Each name has a later-ending certificate, but no single one has all.
    Several,
    /// A probe met a newer one, which the service does not list yet.
    Probe,
}

impl Proof {
    /// True where a row of the list supersedes, and not a word of the service or what a probe met.
    pub const fn is_listed(self) -> bool {
        !matches!(self, Self::Status | Self::Probe)
    }
}
