//! The review of a change of a CA: everything that it touches and every check on one page, and the only way to send it.
//!
//! No single key and no paste sends anything: the name of the CA is typed, a button is focused, a moment passes, Enter is
//! pressed, and a countdown runs that Esc stops.

mod before;
mod compact;
mod impact;
mod paper;
mod view;
mod whole;

use jiff::{SignedDuration, Timestamp};
use tui_input::Input;

use self::before::Before;
use super::Notice;
use crate::{
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            Ca, CaRequest,
            checks::{Check, Facts, Mark, Writing, allow},
            decision::{Difference, Errand, Fate, IntentId, Operation, Process, Reading},
            impact::Impact,
        },
        identity::OneUser,
    },
    flow::{Chord, Cx, Key, review::Sending},
    ui::input,
};

/// Enter counts on a button only when no key came for this long: neither a held key nor one typed ahead presses it.
const CALM: SignedDuration = SignedDuration::from_secs(1);
/// What is shown is read again by itself when it is this old.
const OLD: SignedDuration = SignedDuration::from_secs(30);

/// What the configuration says of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Fewest characters of a comment.
    pub comment_min: usize,
    /// The countdown between a button and sending.
    pub hold: SignedDuration,
    /// Oldest count of the impact that still counts.
    pub impact_age: SignedDuration,
}

impl Default for Terms {
    fn default() -> Self {
        let (hold, impact_age) = (SignedDuration::from_secs(10), SignedDuration::from_mins(1));
        Self { comment_min: crate::domain::ca::checks::COMMENT_MIN, hold, impact_age }
    }
}

/// Who decides, and where.
#[derive(Debug, Clone)]
pub struct Ground<'a> {
    /// The user of the key; `None` until it is known.
    pub actor: Option<&'a OneUser>,
    /// Context, environment and account in words.
    pub place: Clean,
    /// Whether the context takes writes.
    pub writing: Writing,
    /// What the configuration says.
    pub terms: Terms,
}

/// What the page wants.
#[derive(Debug, PartialEq)]
pub enum Wish {
    /// Nothing.
    Stay,
    /// A word to the user.
    Say(Notice),
    /// To be left.
    Leave,
    /// The request and the CA read again.
    Look,
    /// Both, and the impact counted again.
    Count,
    /// Sent, once.
    Send(Box<Sending>),
    /// Written to a file.
    Write,
    /// The last review of the same.
    Before,
    /// The events of the CA with this name.
    Events(Clean),
}

/// Where the cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    /// On the page itself, where keys scroll and read again.
    Page,
    Name,
    Comment,
    Cancel,
    /// To the other answer: from approving to rejecting and back.
    Other,
    Submit,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// It is being looked at.
    Open,
    /// It will be sent at that moment.
    Counting(Timestamp),
    /// It is on its way, or its end is known.
    Followed(Box<Process>),
    /// It was handed over; nothing is known of it yet.
    Handed,
    /// It was not taken over: nothing was sent.
    Refused(Failure),
    /// A fault of this program came between: what was sent is not known.
    Lost(Failure),
}

/// The page.
#[derive(Debug)]
pub struct Review {
    errand: Errand,
    /// What was opened, and what was read last.
    opened: Option<Reading>,
    latest: Option<Reading>,
    looking: bool,
    failure: Option<Failure>,
    impact: Option<Result<Impact, Failure>>,
    counting: bool,
    typed: Input,
    comment: Input,
    focus: Focus,
    stage: Stage,
    scroll: usize,
    /// A `g` was typed on the page: the next key says where to go.
    goes: bool,
    before: Before,
    touched: Timestamp,
}

impl Review {
    /// The review of `errand`, whose comment is typed here.
    pub fn new(errand: Errand, now: Timestamp) -> Self {
        let counts = !errand.operation.rejects();
        Self {
            errand,
            opened: None,
            latest: None,
            looking: true,
            failure: None,
            impact: None,
            counting: counts,
            typed: Input::default(),
            comment: Input::default(),
            focus: Focus::Page,
            stage: Stage::Open,
            scroll: 0,
            goes: false,
            before: Before::default(),
            touched: now,
        }
    }

    /// What is reviewed.
    pub const fn errand(&self) -> &Errand {
        &self.errand
    }

    /// Whether the impact is counted for it.
    pub const fn counts(&self) -> bool {
        !self.errand.operation.rejects()
    }

