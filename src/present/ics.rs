//! iCalendar text (RFC 5545): lines of at most 75 octets that end with CRLF.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};

/// Longest line, octets without its end (RFC 5545, 3.1).
const LINE: usize = 75;

/// Something that happens at a moment.
pub struct Event {
    /// The same for the same thing in each calendar that is written.
    pub uid: String,
    /// When (UTC).
    pub at: Timestamp,
    /// One line.
    pub summary: String,
    /// More.
    pub description: String,
    /// A word to sort by, of this program.
    pub category: &'static str,
}

/// Writes a calendar; `now` is the moment at which it was made.
///
/// # Errors
/// Those of `out`.
pub fn write(events: impl IntoIterator<Item = Event>, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let product = concat!("-//certdeck//certdeck ", env!("CARGO_PKG_VERSION"), "//EN");
    for (name, value) in [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", product), ("CALSCALE", "GREGORIAN")] {
        line(name, value, out)?;
    }
    for event in events {
        line("BEGIN", "VEVENT", out)?;
        line("UID", &text(&event.uid), out)?;
        line("DTSTAMP", &moment(now), out)?;
        line("DTSTART", &moment(event.at), out)?;
        line("SUMMARY", &text(&event.summary), out)?;
        line("DESCRIPTION", &text(&event.description), out)?;
        line("CATEGORIES", event.category, out)?;
        line("TRANSP", "TRANSPARENT", out)?;
        line("END", "VEVENT", out)?;
    }
    line("END", "VCALENDAR", out)
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// RFC 5545, 3.3.11.
fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}

/// One line, folded between characters: what follows begins with a blank.
fn line(name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut folded = format!("{name}:");
    let mut width = folded.len();
    for c in value.chars() {
        if width + c.len_utf8() > LINE {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(c);
        width += c.len_utf8();
    }
    folded.push_str("\r\n");
    out.write_all(folded.as_bytes())
}
