//! A home of its own for each test, and the program run in it.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;

/// A folder that stands for a home, without any configuration.
pub struct Home(tempfile::TempDir);

/// What a run left behind.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file with a mode and returns its path.
    pub fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// The program in this home, with an environment that holds nothing else.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certdeck"));
        command.env_clear().env("HOME", self.path()).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.env("XDG_CONFIG_HOME", self.path().join("config")).current_dir(self.path());
        command.timeout(std::time::Duration::from_mins(1));
        command
    }

    pub fn run(&self, words: &[&str]) -> Run {
        Run::of(&self.command().args(words).output().unwrap())
    }
}

impl Run {
    pub fn of(output: &Output) -> Self {
        let run = Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        };
        assert!(!run.err.contains("panicked") && !run.err.contains("internal error"), "{}", run.err);
        for text in [&run.out, &run.err] {
            let control = |c: &char| c.is_control() && *c != '\n';
            assert_eq!(text.chars().find(control), None, "{text:?}");
        }
        run
    }

    /// A run that ended with `code`, said one line that holds `words`, and printed nothing.
    pub fn refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{}", self.err);
        assert_eq!(self.out, "");
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert!(self.err.contains(words), "{}", self.err);
    }
}
