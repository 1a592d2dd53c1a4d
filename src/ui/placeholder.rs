//! What stands where there are no rows. Empty, failed and not loaded look different.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    text::{put, wrap},
    theme::{Role, Theme},
};
use crate::{domain::Failure, flow::source::Phase, present::Look};

/// Words for a list without rows, and their role.
pub fn words(phase: Phase, noun: &str, filtered: bool, failure: Option<&Failure>) -> Vec<(String, Role)> {
    match (phase, failure) {
        (Phase::Failed | Phase::Stale | Phase::Partial, Some(failure)) => {
            let mut lines = vec![(format!("! {}", failure.title), Role::Critical)];
            lines.extend(failure.detail.iter().map(|d| (d.to_string(), Role::Text)));
            lines.extend(failure.hint.iter().map(|h| (h.to_string(), Role::Muted)));
            lines.extend(failure.transaction.iter().map(|t| (format!("transaction {t}"), Role::Muted)));
            lines.push(("r reads again; the other screens are not affected.".to_owned(), Role::Muted));
            lines
        }
        (Phase::Idle, _) => vec![
            (format!("No service for {noun} is configured in this context."), Role::Muted),
            ("certdeck config template prints a configuration to start from.".to_owned(), Role::Muted),
        ],
        (Phase::Loading, _) => vec![(format!("reading {noun}…"), Role::Muted)],
        _ if filtered => {
            vec![(format!("No {noun} match the filter."), Role::Muted), ("Esc clears it.".to_owned(), Role::Muted)]
        }
        _ => vec![(format!("There are no {noun}."), Role::Muted)],
    }
}

/// Draws the words at the top of `area`.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, look: &Look, words: &[(String, Role)]) {
    let mut y = area.y.saturating_add(1);
    for (text, role) in words {
        for line in wrap(text, area.width.saturating_sub(6), 4, look.ascii) {
            if y >= area.bottom() {
                return;
            }
            put(buf, (area.x + 3, y), area.width.saturating_sub(6), &line, theme.style(*role));
            y += 1;
        }
    }
}
