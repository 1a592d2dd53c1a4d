//! Side effects as plain values; only the runtime turns them into work.

use super::call::{Call, CallKey, Generation};
use crate::domain::Clean;

/// Something to be done outside `update`.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a call; a running one of the same key is aborted.
    Call {
        /// What it is for.
        key: CallKey,
        /// Set by the app; screens leave it at its default.
        generation: Generation,
        /// The work.
        call: Call,
    },
    /// End the call of this key; its replies change nothing any more.
    Cancel(CallKey),
    /// Put safe text on the clipboard.
    Copy(String),
    /// Tell the desktop of this, behind whatever is in front of the terminal.
    Alert(Alert, Clean),
    /// Give this text to the editor of the user; what is left of it comes as a message.
    Edit(String),
    /// Call `update` with a tick after this many milliseconds; replaces the timer that runs. `None` stops it.
    Timer(Option<u64>),
    /// Leave the context that is open, with the calls of its screens, and open this one. The same one again: fetch its
    /// keys again; the reads of its sources end.
    Open(Opening),
    /// Give the terminal to the shell and wait for SIGCONT.
    Suspend,
    /// End the dashboard for something that is done line by line.
    Leave(Errand),
    /// End the program.
    Quit,
}

/// How a terminal is asked to tell its desktop something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// OSC 9 (iTerm2, Windows Terminal, kitty, foot).
    Osc9,
    /// OSC 777 (rxvt, VTE, foot, kitty).
    Osc777,
    /// The bell.
    Bell,
}

/// What is to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opening {
    /// Name of the context.
    pub context: String,
    /// The account of DigiCert ONE (`X-DC-AccountId`) that is read; `None` leaves it to the key.
    pub account: Option<String>,
}

/// What is done on the plain terminal instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// Connect an account: questions and answers, and a configuration file at the end.
    Connect,
    /// Print a configuration to start from.
    Template,
}

impl Effect {
    /// A call whose generation the app sets.
    pub const fn call(key: CallKey, call: Call) -> Self {
        Self::Call { key, generation: Generation(0), call }
    }
}
