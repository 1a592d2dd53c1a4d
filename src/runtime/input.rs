//! Events of the terminal, apart from the library that reads them.

use std::{
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::sync::{mpsc::Sender, oneshot};

use crate::flow::{Chord, Key, Msg};

/// Reads events on a thread of its own and sends them as messages until the loop or the terminal is gone. The receiver
/// tells when the thread has ended, whyever.
pub fn spawn(queue: Sender<Msg>) -> std::io::Result<oneshot::Receiver<()>> {
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

/// Drops what a terminal answers to a query of another program: operating system commands (`ESC ]`), device control
/// strings (`ESC P`) and the like reach the event reader as ordinary characters and must never act as keys.
#[derive(Debug, Default)]
pub struct Answers {
    inside: Option<Instant>,
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
            return if typed { message(event) } else { None };
        }
        self.inside = None;
        if alt && !ctrl && matches!(key.code, KeyCode::Char(']' | 'P' | '_' | '^' | 'X')) {
            self.inside = Some(now);
            return None;
        }
        message(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
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
