//! A text in the editor of the user.

use std::{
    io::{Read as _, Write as _},
    process::{Command, ExitStatus},
};

use tempfile::NamedTempFile;

use crate::domain::{Clean, Failure, FailureKind};

/// Largest text that is taken back, bytes.
const MOST: u64 = 1 << 20;

/// The editor, and the file that it is given: readable by this user alone, and gone at the end.
pub struct Editor {
    program: String,
    arguments: Vec<String>,
    without: Vec<String>,
    file: NamedTempFile,
}

impl Editor {
    /// `$VISUAL` or `$EDITOR` for `text`. It gets none of the variables in `without`, which hold keys.
    ///
    /// # Errors
    /// None is set, or there is no room for the file.
    pub fn of(text: &str, without: Vec<String>) -> Result<Self, Failure> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(chosen) = ["VISUAL", "EDITOR"].into_iter().find_map(variable) else {
            return Err(failed("neither VISUAL nor EDITOR is set").hint("set one; a file and -f do it too"));
        };
        let words = shell_words::split(&chosen).map_err(|_| failed("its command has an open quote"))?;
        let mut words = words.into_iter();
        let Some(program) = words.next() else { return Err(failed("its command is empty")) };
        let mut file =
            tempfile::Builder::new().prefix("certdeck-report-").suffix(".toml").tempfile().map_err(|e| io(&e))?;
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(|error| io(&error))?;
        Ok(Self { program, arguments: words.collect(), without, file })
    }

    /// The command that edits the file.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(self.file.path());
        for name in &self.without {
            command.env_remove(name);
        }
        command
    }

    /// The text as it was left by an editor that ended like that.
    ///
    /// # Errors
    /// It did not start, was left with an error, or the text cannot be read.
    pub fn text(self, ended: std::io::Result<ExitStatus>) -> Result<String, Failure> {
        let ended = ended.map_err(|error| failed(&format!("{} does not start ({})", self.program, error.kind())))?;
        if !ended.success() {
            return Err(Failure::new(FailureKind::Cancelled, "the editor was left with an error, so nothing was sent"));
        }
        // Some editors put a new file in the place of the old one.
        let file = std::fs::File::open(self.file.path()).map_err(|error| io(&error))?;
        let mut text = String::new();
        file.take(MOST + 1).read_to_string(&mut text).map_err(|error| io(&error))?;
        if text.len() as u64 > MOST {
            return Err(failed("the text is larger than 1 MiB"));
        }
        Ok(text)
    }
}

fn failed(why: &str) -> Failure {
    Failure::new(FailureKind::Configuration, Clean::new(&format!("the editor: {why}")))
}

fn io(error: &std::io::Error) -> Failure {
    failed(&error.kind().to_string())
}
