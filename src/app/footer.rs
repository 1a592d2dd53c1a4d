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

/// A key of a footer: what it does, in a word, and whether a narrow screen has room for it.
type Foot = (Action, &'static str, bool);

/// The keys of the library of reports in their order.
const REPORTS: [Foot; 9] = [
    (Action::Open, "open", true),
    (Action::NewReport, "new", true),
    (Action::EditReport, "edit", true),
    (Action::RunReport, "run", true),
    (Action::Write, "download", true),
    (Action::Filter, "filter", true),
    (Action::Change, "remove", false),
    (Action::SortBy, "sort", false),
    (Action::About(ScreenId::Audit), "its events", false),
];

/// The keys of the CA hierarchy in their order.
const CAS: [Foot; 10] = [
    (Action::Fold, "fold", false),
    (Action::Down, "", false),
    (Action::Open, "details", false),
    (Action::Impact, "impact", false),
    (Action::Review, "review", false),
    (Action::Probe, "check CRL/OCSP", false),
    (Action::Write, "PEM", false),
    (Action::Console, "console", false),
    (Action::Filter, "filter", false),
    (Action::About(ScreenId::Audit), "events", false),
];

/// The same where there is no room for the requests below the tree.
const CAS_ALONE: [Foot; 5] = [
    (Action::Fold, "fold", true),
    (Action::Open, "details", true),
    (Action::Impact, "impact", true),
    (Action::Review, "review", true),
    (Action::Requests, "requests", true),
];

/// The keys of a table of rows of files in their order.
const TABLE: [Foot; 11] = [
    (Action::Fold, "column", true),
    (Action::Pin, "pin", true),
    (Action::Narrow, "width", false),
    (Action::Hide, "hide", false),
    (Action::SortBy, "sort", true),
    (Action::Filter, "filter", true),
    (Action::Same, "same value", false),
    (Action::Counts, "counts", true),
    (Action::Compare, "compare", false),
    (Action::About(ScreenId::Acme), "name", true),
    (Action::Write, "write", false),
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
        let all = if is_wide { " all keys" } else { " help " };
        let (keys, help_label) = match (facts.in_details, facts.in_table, facts.report) {
            (false, true, _) => (listed(&TABLE, &works, is_wide, ascii), all),
            (false, false, Some(_)) => (listed(&REPORTS, &works, is_wide, ascii), " help "),
            (false, false, None) if self.current == ScreenId::Cas => {
                let keys: &[Foot] = if is_wide { &CAS } else { &CAS_ALONE };
                (listed(keys, &works, is_wide, ascii), all)
            }
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
    let shown = keys.iter().filter(|(.., narrow)| is_wide || *narrow);
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
