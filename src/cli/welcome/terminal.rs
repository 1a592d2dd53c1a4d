//! A person at the terminal: questions on stderr, answers from stdin, keys without echo.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use super::talk::{Stopped, Talk};
use crate::{
    cli::console,
    domain::{Failure, FailureKind, text::escape},
};

/// Longest answer, bytes.
const LINE_MAX: usize = 8192;
/// What ctrl-c types.
const CTRL_C: u8 = 0x03;

/// The terminal of this process.
pub struct Terminal;

impl Terminal {
    /// The terminal, when there is one to ask on.
    ///
    /// # Errors
    /// `Cancelled` (exit 3) when stdin or stderr is none.
    pub fn open() -> Result<Self, Failure> {
        let none = [("stdin", io::stdin().is_terminal()), ("stderr", io::stderr().is_terminal())];
        match none.into_iter().find(|(_, terminal)| !terminal) {
            None => Ok(Self),
            Some((stream, _)) => {
                let title = format!("a context is made by questions, and {stream} is no terminal");
                let hint = "`certdeck config template` prints a file to start from";
                Err(Failure::new(FailureKind::Cancelled, title).hint(hint))
            }
        }
    }
}

impl Talk for Terminal {
    fn say(&mut self, line: &str) {
        console::say(line);
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Stopped> {
        // Before the prompt: ctrl-c may come as soon as it shows.
        let _modes = modes::Lines::begin();
        let mut stderr = io::stderr().lock();
        write!(stderr, "{}", escape(prompt)).and_then(|()| stderr.flush()).map_err(|_| Stopped)?;
        drop(stderr);
        let answer = read_line(&mut io::stdin().lock());
        if answer.is_err() {
            // The cursor stands behind the prompt.
            console::say("");
        }
        answer
    }

    fn hidden(&mut self, prompt: &str) -> Result<Zeroizing<String>, Stopped> {
        // The prompt raises the signal before it gives the terminal its echo back; uncaught it would end the process.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(|_| Stopped)?;
        let _inside = runtime.enter();
        #[cfg(unix)]
        let _caught = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).map_err(|_| Stopped)?;
        let line = rpassword::prompt_password(escape(prompt));
        // The end of the line is not echoed either.
        console::say("");
        line.map(Zeroizing::new).map_err(|_| Stopped)
    }
}

/// A line without its end; ctrl-c, the end of the input and a line without end stop.
fn read_line(input: &mut impl BufRead) -> Result<String, Stopped> {
    let mut line = Vec::new();
    loop {
        let chunk = input.fill_buf().map_err(|_| Stopped)?;
        let end = chunk.iter().position(|byte| matches!(*byte, b'\n' | CTRL_C));
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        let stop = chunk.is_empty() || end.is_some_and(|at| chunk.get(at) == Some(&CTRL_C));
        line.extend_from_slice(part);
        let used = end.map_or(chunk.len(), |at| at + 1);
        input.consume(used);
        if stop || line.len() > LINE_MAX {
            return Err(Stopped);
        }
        if end.is_some() {
            return String::from_utf8(line).map_err(|_| Stopped);
        }
    }
}

/// While a line is read, ctrl-c ends the line in place of the process: nothing is left half done.
#[cfg(unix)]
mod modes {
    use std::io;

    use rustix::termios::{OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

    /// The modes from before, which come back when this is dropped.
    pub struct Lines(Termios);

    impl Lines {
        /// Takes the signal from ctrl-c; `None` for a terminal that has no modes.
        pub fn begin() -> Option<Self> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut modes = before.clone();
            // 0 is the value of "no key" (_POSIX_VDISABLE of Linux); elsewhere it is a key that nobody types.
            modes.special_codes[SpecialCodeIndex::VINTR] = 0;
            modes.special_codes[SpecialCodeIndex::VEOL] = super::CTRL_C;
            tcsetattr(io::stdin(), OptionalActions::Now, &modes).ok()?;
            Some(Self(before))
        }
    }

    impl Drop for Lines {
        fn drop(&mut self) {
            // A terminal that is gone needs no modes.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }
}

#[cfg(not(unix))]
mod modes {
    /// Nothing to change.
    pub struct Lines;

    impl Lines {
        /// Nothing.
        pub const fn begin() -> Option<Self> {
            None
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
        assert_eq!(read_line(&mut &b"half\x03more\n"[..]), Err(Stopped), "ctrl-c");
        assert_eq!(read_line(&mut &b"\xff\n"[..]), Err(Stopped), "no text");
        let long = [b'x'; LINE_MAX + 1];
        assert_eq!(read_line(&mut &long[..]), Err(Stopped), "no end");
    }
}
