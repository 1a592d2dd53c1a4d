//! All interface state: routing, overlays, notices, header and footer. [`App::update`] is the only writer.

mod accounts;
mod changes;
mod chrome;
mod command;
mod contexts;
mod deeds;
mod footer;
mod form;
mod noting;
mod overlay;
mod probing;
mod reading;
mod reports;
mod reviewing;
mod routes;
mod viewing;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    form::Form,
    overlay::{Overlay, Verdict},
};
use crate::{
    domain::{Clean, Failure, acme::AcmeKey},
    flow::{
        Alert, CallKey, Chord, Configured, Consoles, Cx, Effect, Estate, Generation, Geometry, Intervals, Key,
        LeftAlone, Msg, SavedView, ScreenId, ScreenMsg, SourceId, Viewing, estate::Service,
    },
    keymap::{Keymap, Resolved},
    present::{Look, column::TimeStyle},
    screens::{
        self, Notice, Screen, Step, ViewCx,
        deeds::Evidence,
        review::{Review, Terms},
        viewer::Viewer,
    },
    ui::{BuiltIn, Theme},
};

/// What kind of environment the context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The built-in simulator.
    Demo,
    /// A demo host of the services.
    Test,
    /// Production.
    Production,
    /// Files of this machine, and no service.
    Files,
}

impl Environment {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Demo => "simulator",
            Self::Test => "demo environment",
            Self::Production => "production",
            Self::Files => "files",
        }
    }
}

/// How far the user is with leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Leaving {
    /// Nobody leaves.
    No,
    /// ctrl-c was pressed; the next one leaves.
    Asked,
    /// The program ends once nothing is on its way.
    Waits,
}

/// A context that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: Clean,
    /// Its environment.
    pub environment: Environment,
    /// Services it has.
    pub services: Vec<Service>,
    /// The account of DigiCert ONE that is read: configured, or chosen for this run.
    pub account: Option<Clean>,
    /// Why it takes no writes at all; `None` for one that can.
    pub read_only: Option<Clean>,
    /// What its configuration says of certificates.
    pub configured: Arc<Configured>,
    /// Pages of web consoles.
    pub consoles: Consoles,
}

/// What the app is told once.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The context to show first.
    pub place: Place,
    /// All contexts that can be shown.
    pub places: Vec<Place>,
    /// How often each source is read by itself.
    pub intervals: Intervals,
    /// Styles.
    pub theme: Theme,
    /// Styles for a light background, when the terminal is to be asked for it.
    pub on_light: Option<BuiltIn>,
    /// Bindings.
    pub keymap: Keymap,
    /// Now, and how times are written.
    pub look: Look,
    /// Saved views.
    pub views: Vec<SavedView>,
    /// A line for the first frame.
    pub greeting: Option<String>,
    /// What the configuration says of decisions.
    pub terms: Terms,
    /// Nothing is configured: ask what to do first.
    pub welcome: bool,
    /// Files that are all there is to show.
    pub view: Option<Viewing>,
    /// How the desktop is told of the end of a run; `None` for not at all.
    pub alert: Option<Alert>,
}

/// The app.
pub struct App {
    setting: Setting,
    look: Look,
    size: (u16, u16),
    estate: Estate,
    screens: [Box<dyn Screen>; 6],
    current: ScreenId,
    /// From where the changes were opened.
    left: ScreenId,
    geometry: HashMap<ScreenId, Geometry>,
    overlays: Vec<Overlay>,
    typed: Vec<Chord>,
    notice: Option<Notice>,
    unmet: VecDeque<Notice>,
    generations: HashMap<CallKey, Generation>,
    counter: u64,
    ticked: Option<Timestamp>,
    /// Services whose key was refused since the user read them last; it was fetched again once.
    refused: Vec<Service>,
    /// The user was asked which account is read.
    offered: bool,
    /// What the store cannot do, as it was said last.
    unkept: Option<Clean>,
    leaving: Leaving,
    privacy: bool,
    paused: Vec<(Service, Timestamp)>,
    /// Services that are not asked, and until when.
    left_alone: Vec<(LeftAlone, Timestamp)>,
    /// The review that is open.
    review: Option<Review>,
    /// The viewer that is open.
    viewer: Option<Viewer>,
    /// The evidence page, when it is open.
    deeds: Option<Evidence>,
    /// Writing was switched on until then, or off.
    writes_until: Option<Timestamp>,
    /// The form whose definition is on its way; a refusal opens it again.
    form: Option<Box<Form>>,
    /// Changes of reports that are on their way.
    changing: usize,
    /// What the note is about that is being taken.
    noting: Vec<AcmeKey>,
    /// Names that the user was just asked whether to probe.
    doubted: Option<usize>,
}

