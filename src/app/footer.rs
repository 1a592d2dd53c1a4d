//! The last line: the keys that work now, the most wanted first.

use ratatui::{buffer::Buffer, layout::Rect};

use super::App;
use crate::{
    flow::{Action, Availability, Facts, ScreenId, chord},
    keymap::Binding,
    screens::{Layout, ViewCx, deeds::Evidence, review::Review},
    ui::{
        Role,
        bar::{self, Part},
        text::width,
    },
};

/// Screens on which a key stands in the footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Any,
    Wide,
    Narrow,
}

/// A key of a footer: what it does, in a word, and where it stands.
type Foot = (Action, &'static str, Room);

/// The keys of the library of reports in their order.
const REPORTS: [Foot; 9] = [
    (Action::Open, "open", Room::Any),
    (Action::NewReport, "new", Room::Any),
    (Action::EditReport, "edit", Room::Any),
    (Action::RunReport, "run", Room::Any),
    (Action::Write, "download", Room::Any),
    (Action::Filter, "filter", Room::Any),
    (Action::Change, "remove", Room::Wide),
    (Action::SortBy, "sort", Room::Wide),
    (Action::About(ScreenId::Audit), "its events", Room::Wide),
];

/// The keys of the CA hierarchy in their order. Requests stand below a wide tree, and behind a key of a narrow one.
const CAS: [Foot; 11] = [
    (Action::Fold, "fold", Room::Any),
    (Action::Down, "", Room::Wide),
    (Action::Open, "details", Room::Any),
    (Action::Impact, "impact", Room::Any),
    (Action::Review, "review", Room::Any),
    (Action::Requests, "requests", Room::Narrow),
    (Action::Probe, "check CRL/OCSP", Room::Wide),
    (Action::Write, "PEM", Room::Wide),
    (Action::Console, "console", Room::Wide),
    (Action::Filter, "filter", Room::Wide),
    (Action::About(ScreenId::Audit), "events", Room::Wide),
];

/// The keys of a table of rows of files in their order.
const TABLE: [Foot; 11] = [
    (Action::Fold, "column", Room::Any),
    (Action::Pin, "pin", Room::Any),
    (Action::Narrow, "width", Room::Wide),
    (Action::Hide, "hide", Room::Wide),
    (Action::SortBy, "sort", Room::Any),
    (Action::Filter, "filter", Room::Any),
    (Action::Same, "same value", Room::Wide),
    (Action::Counts, "counts", Room::Any),
    (Action::Compare, "compare", Room::Wide),
    (Action::About(ScreenId::Acme), "name", Room::Any),
    (Action::Write, "write", Room::Wide),
];

impl App {
    pub(super) fn footer(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (theme, ascii) = (view.theme, view.cx.look.ascii);
        let line = |text: String, role: Role, buf: &mut Buffer| {
            bar::draw(buf, area, theme.style(Role::Page), &[(text, theme.style(role))], &[], ascii);
        };
        if !self.typed.is_empty() {
            let typed = chord::written(&self.typed);
            return line(format!(" {typed}…  Esc drops it"), Role::Accent, buf);
        }
        let hint = self.review.as_ref().map(Review::hint).or_else(|| self.deeds.as_ref().map(Evidence::hint));
        if let Some(hint) = hint {
            return line(format!(" {hint}"), Role::Muted, buf);
        }
        let facts = self.facts();
        let available = self.setting.keymap.available(&facts);
        let works = available.filter(|(binding, is)| *is == Availability::Yes && !binding.chords.is_empty());
        let works: Vec<&Binding> = works.map(|(binding, _)| binding).collect();
        let help = works.iter().find(|binding| binding.action == Action::Help).map(|binding| binding.key());
        let is_wide = Layout::of(view.cx.size) == Layout::Wide;
        let all = if is_wide { " all keys " } else { " help " };
        let (keys, help_label) = match (facts.in_details, facts.in_table, facts.report) {
            (false, true, _) => (listed(&TABLE, &works, is_wide, ascii), all),
            (false, false, Some(_)) => (listed(&REPORTS, &works, is_wide, ascii), " help "),
            (false, false, None) if self.current == ScreenId::Cas => (listed(&CAS, &works, is_wide, ascii), all),
            _ => (of_screen(works, &facts, ascii), " help "),
        };
        let right: Vec<Part> = help
            .map(|key| (key, theme.style(Role::Accent)))
            .into_iter()
            .chain([(help_label.to_owned(), theme.style(Role::Muted))])
            .collect();
        let mut left: Vec<Part> = vec![(" ".to_owned(), theme.style(Role::Text))];
        let mut room = area.width.saturating_sub(1 + right.iter().map(|(text, _)| width(text)).sum::<u16>());
        for (key, label) in keys {
            let label = if label.is_empty() { "  ".to_owned() } else { format!(" {label}  ") };
            let cells = width(&key) + width(&label);
            if cells > room {
                break;
            }
            room -= cells;
            left.push((key, theme.style(Role::Accent)));
            left.push((label, theme.style(Role::Muted)));
        }
        bar::draw(buf, area, theme.style(Role::Page), &left, &right, ascii);
    }
}

/// Those keys of a footer that work.
fn listed(keys: &[Foot], works: &[&Binding], is_wide: bool, ascii: bool) -> Vec<(String, &'static str)> {
    let key = |action: Action| works.iter().find(|binding| binding.action == action).map(|binding| binding.key());
    let other = if is_wide { Room::Narrow } else { Room::Wide };
    let shown = keys.iter().filter(|(.., room)| *room != other);
    let entry = |(action, label, _): &Foot| {
        let own = key(*action)?;
        let both = match action {
            Action::Fold => key(Action::Unfold).map(|other| format!("{own}/{other}")),
            Action::Down => key(Action::Up).map(|other| format!("{own}/{other}")),
            Action::Narrow => key(Action::Widen).map(|other| format!("{own} {other}")),
            _ => None,
        };
        Some((both.unwrap_or_else(|| short(own, ascii)), *label))
    };
    shown.filter_map(entry).collect()
}

/// The keys of a screen by their rank; those of one rank that move stand together.
fn of_screen(mut works: Vec<&Binding>, facts: &Facts, ascii: bool) -> Vec<(String, &'static str)> {
    works.retain(|binding| binding.footer > 0 && binding.action != Action::Help);
    works.sort_by_key(|binding| binding.footer);
    let mut last = 0;
    let mut out = Vec::new();
    for binding in works {
        if binding.footer == last && binding.footer <= 2 {
            continue;
        }
        last = binding.footer;
        out.push(match binding.footer {
            1 => ("j/k".to_owned(), "move"),
            2 => ("h/l".to_owned(), if facts.in_table { "column" } else { "fold" }),
            _ => {
                let toggle = facts.toggle.filter(|_| binding.action == Action::Toggle);
                (short(binding.key(), ascii), toggle.unwrap_or(binding.label))
            }
        });
    }
    out
}

/// A key as the footer has room for it.
fn short(key: String, ascii: bool) -> String {
    if key == "Enter" && !ascii { "⏎".to_owned() } else { key }
}
