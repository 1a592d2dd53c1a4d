//! `certdeck acme match`: which certificates cover a name, and until when.

use std::io::Read as _;

use super::{
    SOURCE,
    estate::{Estate, Judged},
    one_order, row,
};
use crate::{
    cli::{
        console,
        exit::{Exit, Outcome, Trouble},
        grid::Grid,
        item::Item,
        listing::Wish,
        session::{Desk, Print, warn_of},
        sheet::Source,
    },
    domain::{
        Failure, FailureKind,
        acme::{
            AcmeCertificate,
            covering::{Covering, covering},
        },
        name::Name,
        subject::View,
    },
    present::{self, Align, moment},
};

const KIND: &str = "acme.match";
const MEMBERS: &[&str] = &[
    "name",
    "coverage",
    "until",
    "left_seconds",
    "domain",
    "serial_number",
    "acme_contract_id",
    "account_id",
    "status",
    "state",
];
/// Most bytes of names that are read from stdin.
const STDIN: u64 = 4 << 20;
/// Names told on stderr; the rest is counted.
const TOLD: usize = 5;

/// A name, and a certificate that covers it.
struct Line<'a> {
    name: &'a Name,
    by: Option<(View<'a, AcmeCertificate>, bool)>,
}

/// Runs `acme match`.
pub fn run(asked: &[String], wish: &Wish<AcmeCertificate>, desk: &mut Desk<'_>) -> Outcome {
    one_order(desk.global, "a match")?;
    let names = names(asked)?;
    let estate = Estate::read(desk)?;
    let partial = warn_of(SOURCE, &estate.data);
    let judged = estate.judged();
    let kept: Vec<View<'_, AcmeCertificate>> = judged.views().filter(|row| wish.keeps(*row, judged.now())).collect();
    let records: Vec<&AcmeCertificate> = kept.iter().map(|row| row.record).collect();
    let found = covering(&names, &records, judged.now());
    let lines: Vec<Line<'_>> = names.iter().zip(&found).flat_map(|(name, found)| lines(name, found, &kept)).collect();
    let look = desk.look();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![Source::read(SOURCE, &estate.data)],
        total: lines.len(),
        len: lines.len(),
        item: &|at| lines.get(at).map_or_else(Item::default, |line| line.item(&judged)),
        grid: &|| Grid {
            columns: ["NAME", "COVERED", "LEFT", "UNTIL (UTC)", "STATE", "CONTRACT", "SERIAL"]
                .map(|title| (title, Align::Left))
                .to_vec(),
            rows: lines.iter().map(|line| line.cells(&look)).collect(),
            whole: false,
        },
        unknown: Vec::new(),
        gaps: None,
    })?;
    let bare: Vec<&str> = lines.iter().filter(|line| line.by.is_none()).map(|line| line.name.as_str()).collect();
    if bare.is_empty() {
        return Ok(partial);
    }
    let told = bare.iter().take(TOLD).copied().collect::<Vec<_>>().join(", ");
    let more = bare.len().saturating_sub(TOLD);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    console::warn(&format!("no certificate covers {told}{more}"));
    // What is missing may cover them.
    Ok(if partial == Exit::Done { Exit::NotFound } else { partial })
}

/// The names that were asked for, each once; `-` stands for those on stdin, one a line.
fn names(asked: &[String]) -> Result<Vec<Name>, Trouble> {
    let mut typed: Vec<String> = asked.iter().filter(|word| *word != "-").cloned().collect();
    if typed.len() < asked.len() {
        let mut text = String::new();
        std::io::stdin().lock().take(STDIN + 1).read_to_string(&mut text).map_err(|error| {
            Failure::new(FailureKind::Configuration, format!("stdin cannot be read ({})", error.kind()))
                .hint("names are UTF-8 text, one a line")
        })?;
        if u64::try_from(text.len()).is_ok_and(|len| len > STDIN) {
            return Err(Trouble::usage("stdin holds more than 4 MiB of names"));
        }
        typed.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned));
    }
    let mut names: Vec<Name> = Vec::with_capacity(typed.len());
    let mut seen = std::collections::HashSet::new();
    for word in &typed {
        let name = Name::new(word.strip_suffix('.').unwrap_or(word));
        if name.problem().is_some() {
            let title = format!("{:?} is no host name", present::short(name.as_str()));
            return Err(Trouble::Usage(
                Failure::new(FailureKind::Configuration, title)
                    .hint("write a name or a wildcard, without a port or path"),
            ));
        }
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(Trouble::usage("no name was given, and none stands on stdin"));
    }
    Ok(names)
}

fn lines<'a>(name: &'a Name, found: &[Covering], rows: &[View<'a, AcmeCertificate>]) -> Vec<Line<'a>> {
    let covered = found.iter().filter_map(|one| Some((*rows.get(one.row as usize)?, one.wildcard)));
    let lines: Vec<Line<'_>> = covered.map(|by| Line { name, by: Some(by) }).collect();
    if lines.is_empty() { vec![Line { name, by: None }] } else { lines }
}

impl Line<'_> {
    const fn coverage(&self) -> &'static str {
        match self.by {
            Some((_, false)) => "exact",
            Some((_, true)) => "wildcard",
            None => "none",
        }
    }

    fn item(&self, judged: &Judged<'_>) -> Item {
        let item = Item::default().text("name", self.name.as_str()).with("coverage", self.coverage());
        let Some((row, _)) = self.by else { return item.nulls(MEMBERS.split_at(2).1) };
        item.when("until", &row.expires())
            .with("left_seconds", row.left(judged.now()))
            .text("domain", row.domain().as_str())
            .text("serial_number", row::serial(row.record))
            .text("acme_contract_id", row.contract().as_str())
            .text("account_id", row.account().as_str())
            .text("status", row.status().as_str())
            .text("state", &present::acme::state_label(row))
    }

    fn cells(&self, look: &present::Look) -> Vec<String> {
        let mut cells = vec![self.name.to_string(), self.coverage().to_owned()];
        cells.extend(self.by.into_iter().flat_map(|(row, _)| {
            [
                row.left(look.now).map_or_else(String::new, moment::distance),
                moment::short(&row.expires(), look),
                present::acme::state_label(row).into_owned(),
                row.contract().to_string(),
                row::serial(row.record).to_owned(),
            ]
        }));
        cells
    }
}
