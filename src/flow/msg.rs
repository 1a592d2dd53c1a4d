//! Everything that happens.

use super::{
    action::{Action, ScreenId},
    call::{CallKey, Generation, Reply, Slot},
    chord::Chord,
    estate::{Service, SourceId},
};
use crate::domain::{Clean, Failure};

/// What the app is told.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key.
    Key(Chord),
    /// Pasted text; never a command.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The timer.
    Tick,
    /// A call brought something, or failed.
    Reply {
        /// Which call.
        key: CallKey,
        /// As asked; an older one changes nothing.
        generation: Generation,
        /// What it brought.
        result: Result<Reply, Failure>,
    },
    /// Services that asked to wait, and the seconds that are left: what is being read of them goes on then.
    Paused(Vec<(Service, i64)>),
    /// Services that keep failing and are not asked for a while; all that there are.
    LeftAlone(Vec<LeftAlone>),
    /// The terminal answered that its background is light, or dark.
    Background {
        /// It is light.
        light: bool,
    },
    /// The program was in the background and is back.
    Resumed,
    /// A text as the editor of the user left it, or why there is none.
    Edited(Result<String, Failure>),
    /// A task of this program panicked; the text is safe.
    TaskFailed(Failure),
}

/// A service that keeps failing and is not asked for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAlone {
    /// The service.
    pub service: Service,
    /// Its host.
    pub place: Clean,
    /// What went wrong last.
    pub cause: Clean,
    /// Milliseconds until it is tried again; 0 while one call tries.
    pub left: u64,
}

/// A view of a screen that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// The screen.
    pub screen: ScreenId,
    /// Its name.
    pub name: String,
    /// The filter, as it is typed.
    pub filter: String,
    /// Column to sort by, and whether the largest comes first; `None` keeps the order.
    pub sort: Option<(String, bool)>,
    /// What rows are grouped by; empty is nothing.
    pub group: String,
    /// Columns in order; empty keeps those of the screen.
    pub columns: Vec<String>,
}

/// What a screen is told.
#[derive(Debug)]
pub enum ScreenMsg<'a> {
    /// It is shown now.
    Enter,
    /// An intent of the user.
    Act(Action),
    /// Rows of a source changed.
    Data(SourceId),
    /// A call of the screen's own brought something.
    Reply(Slot, Box<Result<Reply, Failure>>),
    /// The filter as typed so far; an error is shown beside it.
    Filter(&'a str),
    /// Sort by the column of that name.
    Sort(&'a str),
    /// Group by what has that name; an empty one ends it.
    Group(&'a str),
    /// Show what this text is about.
    About(&'a str),
    /// Look as this saved view says.
    View(&'a SavedView),
}
