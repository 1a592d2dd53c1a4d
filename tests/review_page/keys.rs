//! Keys and pastes at random: nothing is handed over for sending but by the whole way to it.

use certdeck::{
    domain::ca::checks::Mark,
    flow::{Ask, Call, CallKey, Chord, Effect, Key, Msg, Reply, review::Sending},
};
use jiff::{SignedDuration, Timestamp};

use super::desk::{self, CA, COMMENT};
use crate::support::{
    sample,
    stage::{Stage, chords},
};

/// Sequences, each on a stage of its own, and the events of one at least.
const SEQUENCES: u64 = 400;
const EVENTS: usize = 550;

/// What the user did.
#[derive(Debug, Clone, PartialEq)]
enum Done {
    Key(Chord),
    Paste(String),
    Away,
}

struct Walk {
    stage: Stage,
    random: fastrand::Rng,
    /// What was done since the page was left or something was handed over.
    done: Vec<(Timestamp, Done)>,
    events: usize,
    sent: usize,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let size = [(120, 40), (80, 24), (60, 16), (30, 8)][random.usize(0..4)];
        let mut stage = desk::ready(size);
        stage.slow = true;
        Self { stage, random, done: Vec::new(), events: 0, sent: 0 }
    }

    fn act(&mut self, done: Done) {
        self.events += 1;
        self.done.push((self.stage.now, done.clone()));
        self.stage.send(match done {
            Done::Key(chord) => Msg::Key(chord),
            Done::Paste(text) => Msg::Paste(text),
            Done::Away => Msg::Resumed,
        });
        self.answer();
    }

    fn keys(&mut self, keys: &str) {
        for chord in chords(keys) {
            self.act(Done::Key(chord));
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.events += 1;
        self.stage.now += SignedDuration::from_secs(seconds);
        self.stage.send(Msg::Tick);
        self.answer();
    }

    /// Answers what was asked, at once, and looks at what was handed over.
    fn answer(&mut self) {
        let now = self.stage.now;
        while !self.stage.effects.is_empty() {
            for effect in std::mem::take(&mut self.stage.effects) {
                match effect {
                    Effect::Call { key: CallKey::Look, call: Call::Ask(Ask::Look(errand)), .. } => {
                        self.stage.answer(CallKey::Look, Ok(desk::looked(desk::reading_of(&errand, now))));
                    }
                    Effect::Call { key: CallKey::Survey, call: Call::Ask(Ask::Survey(ca)), .. } => {
                        let impact = desk::impact(ca.as_str(), now);
                        self.stage.answer(CallKey::Survey, Ok(Reply::Surveyed(Box::new(impact))));
                    }
                    Effect::Call { key, call: Call::Send(sending), .. } => {
                        self.judge(&sending);
                        self.done.clear();
                        self.sent += 1;
                        self.stage.answer(key, Err(sample::failure()));
                    }
                    Effect::Cancel(CallKey::Look) => self.done.clear(),
                    _ => {}
                }
            }
        }
    }

    /// The whole way: the name by keys, a comment, a calm moment, Enter, and a countdown that nothing stopped.
    fn judge(&self, sending: &Sending) {
        let now = self.stage.now;
        let story = || format!("{:?}\n{:?}", sending.errand, self.done);
        if !sending.errand.operation.rejects() {
            let name = desk::ca(sending.errand.ca.as_str()).name.to_string();
            let mut typed = self.done.iter().filter_map(|(_, done)| match done {
                Done::Key(Chord { key: Key::Char(c), .. }) => Some(*c),
                _ => None,
            });
            assert!(name.chars().all(|wanted| typed.any(|c| c == wanted)), "the name was not typed: {}", story());
        }
        assert!(sending.errand.comment.chars().count() >= 10, "{}", story());
        assert!(sending.checks.iter().all(|check| check.mark != Mark::Fail), "{}", story());
        let enter = Done::Key(Chord::plain(Key::Enter));
        let stops = |done: &Done| match done {
            Done::Key(chord) => *chord == Chord::plain(Key::Esc) || *chord == Chord::ctrl('c'),
            Done::Paste(_) | Done::Away => true,
        };
        let pressed = self.done.iter().enumerate().any(|(at, (when, done))| {
            let before = self.done[..at].iter().rev().find(|(_, done)| matches!(done, Done::Key(_)));
            let is_calm =
                before.is_some_and(|(before, _)| when.duration_since(*before) >= SignedDuration::from_secs(1));
            let is_over = now.duration_since(*when) >= SignedDuration::from_secs(10);
            *done == enter && is_calm && is_over && !self.done[at + 1..].iter().any(|(_, done)| stops(done))
        });
        assert!(pressed, "no button was pressed calmly and left alone: {}", story());
    }

    /// The way to a button, or one that differs from it in some steps.
    fn attempt(&mut self) {
        let name = CA.replace(' ', "_");
        let orders = ["A a", "A gg a", "3 A x Enter", "3 A x {reject} Enter", "3 f gg j j j x {disable} Enter"];
        let open = orders[self.random.usize(0..orders.len())];
        let steps: [&dyn Fn(&mut Self); 9] = [
            &|walk| walk.keys("ctrl-c 3 Esc Esc"),
            &|walk| walk.keys(open),
            &|walk| walk.keys("Tab"),
            &|walk| walk.keys(&format!("{{{name}}}")),
            &|walk| walk.keys("Tab"),
            &|walk| walk.act(Done::Paste(COMMENT.to_owned())),
            &|walk| walk.keys("Tab Tab Tab"),
            &|walk| walk.pass(2),
            &|walk| walk.keys("Enter"),
        ];
        for step in steps {
            match self.random.u8(0..40) {
                0 => {}
                1 => self.event(),
                2 => {
                    step(self);
                    step(self);
                }
                _ => step(self),
            }
        }
        for _ in 0..12 {
            self.pass(1);
            if self.random.u8(0..40) == 0 {
                self.event();
            }
        }
    }

    fn one_of(&mut self, keys: &[&str]) {
        let at = self.random.usize(0..keys.len());
        self.keys(keys[at]);
    }

    fn event(&mut self) {
        const CHARS: &str = "jkhlgGdunNsSzfJKyYpPrRTA?/:@=12345cavwxoqQiy ";
        const NAMED: &str = "Enter Enter Esc Tab Tab Tab shift-Tab Up Down Left Right Home End PgUp PgDn Backspace";
        let chars: Vec<char> = CHARS.chars().collect();
        match self.random.u8(0..100) {
            0..45 => {
                let at = self.random.usize(0..chars.len());
                self.act(Done::Key(Chord::plain(Key::Char(chars[at]))));
            }
            45..75 => {
                let named: Vec<&str> = NAMED.split(' ').collect();
                self.one_of(&named);
            }
            75..80 => self.one_of(&["ctrl-u", "ctrl-c", "ctrl-d", "ctrl-z"]),
            80..86 => {
                let pasted = [CA, COMMENT, "y\nQ\n:q\n", "\u{1b}[13~", "\r\r\r"][self.random.usize(0..5)];
                self.act(Done::Paste(pasted.to_owned()));
            }
            86 => self.act(Done::Away),
            87..90 => self.one_of(&["A a", "3 x", "3 A x Enter"]),
            90..92 => self.keys(&format!("{{{}}}", CA.replace(' ', "_"))),
            92..94 => self.pass(11),
            _ => {
                let seconds = self.random.i64(0..4);
                self.pass(seconds);
            }
        }
    }
}

#[test]
fn d16_no_keys_and_no_pastes_send_anything_but_by_the_whole_way() {
    let (mut events, mut sent) = (0, 0);
    for seed in 0..SEQUENCES {
        let mut walk = Walk::new(seed);
        while walk.events < EVENTS {
            if walk.random.u8(0..120) == 0 { walk.attempt() } else { walk.event() }
        }
        walk.stage.frame();
        events += walk.events;
        sent += walk.sent;
    }
    println!("{events} keys, pastes and ticks; {sent} decisions");
    assert!(events >= 200_000, "{events}");
    assert!(sent > 0, "the whole way leads to sending");
}
