//! What lies above a screen: filter bar, palette, pickers, help. A stack, never a set of flags.

use jiff::civil::Date;
use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use super::{
    Place,
    form::{Form, Wish},
    noting::NoteKind,
};
use crate::{
    domain::{
        Clean,
        ca::{RevocationReason, decision},
        ids::AccountId,
        report::change::Change,
    },
    flow::{Action, Availability, Chord, Errand, Facts, Key, SavedView, document::Offer},
    keymap::Keymap,
    screens::{ChangeChoice, Choice, CopyChoice, CountChoice, ViewCx},
    ui::{
        Role, bar, input, popup,
        table::ground,
        text::{fit, put},
    },
};

/// An open overlay.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The filter, applied while it is typed.
    Filter {
        /// The text.
        input: Input,
        /// The filter before, for Esc.
        before: String,
    },
    /// A list to pick from, narrowed by typing.
    Pick {
        /// What is picked.
        title: &'static str,
        /// All entries.
        entries: Vec<Entry>,
        /// The text typed.
        input: Input,
        /// The entry under the cursor, among those that match.
        cursor: usize,
        /// Text that matches no entry is a command.
        takes_commands: bool,
    },
    /// A line of text is asked for.
    Ask {
        /// What it is for.
        kind: NoteKind,
        /// The text.
        input: Input,
    },
    /// The name of a file is asked for.
    Write {
        /// What is written.
        offer: Offer,
        /// The name.
        input: Input,
    },
    /// A change of a report, sent when the phrase is typed.
    Sure {
        /// What is done.
        title: String,
        /// What to know before.
        hint: String,
        /// What is to be typed.
        phrase: Clean,
        /// What was typed.
        input: Input,
        /// The change.
        change: Box<Change>,
        /// Lines of what is other that are passed over.
        scroll: usize,
    },
    /// A report definition.
    Form(Box<Form>),
    /// Leave the program?
    Quit,
}

/// An entry of a list.
#[derive(Debug, Clone)]
pub struct Entry {
    text: String,
    aside: String,
    verdict: Verdict,
    off: Option<String>,
}

impl Entry {
    fn new(text: impl Into<String>, aside: impl Into<String>, verdict: Verdict) -> Self {
        Self { text: text.into(), aside: aside.into(), verdict, off: None }
    }
}

