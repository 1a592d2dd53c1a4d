//! What a check found, and how bad that is.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::{
    cli::{
        acme::{estate::Judged, row},
        args::CheckArgs,
        exit::Exit,
        listing::Wish,
    },
    domain::{
        acme::{
            AcmeCertificate,
            probe::Verdict,
            state::{Reason, State},
        },
        dataset::Completeness,
        subject::View,
        when::distance,
    },
    present::acme::state_label,
};

/// How a check ends, with the exit code of a monitoring plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing is below a threshold, and everything was read.
    Ok,
    /// Something is below the warning threshold.
    Warning,
    /// Something is below the critical threshold.
    Critical,
    /// Not everything was read, and nothing critical is known.
    Unknown,
}

/// How bad a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Below the critical threshold.
    Critical,
    /// Below the warning threshold.
    Warning,
}

/// A certificate below a threshold.
pub struct Problem<'a> {
    /// How bad.
    pub severity: Severity,
    /// The certificate.
    pub row: View<'a, AcmeCertificate>,
}

/// What a check found.
pub struct Finding<'a> {
    /// What was asked for.
    pub options: &'a CheckArgs,
    /// How it ends.
    pub status: Status,
    /// Certificates below a threshold, the worst first.
    pub problems: Vec<Problem<'a>>,
    /// Why it may not be everything, one sentence each.
    pub gaps: Vec<String>,
    /// The certificates that the filter keeps, in the order of triage.
    pub rows: Vec<View<'a, AcmeCertificate>>,
    /// How many of them need watching: not superseded, revoked, put off or retired.
    pub watched: usize,
    /// How many of them have an end that cannot be read.
    pub unreadable: usize,
    /// Seconds left of the first of them to end; negative after it.
    pub left: Option<i64>,
    /// The moment of the check.
    pub now: Timestamp,
    /// Certificates whose servers were asked, and those of which none could be reached; `None` without a probe. A
    /// certificate without a server to ask counts in neither.
    pub probed: Option<(usize, usize)>,
}

impl Status {
    /// The word of a monitoring plugin.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Its exit code.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Ok => Exit::Done,
            Self::Warning => Exit::WARNING,
            Self::Critical => Exit::CRITICAL,
            Self::Unknown => Exit::UNKNOWN,
        }
    }
}

impl Severity {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}

impl<'a> Finding<'a> {
    /// Holds the certificates that `wish` keeps against the thresholds.
    pub fn of(judged: &'a Judged<'_>, wish: &Wish<AcmeCertificate>, options: &'a CheckArgs) -> Self {
        let now = judged.now();
        let mut rows: Vec<View<'_, AcmeCertificate>> = judged.views().filter(|row| wish.keeps(*row, now)).collect();
        let number = |row: &View<'_, AcmeCertificate>| u32::try_from(row.index).unwrap_or(u32::MAX);
        rows.sort_by(|a, b| judged.triage.order(judged.rows, number(a), number(b)));
        let problems = rows.iter().filter_map(|row| {
            let found = row.derived?;
            let severity = if options.crit.breached(found, row.record, now) {
                Severity::Critical
            } else if options.warn.breached(found, row.record, now) {
                Severity::Warning
            } else {
                return None;
            };
            Some(Problem { severity, row: *row })
        });
        let mut problems: Vec<Problem<'_>> = problems.collect();
        problems.sort_by_key(|problem| problem.severity);
        let watched = rows.iter().filter(|row| row.derived.is_some_and(|found| is_watched(found.state)));
        let (mut count, mut unreadable, mut left) = (0, 0, None);
        for row in watched {
            count += 1;
            unreadable += usize::from(row.derived.is_some_and(|found| found.reason == Reason::NoEnd));
            left = match (left, row.left(now)) {
                (Some(least), Some(this)) => Some(std::cmp::min(least, this)),
                (least, this) => least.or(this),
            };
        }
        let probed = options.probe.then(|| {
            let verdicts = judged.estate().facts.probes.values().map(|seen| seen.verdict);
            let met: Vec<Verdict> = verdicts.filter(|verdict| *verdict != Verdict::NotVerifiable).collect();
            (met.len(), met.iter().filter(|verdict| **verdict == Verdict::Unreachable).count())
        });
        let gaps = gaps(judged, rows.len(), unreadable);
        let status = match problems.first().map(|problem| problem.severity) {
            Some(Severity::Critical) => Status::Critical,
            _ if !gaps.is_empty() => Status::Unknown,
            Some(Severity::Warning) => Status::Warning,
            None => Status::Ok,
        };
        Self { options, status, problems, gaps, rows, watched: count, unreadable, left, now, probed }
    }

    /// Certificates of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// All in one line.
    pub fn summary(&self) -> String {
        let (critical, warning) = (self.count(Severity::Critical), self.count(Severity::Warning));
        let noun = if self.watched == 1 { "certificate" } else { "certificates" };
        let mut line = format!("CERTDECK {} - ", self.status.word());
        if self.status == Status::Unknown {
            line.push_str(self.gaps.first().map_or("", String::as_str));
            line.push_str("; ");
        }
        // Writing to a string cannot fail.
        let _ = write!(line, "{critical} critical, {warning} warning of {} {noun}", self.watched);
        if let Some(worst) = self.problems.first().map(|problem| problem.row) {
            let _ = write!(line, "; worst: {} {}", row::name(worst.record), state_label(worst));
            if let Some(left) = worst.left(self.now) {
                let _ = write!(line, ", {} left", distance(left));
            }
        }
        line
    }
}

