//! Files of a run, made while they are sent.

use std::ops::Range;

use serde_json::Value;

use super::missing;
use crate::simulator::answer::{Answer, Ask, JSON, flat};
use crate::simulator::options::PartHeader;
use crate::simulator::world::{Report, Run, World, cell, line, object, sheet_row, threshold};
use crate::simulator::zip::{Pieces, archive};

/// Rows made at a time.
const BLOCK: u64 = 500;
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A finished run whose files still exist.
fn ready<'a>(world: &'a World, id: &str, run: &str) -> Option<(&'a Report, &'a Run)> {
    let now = world.clock.now();
    let report = world.reports.find(id)?;
    let run = report.runs.iter().find(|one| one.id == run)?;
    (run.status(now) == "READY" && !run.gone(now)).then_some((report, run))
}

/// The rows as JSON, whatever the report's format.
pub(super) fn json_rows(world: &World, id: &str, run: &str) -> Answer {
    match ready(world, id, run) {
        Some((report, run)) => {
            let table = Table::new(world.seed, report);
            Answer::chunks(JSON, table.json(0..run.rows))
        }
        None => missing(),
    }
}

pub(super) fn file(world: &mut World, ask: &Ask, id: &str, run_id: &str) -> Answer {
    let now = world.clock.now();
    let Some((report, run)) = ready(world, id, run_id) else {
        return missing();
    };
    let format = report.format.clone();
    let asked = ask.query("report_format").unwrap_or_default();
    if asked != "ZIP" && asked != format {
        return flat(400, "report_format_inapplicable", "This report was not built in that format.");
    }
    let sequence = ask.number("split_report_sequence").ok().flatten().unwrap_or(0);
    if sequence >= run.parts.max(1) {
        return missing();
    }
    let (range, parts) = (range(world, report, run, sequence), run.parts);
    let name = format!("report-{sequence}.{}", ending(&format));
    let mut table = Table::new(world.seed, report);
    table.header = sequence == 0 || world.switches.part_header == PartHeader::EveryPart;
    let size = table.estimate(range.end - range.start);
    let zipped = asked == "ZIP" || parts > 0 || size > world.switches.zip_above;
    let (media_type, pieces): (&str, Pieces) = match format.as_str() {
        "JSON" => (JSON, Box::new(table.json(range))),
        "EXCEL" => (SHEET, Box::new(table.workbook(range))),
        _ => ("text/csv", Box::new(table.csv(range))),
    };
    if let Some(report) = world.reports.find_mut(id)
        && let Some(run) = report.runs.iter_mut().find(|one| one.id == run_id)
    {
        // The first download starts the clock of retention.
        run.downloaded.get_or_insert(now);
    }
    let disposition = |name: &str| format!("attachment; filename=\"{name}\"");
    if zipped {
        return Answer::chunks("application/zip", archive(vec![(name, pieces)]))
            .with("content-disposition", disposition("report.zip"));
    }
    Answer::chunks(media_type, pieces).with("content-disposition", disposition(&name))
}

fn range(world: &World, report: &Report, run: &Run, sequence: u64) -> Range<u64> {
    if run.parts == 0 {
        return 0..run.rows;
    }
    let limit = match world.switches.split_rows {
        0 => threshold(report),
        limit => limit,
    };
    // A run whose parts were cut before a switch changed keeps their number.
    let size = if run.rows.div_ceil(limit) == run.parts { limit } else { run.rows.div_ceil(run.parts) };
    (sequence * size).min(run.rows)..((sequence + 1) * size).min(run.rows)
}

fn ending(format: &str) -> &'static str {
    match format {
        "JSON" => "json",
        "EXCEL" => "xlsx",
        _ => "csv",
    }
}

/// What the files of a report are made from.
#[derive(Clone)]
struct Table {
    seed: u64,
    kind: String,
    columns: Vec<String>,
    header: bool,
}

impl Table {
    fn new(seed: u64, report: &Report) -> Self {
        Self { seed, kind: report.kind().to_owned(), columns: report.columns(), header: true }
    }

    fn cells(&self, n: u64) -> Vec<String> {
        self.columns.iter().map(|column| cell(self.seed, &self.kind, column, n)).collect()
    }

