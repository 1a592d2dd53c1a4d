//! The form of a report definition: a line for each field, and what is wrong with it.

use jiff::civil::Date;
use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use crate::{
    domain::{
        Clean,
        ids::ReportId,
        report::{Complaint, Definition, Field, change::Change, definition::Recipient, rules},
    },
    flow::{Chord, Drafting, Key},
    screens::ViewCx,
    ui::{
        Role, input, popup,
        text::{fit, put},
    },
};

/// Cells of a label.
const LABEL: u16 = 13;

/// What the form wants after a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Nothing.
    Stay,
    /// To be left.
    Leave,
    /// To be told.
    Say(&'static str),
    /// This change, once it is agreed to.
    Save(Box<Change>),
    /// This text in the editor.
    Edit(String),
}

/// A definition that is being written.
#[derive(Debug, Clone)]
pub struct Form {
    report: Option<ReportId>,
    /// As it was read.
    before: Definition,
    /// What lines that were not typed in stand for: that, or what came from the editor.
    base: Definition,
    /// What came from the editor and cannot be read.
    odd: Option<String>,
    /// Administrators; `None` when they could not be read.
    people: Option<Vec<Recipient>>,
    lines: Vec<(Field, Input)>,
    cursor: usize,
    complaints: Vec<Complaint>,
    leaving: bool,
}

impl Form {
    /// The form for what was read.
    pub fn new(drafting: Drafting) -> Self {
        let Drafting { report, definition, people } = drafting;
        let lines = lines(&definition);
        let base = definition.clone();
        Self {
            report,
            before: definition,
            base,
            odd: None,
            people,
            lines,
            cursor: 0,
            complaints: Vec::new(),
            leaving: false,
        }
    }

    /// Shows what the service refused, at its fields.
    pub fn refused(&mut self, complaints: Vec<Complaint>) {
        self.complaints = complaints;
        self.go_to_complaint();
    }

    /// A key; `today` is what days are compared with.
    pub fn key(&mut self, chord: Chord, today: Date) -> Wish {
        let leaving = std::mem::take(&mut self.leaving);
        let last = self.lines.len().saturating_sub(1);
        match chord.key {
            Key::Esc if leaving || !self.is_changed() => return Wish::Leave,
            Key::Esc => {
                self.leaving = true;
                return Wish::Say("Esc again leaves the form; what was typed is lost.");
            }
            Key::Char('s') if chord.ctrl => return self.save(today),
            Key::Char('e') if chord.ctrl => return self.edit(),
            Key::Char('n') if chord.ctrl => self.offer(),
            Key::Tab | Key::Down | Key::Enter => self.cursor = (self.cursor + 1).min(last),
            Key::BackTab | Key::Up => self.cursor = self.cursor.saturating_sub(1),
            _ => {
                let cursor = self.cursor;
                if let Some((field, line)) = self.lines.get_mut(cursor)
                    && input::edit(line, chord)
                {
                    let field = *field;
                    self.complaints.retain(|one| one.field != field);
                }
            }
        }
        Wish::Stay
    }

    /// Pasted text goes into the field; it saves nothing.
    pub fn paste(&mut self, text: &str) {
        if let Some((_, line)) = self.lines.get_mut(self.cursor) {
            input::paste(line, text);
        }
    }

    /// What is asked before it is sent.
    pub fn words(change: &Change) -> (String, String) {
        let at_once = change.definition().is_some_and(Definition::runs_at_once);
        let hint = if at_once { "ON_DEMAND runs at once. Type send, then Enter" } else { "type send, then Enter" };
        (format!("{}: {}", change.verb(), change.name()), hint.to_owned())
    }

    /// Draws it in the middle of the screen.
    pub fn draw(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (theme, ascii) = (view.theme, view.cx.look.ascii);
        let title = if self.report.is_some() { "Edit report; it replaces all of the definition" } else { "New report" };
        let lines = u16::try_from(self.lines.len()).unwrap_or(u16::MAX).saturating_add(2);
        let inside = popup::open(buf, area, theme, title, (110, lines), ascii);
        if inside.height < 3 {
            return;
        }
        let shown = usize::from(inside.height - 2);
        let first = crate::flow::list::scrolled(self.cursor, self.cursor, self.lines.len(), shown);
        for (y, (at, (field, line))) in (inside.y..).zip(self.lines.iter().enumerate().skip(first).take(shown)) {
            let complaint = self.complaints.iter().any(|one| one.field == *field);
            let role = match (complaint, at == self.cursor) {
                (true, _) => Role::Critical,
                (false, true) => Role::Accent,
                (false, false) => Role::Muted,
            };
            let label = format!("{}{}", if complaint { "! " } else { "  " }, field.label());
            put(buf, (inside.x, y), LABEL, &label, theme.style(role));
            let value = Rect { x: inside.x + LABEL, y, width: inside.width.saturating_sub(LABEL), height: 1 };
            if at == self.cursor {
                input::draw(buf, value, theme, line);
            } else {
                let text = Clean::new(line.value());
                put(buf, (value.x, value.y), value.width, &fit(&text, value.width, ascii), theme.style(Role::Text));
            }
        }
        let (text, role) = self.said();
        put(buf, (inside.x, inside.bottom() - 2), inside.width, &fit(&text, inside.width, ascii), theme.style(role));
        let keys = "Tab shift-Tab move  ctrl-n offers  ctrl-e editor  ctrl-s save  Esc leave";
        put(buf, (inside.x, inside.bottom() - 1), inside.width, keys, theme.style(Role::Muted));
    }

