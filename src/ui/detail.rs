//! Details: labels and values, in a pane beside a table or as a page.

use std::fmt::Write as _;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    text::{fit, put, width, wrap},
    theme::{Role, Theme},
};
use crate::present::{Look, Tone};

/// A line of details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// The name of what is shown.
    Title(String, Tone),
    /// A heading, with a note behind it.
    Heading(&'static str, String),
    /// A label and its value; long values are wrapped.
    Pair(&'static str, String, Tone),
    /// Text across the pane; long text is wrapped.
    Text(String, Tone),
    /// Text that keeps its blanks and is cut instead of wrapped.
    Verbatim(String, Tone),
    /// An empty line.
    Gap,
    /// How much of a span has passed: 0 to 100 percent, drawn as a bar.
    Elapsed(u8),
}

impl Detail {
    /// A label and its value in reading text.
    pub fn pair(label: &'static str, value: impl Into<String>) -> Self {
        Self::Pair(label, value.into(), Tone::Text)
    }
}

/// Values begin that many cells behind the edge: behind the longest label.
pub const LABEL: u16 = 12;
/// A value wraps into at most this many lines.
const VALUE_LINES: usize = 12;

struct Line {
    label: &'static str,
    text: String,
    indent: u16,
    role: Role,
}

/// Lays `details` out for a width.
fn lay(details: &[Detail], cells: u16, look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut push = |label, text, indent, role| lines.push(Line { label, text, indent, role });
    for detail in details {
        match detail {
            Detail::Title(text, tone) | Detail::Verbatim(text, tone) => {
                push("", fit(text, cells, look.ascii).into_owned(), 0, (*tone).into());
            }
            Detail::Heading(heading, note) => {
                let gap = cells.saturating_sub(width(heading) + width(note) + 1);
                let text = if note.is_empty() {
                    (*heading).to_owned()
                } else {
                    format!("{heading} {}{note}", " ".repeat(usize::from(gap)))
                };
                push("", fit(&text, cells, look.ascii).into_owned(), 0, Role::Muted);
            }
            Detail::Pair(label, value, tone) => {
                let room = cells.saturating_sub(LABEL);
                let mut wrapped = wrap(value, room, VALUE_LINES, look.ascii).into_iter();
                push(label, wrapped.next().unwrap_or_default(), LABEL, (*tone).into());
                for rest in wrapped {
                    push("", rest, LABEL, (*tone).into());
                }
            }
            Detail::Text(text, tone) => {
                for part in wrap(text, cells, VALUE_LINES, look.ascii) {
                    push("", part, 0, (*tone).into());
                }
            }
            Detail::Gap => push("", String::new(), 0, Role::Text),
            Detail::Elapsed(percent) => {
                let percent = (*percent).min(100);
                let room = cells.saturating_sub(LABEL + 6).min(24);
                let done = room * u16::from(percent) / 100;
                let (full, rest) = if look.ascii { ("#", "-") } else { ("━", "─") };
                let bar = full.repeat(usize::from(done)) + &rest.repeat(usize::from(room - done));
                push("", format!("{bar}  {percent}%"), LABEL, Role::Muted);
            }
        }
    }
    lines
}

/// Draws details from line `scroll` on, and returns how many lines there are in all.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, look: &Look, details: &[Detail], scroll: usize) -> usize {
    let lines = lay(details, area.width, look);
    let total = lines.len();
    let first = scroll.min(total.saturating_sub(usize::from(area.height)));
    for (y, line) in (area.top()..area.bottom()).zip(lines.into_iter().skip(first)) {
        put(buf, (area.x, y), LABEL.saturating_sub(1), line.label, theme.style(Role::Muted));
        let x = area.x.saturating_add(line.indent);
        put(buf, (x, y), area.right().saturating_sub(x), &line.text, theme.style(line.role));
    }
    total
}

/// Details as Markdown (CommonMark): what outside text holds of its signs is written as text.
pub fn markdown(details: &[Detail]) -> String {
    let mut out = String::new();
    for detail in details {
        // Writing to a String cannot fail.
        let _ = match detail {
            Detail::Title(text, _) => writeln!(out, "# {}\n", plain(text)),
            Detail::Heading(heading, note) if note.is_empty() => writeln!(out, "\n## {heading}\n"),
            Detail::Heading(heading, note) => writeln!(out, "\n## {heading}\n\n{}\n", plain(note)),
            Detail::Pair("", value, _) => writeln!(out, "- {}", plain(value)),
            Detail::Pair(label, value, _) => writeln!(out, "- **{label}**: {}", plain(value)),
            Detail::Text(text, _) | Detail::Verbatim(text, _) => writeln!(out, "- {}", plain(text)),
            Detail::Gap => writeln!(out),
            Detail::Elapsed(percent) => writeln!(out, "- {percent}% of it has passed"),
        };
    }
    out
}

/// Text whose characters mean nothing in Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::Tone;

    #[test]
    fn text_of_others_is_no_markdown() {
        let hostile = "# *x* <img src=http://one.example.com> [a](b) `c` &lt;";
        let lines = [Detail::Title("T".into(), Tone::Text), Detail::pair("Comment", hostile), Detail::Gap];
        let expected =
            "# T\n\n- **Comment**: \\# \\*x\\* \\<img src=http://one.example.com\\> \\[a\\](b) \\`c\\` \\&lt;\n\n";
        assert_eq!(markdown(&lines), expected);
    }
}
