//! The twelve places where a key must not be, and the search in them.

use std::process::Child;

/// The places that are searched.
pub const SINKS: [&str; 12] = [
    "terminal",
    "stderr",
    "logs",
    "panic",
    "core",
    "arguments",
    "own environment",
    "environment of a child",
    "store",
    "exports",
    "crash file",
    "foreign host",
];

/// What reached each place.
#[derive(Default)]
pub struct Sinks([Vec<u8>; SINKS.len()]);

impl Sinks {
    /// Adds a line.
    pub fn add(&mut self, sink: &str, bytes: impl AsRef<[u8]>) {
        let at = SINKS.iter().position(|name| *name == sink).unwrap();
        self.0[at].extend_from_slice(bytes.as_ref());
        self.0[at].push(b'\n');
    }

    /// What a command prints until its end.
    pub fn printed(&mut self, command: Child) {
        let output = command.wait_with_output().unwrap();
        self.add("exports", output.stdout);
        self.add("stderr", output.stderr);
    }

    /// What reached a place.
    pub fn of(&self, sink: &str) -> &[u8] {
        &self.0[SINKS.iter().position(|name| *name == sink).unwrap()]
    }

    /// Takes away what was added last, down to `length` bytes.
    pub fn truncate(&mut self, sink: &str, length: usize) {
        self.0[SINKS.iter().position(|name| *name == sink).unwrap()].truncate(length);
    }

    /// The places that hold one of `canaries`.
    pub fn hits(&self, canaries: &[String]) -> Vec<&'static str> {
        let holds =
            |bytes: &[u8]| canaries.iter().any(|canary| memchr::memmem::find(bytes, canary.as_bytes()).is_some());
        SINKS.into_iter().zip(&self.0).filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name).collect()
    }
}
