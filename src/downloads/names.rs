//! Names of files. No name of a service is used as it is: what it is made from is spelt anew.

use super::content::Kind;
use crate::domain::{
    digest::Digest,
    ids::{ReportId, RunId},
};

/// Longest part of a name that comes from outside, characters.
const MOST: usize = 40;

/// Letters and digits of a text in lower case, with single hyphens between; `report` for a text without any.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= MOST {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "report".to_owned() } else { out.to_owned() }
}

/// The names of the files of one run.
#[derive(Debug, Clone)]
pub struct Names {
    stem: String,
}

impl Names {
    /// Of a run: its report's name, and twelve digits that no other run has.
    pub fn of(report: &ReportId, run: &RunId, name: &str) -> Self {
        let digest = Digest::of(&format!("{report}\n{run}"));
        Self { stem: format!("{}-{}", slug(name), digest.as_str().get(..12).unwrap_or_default()) }
    }

    /// The manifest.
    pub fn manifest(&self) -> String {
        format!("{}.manifest", self.digits())
    }

    /// One file.
    pub fn file(&self, part: u32, parts: u32, kind: Kind) -> String {
        let part = if parts > 1 { format!("-part{part}") } else { String::new() };
        format!("{}{part}{}", self.stem, kind.ending())
    }

    /// What came and is no report.
    pub fn aside(&self, part: u32) -> String {
        format!("{}-part{part}.part", self.stem)
    }

    /// A report may be given another name; its run is known by the digits alone.
    fn digits(&self) -> &str {
        self.stem.rsplit('-').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f04_f13_no_name_from_outside_reaches_the_disk() {
        let hostile = ["../../.ssh/authorized_keys", "/abs", "C:\\x", "..\\x", "a\0b\u{1b}[2J", "CON", "nul.", "…", ""];
        let long = "n".repeat(300);
        for name in hostile.into_iter().chain([long.as_str()]) {
            for name in [slug(name), Names::of(&ReportId::new(name), &RunId::new(name), name).file(3, 9, Kind::Csv)] {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
                assert!(name.chars().all(plain) && !name.contains("..") && !name.starts_with(['.', '-']), "{name}");
                assert!(name.len() < 80, "{name}");
            }
        }
        let of = |run: &str| Names::of(&ReportId::new("r"), &RunId::new(run), "CON").file(0, 1, Kind::Csv);
        assert!(of("1").starts_with("con-") && of("1").len() == "con-".len() + 12 + ".csv".len());
        assert_ne!(of("1"), of("2"));
    }
}
