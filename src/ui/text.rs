//! Text in cells: width, cutting, placing.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, style::Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Longest text that is looked at for one cell, in graphemes.
const SHOWN_GRAPHEMES: usize = 512;

/// Cells that `text` takes.
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// `text` cut to `cells`, with `…` (or `..` in ASCII) where something is left out.
pub fn fit(text: &str, cells: u16, ascii: bool) -> Cow<'_, str> {
    let cells = usize::from(cells);
    if text.len() <= cells && text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mark = if ascii { ".." } else { "…" };
    let room = cells.saturating_sub(mark.width());
    let (mut used, mut keep) = (0, 0);
    for (count, (at, grapheme)) in text.grapheme_indices(true).enumerate() {
        used += grapheme.width();
        if used > cells || count >= SHOWN_GRAPHEMES {
            let mut out = text.get(..keep).unwrap_or_default().to_owned();
            if cells >= mark.width() {
                out.push_str(mark);
            }
            return Cow::Owned(out);
        }
        if used <= room {
            keep = at + grapheme.len();
        }
    }
    Cow::Borrowed(text)
}

/// Draws `text` at `x`, at most `cells` wide, and returns the column behind it.
pub fn put(buf: &mut Buffer, (x, y): (u16, u16), cells: u16, text: &str, style: Style) -> u16 {
    let area = buf.area;
    if y < area.top() || y >= area.bottom() || x >= area.right() || cells == 0 {
        return x;
    }
    let room = cells.min(area.right() - x);
    buf.set_stringn(x, y, text, usize::from(room), style).0
}

/// Words of `text` in lines of at most `cells`; longer words are broken. At most `lines` lines, the last one cut.
pub fn wrap(text: &str, cells: u16, lines: usize, ascii: bool) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut line = String::new();
    let room = usize::from(cells.max(1));
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let gap = usize::from(!line.is_empty());
            if line.width() + gap + word.width() <= room {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if !line.is_empty() {
                out.push(std::mem::take(&mut line));
                continue;
            }
            let mut used = 0;
            let cut = word
                .grapheme_indices(true)
                .find(|(at, g)| {
                    used += g.width();
                    used > room && *at > 0
                })
                .map_or(word.len(), |(at, _)| at);
            let (head, tail) = word.split_at(cut);
            out.push(head.to_owned());
            word = tail;
            if word.is_empty() {
                break;
            }
        }
        if out.len() > lines {
            break;
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
    if out.len() > lines {
        out.truncate(lines);
        if let Some(last) = out.last_mut() {
            let marked = format!("{last} {}", if ascii { ".." } else { "…" });
            *last = fit(&marked, cells, ascii).into_owned();
            if !last.ends_with(['…', '.']) {
                *last = fit(&format!("{last}……"), cells, ascii).into_owned();
            }
        }
    }
    out
}

/// A number with commas: `1,284`.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 CA`, `23 CAs`.
pub fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Signs of this program, and what stands for them where only ASCII can be drawn.
const SIGNS: &[(&str, &str)] = &[
    ("─", "-"),
    ("━", "#"),
    ("│", "|"),
    ("└", "\\"),
    ("▌", ">"),
    ("█", "#"),
    ("░", ":"),
    ("…", "."),
    ("·", "-"),
    ("⏎", ">"),
    ("›", ">"),
    ("—", "-"),
    ("✓", "+"),
    ("▴", "^"),
    ("▾", "v"),
    ("▸", "+"),
    ("✗", "x"),
    ("∘", "o"),
    ("»", "="),
    ("⊘", "%"),
    ("⟳", "@"),
    ("↑", "^"),
    ("↓", "v"),
    ("←", "<"),
    ("→", ">"),
];

/// Replaces the signs of this program in a frame by ASCII, cell by cell.
pub fn to_ascii(buf: &mut Buffer) {
    let area = buf.area;
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let plain = buf.cell((x, y)).and_then(|cell| SIGNS.iter().find(|(sign, _)| *sign == cell.symbol()));
            if let Some((_, plain)) = plain {
                buf.set_string(x, y, plain, Style::new());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t11_t12_cells_never_overflow() {
        let long = "x".repeat(100 * 1024);
        let cases =
            ["pay.example.com", "東京.example.com", "👩\u{fe0f}👩 family", "e\u{301}e\u{301}e\u{301}", &long, ""];
        for text in cases {
            for cells in 0..20 {
                for ascii in [true, false] {
                    let shown = fit(text, cells, ascii);
                    assert!(shown.width() <= usize::from(cells), "{shown:?} in {cells}");
                }
            }
        }
        assert_eq!(fit("pay.example.com", 8, false), "pay.exa…");
        assert_eq!(fit("pay.example.com", 8, true), "pay.ex..");
        assert_eq!(fit("東京.example", 4, false), "東…");
    }

    #[test]
    fn wrapping_breaks_words_that_are_too_long() {
        assert_eq!(wrap("one two three", 7, 9, false), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4, 9, false), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("one two three four", 5, 2, false), ["one", "two …"]);
        assert_eq!(count(1_284), "1,284");
        assert_eq!(count(412_077_000), "412,077,000");
        assert_eq!(count(12), "12");
    }
}
