//! A person at the terminal: questions on stderr, answers from stdin, keys without echo.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use self::interrupts::Interrupts;
use super::talk::{Stopped, Talk};
use crate::{
    cli::console,
    domain::{Failure, FailureKind, text::escape},
};

/// Longest answer, bytes.
const LINE_MAX: usize = 8192;

/// The terminal of this process.
pub struct Terminal {
    interrupts: Interrupts,
}

impl Terminal {
    /// The terminal, when there is one to ask on.
    ///
    /// # Errors
    /// `Cancelled` (exit 3) when stdin or stderr is none.
    pub fn open() -> Result<Self, Failure> {
        let streams = [("stdin", io::stdin().is_terminal()), ("stderr", io::stderr().is_terminal())];
        if let Some((stream, _)) = streams.into_iter().find(|(_, terminal)| !terminal) {
            let title = format!("a context is made by questions, and {stream} is no terminal");
            let hint = "`certdeck config template` prints a file to start from";
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
        let answer = self.interrupts.line().and_then(|()| read_line(&mut io::stdin().lock()));
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

/// Ctrl-C stops the dialogue in place of the process: nothing is left half done, and the terminal keeps its modes.
#[cfg(unix)]
mod interrupts {
    use std::{io, time::Duration};

    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };
    use tokio::{
        runtime::Runtime,
        signal::unix::{Signal, SignalKind, signal},
    };

    use super::Stopped;

    /// How often a wait for a line looks whether it was interrupted, when the signal came in between.
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// Catches the signal of ctrl-c from now on.
    pub struct Interrupts {
        runtime: Runtime,
        signal: Signal,
    }

    impl Interrupts {
        /// Begins.
        pub fn catch() -> io::Result<Self> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let signal = {
                let _inside = runtime.enter();
                signal(SignalKind::interrupt())?
            };
            Ok(Self { runtime, signal })
        }

        /// Waits until a line can be read.
        pub fn line(&mut self) -> Result<(), Stopped> {
            loop {
                let stdin = io::stdin();
                let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
                match poll(&mut ready, Some(&LOOK)) {
                    Ok(1..) => return Ok(()),
                    Ok(0) | Err(Errno::INTR) if self.came() => return Err(Stopped),
                    Ok(0) | Err(Errno::INTR) => {}
                    Err(_) => return Err(Stopped),
                }
            }
        }

        fn came(&mut self) -> bool {
            let signal = &mut self.signal;
            // Not zero: what hands the signal on runs only while this waits.
            self.runtime.block_on(async { tokio::time::timeout(Duration::from_millis(1), signal.recv()).await.is_ok() })
        }
    }
}

#[cfg(not(unix))]
mod interrupts {
    use std::io;

    use super::Stopped;

    /// Ctrl-C ends the process; nothing is written by then.
    pub struct Interrupts;

    impl Interrupts {
        /// Nothing to begin.
        pub const fn catch() -> io::Result<Self> {
            Ok(Self)
        }

        /// A read waits by itself.
        pub const fn line(&mut self) -> Result<(), Stopped> {
            Ok(())
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
