//! An app without a loop: messages in, frames and effects out.

use std::{collections::HashMap, sync::Arc};

use certdeck::{
    app::{App, Environment, Place, Setting},
    domain::{
        Clean, Failure,
        audit::{AuditEvent, AuditSource, sync::Plan},
    },
    flow::{
        Call, CallKey, Consoles, Effect, Generation, Intervals, Look, Msg, Reply, SourceId, chord, estate::Service,
    },
    keymap::Keymap,
    present::{self, column::Record as _},
    store::{self, ContextId, Index, Put},
    ui::Theme,
};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

/// 2026-11-21T14:02:31Z.
pub const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

/// A setting with all services, read-only production, and no automatic reads.
pub fn setting() -> Setting {
    Setting {
        place: place("acme-corp", Environment::Production),
        places: vec![place("acme-corp", Environment::Production), place("lab", Environment::Test)],
        intervals: Intervals::every(60),
        theme: Theme::dark(),
        on_light: None,
        keymap: Keymap::default(),
        look: present::Look::utc(NOW),
        views: Vec::new(),
        terms: certdeck::screens::review::Terms::default(),
        greeting: None,
        welcome: false,
        view: None,
        alert: None,
    }
}

/// A context with all services.
pub fn place(name: &str, environment: Environment) -> Place {
    let (name, services) = (Clean::new(name), Service::ALL.to_vec());
    Place {
        name,
        environment,
        services,
        account: None,
        read_only: None,
        configured: Arc::default(),
        consoles: Consoles::default(),
    }
}

/// An app on a stage.
pub struct Stage {
    pub app: App,
    pub now: Timestamp,
    pub size: (u16, u16),
    pub effects: Vec<Effect>,
    /// Frames are dropped, as they are while the terminal is slow.
    pub slow: bool,
    asked: HashMap<CallKey, Generation>,
    /// Audit events that were replied, as they are kept; made when somebody looks at them.
    events: Vec<AuditEvent>,
    index: Option<(tokio::runtime::Runtime, Index)>,
}

impl Stage {
    pub fn new(size: (u16, u16)) -> Self {
        Self::with(setting(), size)
    }

    pub fn with(setting: Setting, size: (u16, u16)) -> Self {
        let app = App::new(setting, size);
        let mut stage = Self {
            app,
            now: NOW,
            size,
            effects: Vec::new(),
            slow: false,
            asked: HashMap::new(),
            events: Vec::new(),
            index: None,
        };
        let effects = stage.app.start(NOW);
        stage.take(effects);
        stage.frame();
        stage
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Call { key, generation, call } = &effect {
                self.asked.insert(*key, *generation);
                if let Some(reply) = self.worked(call) {
                    let msg = Msg::Reply { key: *key, generation: *generation, result: Ok(reply) };
                    let more = self.app.update(msg, self.now);
                    self.take(more);
                }
            }
            self.effects.push(effect);
        }
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.now);
        self.take(effects);
        if !self.slow {
            self.frame();
        }
    }

    /// Types keys, divided by blanks: `2 j j Enter`. `{text}` types each character.
    pub fn keys(&mut self, keys: &str) {
        for chord in chords(keys) {
            self.send(Msg::Key(chord));
        }
    }

    pub fn reply(&mut self, source: SourceId, result: Result<Reply, Failure>) {
        let key = CallKey::Source(source);
        let generation = self.asked[&key];
        match &result {
            Ok(Reply::AuditRows(rows)) => self.keep(rows),
            Ok(Reply::Audit(list)) => self.keep(&list.rows),
            _ => {}
        }
        self.send(Msg::Reply { key, generation, result });
    }

    /// What the loop works out by itself: sorting, and looks at audit events.
    fn worked(&mut self, call: &Call) -> Option<Reply> {
        match call {
            Call::Work(work) => Some(work.clone().run()),
            Call::Look(look) => Some(self.looked(look)),
            _ => None,
        }
    }

    fn keep(&mut self, events: &[AuditEvent]) {
        self.events = events.to_vec();
        self.index = None;
    }

    fn looked(&mut self, look: &Look) -> Reply {
        let now = self.now;
        let (runtime, index) = self.index.get_or_insert_with(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let clock: certdeck::store::Clock = Arc::new(move || now);
            let index = Index::open(&store::Place::Memory, &clock, &ContextId::new("stage", []), AuditEvent::FIELDS);
            if !self.events.is_empty() {
                let (events, total) = (self.events.clone(), Some(self.events.len()));
                let source = AuditSource::PrivateCa;
                let put = async {
                    let (coverage, mark) = index.coverage(source).await.expect("an index");
                    let plan = Plan::new(coverage, 0, 1_000);
                    let (plan, _) = index.put(Put { source, mark, plan, events, total }).await.expect("a page");
                    index.note(source, plan.coverage(), Some(now), None).await.expect("a note");
                };
                runtime.block_on(put);
            }
            (runtime, index)
        });
        runtime.block_on(async {
            match look.clone() {
                Look::Page(wanted) => Reply::Events(index.page(wanted).await.expect("a page")),
                Look::Count(count) => {
                    Reply::Tallied(Box::new(index.tally(count, Timestamp::UNIX_EPOCH).await.expect("a count")))
                }
                Look::Details(id) => Reply::Event(index.details(id).await.expect("details").map(Box::new)),
            }
        })
    }

    /// A reply of the newest call of a key.
    pub fn answer(&mut self, key: CallKey, result: Result<Reply, Failure>) {
        let generation = self.asked[&key];
        self.send(Msg::Reply { key, generation, result });
    }

    /// The generation that the newest call of a key was asked with.
    pub fn generation(&self, key: CallKey) -> Option<Generation> {
        self.asked.get(&key).copied()
    }

    pub fn frame(&mut self) -> Buffer {
        let area = Rect { x: 0, y: 0, width: self.size.0, height: self.size.1 };
        let mut buffer = Buffer::empty(area);
        let geometry = self.app.render(area, &mut buffer);
        self.app.drawn(geometry);
        buffer
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.send(Msg::Resize(size.0, size.1));
    }

    pub fn text(&mut self) -> String {
        super::dump::text(&self.frame())
    }
}

/// The keys of `2 j j Enter`; `{text}` is each of its characters, with `_` for a blank.
pub fn chords(keys: &str) -> Vec<chord::Chord> {
    let mut out = Vec::new();
    for word in keys.split_whitespace() {
        if let Some(text) = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let typed = |c| chord::Chord::plain(chord::Key::Char(if c == '_' { ' ' } else { c }));
            out.extend(text.chars().map(typed));
        } else {
            out.extend(chord::sequence(word).expect("a key"));
        }
    }
    out
}
