//! Checks: what was looked at, how it stands, what to do.

use jiff::Timestamp;

use super::{
    args::Format,
    console::Console,
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    sheet::{Head, Section, Sheet},
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

    /// A check that ended in `failure`; it always says what to do.
    pub fn failed(service: &'static str, subject: impl Into<Clean>, failure: &Failure) -> Self {
        let detail = match &failure.detail {
            Some(detail) => format!("{}: {detail}", failure.title),
            None => failure.title.to_string(),
        };
        let check = Self::new(service, subject, Status::Fail, detail);
        let hint = failure.hint.clone().or_else(|| Some(advice(failure.kind).into()));
        Self { hint, kind: Some(failure.kind), ..check }
    }
}

/// Checks to be printed.
#[derive(Debug)]
pub struct Report<'a> {
    /// Kind of the output, `doctor`.
    pub kind: &'static str,
    /// The context that was looked at.
    pub context: Option<&'a Context>,
    /// What is said before the checks, for kinds that have it.
    pub sections: Option<Vec<Section>>,
    /// The checks.
    pub checks: &'a [Check],
    /// Now.
    pub now: Timestamp,
}

/// Prints checks; the exit code is that of the worst that failed.
///
/// # Errors
/// Those of stdout.
pub fn print(report: Report<'_>, console: &mut Console) -> Outcome {
    let Report { kind, context, sections, checks, now } = report;
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
    if console.format() == Format::Table {
        for section in sections.iter().flatten() {
            writeln!(console.out(), "{}", section.name)?;
            let rows = section.facts.iter().map(|fact| vec![format!("  {}", fact.name), fact.value.clone()]);
            let facts = Grid { columns: vec![("", Align::Left); 2], rows: rows.collect(), whole: true };
            facts.write(console.out())?;
            writeln!(console.out())?;
        }
    }
    let head = Head {
        kind,
        context: context.map(|context| context.name.clone()),
        environment: context.map(|context| context.environment.as_str()),
        generated_at: now,
        sources: Vec::new(),
        total: checks.len(),
        unknown: Vec::new(),
        gaps: None,
        sections,
    };
    Sheet { head, members: &[], len: checks.len(), item: &item, grid: &grid }.write(console.format(), console.out())?;
    Ok(worst(checks))
}

/// What keeps most from working comes first: a configuration, a connection, a key, a permission.
fn worst(checks: &[Check]) -> Exit {
    const ORDER: [Exit; 7] = [
        Exit::Usage,
        Exit::Network,
        Exit::NotAuthenticated,
        Exit::RateLimited,
        Exit::Failed,
        Exit::NotPermitted,
        Exit::NotFound,
    ];
    let failed = checks.iter().filter(|check| check.status == Status::Fail);
    let codes: Vec<Exit> = failed.map(|check| check.kind.map_or(Exit::Failed, Exit::of)).collect();
    let known = ORDER.into_iter().find(|code| codes.contains(code));
    known.or_else(|| codes.first().copied()).unwrap_or(Exit::Done)
}

/// What to do about a failure that does not say it itself.
const fn advice(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Network => "look at the network, the proxy and the name of the host",
        FailureKind::Tls => "name the roots of the service with ca_file in the configuration",
        FailureKind::NotAuthenticated => "look whether the key is the one of this service, and not expired or revoked",
        FailureKind::NotPermitted => "ask an administrator of the account for the permission",
        FailureKind::NotFound => {
            "nothing to do when the service does not offer it; other paths go in [context.NAME.one.paths]"
        }
        FailureKind::RateLimited => {
            "wait; other programs use the same key, and `pace` in the configuration slows this one"
        }
        FailureKind::Service => "the fault is the service's: try again later, and tell its support",
        FailureKind::BadAnswer => "look whether the address is the service's, and no portal or proxy answers for it",
        FailureKind::Refused => "look at the address and the account_id in the configuration",
        FailureKind::Configuration => "correct the configuration; `certdeck config check` reads it",
        FailureKind::Cancelled => "start it again",
        FailureKind::Internal => "please report this line",
    }
}