impl App {
    /// The app before anything was read.
    pub fn new(setting: Setting, size: (u16, u16)) -> Self {
        Self {
            look: setting.look.clone(),
            notice: setting.greeting.clone().map(Notice::said),
            unmet: VecDeque::new(),
            estate: Estate::new(&setting.intervals, &setting.place.configured),
            overlays: setting.welcome.then(Overlay::welcome).into_iter().collect(),
            setting,
            size,
            screens: screens::all(),
            current: ScreenId::Home,
            left: ScreenId::Home,
            geometry: HashMap::new(),
            typed: Vec::new(),
            generations: HashMap::new(),
            counter: 0,
            ticked: None,
            refused: Vec::new(),
            offered: false,
            unkept: None,
            leaving: Leaving::No,
            privacy: false,
            paused: Vec::new(),
            left_alone: Vec::new(),
            review: None,
            viewer: None,
            deeds: None,
            writes_until: None,
            form: None,
            changing: 0,
            noting: Vec::new(),
            doubted: None,
        }
    }

    /// What to do first: open the context and read every source of its services.
    pub fn start(&mut self, now: Timestamp) -> Vec<Effect> {
        self.look.now = now;
        let mut effects = self.enter();
        if let Some(viewing) = self.setting.view.clone() {
            effects.extend(self.view(viewing));
        }
        effects
    }

    /// Whether the terminal is to be asked for its background.
    pub const fn asks_background(&self) -> bool {
        self.setting.on_light.is_some()
    }

    /// Which screen shows.
    pub const fn current(&self) -> ScreenId {
        self.current
    }

    /// The name of the context.
    pub fn context(&self) -> &str {
        self.setting.place.name.as_str()
    }

    /// What was read.
    pub const fn estate(&self) -> &Estate {
        &self.estate
    }

    /// The notice line: what this machine cannot do, one after the other until a key took note of it, then the newest
    /// notice.
    pub fn notice(&self) -> Option<&Notice> {
        self.unmet.front().or(self.notice.as_ref())
    }

    /// Keeps a fault that no screen shows until a key took note of it; the next fault does not take its place.
    fn unmet(&mut self, failure: &Failure) {
        let notice = Notice::fault(failure.to_string());
        if !self.unmet.iter().any(|waits| waits.text == notice.text) {
            self.unmet.push_back(notice);
        }
    }

    fn has(&self, id: SourceId) -> bool {
        self.setting.place.services.contains(&id.service())
    }

    /// Changes the state by what happened at `now`, and says what is to be done outside.
    pub fn update(&mut self, msg: Msg, now: Timestamp) -> Vec<Effect> {
        self.look.now = now;
        match msg {
            Msg::Key(chord) => {
                let effects = self.key(chord);
                self.offer_accounts();
                effects
            }
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize(columns, rows) => {
                self.size = (columns, rows);
                let step = self.tell(self.current, ScreenMsg::Enter);
                let mut effects = self.follow(step);
                effects.extend(self.viewer_resized());
                effects
            }
            Msg::Background { light } => {
                if let Some(theme) = self.setting.on_light.take().filter(|_| light) {
                    self.setting.theme = theme();
                }
                Vec::new()
            }
            Msg::Tick => self.tick(),
            Msg::Paused(pauses) => {
                self.pauses(pauses);
                Vec::new()
            }
            Msg::LeftAlone(places) => self.leave_alone(places),
            Msg::Resumed => {
                self.typed.clear();
                self.review_resumed();
                self.ticked = None;
                let ids = SourceId::ALL.into_iter().filter(|id| self.has(*id) && self.setting.intervals.of(*id) > 0);
                let ids: Vec<SourceId> = ids.collect();
                self.read(ids)
            }
            Msg::Reply { key, generation, result } => self.reply(key, generation, result),
            Msg::Edited(result) => self.edited(result),
            Msg::TaskFailed(failure) => {
                self.unmet(&failure);
                Vec::new()
            }
        }
    }

    fn screen(&self, id: ScreenId) -> &dyn Screen {
        let [home, acme, cas, reports, audit, changes] = &self.screens;
        match id {
            ScreenId::Home => &**home,
            ScreenId::Acme => &**acme,
            ScreenId::Cas => &**cas,
            ScreenId::Reports => &**reports,
            ScreenId::Audit => &**audit,
            ScreenId::Changes => &**changes,
        }
    }