/// What an overlay wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing.
    Stay,
    /// To be closed.
    Close,
    /// This filter now; stays open.
    Live(String),
    /// This filter, and to be closed.
    Filter(String),
    /// Sort by this column.
    Sort(&'static str),
    /// Group by what has this name; an empty one ends it.
    Group(&'static str),
    /// Copy this text.
    Copy(&'static str, String),
    /// Do this.
    Act(Action),
    /// Run this command.
    Run(String),
    /// Ask for the text of a note.
    Ask(NoteKind),
    /// Take a note with this text.
    Note(NoteKind, String),
    /// Write what was offered to this file.
    Write(String),
    /// Show this context.
    Switch(String),
    /// Read this account of DigiCert ONE.
    Account(String),
    /// Review this change of a CA.
    Review(Box<decision::Errand>),
    /// Tell this; stays open.
    Say(&'static str),
    /// Ask whether this change of a report is to be sent.
    Save(Box<Change>),
    /// Give this text to the editor.
    Edit(String),
    /// Send this change of a report.
    Change(Box<Change>),
    /// End the dashboard for this.
    Leave(Errand),
    /// Quit.
    Quit,
}

impl From<Wish> for Verdict {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Stay => Self::Stay,
            Wish::Leave => Self::Close,
            Wish::Say(words) => Self::Say(words),
            Wish::Save(change) => Self::Save(change),
            Wish::Edit(text) => Self::Edit(text),
        }
    }
}

impl Overlay {
    /// What is typed goes on behind the filter as a term of its own.
    pub(super) fn filter(text: &str) -> Self {
        let blank = if text.is_empty() { "" } else { " " };
        Self::Filter { input: Input::new(format!("{text}{blank}")), before: text.to_owned() }
    }

    pub(super) const fn quit() -> Self {
        Self::Quit
    }

    pub(super) fn sort(choices: Vec<Choice>) -> Self {
        let entry = |choice: Choice| {
            let aside = if choice.current { "now; again turns it round" } else { "" };
            Entry::new(choice.title, aside, Verdict::Sort(choice.name))
        };
        Self::pick("Sort by", choices.into_iter().map(entry).collect(), false)
    }

    pub(super) fn group(choices: Vec<Choice>) -> Self {
        let entry = |choice: Choice| {
            Entry::new(choice.title, if choice.current { "now" } else { "" }, Verdict::Group(choice.name))
        };
        Self::pick("Group by", choices.into_iter().map(entry).collect(), false)
    }

    pub(super) fn copy(choices: Vec<CopyChoice>) -> Self {
        let entry = |choice: CopyChoice| {
            Entry::new(choice.label, choice.text.clone(), Verdict::Copy(choice.label, choice.text))
        };
        Self::pick("Copy as", choices.into_iter().map(entry).collect(), false)
    }

    pub(super) fn contexts(places: &[Place], current: &Place) -> Self {
        let entry = |place: &Place| {
            let aside = if place == current { "shown now" } else { place.environment.word() };
            Entry::new(place.name.as_str(), aside, Verdict::Switch(place.name.to_string()))
        };
        Self::pick("Context", places.iter().map(entry).collect(), false)
    }

    /// Kinds of rows with their number.
    pub(super) fn counts(choices: Vec<CountChoice>) -> Self {
        let entry = |choice: CountChoice| {
            Entry::new(choice.label, crate::ui::text::count(choice.rows), Verdict::Filter(choice.filter))
        };
        Self::pick("Rows of each state", choices.into_iter().map(entry).collect(), false)
    }

    /// What can be noted of `names` certificates.
    pub(super) fn triage(names: usize) -> Self {
        let entry = |(kind, text, aside): (NoteKind, &str, &str)| {
            let each = aside.is_empty() && names > 1;
            Entry::new(
                text,
                if each { format!("of each of the {names}") } else { aside.to_owned() },
                Verdict::Ask(kind),
            )
        };
        Self::pick("Note, on this machine only", NoteKind::ALL.into_iter().map(entry).collect(), false)
    }

    /// The text of a note.
    pub(super) fn ask(kind: NoteKind) -> Self {
        Self::Ask { kind, input: Input::default() }
    }

    /// The accounts that a key reaches, by id and name.
    pub(super) fn accounts(accounts: &[(AccountId, Clean)], current: Option<&Clean>) -> Self {
        let entry = |(id, name): &(AccountId, Clean)| {
            let shown = current.is_some_and(|current| **current == *id.as_str());
            let text = if name.is_empty() { id.as_str() } else { name.as_str() };
            Entry::new(text, if shown { "shown now" } else { id.as_str() }, Verdict::Account(id.to_string()))
        };
        Self::pick("Account of DigiCert ONE", accounts.iter().map(entry).collect(), false)
    }

    /// An account was chosen for this run: the line that makes it so for every run.
    pub(super) fn account_line(line: &str) -> Self {
        let entries = vec![
            Entry::new("Go on", "chosen for this run", Verdict::Close),
            Entry::new(line, "Enter copies it", Verdict::Copy("line", line.to_owned())),
        ];
        Self::pick("Chosen. For every run: a line below [context.NAME.one]", entries, false)
    }

    /// What can be done to a CA, and why the rest cannot.
    pub(super) fn changes(choices: Vec<ChangeChoice>) -> Self {
        let entry = |choice: ChangeChoice| {
            let text = format!("{}…", choice.label);
            match choice.errand {
                Ok(errand) => Entry::new(text, choice.about.as_str(), Verdict::Review(Box::new(errand))),
                Err(why) => Entry { off: Some(why.to_string()), ..Entry::new(text, "", Verdict::Stay) },
            }
        };
        Self::pick("Change of a CA; each opens its review", choices.into_iter().map(entry).collect(), false)
    }

    /// Why a revocation is asked for. `remove_from_crl` is no reason to revoke (RFC 5280, 5.3.1).
    pub(super) fn reasons(errand: &decision::Errand) -> Self {
        let reasons = RevocationReason::ALL.iter().filter(|reason| **reason != RevocationReason::RemoveFromCrl);
        let entry = |reason: &RevocationReason| {
            let errand = decision::Errand { reason: Some(reason.clone()), ..errand.clone() };
            Entry::new(reason.as_str(), reason.rfc_name(), Verdict::Review(Box::new(errand)))
        };
        Self::pick("Reason of the revocation", reasons.map(entry).collect(), false)
    }

    /// The name of the file for what is offered.
    pub(super) fn write(offer: Offer) -> Self {
        Self::Write { input: Input::new(offer.name.clone()), offer }
    }

    /// What a newcomer can do.
    pub(super) fn welcome() -> Self {
        let entries = vec![
            Entry::new("Look around", "on the built-in simulator", Verdict::Close),
            Entry::new("Connect an account", "asks, tests each key, writes a file", Verdict::Leave(Errand::Connect)),
            Entry::new("Print a configuration template", "and leave", Verdict::Leave(Errand::Template)),
        ];
        Self::pick("Welcome. Nothing is configured yet", entries, false)
    }

    pub(super) fn help(keymap: &Keymap) -> Self {
        let entry = |binding: &crate::keymap::Binding| {
            let text = format!("{:<16} {}", binding.keys(), binding.help);
            Entry::new(text, binding.group, Verdict::Act(binding.action))
        };
        Self::pick("All keys", keymap.bindings().iter().map(entry).collect(), false)
    }

    pub(super) fn palette(keymap: &Keymap, facts: &Facts, views: &[SavedView]) -> Self {
        let entry = |(binding, availability): (&crate::keymap::Binding, Availability)| Entry {
            off: if let Availability::No(why) = availability { Some(why.to_owned()) } else { None },
            ..Entry::new(binding.help, binding.key(), Verdict::Act(binding.action))
        };
        let view = |view: &SavedView| {
            let SavedView { name, .. } = view;
            Entry::new(format!("saved view {name}"), format!(":view {name}"), Verdict::Run(format!("view {name}")))
        };
        Self::pick("Palette", keymap.available(facts).map(entry).chain(views.iter().map(view)).collect(), true)
    }

    fn pick(title: &'static str, entries: Vec<Entry>, takes_commands: bool) -> Self {
        Self::Pick { title, entries, input: Input::default(), cursor: 0, takes_commands }
    }

    pub(super) fn key(&mut self, chord: Chord, today: Date) -> Verdict {
        match self {
            Self::Filter { input, before } => match chord.key {
                Key::Enter => Verdict::Close,
                Key::Esc => Verdict::Filter(std::mem::take(before)),
                _ if input::edit(input, chord) => Verdict::Live(input.value().trim_end().to_owned()),
                _ => Verdict::Stay,
            },
            Self::Pick { entries, input, cursor, takes_commands, .. } => {
                let found = matching(entries, input.value());
                match chord.key {
                    Key::Esc => Verdict::Close,
                    Key::Enter => choose(&found, *cursor, input.value(), *takes_commands),
                    Key::Down | Key::Tab => {
                        *cursor = (*cursor + 1).min(found.len().saturating_sub(1));
                        Verdict::Stay
                    }
                    Key::Up | Key::BackTab => {
                        *cursor = cursor.saturating_sub(1);
                        Verdict::Stay
                    }
                    Key::PageDown => {
                        *cursor = (*cursor + 10).min(found.len().saturating_sub(1));
                        Verdict::Stay
                    }
                    Key::PageUp => {
                        *cursor = cursor.saturating_sub(10);
                        Verdict::Stay
                    }
                    _ => {
                        if input::edit(input, chord) {
                            *cursor = 0;
                        }
                        Verdict::Stay
                    }
                }
            }
            Self::Ask { kind, input } => match chord.key {
                Key::Enter => Verdict::Note(*kind, input.value().to_owned()),
                Key::Esc => Verdict::Close,
                _ => {
                    input::edit(input, chord);
                    Verdict::Stay
                }
            },
            Self::Write { input, .. } => match chord.key {
                Key::Enter => Verdict::Write(input.value().to_owned()),
                Key::Esc => Verdict::Close,
                _ => {
                    input::edit(input, chord);
                    Verdict::Stay
                }
            },
            Self::Sure { phrase, input, change, scroll, .. } => match chord.key {
                Key::Enter if phrase == input.value() => Verdict::Change(change.clone()),
                Key::Esc => Verdict::Close,
                Key::Down => {
                    *scroll = (*scroll + 1).min(change.lines().len().saturating_sub(1));
                    Verdict::Stay
                }
                Key::Up => {
                    *scroll = scroll.saturating_sub(1);
                    Verdict::Stay
                }
                _ => {
                    input::edit(input, chord);
                    Verdict::Stay
                }
            },
            Self::Form(form) => form.key(chord, today).into(),
            Self::Quit => match chord.key {
                Key::Char('y' | 'q') => Verdict::Quit,
                _ => Verdict::Close,
            },
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Verdict {
        match self {
            Self::Filter { input, .. } => {
                input::paste(input, text);
                Verdict::Live(input.value().trim_end().to_owned())
            }
            Self::Pick { input, cursor, .. } => {
                input::paste(input, text);
                *cursor = 0;
                Verdict::Stay
            }
            Self::Ask { input, .. } | Self::Write { input, .. } => {
                input::paste(input, text);
                Verdict::Stay
            }
            Self::Form(form) => {
                form.paste(text);
                Verdict::Stay
            }
            // What decides is typed.
            Self::Sure { .. } => Verdict::Stay,
            Self::Quit => Verdict::Close,
        }
    }

    pub(super) fn render(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (theme, look) = (view.theme, view.cx.look);
        match self {
            Self::Filter { input, .. } => {
                if area.height < 2 {
                    return;
                }
                let line = Rect { y: area.bottom() - 2, height: 1, ..area };
                let style = theme.style(Role::Raised);
                let hint = ("Enter keeps · Esc reverts ".to_owned(), theme.style(Role::Muted));
                buf.set_style(line, style.patch(theme.style(Role::Text)));
                put(buf, (line.x, line.y), line.width, &" ".repeat(usize::from(line.width)), style);
                bar::draw(buf, line, style, &[(" / ".to_owned(), theme.style(Role::Accent))], &[hint], look.ascii);
                let field = Rect { x: line.x + 3, width: line.width.saturating_sub(30), ..line };
                input::draw(buf, field, theme, input);
            }
            Self::Pick { title, entries, input, cursor, .. } => pick(view, area, buf, (title, entries, input, *cursor)),
            Self::Ask { kind, input } => line(view, area, buf, kind.question(), input),
            Self::Write { offer, input } => line(view, area, buf, (offer.title, offer.endings), input),
            Self::Form(form) => form.draw(view, area, buf),
            Self::Sure { title, hint, input, change, scroll, .. } => {
                sure(view, area, buf, (title, hint, input), (&change.lines(), *scroll));
            }
            Self::Quit => {
                let inside = popup::open(buf, area, theme, "Leave certdeck?", (40, 2), look.ascii);
                put(buf, (inside.x, inside.y), inside.width, "y leaves, any other key stays", theme.style(Role::Text));
            }
        }
    }
}

/// A line of text, with a hint below it.
fn line(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, (title, hint): (&str, &str), input: &Input) {
    let inside = popup::open(buf, area, view.theme, title, (76, 2), view.cx.look.ascii);
    field(view, inside, buf, hint, input);
}

/// What is asked before a change is sent: what is other, as far as there is room, and below it the line.
fn sure(
    view: &ViewCx<'_>,
    area: Rect,
    buf: &mut Buffer,
    (title, hint, input): (&str, &str, &Input),
    (lines, scroll): (&[(char, Clean)], usize),
) {
    if lines.is_empty() {
        return line(view, area, buf, (title, hint), input);
    }
    let (theme, look) = (view.theme, view.cx.look);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let inside = popup::open(buf, area, theme, title, (76, wanted), look.ascii);
    let room = inside.height.saturating_sub(4);
    for (y, (mark, text)) in (inside.y..inside.y + room).zip(lines.iter().skip(scroll)) {
        let role = if *mark == '-' { Role::Critical } else { Role::Ok };
        put(buf, (inside.x, y), 2, &mark.to_string(), theme.style(role));
        let cells = inside.width.saturating_sub(2);
        put(buf, (inside.x + 2, y), cells, &fit(text, cells, look.ascii), theme.style(role));
    }
    let below = lines.len().saturating_sub(scroll + usize::from(room));
    if below > 0 && room > 0 {
        let text = format!("{below} more lines; Down shows them");
        put(buf, (inside.x, inside.y + room), inside.width, &text, theme.style(Role::Muted));
    }
    let foot = Rect { y: inside.bottom().saturating_sub(2), height: inside.height.min(2), ..inside };
    field(view, foot, buf, hint, input);
}

/// A field, and below it what to know.
fn field(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, hint: &str, input: &Input) {
    let (theme, look) = (view.theme, view.cx.look);
    if area.height == 0 {
        return;
    }
    put(buf, (area.x, area.y), 2, if look.ascii { "> " } else { "› " }, theme.style(Role::Accent));
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(2), height: 1, ..area };
    input::draw(buf, line, theme, input);
    if area.height > 1 {
        put(buf, (area.x, area.y + 1), area.width, hint, theme.style(Role::Muted));
    }
}

fn pick(
    view: &ViewCx<'_>,
    area: Rect,
    buf: &mut Buffer,
    (title, entries, input, cursor): (&str, &[Entry], &Input, usize),
) {
    let (theme, look) = (view.theme, view.cx.look);
    let found = matching(entries, input.value());
    let lines = u16::try_from(entries.len()).unwrap_or(u16::MAX).saturating_add(1);
    let inside = popup::open(buf, area, theme, title, (76, lines), look.ascii);
    if inside.height == 0 {
        return;
    }
    put(buf, (inside.x, inside.y), 2, if look.ascii { "> " } else { "› " }, theme.style(Role::Accent));
    let field = Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), height: 1, ..inside };
    input::draw(buf, field, theme, input);
    let rows = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let first = crate::flow::list::scrolled(cursor, cursor, found.len(), usize::from(rows.height));
    if found.is_empty() && rows.height > 0 {
        put(buf, (rows.x, rows.y), rows.width, "nothing matches", theme.style(Role::Muted));
    }
    for (y, (position, entry)) in (rows.top()..rows.bottom()).zip(found.iter().enumerate().skip(first)) {
        let line = Rect { y, height: 1, ..rows };
        let base = theme.style(Role::Raised);
        let style =
            if position == cursor { base.patch(ground(theme, true)) } else { base.patch(theme.style(Role::Text)) };
        buf.set_style(line, style);
        let (role, aside) = match &entry.off {
            Some(why) => (Role::Faint, why.as_str()),
            None => (Role::Text, entry.aside.as_str()),
        };
        let left = [(entry.text.clone(), theme.style(role))];
        let aside = fit(aside, line.width / 2, look.ascii).into_owned();
        bar::draw(buf, line, style, &left, &[(aside, theme.style(Role::Muted))], look.ascii);
    }
}