/// Whether a certificate in this state is one that somebody relies on and nothing has replaced.
pub const fn is_watched(state: State) -> bool {
    match state {
        State::Expired
        | State::Stale
        | State::Overdue
        | State::Blocked
        | State::Decide
        | State::Due
        | State::Pending
        | State::Ok => true,
        State::Renewed | State::Revoked | State::Snoozed | State::Retired => false,
    }
}

fn gaps(judged: &Judged<'_>, kept: usize, unreadable: usize) -> Vec<String> {
    let mut gaps = Vec::new();
    if let Completeness::Partial { read, of, why } = &judged.estate().data.completeness {
        let of = of.map_or_else(String::new, |of| format!(" of {of}"));
        gaps.push(format!("not complete, {read}{of} parts were read: {why}"));
    }
    if unreadable > 0 {
        gaps.push(format!("the end of {unreadable} certificates cannot be read"));
    }
    if kept == 0 && judged.rows.is_empty() {
        gaps.push("there is no certificate to check".to_owned());
    } else if kept == 0 {
        gaps.push(format!("the filter keeps none of {} certificates", judged.rows.len()));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::{
        cli::{
            acme::estate::{Estate, Kept},
            args::{Args, Command},
        },
        domain::{
            acme::{
                CertificateRecord, CertificateStatus,
                note::{Deed, Note, NoteEvent, Until},
            },
            dataset::Dataset,
            ids::{AccountId, ContractId},
            name::{Name, NameSet},
            serial::Serial,
            when::When,
        },
    };

    fn row(end: &str) -> AcmeCertificate {
        CertificateRecord {
            account: AccountId::new("1"),
            contract: ContractId::new("2"),
            domain: Name::new("www.example.com"),
            status: CertificateStatus::Issued,
            expires: When::parse(end),
            serial: Serial::parse("0A"),
            names: NameSet::new([Name::new("www.example.com")]),
            oddities: Vec::new(),
        }
        .into()
    }

    /// How a check of `rows` ends at `now`, by the defaults.
    fn status(rows: Vec<AcmeCertificate>, done: Option<Deed>, now: &str) -> Status {
        use clap::Parser as _;
        let now: Timestamp = now.parse().unwrap();
        let event = |what| NoteEvent {
            key: rows[0].key(),
            at: "2026-11-01T00:00:00Z".parse().unwrap(),
            who: "kim".into(),
            what,
        };
        let events: Vec<NoteEvent> = done.map(event).into_iter().collect();
        let notes: HashMap<_, _> = Note::fold(&events);
        let kept = Kept { notes: Some(notes), ..Kept::default() };
        let estate = Estate::of(Dataset::complete(rows, now), &[], kept, now);
        let typed = Args::try_parse_from(["certdeck", "check"]).unwrap();
        let Some(Command::Check(options)) = &typed.command else { panic!("a check") };
        let wish = Wish::new(&typed.global).ok().unwrap();
        Finding::of(&estate.judged(), &wish, options).status
    }

    #[test]
    fn what_is_put_off_never_alarms_and_a_snooze_that_ended_does() {
        let (end, now) = ("2026-12-01T00:00:00Z", "2026-11-21T00:00:00Z");
        let snooze = |until: &str| Some(Deed::Snooze(Until::At(until.parse().unwrap())));
        assert_eq!(status(vec![row(end)], None, now), Status::Warning);
        assert_eq!(status(vec![row(end)], snooze("2026-11-25T00:00:00Z"), now), Status::Ok);
        assert_eq!(status(vec![row(end)], snooze("2026-11-25T00:00:00Z"), "2026-11-25T00:00:01Z"), Status::Warning);
        assert_eq!(status(vec![row(end)], Some(Deed::Snooze(Until::NextSerial)), now), Status::Ok);
        // The last 72 h cannot be put off.
        let last = "2026-11-28T00:00:01Z";
        assert_eq!(status(vec![row(end)], Some(Deed::Snooze(Until::NextSerial)), last), Status::Critical);
        assert_eq!(status(vec![row(end)], Some(Deed::Retire("gone".into())), "2026-12-24T00:00:00Z"), Status::Ok);
        assert_eq!(status(vec![row(end)], None, "2026-12-24T00:00:00Z"), Status::Critical);
    }

    #[test]
    fn what_cannot_be_judged_is_unknown_unless_something_is_critical() {
        let now = "2026-11-21T00:00:00Z";
        let fine = || row("2027-05-01T00:00:00Z");
        let odd = || -> AcmeCertificate {
            CertificateRecord {
                serial: Serial::parse("0B"),
                domain: Name::new("b.example.com"),
                ..row("soon").record()
            }
            .into()
        };
        let ended = || -> AcmeCertificate {
            CertificateRecord {
                serial: Serial::parse("0C"),
                contract: ContractId::new("3"),
                ..row("2026-11-20T00:00:00Z").record()
            }
            .into()
        };
        assert_eq!(status(vec![fine()], None, now), Status::Ok);
        assert_eq!(status(vec![fine(), odd()], None, now), Status::Unknown);
        assert_eq!(
            status(
                vec![
                    odd(),
                    CertificateRecord {
                        names: NameSet::default(),
                        domain: Name::new("c.example.com"),
                        ..ended().record()
                    }
                    .into()
                ],
                None,
                now
            ),
            Status::Critical
        );
        assert_eq!(status(Vec::new(), None, now), Status::Unknown);
    }
}