    fn cx(&self, id: ScreenId) -> Cx<'_> {
        Cx {
            estate: &self.estate,
            look: &self.look,
            geometry: self.geometry.get(&id).copied().unwrap_or_default(),
            size: self.size,
            shown: self.current,
        }
    }

    fn tell(&mut self, id: ScreenId, msg: ScreenMsg<'_>) -> Step {
        let cx = Cx {
            estate: &self.estate,
            look: &self.look,
            geometry: self.geometry.get(&id).copied().unwrap_or_default(),
            size: self.size,
            shown: self.current,
        };
        let [home, acme, cas, reports, audit, changes] = &mut self.screens;
        match id {
            ScreenId::Home => home,
            ScreenId::Acme => acme,
            ScreenId::Cas => cas,
            ScreenId::Reports => reports,
            ScreenId::Audit => audit,
            ScreenId::Changes => changes,
        }
        .update(msg, &cx)
    }

    /// Gives every call its generation; only the newest of a key counts, and none of one that is ended.
    fn stamp(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        effects
            .into_iter()
            .map(|effect| match effect {
                Effect::Call { key, call, .. } => {
                    self.counter += 1;
                    let generation = Generation(self.counter);
                    self.generations.insert(key, generation);
                    Effect::Call { key, generation, call }
                }
                Effect::Cancel(key) => {
                    self.generations.remove(&key);
                    Effect::Cancel(key)
                }
                other => other,
            })
            .collect()
    }

    fn follow(&mut self, step: Step) -> Vec<Effect> {
        let Step { effects, notice, show, act, view, at_root: _ } = step;
        if notice.is_some() {
            self.notice = notice;
        }
        let mut effects = self.stamp(effects);
        if let Some(viewing) = view {
            effects.extend(self.view(viewing));
        }
        if let Some((screen, filter)) = show {
            effects.extend(self.show(screen, Some(&filter)));
        }
        if let Some(action) = act {
            effects.extend(self.act(action, Chord::plain(Key::Enter)));
        }
        effects
    }

    fn show(&mut self, screen: ScreenId, about: Option<&str>) -> Vec<Effect> {
        self.deeds = None;
        if screen == ScreenId::Changes && self.current != screen {
            self.left = self.current;
        }
        self.current = screen;
        let mut effects = self.close_viewer();
        let entered = self.tell(screen, ScreenMsg::Enter);
        effects.extend(self.follow(entered));
        if let Some(text) = about {
            let step = self.tell(screen, ScreenMsg::About(text));
            effects.extend(self.follow(step));
        }
        effects
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.overlays.is_empty() && self.review.is_some() {
            return self.review_paste(text);
        }
        let Some(overlay) = self.overlays.last_mut() else {
            self.notice = Some(Notice::said("Pasted text is ignored outside a text field."));
            return Vec::new();
        };
        let verdict = overlay.paste(text);
        self.judge(verdict)
    }

    fn key(&mut self, chord: Chord) -> Vec<Effect> {
        self.unmet.pop_front();
        let interrupt = chord == Chord::ctrl('c');
        if interrupt && self.leaving == Leaving::Asked {
            return self.quit();
        }
        if interrupt {
            self.leaving = self.leaving.max(Leaving::Asked);
            self.leave_review(chord);
            self.overlays.clear();
            self.typed.clear();
            self.notice = Some(Notice::said("ctrl-c again quits."));
            return Vec::new();
        }
        if self.leaving == Leaving::Asked {
            self.leaving = Leaving::No;
        }
        let today = self.look.now.to_zoned(jiff::tz::TimeZone::UTC).date();
        if let Some(overlay) = self.overlays.last_mut() {
            let verdict = overlay.key(chord, today);
            return self.judge(verdict);
        }
        if self.review.is_some() {
            return self.review_key(chord);
        }
        if self.deeds.is_some() {
            return self.deeds_key(chord);
        }
        if chord.key == Key::Esc && !self.typed.is_empty() {
            self.typed.clear();
            return Vec::new();
        }
        self.typed.push(chord);
        let facts = self.facts();
        let resolved = self.setting.keymap.resolve(&self.typed, &facts);
        if resolved != Resolved::Pending {
            self.typed.clear();
        }
        match resolved {
            Resolved::Act(action) => {
                self.notice = None;
                self.act(action, chord)
            }
            Resolved::Pending => Vec::new(),
            Resolved::Disabled(why) => {
                self.notice = Some(Notice::said(format!("{chord}: {why}.")));
                Vec::new()
            }
            Resolved::Unknown => {
                self.notice = Some(Notice::said(format!("{chord} has no meaning here; ? shows all keys.")));
                Vec::new()
            }
        }
    }

    fn judge(&mut self, verdict: Verdict) -> Vec<Effect> {
        match verdict {
            Verdict::Stay => Vec::new(),
            Verdict::Close => {
                self.overlays.pop();
                Vec::new()
            }
            Verdict::Live(text) => {
                let step = self.filter(&text);
                self.notice = None;
                self.follow(step)
            }
            Verdict::Filter(text) => {
                self.overlays.pop();
                let step = self.filter(&text);
                self.notice = None;
                self.follow(step)
            }
            Verdict::Sort(name) => {
                self.overlays.pop();
                let step = self.tell(self.current, ScreenMsg::Sort(name));
                self.follow(step)
            }
            Verdict::Group(name) => {
                self.overlays.pop();
                let step = self.tell(self.current, ScreenMsg::Group(name));
                self.follow(step)
            }
            Verdict::Copy(label, text) => {
                self.overlays.pop();
                self.copy(label, text)
            }
            Verdict::Act(action) => {
                self.overlays.pop();
                // An action is of the screen; the page gives way to it.
                (self.review, self.deeds) = (None, None);
                self.act(action, Chord::plain(Key::Enter))
            }
            Verdict::Run(text) => {
                self.overlays.pop();
                self.run(&text)
            }
            Verdict::Switch(name) => {
                self.overlays.pop();
                self.switch(&name)
            }
            Verdict::Ask(kind) => {
                self.overlays.pop();
                self.ask(kind)
            }
            Verdict::Write(path) => self.write(&path),
            Verdict::Note(kind, text) => self.note(kind, &text),
            Verdict::Account(id) => {
                self.overlays.pop();
                self.take_account(&id)
            }
            Verdict::Review(errand) => {
                self.overlays.pop();
                self.change(*errand)
            }
            Verdict::Say(words) => self.say(words),
            Verdict::Save(change) => self.save_form(change),
            Verdict::Edit(text) => vec![Effect::Edit(text)],
            Verdict::Change(change) => {
                self.overlays.pop();
                self.send_change(change)
            }
            Verdict::Leave(errand) => vec![Effect::Leave(errand)],
            Verdict::Quit => self.quit(),
        }
    }

    fn copy(&mut self, label: &str, text: String) -> Vec<Effect> {
        let shown = crate::ui::text::fit(&text, 60, self.look.ascii).into_owned();
        self.notice = Some(Notice::said(format!("Copied {label} {shown} by OSC 52. The terminal gives no receipt.")));
        vec![Effect::Copy(text)]
    }

    /// Draws everything, and returns what the next `update` needs to know of it.
    pub fn render(&self, area: Rect, buf: &mut Buffer) -> Geometry {
        buf.set_style(area, self.setting.theme.style(crate::ui::Role::Page));
        buf.set_style(area, self.setting.theme.style(crate::ui::Role::Text));
        let view = ViewCx {
            cx: Cx { size: (area.width, area.height), ..self.cx(self.current) },
            theme: &self.setting.theme,
            privacy: self.privacy,
        };
        let body = self.chrome(&view, area, buf);
        let geometry = match (&self.review, &self.deeds, &self.viewer) {
            (Some(review), _, _) => review.draw(&view, &self.ground(), body, buf),
            (None, Some(page), _) => page.draw(&view, body, buf),
            (None, None, Some(viewer)) => viewer.draw(&view, body, buf),
            (None, None, None) => self.screen(self.current).render(&view, body, buf),
        };
        // What is asked of a form stands in its place: one ground on the other would run into it.
        let asked = matches!(self.overlays.last(), Some(Overlay::Sure { .. }));
        for overlay in self.overlays.iter().filter(|overlay| !(asked && matches!(overlay, Overlay::Form(_)))) {
            overlay.render(&view, area, buf);
        }
        if self.look.ascii {
            crate::ui::text::to_ascii(buf);
        }
        geometry
    }

    /// Takes what the last frame looked like.
    pub fn drawn(&mut self, geometry: Geometry) {
        self.geometry.insert(self.current, geometry);
    }

    fn next_times(&mut self) -> &'static str {
        let (style, word) = match self.look.times {
            TimeStyle::Utc => (TimeStyle::Relative, "Times are relative to now."),
            TimeStyle::Relative => (TimeStyle::Local, "Times are local."),
            TimeStyle::Local => (TimeStyle::Utc, "Times are in UTC."),
        };
        self.look.times = style;
        word
    }
}
