//! A command that prints a key.

use std::{
    ffi::OsStr,
    io::Read as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use zeroize::Zeroizing;

use super::{READ_MAX, Refusal, program};

/// Longest run of a key command.
const DEADLINE: Duration = Duration::from_secs(30);
/// Distance of two looks at a command that has closed its output and not ended yet.
const LOOK: Duration = Duration::from_millis(5);

/// A program and its arguments, run without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCommand {
    argv: Vec<String>,
    without: Vec<String>,
    deadline: Duration,
}

impl KeyCommand {
    /// Takes a program and its arguments; `None` when there is no program.
    pub fn new(argv: Vec<String>) -> Option<Self> {
        let sound = argv.first().is_some_and(|program| !program.is_empty());
        (sound && argv.iter().all(|arg| !arg.contains('\0'))).then_some(Self {
            argv,
            without: Vec::new(),
            deadline: DEADLINE,
        })
    }

    /// The same command, which does not see these variables: they hold other keys.
    #[must_use]
    pub fn without(mut self, variables: &[String]) -> Self {
        self.without = variables.to_vec();
        self
    }

    /// The same command with another deadline.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The program, for messages; arguments may say more than they should.
    pub fn program(&self) -> String {
        crate::domain::Clean::new(self.argv.first().map_or("", String::as_str)).to_string()
    }

    /// Runs the command and returns what it printed, at most [`READ_MAX`] bytes. Its messages are not shown: some
    /// programs put the key into them. The program is looked for in `path`, a `PATH`.
    pub(super) fn run(&self, path: Option<&OsStr>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let (program, arguments) = self.argv.split_first().ok_or("there is no program")?;
        let mut command = Command::new(program::find(program, path)?);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        for name in &self.without {
            command.env_remove(name);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| format!("cannot be started ({})", error.kind()))?;
        let result = self.collect(&mut child).map_err(Refusal::from);
        if result.is_err() {
            end(&mut child);
        }
        result
    }

    fn collect(&self, child: &mut Child) -> Result<Zeroizing<Vec<u8>>, String> {
        let started = Instant::now();
        let output = child.stdout.take().ok_or("has no output")?;
        let (send, receive) = mpsc::channel();
        let reader = move || {
            let mut bytes = Zeroizing::new(Vec::with_capacity(READ_MAX + 1));
            let read = output.take(READ_MAX as u64 + 1).read_to_end(&mut bytes);
            // The other side has given up when this fails.
            let _ = send.send(read.map(|_| bytes));
        };
        std::thread::Builder::new()
            .name("key command".to_owned())
            .spawn(reader)
            .map_err(|error| format!("cannot be read ({})", error.kind()))?;
        let late = || format!("did not end within {} s and was stopped", self.deadline.as_secs());
        let bytes = receive.recv_timeout(self.deadline).map_err(|_| late())?;
        let bytes = bytes.map_err(|error| format!("cannot be read ({})", error.kind()))?;
        if bytes.len() > READ_MAX {
            return Err(format!("printed more than {READ_MAX} bytes and was stopped"));
        }
        match wait(child, started + self.deadline)? {
            None => Err(late()),
            Some(status) if status.success() => Ok(bytes),
            Some(status) => Err(status.code().map_or_else(
                || "was ended by a signal".to_owned(),
                |code| format!("ended with code {code}; run it by hand to see why"),
            )),
        }
    }
}

/// Waits for the end until `deadline`; `None` when it does not come.
fn wait(child: &mut Child, deadline: Instant) -> Result<Option<ExitStatus>, String> {
    loop {
        let status = child.try_wait().map_err(|error| format!("cannot be waited for ({})", error.kind()))?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
}

/// Ends the command and everything it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

impl<'de> Deserialize<'de> for KeyCommand {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct CommandVisitor;
        impl<'de> Visitor<'de> for CommandVisitor {
            type Value = Vec<String>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a command line or a list of words")
            }
            fn visit_str<E: serde::de::Error>(self, line: &str) -> Result<Vec<String>, E> {
                shell_words::split(line).map_err(|_| E::custom("the command line has an open quote"))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element::<String>()? {
                    words.push(word);
                }
                Ok(words)
            }
        }
        let argv = input.deserialize_any(CommandVisitor)?;
        Self::new(argv).ok_or_else(|| D::Error::custom("the command names no program"))
    }
}