/// Entries that match `text`, best first; all in their order when nothing is typed.
fn matching<'a>(entries: &'a [Entry], text: &str) -> Vec<&'a Entry> {
    use nucleo_matcher::{
        Config, Matcher, Utf32Str,
        pattern::{CaseMatching, Normalization, Pattern},
    };
    if text.trim().is_empty() {
        return entries.iter().collect();
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &Entry)> = entries
        .iter()
        .filter_map(|entry| {
            let haystack = format!("{} {}", entry.text, entry.aside);
            pattern.score(Utf32Str::new(&haystack, &mut buffer), &mut matcher).map(|score| (score, entry))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

fn choose(found: &[&Entry], cursor: usize, text: &str, takes_commands: bool) -> Verdict {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_command =
        matches!(first, "q" | "quit" | "q!" | "view" | "context" | "account" | "write" | "evidence" | "find" | "sheet")
            || (!first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit()))
            || crate::flow::ScreenId::ALL.iter().any(|s| s.word() == first || format!("{}s", s.word()) == first);
    if takes_commands && is_command {
        return Verdict::Run(text.to_owned());
    }
    match found.get(cursor) {
        Some(entry) if entry.off.is_none() => entry.verdict.clone(),
        Some(_) => Verdict::Stay,
        None if takes_commands && !text.trim().is_empty() => Verdict::Run(text.to_owned()),
        None => Verdict::Close,
    }
}