    fn csv_line(&self, n: u64) -> String {
        line(self.cells(n).iter().map(String::as_str))
    }

    /// Bytes of so many rows, judged by the first.
    fn estimate(&self, rows: u64) -> u64 {
        let sample: usize = (0..20).map(|n| self.csv_line(n).len()).sum();
        u64::try_from(sample).unwrap_or(0) * rows / 20
    }

    fn csv(self, range: Range<u64>) -> impl Iterator<Item = Vec<u8>> + Send {
        let head = self.header.then(|| line(self.columns.iter().map(String::as_str)).into_bytes());
        head.into_iter().chain(blocks(range, move |rows| rows.map(|n| self.csv_line(n)).collect::<String>()))
    }

    fn json(self, range: Range<u64>) -> impl Iterator<Item = Vec<u8>> + Send {
        let first = range.start;
        let body = blocks(range, move |rows| {
            rows.map(|n| {
                let comma = if n == first { "" } else { "," };
                let row: Value = object(self.seed, &self.kind, &self.columns, n);
                format!("{comma}{row}\n")
            })
            .collect::<Vec<_>>()
            .concat()
        });
        std::iter::once(b"[".to_vec()).chain(body).chain(std::iter::once(b"]".to_vec()))
    }

    /// A workbook: one sheet of rows, and for an fqdn report a summary before it.
    fn workbook(self, range: Range<u64>) -> impl Iterator<Item = Vec<u8>> + Send {
        let whole = |text: String| -> Pieces { Box::new(std::iter::once(text.into_bytes())) };
        let two = self.kind == "fqdn";
        let rows = range.end - range.start;
        let summary = sheet_row(["names".to_owned(), rows.to_string()].into_iter());
        let head = sheet_row(self.columns.clone().into_iter());
        let details = blocks(range, move |rows| rows.map(|n| sheet_row(self.cells(n).into_iter())).collect::<String>());
        let open = format!("{OPEN_SHEET}{head}").into_bytes();
        let details = std::iter::once(open).chain(details).chain(std::iter::once(CLOSE_SHEET.into()));
        let names: &[&str] = if two { &["Summary", "Details"] } else { &["Report"] };
        let mut files = vec![
            ("[Content_Types].xml".to_owned(), whole(content_types(names.len()))),
            ("_rels/.rels".to_owned(), whole(RELATIONS.to_owned())),
            ("xl/workbook.xml".to_owned(), whole(workbook_part(names))),
            ("xl/_rels/workbook.xml.rels".to_owned(), whole(workbook_relations(names.len()))),
        ];
        if two {
            files.push(("xl/worksheets/sheet1.xml".to_owned(), whole(format!("{OPEN_SHEET}{summary}{CLOSE_SHEET}"))));
        }
        files.push((format!("xl/worksheets/sheet{}.xml", names.len()), Box::new(details)));
        archive(files)
    }
}

fn blocks(range: Range<u64>, make: impl Fn(Range<u64>) -> String) -> impl Iterator<Item = Vec<u8>> {
    let mut from = range.start;
    std::iter::from_fn(move || {
        let to = range.end.min(from + BLOCK);
        let rows = from..to;
        from = to;
        (!rows.is_empty()).then(|| make(rows).into_bytes())
    })
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const OPEN_SHEET: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>";
const CLOSE_SHEET: &str = "</sheetData></worksheet>";
const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

fn content_types(sheets: usize) -> String {
    let parts: Vec<String> = (1..=sheets)
        .map(|n| format!("<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"))
        .collect();
    format!(
        "{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>{parts}</Types>",
        parts = parts.concat()
    )
}

fn workbook_part(names: &[&str]) -> String {
    let sheets: Vec<String> =
        (1..).zip(names).map(|(n, name)| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>")).collect();
    format!(
        "{XML}<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{sheets}</sheets></workbook>",
        sheets = sheets.concat()
    )
}

fn workbook_relations(sheets: usize) -> String {
    let list: Vec<String> = (1..=sheets)
        .map(|n| format!("<Relationship Id=\"rId{n}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"))
        .collect();
    format!(
        "{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{list}</Relationships>",
        list = list.concat()
    )
}
