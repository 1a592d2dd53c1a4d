//! Events of the terminal, apart from the library that reads them.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::sync::{mpsc::Sender, oneshot};

use crate::flow::{Chord, Key, Msg};

/// How long the reader may take to stop at a gate that is closed.
const STOPS: Duration = Duration::from_millis(500);

/// Closed, it keeps the reader away from the terminal: somebody else reads there.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<Door>, Condvar)>);

#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Door {
    #[default]
    Open,
    /// To be closed as soon as the reader comes by.
    Closing,
    /// The reader stands before it.
    Closed,
}

impl Gate {
    /// Stops the reader; false when it does not come by, and then it is open.
    pub fn close(&self) -> bool {
        let Self(door) = self;
        let mut state = door.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = Door::Closing;
        // The reader waits for the terminal, or for the signal of another size.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH);
        let waited = door.1.wait_timeout_while(state, STOPS, |state| *state != Door::Closed);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *state != Door::Closed {
            *state = Door::Open;
        }
        *state == Door::Closed
    }

    /// Lets the reader go on.
    pub fn open(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Door::Open;
        self.0.1.notify_all();
    }

    /// Stands before the gate while it is closed.
    fn pass(&self) {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *state != Door::Open {
            *state = Door::Closed;
            self.0.1.notify_all();
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Reads events on a thread of its own and sends them as messages until the loop or the terminal is gone; not while the
/// gate is closed. The receiver tells when the thread has ended, whyever.
pub fn spawn(queue: Sender<Msg>, gate: Gate) -> std::io::Result<oneshot::Receiver<()>> {
    let (alive, ended) = oneshot::channel();
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let _alive = alive;
        let mut answers = Answers::default();
        while let Ok(event) = event::read() {
            if let Some(msg) = answers.keep(event, Instant::now())
                && queue.blocking_send(msg).is_err()
            {
                return;
            }
            gate.pass();
        }
    })?;
    Ok(ended)
}

/// The message of an event; none for those that mean nothing here.
pub fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => chord(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        // The reader loses a change of size that comes together with a key; the loop hears of it from the signal.
        Event::Resize(..) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let key = match event.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(n) => Key::F(n),
        _ => return None,
    };
    let has = |modifier| event.modifiers.contains(modifier);
    Some(Chord { key, ctrl: has(KeyModifiers::CONTROL), alt: has(KeyModifiers::ALT) })
}

/// A terminal sends an answer in one go; what comes this long after the last character was typed.
const PAUSE: Duration = Duration::from_millis(500);

/// Longest answer that is looked at.
const ANSWER: usize = 64;

/// Takes the answer about the background, and drops what a terminal answers to a query of another program: operating system commands (`ESC ]`), device control
/// strings (`ESC P`) and the like reach the event reader as ordinary characters and must never act as keys.
#[derive(Debug, Default)]
pub struct Answers {
    inside: Option<Instant>,
    text: String,
}

impl Answers {
    /// The message of an event, unless it is part of an answer.
    pub fn keep(&mut self, event: Event, now: Instant) -> Option<Msg> {
        let Event::Key(key) = &event else { return message(event) };
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if self.inside.is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            let ends = (alt && key.code == KeyCode::Char('\\')) || (ctrl && key.code == KeyCode::Char('g'));
            // An answer holds printable characters only; anything else was typed.
            let typed = !matches!(key.code, KeyCode::Char(_)) || (ctrl && !ends);
            self.inside = (!ends && !typed).then_some(now);
            if let (KeyCode::Char(c), false) = (key.code, ends)
                && self.text.len() < ANSWER
            {
                self.text.push(c);
            }
            return match (typed, ends) {
                (true, _) => message(event),
                (false, true) => background(&self.text),
                (false, false) => None,
            };
        }
        self.inside = None;
        if alt && !ctrl && matches!(key.code, KeyCode::Char(']' | 'P' | '_' | '^' | 'X')) {
            self.inside = Some(now);
            self.text.clear();
            return None;
        }
        message(event)
    }
}

/// Reads `11;rgb:RRRR/GGGG/BBBB`, the answer to OSC 11 (xterm control sequences); one to four digits a colour.
fn background(answer: &str) -> Option<Msg> {
    let mut parts = answer.strip_prefix("11;rgb:")?.split('/').map(|digits| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        (most > 0).then(|| f64::from(value) / f64::from(most))
    });
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    // Weights of the luma (ITU-R BT.709).
    Some(Msg::Background { light: 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_gate_holds_the_reader_until_it_is_opened() {
        let gate = Gate::default();
        assert!(!gate.close(), "nobody comes by");
        let (sender, passed) = std::sync::mpsc::sync_channel(0);
        let reader = gate.clone();
        let thread = thread::spawn(move || {
            while sender.send(()).is_ok() {
                reader.pass();
            }
        });
        let close = gate.clone();
        let closer = thread::spawn(move || close.close());
        while passed.recv_timeout(2 * STOPS).is_ok() {}
        assert!(closer.join().unwrap());
        gate.open();
        assert!(passed.recv_timeout(STOPS).is_ok());
        drop(passed);
        thread.join().unwrap();
    }

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn the_background_is_read_from_its_answer() {
        let light = |answer: &str| match background(answer) {
            Some(Msg::Background { light }) => Some(light),
            _ => None,
        };
        assert_eq!(light("11;rgb:ffff/ffff/dddd"), Some(true));
        assert_eq!(light("11;rgb:0f/14/19"), Some(false));
        assert_eq!(light("10;rgb:ffff/ffff/ffff"), None);
        assert_eq!(light("11;rgb:ffff/q/ffff"), None);
        assert_eq!(light("11;rgb://"), None);
    }

    #[test]
    fn t17_answers_of_the_terminal_are_no_keys() {
        let (mut answers, now) = (Answers::default(), Instant::now());
        let mut acted = Vec::new();
        let answer = [key(KeyCode::Char(']'), KeyModifiers::ALT)]
            .into_iter()
            .chain("11;rgb:1111/2222/q3Q".chars().map(|c| key(KeyCode::Char(c), KeyModifiers::NONE)))
            .chain([key(KeyCode::Char('\\'), KeyModifiers::ALT), key(KeyCode::Char('j'), KeyModifiers::NONE)]);
        for event in answer {
            acted.extend(answers.keep(event, now));
        }
        assert!(matches!(acted.as_slice(), [Msg::Key(Chord { key: Key::Char('j'), .. })]), "{acted:?}");
        assert!(answers.keep(key(KeyCode::Char(']'), KeyModifiers::ALT), now).is_none());
        assert!(answers.keep(key(KeyCode::Esc, KeyModifiers::NONE), now).is_some(), "a key press ends a lost answer");
        let j = || key(KeyCode::Char('j'), KeyModifiers::NONE);
        assert!(answers.keep(j(), now).is_some());
        assert!(answers.keep(key(KeyCode::Char('P'), KeyModifiers::ALT), now).is_none());
        assert!(answers.keep(j(), now + PAUSE / 2).is_none());
        assert!(answers.keep(j(), now + 2 * PAUSE).is_some(), "an answer that never ends is none");
    }
}
