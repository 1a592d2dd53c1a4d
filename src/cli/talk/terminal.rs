//! A person at the terminal: questions on stderr, answers from stdin, keys without echo.

use std::{
    io::{self, BufRead, IsTerminal as _, Write as _},
    time::Duration,
};

use zeroize::Zeroizing;

use super::{Stopped, Talk};
use crate::{
    cli::{console, interrupts::Interrupts},
    domain::{Failure, FailureKind, text::escape},
};

/// Longest answer, bytes.
const LINE_MAX: usize = 8192;

/// The terminal of this process.
pub struct Terminal {
    interrupts: Interrupts,
}

impl Terminal {
    /// Whether there is a terminal to ask on.
    pub fn is_here() -> bool {
        not_here().is_none()
    }

    /// The terminal, when there is one to ask on; `what` is done by questions, and `hint` is another way.
    ///
    /// # Errors
    /// `Cancelled` (exit 3) when stdin or stderr is none.
    pub fn open(what: &str, hint: &'static str) -> Result<Self, Failure> {
        if let Some(stream) = not_here() {
            let title = format!("{what} by questions, and {stream} is no terminal");
            return Err(Failure::new(FailureKind::Cancelled, title).hint(hint));
        }
        let interrupts = Interrupts::catch().map_err(|error| {
            Failure::new(FailureKind::Internal, format!("ctrl-c cannot be caught ({})", error.kind()))
        })?;
        Ok(Self { interrupts })
    }
}

impl Talk for Terminal {
    fn say(&mut self, line: &str) {
        console::say(line);
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Stopped> {
        let mut stderr = io::stderr().lock();
        write!(stderr, "{}", escape(prompt)).and_then(|()| stderr.flush()).map_err(|_| Stopped)?;
        drop(stderr);
        let answer = if self.interrupts.line() { read_line(&mut io::stdin().lock()) } else { Err(Stopped) };
        if answer.is_err() {
            // The cursor stands behind the prompt.
            console::say("");
        }
        answer
    }

    fn hidden(&mut self, prompt: &str) -> Result<Zeroizing<String>, Stopped> {
        // It raises the signal of ctrl-c before it gives the terminal its echo back, so the signal has to be caught.
        let line = rpassword::prompt_password(escape(prompt));
        // The end of the line is not echoed either.
        console::say("");
        line.map(Zeroizing::new).map_err(|_| Stopped)
    }

    fn drop_typed_ahead(&mut self) -> Result<bool, Stopped> {
        let mut dropped = false;
        while Interrupts::has_line() {
            read_line(&mut io::stdin().lock())?;
            dropped = true;
        }
        Ok(dropped)
    }

    fn pause(&mut self, wait: Duration) -> Result<(), Stopped> {
        if self.interrupts.quiet_for(wait) { Ok(()) } else { Err(Stopped) }
    }
}

/// The stream that is no terminal, of those that questions need.
fn not_here() -> Option<&'static str> {
    let streams = [("stdin", io::stdin().is_terminal()), ("stderr", io::stderr().is_terminal())];
    streams.into_iter().find_map(|(stream, terminal)| (!terminal).then_some(stream))
}

/// A line without its end; the end of the input and a line without end stop.
fn read_line(input: &mut impl BufRead) -> Result<String, Stopped> {
    let mut line = Vec::new();
    loop {
        let chunk = input.fill_buf().map_err(|_| Stopped)?;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default());
        let (used, over) = (end.map_or(chunk.len(), |at| at + 1), chunk.is_empty());
        input.consume(used);
        if over || line.len() > LINE_MAX {
            return Err(Stopped);
        }
        if end.is_some() {
            return String::from_utf8(line).map_err(|_| Stopped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_with_enter_and_everything_else_stops() {
        let mut input = &b"one\ntwo\nhal"[..];
        assert_eq!(read_line(&mut input), Ok("one".to_owned()));
        assert_eq!(read_line(&mut input), Ok("two".to_owned()));
        assert_eq!(read_line(&mut input), Err(Stopped), "the end of the input");
        assert_eq!(read_line(&mut &b"\xff\n"[..]), Err(Stopped), "no text");
        let long = [b'x'; LINE_MAX + 1];
        assert_eq!(read_line(&mut &long[..]), Err(Stopped), "no end");
    }
}
