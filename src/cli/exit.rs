//! Exit codes, and what a command may end with.

use std::io;

use crate::domain::{Failure, FailureKind};

/// How the program ends; the numbers are documented and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The command line or the configuration cannot be used.
    Usage = 2,
    /// Cancelled, or there is no terminal to ask on.
    Cancelled = 3,
    /// The key is missing, wrong or expired.
    NotAuthenticated = 4,
    /// The key may not do this.
    NotPermitted = 5,
    /// There is no such thing.
    NotFound = 6,
    /// Network or TLS.
    Network = 7,
    /// An interlock refused, or something changed meanwhile.
    Interlock = 9,
    /// The service asks to wait.
    RateLimited = 10,
    /// The terminal hung up: 128 and the number of the signal, as for the other signals.
    HungUp = 129,
    /// Interrupted.
    Interrupted = 130,
    /// Quit by a signal.
    QuitBySignal = 131,
    /// Terminated.
    Terminated = 143,
}

impl Exit {
    /// Of `check` alone: something is below the warning threshold.
    pub const WARNING: Self = Self::Failed;
    /// Of `check` alone: something is below the critical threshold.
    pub const CRITICAL: Self = Self::Usage;
    /// Of `check` alone: not everything could be read.
    pub const UNKNOWN: Self = Self::Cancelled;

    /// The code for the signal that ended the program.
    pub const fn signal(number: u8) -> Self {
        match number {
            1 => Self::HungUp,
            2 => Self::Interrupted,
            3 => Self::QuitBySignal,
            _ => Self::Terminated,
        }
    }

    /// The code for a failure.
    pub const fn of(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Network | FailureKind::Tls => Self::Network,
            FailureKind::NotAuthenticated => Self::NotAuthenticated,
            FailureKind::NotPermitted => Self::NotPermitted,
            FailureKind::NotFound => Self::NotFound,
            FailureKind::RateLimited => Self::RateLimited,
            FailureKind::Configuration => Self::Usage,
            FailureKind::Cancelled => Self::Cancelled,
            FailureKind::Service | FailureKind::BadAnswer | FailureKind::Refused | FailureKind::Internal => {
                Self::Failed
            }
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not end as asked.
#[derive(Debug)]
pub enum Trouble {
    /// Something to tell.
    Failure(Failure),
    /// An interlock refuses, or something is not as it was shown any more: nothing was sent.
    Interlock(Failure),
    /// The command line asks for something that does not exist: a column, a field.
    Usage(Failure),
    /// stdout cannot be written; a closed pipe is no error.
    Output(io::Error),
}

impl Trouble {
    /// A mistake in the command line.
    pub fn usage(title: impl Into<crate::domain::Clean>) -> Self {
        Self::Usage(Failure::new(FailureKind::Configuration, title))
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What a command ends with.
pub type Outcome = Result<Exit, Trouble>;

/// The word for a kind in `error.kind`.
pub const fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Network => "network",
        FailureKind::Tls => "tls",
        FailureKind::NotAuthenticated => "not_authenticated",
        FailureKind::NotPermitted => "not_permitted",
        FailureKind::NotFound => "not_found",
        FailureKind::RateLimited => "rate_limited",
        FailureKind::Service => "service",
        FailureKind::BadAnswer => "bad_answer",
        FailureKind::Refused => "refused",
        FailureKind::Configuration => "configuration",
        FailureKind::Cancelled => "cancelled",
        FailureKind::Internal => "internal",
    }
}