    /// What is wrong with the field under the cursor, else what is typed there.
    fn said(&self) -> (String, Role) {
        let Some((field, _)) = self.lines.get(self.cursor) else { return (String::new(), Role::Muted) };
        match self.complaints.iter().find(|one| one.field == *field) {
            Some(complaint) => (format!("! {}: {}", field.label(), complaint.text), Role::Critical),
            None => (field.help().to_owned(), Role::Muted),
        }
    }

    fn is_changed(&self) -> bool {
        self.odd.is_some()
            || self.base != self.before
            || self.lines.iter().any(|(field, line)| line.value() != field.text(&self.base))
    }

    /// The definition as a text for the editor; the text itself when it came from there and could not be read.
    fn edit(&mut self) -> Wish {
        if let Some(text) = &self.odd {
            return Wish::Edit(text.clone());
        }
        match self.read() {
            Some(definition) => Wish::Edit(definition.to_toml()),
            None => Wish::Say("The fields say what cannot be read; the editor opens when they are mended."),
        }
    }

    /// Takes a text that the editor left, and wants it saved.
    ///
    /// # Errors
    /// Why it cannot be read; the next [`Wish::Edit`] has it again.
    pub fn take(&mut self, text: String, today: Date) -> Result<Wish, Clean> {
        match Definition::from_toml(&text) {
            Ok(definition) => {
                self.lines = lines(&definition);
                self.base = definition;
                self.odd = None;
                Ok(self.save(today))
            }
            Err(why) => {
                self.odd = Some(text);
                Err(why)
            }
        }
    }

    /// Puts the next word that the field offers.
    fn offer(&mut self) {
        let Some((field, line)) = self.lines.get_mut(self.cursor) else { return };
        let offers = field.offers();
        let now = offers.iter().position(|offer| *offer == line.value()).map_or(0, |at| (at + 1) % offers.len());
        if let Some(offer) = offers.get(now) {
            *line = Input::new((*offer).to_owned());
        }
    }

    /// Reads the fields that were changed; one that was not is kept as it was, whatever its text can say of it. `None`
    /// with what is wrong at its fields.
    fn read(&mut self) -> Option<Definition> {
        let mut after = self.base.clone();
        let people = self.people.clone().unwrap_or_default();
        self.complaints.clear();
        for (field, line) in &self.lines {
            if line.value() == field.text(&self.base) {
                continue;
            }
            if let Err(text) = field.take(line.value(), &mut after, &people) {
                self.complaints.push(Complaint { field: *field, text });
            }
        }
        self.go_to_complaint();
        self.complaints.is_empty().then_some(after)
    }

    /// The change that the fields make, unless the service would refuse it.
    fn save(&mut self, today: Date) -> Wish {
        let after = self.read();
        if let Some(after) = &after {
            self.complaints = rules::check(after, today, self.people.as_deref());
            self.go_to_complaint();
        }
        let Some(after) = after.filter(|_| self.complaints.is_empty()) else {
            return Wish::Say("The service would refuse this; the fields say why.");
        };
        match &self.report {
            Some(_) if after == self.before => Wish::Say("Nothing is changed."),
            Some(report) => {
                let (report, before) = (report.clone(), Box::new(self.before.clone()));
                Wish::Save(Box::new(Change::Edit { report, before, after: Box::new(after) }))
            }
            None => Wish::Save(Box::new(Change::Create(Box::new(after)))),
        }
    }

    fn go_to_complaint(&mut self) {
        let is_wrong = |(field, _): &(Field, Input)| self.complaints.iter().any(|one| one.field == *field);
        if let Some(at) = self.lines.iter().position(is_wrong) {
            self.cursor = at;
        }
    }
}

/// The fields of a definition, as texts to type in.
fn lines(definition: &Definition) -> Vec<(Field, Input)> {
    Field::ALL.into_iter().map(|field| (field, Input::new(field.text(definition)))).collect()
}
