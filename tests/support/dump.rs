//! A frame as text with its styles, so that a snapshot sees colour.

use std::{collections::BTreeMap, fmt::Write as _};

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier},
};

/// The text of a frame, without blanks at the ends of lines.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut skip = 0;
        for x in buffer.area.left()..buffer.area.right() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn name(color: Color) -> String {
    match color {
        Color::Reset => "-".to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => format!("{other:?}"),
    }
}

/// Text, then one letter a cell for its style, then what the letters mean.
pub fn styled(buffer: &Buffer) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut styles = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        for x in buffer.area.left()..buffer.area.right() {
            let cell = &buffer[(x, y)];
            let mut style = format!("{} on {}", name(cell.fg), name(cell.bg));
            if cell.modifier != Modifier::empty() {
                let _ = write!(style, " {:?}", cell.modifier);
            }
            let next = char::from(b'a' + u8::try_from(letters.len() % 26).unwrap_or_default());
            line.push(*letters.entry(style).or_insert(next));
        }
        let _ = writeln!(styles, "{}", runs(&line));
    }
    let mut legend: Vec<(char, &String)> = letters.iter().map(|(style, letter)| (*letter, style)).collect();
    legend.sort_unstable();
    let legend: Vec<String> = legend.into_iter().map(|(letter, style)| format!("{letter} {style}")).collect();
    format!("{}\n{styles}\n{}\n", text(buffer), legend.join("\n"))
}

/// `aaab` as `a3 b1`.
fn runs(line: &str) -> String {
    let mut out: Vec<(char, usize)> = Vec::new();
    for c in line.chars() {
        match out.last_mut() {
            Some((last, count)) if *last == c => *count += 1,
            _ => out.push((c, 1)),
        }
    }
    out.into_iter().map(|(c, count)| format!("{c}{count}")).collect::<Vec<_>>().join(" ")
}

/// `text` with `#` for the digits of digests and key identifiers, which differ with the keys that a
/// simulator makes, and of its port.
pub fn without_digests(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || ('A'..='F').contains(&c) {
            run.push(c);
            continue;
        }
        out.push_str(&if run.len() >= 9 { "#".repeat(run.len()) } else { run.clone() });
        run.clear();
        out.push(c);
    }
    out.pop();
    without_ports(&out)
}

/// `text` with `#` for the digits of ports of this machine.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str("127.0.0.1:");
        out.push_str(&"#".repeat(digits));
        out.push_str(&part[digits..]);
    }
    out
}
