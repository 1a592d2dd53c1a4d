//! Checks: what was looked at, how it stands, what to do.

use jiff::Timestamp;

use super::{
    console::Console,
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    sheet::{Head, Sheet},
};
use crate::{
    config::Context,
    domain::{Clean, Failure, FailureKind},
    present::Align,
};

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Fine.
    Ok,
    /// Works, with something to know.
    Warn,
    /// Does not work.
    Fail,
    /// Not looked at.
    Skipped,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The service, or `config`.
    pub service: &'static str,
    /// What was looked at.
    pub subject: Clean,
    /// How it stands.
    pub status: Status,
    /// What was seen.
    pub detail: Clean,
    /// What to do.
    pub hint: Option<Clean>,
    /// Why it failed.
    pub kind: Option<FailureKind>,
}

impl Check {
    /// A check without a hint.
    pub fn new(service: &'static str, subject: impl Into<Clean>, status: Status, detail: impl Into<Clean>) -> Self {
        Self { service, subject: subject.into(), status, detail: detail.into(), hint: None, kind: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Clean>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A check that ended in `failure`.
    pub fn failed(service: &'static str, subject: impl Into<Clean>, failure: &Failure) -> Self {
        let detail = match &failure.detail {
            Some(detail) => format!("{}: {detail}", failure.title),
            None => failure.title.to_string(),
        };
        let check = Self::new(service, subject, Status::Fail, detail);
        Self { hint: failure.hint.clone(), kind: Some(failure.kind), ..check }
    }
}

/// Prints checks; the exit code is that of the first that failed.
pub fn print(
    kind: &'static str,
    context: Option<&Context>,
    checks: &[Check],
    now: Timestamp,
    console: &mut Console,
) -> Outcome {
    let item = |at: usize| {
        checks.get(at).map_or_else(Item::default, |check| {
            Item::default()
                .with("service", check.service)
                .text("check", &check.subject)
                .with("status", check.status.word())
                .text("detail", &check.detail)
                .text("hint", check.hint.as_deref().unwrap_or_default())
        })
    };
    let grid = || Grid {
        columns: ["SERVICE", "CHECK", "STATUS", "DETAIL"].map(|title| (title, Align::Left)).to_vec(),
        rows: checks
            .iter()
            .map(|check| {
                let hint = check.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
                let detail = format!("{}{hint}", check.detail);
                vec![check.service.to_owned(), check.subject.to_string(), check.status.word().to_owned(), detail]
            })
            .collect(),
        whole: true,
    };
    let head = Head {
        kind,
        context: context.map(|context| context.name.clone()),
        environment: context.map(|context| context.environment.as_str()),
        generated_at: now,
        sources: Vec::new(),
        total: checks.len(),
        unknown: Vec::new(),
        gaps: None,
    };
    Sheet { head, members: &[], len: checks.len(), item: &item, grid: &grid }.write(console.format(), console.out())?;
    let failed = checks.iter().find(|check| check.status == Status::Fail);
    Ok(failed.map_or(Exit::Done, |check| check.kind.map_or(Exit::Failed, Exit::of)))
}
