//! Metrics as text: `OpenMetrics` 1.0 that the textfile collector reads too, whose format is the older one (0.0.4).
//!
//! That format knows no state sets, and its reader refuses the whole file for one: a state is a gauge of 1 with the
//! state as a label.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use jiff::Timestamp;

use super::finding::{Finding, is_watched};
use crate::{
    cli::acme::estate::Judged,
    domain::{
        acme::{AcmeCertificate, probe::Verdict, state::State, triage::Assessment},
        subject::View,
    },
    present::short,
};

/// A metric family; all are gauges.
struct Family {
    name: &'static str,
    help: &'static str,
}

const NOT_AFTER: Family =
    Family { name: "certdeck_certificate_not_after_seconds", help: "End of the certificate, Unix time." };
const DUE: Family =
    Family { name: "certdeck_certificate_due_seconds", help: "When its renewal is due, Unix time; derived." };
const STATE: Family =
    Family { name: "certdeck_certificate_state", help: "Its state in triage: 1, with the state as a label." };
const SERVED: Family = Family {
    name: "certdeck_certificate_served_match",
    help: "Whether its servers serve this certificate; only of what a probe reached.",
};
const COMPLETE: Family =
    Family { name: "certdeck_check_complete", help: "Whether everything was read; 0 also when nothing could be read." };
const GENERATED: Family =
    Family { name: "certdeck_check_generated_seconds", help: "When the certificates were judged, Unix time." };

/// Writes the metrics of what is watched or put off.
///
/// # Errors
/// Those of `out`.
pub fn write(finding: &Finding<'_>, judged: &Judged<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = HashSet::new();
    let told = |row: &&View<'_, AcmeCertificate>| {
        row.derived.is_some_and(|found| is_watched(found.state) || found.state == State::Snoozed)
    };
    // Two records may have the same labels, as two that wait for a certificate: the worse one stands first.
    let rows = finding.rows.iter().filter(told).map(|row| (labels(row.record), row));
    let rows: Vec<(String, &View<'_, AcmeCertificate>)> =
        rows.filter(|(labels, _)| seen.insert(labels.clone())).collect();
    let family = |family: &Family, value: &dyn Fn(&View<'_, AcmeCertificate>) -> Option<i64>, out: &mut dyn Write| {
        family.head(out)?;
        rows.iter()
            .filter_map(|(labels, row)| Some((labels, value(row)?)))
            .try_for_each(|(labels, value)| writeln!(out, "{}{{{labels}}} {value}", family.name))
    };
    family(&NOT_AFTER, &|row| row.expires().at().map(Timestamp::as_second), out)?;
    family(&DUE, &|row| row.derived.and_then(Assessment::due).map(Timestamp::as_second), out)?;
    STATE.head(out)?;
    for (labels, row) in &rows {
        if let Some(found) = row.derived {
            let state = found.state.word().to_ascii_lowercase();
            writeln!(out, "{}{{{labels},state=\"{state}\"}} 1", STATE.name)?;
        }
    }
    let probes = &judged.estate().facts.probes;
    let served = |row: &View<'_, AcmeCertificate>| match probes.get(&row.key())?.verdict {
        Verdict::Same => Some(1),
        Verdict::Unreachable | Verdict::NotVerifiable => None,
        Verdict::Older | Verdict::Newer | Verdict::Other | Verdict::Foreign | Verdict::Mismatch | Verdict::Mixed => {
            Some(0)
        }
    };
    family(&SERVED, &served, out)?;
    COMPLETE.one(i64::from(finding.gaps.is_empty()), out)?;
    GENERATED.one(finding.now.as_second(), out)?;
    writeln!(out, "# EOF")
}

/// Writes that nothing could be read.
///
/// # Errors
/// Those of `out`.
pub fn failed(out: &mut dyn Write) -> io::Result<()> {
    COMPLETE.one(0, out)?;
    writeln!(out, "# EOF")
}

impl Family {
    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# TYPE {} gauge", self.name)?;
        if self.name.ends_with("_seconds") {
            writeln!(out, "# UNIT {} seconds", self.name)?;
        }
        writeln!(out, "# HELP {} {}", self.name, self.help)
    }

    fn one(&self, value: i64, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        writeln!(out, "{} {value}", self.name)
    }
}

fn labels(record: &AcmeCertificate) -> String {
    let serial = record.serial().map_or("", |serial| serial.digits());
    let values = [
        ("name", record.domain().as_str()),
        ("serial", serial),
        ("contract", record.contract().as_str()),
        ("account", record.account().as_str()),
    ];
    let labels = values.map(|(name, value)| format!("{name}=\"{}\"", escaped(&short(value))));
    labels.join(",")
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
