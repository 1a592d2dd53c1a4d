//! stdout for data, stderr for words.

use std::io::{self, BufWriter, IsTerminal as _, Write};

use serde_json::json;

use super::{
    args::Format,
    exit::{Exit, Outcome, Trouble, word},
};
use crate::domain::{Failure, text::escape};

/// Where a command writes.
pub struct Console {
    out: BufWriter<io::Stdout>,
    format: Format,
    ascii: bool,
    remarks: Vec<String>,
}

impl Console {
    /// The console of this process.
    pub fn new(format: Format) -> Self {
        Self { out: BufWriter::with_capacity(64 << 10, io::stdout()), format, ascii: !is_utf8(), remarks: Vec::new() }
    }

    /// The form of the data.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// True when only ASCII may be drawn by us.
    pub const fn ascii(&self) -> bool {
        self.ascii
    }

    /// stdout.
    pub fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Keeps a word for stderr until the command has done what it was asked; with a failure it is left out, which is
    /// then the one line.
    pub fn remark(&mut self, line: String) {
        self.remarks.push(line);
    }

    /// Ends the command: writes what waits, tells what went wrong, gives the exit code.
    pub fn end(mut self, outcome: Outcome) -> Exit {
        match self.flushed(outcome) {
            // The reader has what it wanted: `| head -1`.
            Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            outcome => self.told(outcome),
        }
    }

    /// Ends `check`: whatever went wrong is UNKNOWN, and a reader that left changes nothing.
    pub fn end_check(mut self, outcome: Outcome) -> Exit {
        let exit = outcome.as_ref().copied().unwrap_or(Exit::UNKNOWN);
        match self.flushed(outcome) {
            Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => exit,
            Err(trouble) => {
                self.told(Err(trouble));
                Exit::UNKNOWN
            }
            Ok(exit) => self.told(Ok(exit)),
        }
    }

    /// Writes what waits. What cannot be written once is not tried again.
    fn flushed(&mut self, outcome: Outcome) -> Outcome {
        let flushed = self.out.flush().map_err(Trouble::Output);
        let done = std::mem::replace(&mut self.out, BufWriter::new(io::stdout()));
        let (_, _) = done.into_parts();
        outcome.and_then(|exit| flushed.map(|()| exit))
    }

    /// Tells what went wrong, or what there is to know.
    fn told(&self, outcome: Outcome) -> Exit {
        match outcome {
            Ok(exit) => {
                self.remarks.iter().for_each(|line| warn(line));
                exit
            }
            Err(Trouble::Output(error)) => {
                say(&format!("certdeck: stdout cannot be written ({})", error.kind()));
                Exit::Failed
            }
            Err(Trouble::Usage(failure)) => {
                tell(&failure, "usage", self.format.is_json());
                Exit::Usage
            }
            Err(Trouble::Interlock(failure)) => {
                tell(&failure, "interlock", self.format.is_json());
                Exit::Interlock
            }
            Err(Trouble::Failure(failure)) => {
                tell(&failure, word(failure.kind), self.format.is_json());
                Exit::of(failure.kind)
            }
        }
    }
}

/// One line of words on stderr, made safe. A closed stderr is nobody to tell.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape(line));
}

/// Warns that data is missing.
pub fn warn(line: &str) {
    say(&format!("certdeck: {line}"));
}

fn tell(failure: &Failure, kind: &str, json: bool) {
    if !json {
        return say(&format!("certdeck: {failure}"));
    }
    let text = |clean: &Option<crate::domain::Clean>| clean.as_ref().map(|text| text.as_str().to_owned());
    let error = json!({"error": {
        "kind": kind,
        "title": failure.title.as_str(),
        "detail": text(&failure.detail),
        "hint": text(&failure.hint),
        "retry_after": failure.retry_after.map(|wait| wait.as_secs()),
    }});
    say(&error.to_string());
}

/// Options that people try for a key. None exists.
const KEY_OPTIONS: [&str; 7] = ["--api-key", "--apikey", "--key", "--token", "--api-token", "--password", "--secret"];
const NO_KEYS_HERE: &str = "a key is never taken from the command line, which other programs can read and shells write \
                            down; `certdeck auth set` asks for it";

/// Ends a command line that cannot be read, or that asked for help. Of a `private` one no word is repeated: somebody may
/// have typed a key there.
pub fn usage(error: &clap::Error, json: bool, private: bool) -> Exit {
    use clap::error::ErrorKind;
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A closed pipe is no error here either.
        let _ = error.print();
        return Exit::Done;
    }
    let unknown = unknown_word(error);
    let (text, hint) = match unknown {
        Some(word) if private && !word.starts_with('-') => {
            ("error: a word does not belong here; it is not repeated, since it may be a key".to_owned(), NO_KEYS_HERE)
        }
        Some(word) if KEY_OPTIONS.contains(&word) => (error.render().to_string(), NO_KEYS_HERE),
        _ => (error.render().to_string(), "certdeck --help lists what there is"),
    };
    if json {
        let title = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let title = title.strip_prefix("error: ").unwrap_or(title);
        let failure = Trouble::usage(title);
        if let Trouble::Usage(failure) = failure {
            tell(&failure.hint(hint), "usage", true);
        }
    } else {
        text.lines().for_each(say);
        if hint == NO_KEYS_HERE {
            warn(hint);
        }
    }
    Exit::Usage
}

/// The word that was not understood.
fn unknown_word(error: &clap::Error) -> Option<&str> {
    use clap::error::{ContextKind, ContextValue};
    [ContextKind::InvalidValue, ContextKind::InvalidSubcommand, ContextKind::InvalidArg].iter().find_map(|kind| {
        match error.get(*kind) {
            Some(ContextValue::String(word)) => Some(word.as_str()),
            _ => None,
        }
    })
}

/// Tells of a fault of this program on one safe line: its place, never its text, which may hold data.
pub fn panicked(info: &std::panic::PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    say(&format!("certdeck: internal error{place}; nothing more was sent; please report this line"));
}

/// Which of the three streams is not a terminal; the dashboard needs all of them.
pub fn not_a_terminal() -> Option<&'static str> {
    [
        ("stdin", io::stdin().is_terminal()),
        ("stdout", io::stdout().is_terminal()),
        ("stderr", io::stderr().is_terminal()),
    ]
    .into_iter()
    .find_map(|(name, terminal)| (!terminal).then_some(name))
}

/// Whether the locale of this process can show more than ASCII.
pub fn is_utf8() -> bool {
    speaks_utf8(&|name| std::env::var(name).ok())
}

/// Whether the locale can show more than ASCII. No locale at all is taken for UTF-8: a container has none.
fn speaks_utf8(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    set.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u13_a_locale_without_utf8_gets_ascii() {
        let locale = |name: &'static str, value: &'static str| {
            speaks_utf8(&move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(locale("LANG", "de_DE.UTF-8") && locale("LC_ALL", "C.utf8") && locale("NONE", ""));
        assert!(!locale("LANG", "C") && !locale("LC_ALL", "POSIX") && !locale("LC_CTYPE", "de_DE.ISO-8859-1"));
    }
}
