//! A one-line text field.

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};
use tui_input::{Input, InputRequest};

use super::{
    text::{put, width},
    theme::{Role, Theme},
};
use crate::{
    domain::text::escape,
    flow::{Chord, Key},
};

/// Edits `input` by a key; returns false when the key is not one of editing.
pub fn edit(input: &mut Input, chord: Chord) -> bool {
    let request = match (chord.key, chord.ctrl, chord.alt) {
        (Key::Char(c), false, false) => InputRequest::InsertChar(c),
        (Key::Backspace, false, false) => InputRequest::DeletePrevChar,
        (Key::Char('w'), true, _) | (Key::Backspace, _, true) => InputRequest::DeletePrevWord,
        (Key::Char('u'), true, _) => InputRequest::DeleteLine,
        (Key::Char('k'), true, _) => InputRequest::DeleteTillEnd,
        (Key::Char('a'), true, _) | (Key::Home, ..) => InputRequest::GoToStart,
        (Key::Char('e'), true, _) | (Key::End, ..) => InputRequest::GoToEnd,
        (Key::Delete, ..) => InputRequest::DeleteNextChar,
        (Key::Left, false, _) => InputRequest::GoToPrevChar,
        (Key::Right, false, _) => InputRequest::GoToNextChar,
        (Key::Left, true, _) => InputRequest::GoToPrevWord,
        (Key::Right, true, _) => InputRequest::GoToNextWord,
        _ => return false,
    };
    input.handle(request);
    true
}

/// Inserts pasted text, made safe and on one line.
pub fn paste(input: &mut Input, text: &str) {
    for c in escape(text).chars().take(1_024) {
        input.handle(InputRequest::InsertChar(c));
    }
}

/// Draws the field with its cursor.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, input: &Input) {
    if area.is_empty() {
        return;
    }
    let scroll = input.visual_scroll(usize::from(area.width.saturating_sub(1)));
    let text: String = skip_cells(input.value(), scroll);
    put(buf, (area.x, area.y), area.width, &text, theme.style(Role::Text));
    let cursor = area.x.saturating_add(u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or(u16::MAX));
    if let Some(cell) = buf.cell_mut((cursor.min(area.right().saturating_sub(1)), area.y)) {
        cell.modifier |= Modifier::REVERSED;
    }
}

fn skip_cells(text: &str, cells: usize) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|c| {
            let skip = skipped < cells;
            skipped += usize::from(width(c.encode_utf8(&mut [0; 4])));
            skip
        })
        .collect()
}