    /// True from the moment at which it was handed over until its exchange has ended: nobody leaves it.
    pub fn is_sending(&self) -> bool {
        match &self.stage {
            Stage::Handed => true,
            Stage::Followed(process) => process.is_sending() || matches!(process.fate(), Fate::UnderWay),
            Stage::Open | Stage::Counting(_) | Stage::Refused(_) | Stage::Lost(_) => false,
        }
    }

    /// Whether the cursor is on the page itself, in no field and on no button.
    pub fn takes_commands(&self) -> bool {
        self.focus == Focus::Page && matches!(self.stage, Stage::Open)
    }

    /// Whether it follows this intent.
    pub fn follows(&self, id: &IntentId) -> bool {
        matches!(&self.stage, Stage::Followed(process) if process.intent().id == *id)
    }

    /// The keys that count now.
    pub fn hint(&self) -> &'static str {
        match (&self.stage, self.focus) {
            (Stage::Counting(_), _) => "Esc stops it",
            (Stage::Handed, _) => "one request is sent, and what becomes of it is read",
            (Stage::Followed(_) | Stage::Refused(_) | Stage::Lost(_), _) => "j/k scroll  w save  q leave",
            (Stage::Open, Focus::Page) => {
                "Tab fields  j/k scroll  r read again  gl events  D last review  w save  q leave"
            }
            (Stage::Open, Focus::Name | Focus::Comment) => "Tab next  Esc out of the field",
            (Stage::Open, _) => "Tab next  Enter press  Esc back",
        }
    }

    /// Takes what was read of the request and the CA.
    pub fn looked(&mut self, result: Result<Reading, Failure>) {
        self.looking = false;
        match result {
            Ok(reading) => {
                self.failure = None;
                if self.opened.is_none() {
                    self.opened = Some(reading.clone());
                }
                self.latest = Some(reading);
                if !self.is_unchanged() {
                    // What was typed was meant for what was opened.
                    self.typed = Input::default();
                    self.disarm();
                }
            }
            Err(failure) => {
                self.failure = Some(failure);
                self.disarm();
            }
        }
    }

    /// Takes the count of the impact.
    pub fn counted(&mut self, result: Result<Impact, Failure>) {
        self.counting = false;
        self.impact = Some(result);
    }

    /// Takes how far it is.
    pub fn followed(&mut self, process: Process) {
        self.stage = Stage::Followed(Box::new(process));
        self.scroll = 0;
    }

    /// It was not taken over; after a fault of this program that is not certain.
    pub fn refused(&mut self, failure: Failure) {
        let is_certain = failure.kind != FailureKind::Internal;
        self.stage = if is_certain { Stage::Refused(failure) } else { Stage::Lost(failure) };
        self.scroll = 0;
    }

    /// Stops a countdown; true when one ran.
    pub fn disarm(&mut self) -> bool {
        let runs = matches!(self.stage, Stage::Counting(_));
        if runs {
            self.stage = Stage::Open;
        }
        runs
    }

    /// Time has passed.
    pub fn tick(&mut self, ground: &Ground<'_>, cx: &Cx<'_>) -> Wish {
        let now = cx.look.now;
        if let Stage::Counting(at) = self.stage
            && at <= now
        {
            return self.send(ground, cx);
        }
        let is_old = self.latest.as_ref().is_some_and(|reading| now.duration_since(reading.read_at) >= OLD);
        if matches!(self.stage, Stage::Open) && is_old && !self.looking {
            self.looking = true;
            return Wish::Look;
        }
        Wish::Stay
    }

    /// Takes a key.
    pub fn key(&mut self, chord: Chord, ground: &Ground<'_>, cx: &Cx<'_>) -> Wish {
        let now = cx.look.now;
        let calm = now.duration_since(std::mem::replace(&mut self.touched, now)) >= CALM;
        match &self.stage {
            Stage::Counting(_) => return self.key_while_counting(chord),
            Stage::Open => {}
            _ if self.is_sending() => return said("It is on its way: its end is waited for."),
            _ => return self.key_at_the_end(chord, cx),
        }
        match (chord.key, self.focus) {
            (Key::Tab, _) | (Key::Enter, Focus::Name | Focus::Comment) => self.step(true, cx),
            (Key::BackTab, _) => self.step(false, cx),
            (Key::Down, focus) if focus != Focus::Page => self.step(true, cx),
            (Key::Up, focus) if focus != Focus::Page => self.step(false, cx),
            (Key::Esc, Focus::Page) | (Key::Enter, Focus::Cancel) => Wish::Leave,
            (Key::Esc, _) => {
                self.focus = Focus::Page;
                Wish::Stay
            }
            (Key::PageDown, _) => self.scrolled(cx.geometry.page),
            (Key::PageUp, _) => self.scrolled_back(cx.geometry.page),
            (_, Focus::Name) => {
                input::edit(&mut self.typed, chord);
                Wish::Stay
            }
            (_, Focus::Comment) => {
                input::edit(&mut self.comment, chord);
                Wish::Stay
            }
            (Key::Enter, Focus::Other) => self.turn(),
            (Key::Enter, Focus::Submit) if !calm => said("Too quick: wait a second, then press Enter."),
            (Key::Enter, Focus::Submit) => self.submit(ground, cx),
            (_, Focus::Page) => self.key_on_page(chord, cx),
            _ => Wish::Stay,
        }
    }

    /// Takes pasted text: a comment may be pasted, a name never.
    pub fn paste(&mut self, text: &str) -> Wish {
        if self.disarm() {
            return said("Stopped: nothing was sent.");
        }
        match (&self.stage, self.focus) {
            (Stage::Open, Focus::Comment) => {
                input::paste(&mut self.comment, text);
                Wish::Stay
            }
            (Stage::Open, Focus::Name) => said("Pasting the name is refused: type it."),
            _ => said("Pasted text is ignored outside a text field."),
        }
    }

    fn key_while_counting(&mut self, chord: Chord) -> Wish {
        if chord.key == Key::Esc {
            self.disarm();
            return said("Stopped: nothing was sent.");
        }
        said("Esc stops it.")
    }

    fn key_at_the_end(&mut self, chord: Chord, cx: &Cx<'_>) -> Wish {
        match chord.key {
            Key::Esc | Key::Enter | Key::Char('q') => Wish::Leave,
            Key::PageDown | Key::Down | Key::Char('j') => self.scrolled(cx.geometry.page),
            Key::PageUp | Key::Up | Key::Char('k') => self.scrolled_back(cx.geometry.page),
            Key::Char('w') => Wish::Write,
            _ => Wish::Stay,
        }
    }

    fn key_on_page(&mut self, chord: Chord, cx: &Cx<'_>) -> Wish {
        let goes = std::mem::replace(&mut self.goes, chord.key == Key::Char('g'));
        match chord.key {
            Key::Char('l') if goes => self.ca().map_or(Wish::Stay, |ca| Wish::Events(ca.name.clone())),
            Key::Char('w') => Wish::Write,
            Key::Char('D') => {
                self.before = Before::Asked;
                self.scroll = 0;
                Wish::Before
            }
            Key::Char('q') => Wish::Leave,
            Key::Char('j') | Key::Down => self.scrolled(2),
            Key::Char('k') | Key::Up => self.scrolled_back(2),
            Key::Char('g') | Key::Home => {
                self.scroll = 0;
                Wish::Stay
            }
            Key::Char('G') | Key::End => self.scrolled(cx.geometry.page.saturating_mul(10)),
            Key::Char('r' | 'i') => self.again(),
            _ => said("Tab goes to the fields; r reads again, w saves, q leaves."),
        }
    }

    fn again(&mut self) -> Wish {
        self.looking = true;
        if !self.counts() {
            return Wish::Look;
        }
        self.counting = true;
        Wish::Count
    }

    fn scrolled(&mut self, lines: usize) -> Wish {
        self.scroll = self.scroll.saturating_add((lines / 2).max(1));
        Wish::Stay
    }

    fn scrolled_back(&mut self, lines: usize) -> Wish {
        self.scroll = self.scroll.saturating_sub((lines / 2).max(1));
        Wish::Stay
    }

    /// Where Tab leads, in order.
    fn stops(&self) -> Vec<Focus> {
        let name = self.counts().then_some(Focus::Name);
        let other = self.errand.operation.decides().is_some().then_some(Focus::Other);
        name.into_iter().chain([Focus::Comment, Focus::Cancel]).chain(other).chain([Focus::Submit]).collect()
    }

    /// To the next stop. Who comes to the last one sees what is there now.
    fn step(&mut self, forward: bool, cx: &Cx<'_>) -> Wish {
        let stops = self.stops();
        let here = stops.iter().position(|stop| *stop == self.focus);
        let next = match (here, forward) {
            (None, true) => 0,
            (None, false) => stops.len().saturating_sub(1),
            (Some(here), true) => (here + 1) % stops.len().max(1),
            (Some(here), false) => here.checked_sub(1).unwrap_or(stops.len().saturating_sub(1)),
        };
        self.focus = stops.get(next).copied().unwrap_or(Focus::Page);
        let old = |at: Timestamp| cx.look.now.duration_since(at) >= OLD;
        let is_old = match &self.impact {
            Some(Ok(impact)) => old(impact.counted_at),
            Some(Err(_)) => true,
            None => false,
        };
        if self.focus == Focus::Submit && self.counts() && is_old && !self.counting {
            return self.again();
        }
        Wish::Stay
    }

    /// To the other answer, for which all is read anew.
    fn turn(&mut self) -> Wish {
        let request = self.latest.as_ref().and_then(|reading| reading.snapshot.request.as_ref());
        let Some(kind) = request.map(|request| request.request_type.clone()).or(self.errand.operation.decides()) else {
            return Wish::Stay;
        };
        let Some(operation) = Operation::deciding(&kind, self.errand.operation.rejects()) else { return Wish::Stay };
        self.errand.operation = operation;
        (self.opened, self.latest) = (None, None);
        self.typed = Input::default();
        self.scroll = 0;
        self.focus = if self.counts() { Focus::Page } else { Focus::Comment };
        self.again()
    }

    fn submit(&mut self, ground: &Ground<'_>, cx: &Cx<'_>) -> Wish {
        let left = self.left(ground, cx);
        if left > 0 {
            let checks = if left == 1 { "check is" } else { "checks are" };
            return said(&format!("Nothing is sent: {left} {checks} not met."));
        }
        let Ok(until) = cx.look.now.checked_add(ground.terms.hold) else { return Wish::Stay };
        self.stage = Stage::Counting(until);
        said("Esc stops it.")
    }

    /// The countdown is over: everything is checked once more, and handed over.
    fn send(&mut self, ground: &Ground<'_>, cx: &Cx<'_>) -> Wish {
        self.disarm();
        let checks = self.checks(ground, cx);
        let (Some(opened), Some(actor), true) = (&self.opened, ground.actor, allow(&checks)) else {
            return said("Stopped: a check is not met any more. Nothing was sent.");
        };
        let impact = self.impact().map(Impact::digest);
        let comment = Clean::new(self.comment.value().trim());
        let errand = Errand { comment, ..self.errand.clone() };
        let sending = Sending { errand, shown: opened.clone(), impact, actor: actor.clone(), checks };
        self.stage = Stage::Handed;
        Wish::Send(Box::new(sending))
    }

    fn impact(&self) -> Option<&Impact> {
        self.impact.as_ref().and_then(|impact| impact.as_ref().ok()).filter(|_| self.counts())
    }

    fn is_unchanged(&self) -> bool {
        match (&self.opened, &self.latest) {
            (Some(opened), Some(latest)) => opened.digest() == latest.digest(),
            _ => true,
        }
    }

    /// What is not as it was opened.
    fn changed(&self) -> Vec<Difference> {
        match (&self.opened, &self.latest) {
            (Some(opened), Some(latest)) => latest.snapshot.differences(&opened.snapshot.canonical()),
            _ => Vec::new(),
        }
    }

    fn ca(&self) -> Option<&Ca> {
        self.latest.as_ref().map(|reading| &reading.snapshot.ca)
    }

    fn request(&self) -> Option<&CaRequest> {
        self.latest.as_ref().and_then(|reading| reading.snapshot.request.as_ref())
    }

    /// The checks as they stand now; none while nothing was read.
    fn checks(&self, ground: &Ground<'_>, cx: &Cx<'_>) -> Vec<Check> {
        let Some(reading) = &self.latest else { return Vec::new() };
        let names = &*cx.estate.ca_names;
        // Without the other CAs it is not known whose name this is besides.
        if names.is_empty() {
            return Vec::new();
        }
        let facts = Facts {
            operation: self.errand.operation,
            now: cx.look.now,
            actor: ground.actor.map(|actor| &actor.id),
            place: ground.place.clone(),
            writing: ground.writing.clone(),
            ca: &reading.snapshot.ca,
            request: reading.snapshot.request.as_ref(),
            read_at: reading.read_at,
            unchanged: self.is_unchanged(),
            impact: self.impact(),
            permissions: ground.actor.map(|actor| actor.permissions.as_slice()),
            typed: self.typed.value(),
            names,
            comment: self.comment.value(),
            comment_min: ground.terms.comment_min,
            age_max: ground.terms.impact_age,
        };
        facts.checks()
    }

    /// How many checks are not met.
    fn left(&self, ground: &Ground<'_>, cx: &Cx<'_>) -> usize {
        let checks = self.checks(ground, cx);
        // Nothing that was read is no check that is met.
        if checks.is_empty() { 1 } else { checks.iter().filter(|check| check.mark == Mark::Fail).count() }
    }
}

fn said(text: &str) -> Wish {
    Wish::Say(Notice::said(text))
}
