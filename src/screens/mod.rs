//! The screens. A new one is a folder and a line in [`all`].

pub mod acme;
pub mod audit;
pub mod cas;
pub mod changes;
pub mod deeds;
pub mod home;
mod impact;
mod kind;
mod layout;
mod list;
pub mod reports;
pub mod review;
mod status;
pub mod viewer;

use ratatui::{buffer::Buffer, layout::Rect};

pub use self::layout::Layout;
use crate::{
    domain::{Clean, acme::AcmeKey, ca::decision::Errand, report::Report},
    flow::{
        Action, Cx, Effect, Facts, Geometry, ScreenId, ScreenMsg, SourceId, Viewing,
        document::{Document, Offer},
    },
    ui::Theme,
};

/// What the user is told in the notice line after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Safe text.
    pub text: String,
    /// It is a fault.
    pub is_fault: bool,
}

impl Notice {
    /// Something happened.
    pub fn said(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_fault: false }
    }

    /// Something did not work.
    pub fn fault(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_fault: true }
    }
}

/// What a screen wants after a message.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// Work for the runtime.
    pub effects: Vec<Effect>,
    /// A word to the user.
    pub notice: Option<Notice>,
    /// Another screen, with a filter for it.
    pub show: Option<(ScreenId, String)>,
    /// What a key of the program does.
    pub act: Option<Action>,
    /// Files to be opened in the viewer.
    pub view: Option<Viewing>,
    /// The screen had nothing left to step back from.
    pub at_root: bool,
}

impl Step {
    /// Nothing further.
    pub fn none() -> Self {
        Self::default()
    }

    /// Effects alone.
    pub fn effects(effects: impl IntoIterator<Item = Effect>) -> Self {
        Self { effects: effects.into_iter().collect(), ..Self::default() }
    }

    /// A notice alone.
    pub fn notice(notice: Notice) -> Self {
        Self { notice: Some(notice), ..Self::default() }
    }
}

/// What `render` reads besides the screen's state.
#[derive(Debug)]
pub struct ViewCx<'a> {
    /// As in `update`.
    pub cx: Cx<'a>,
    /// Styles.
    pub theme: &'a Theme,
    /// Names are hidden.
    pub privacy: bool,
}

/// A text that `Y` offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyChoice {
    /// What it is.
    pub label: &'static str,
    /// Safe text.
    pub text: String,
}

/// A kind of row that `F` counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountChoice {
    /// What it is.
    pub label: String,
    /// How many.
    pub rows: usize,
    /// The filter that shows them.
    pub filter: String,
}

/// A column that `s` offers, or a grouping that `gb` offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Name for [`ScreenMsg::Sort`] or [`ScreenMsg::Group`].
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// It is the one now.
    pub current: bool,
}

/// A change of a CA that `x` offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeChoice {
    /// What it is: `disable the CA`.
    pub label: &'static str,
    /// Which CA, by name.
    pub about: Clean,
    /// What is reviewed, or why it cannot be done.
    pub errand: Result<Errand, Clean>,
}

/// A screen.
pub trait Screen {
    /// Which one.
    fn id(&self) -> ScreenId;

    /// Sources that it shows; `r` reads them.
    fn sources(&self) -> &'static [SourceId];

    /// What is true of it now.
    fn facts(&self, cx: &Cx<'_>) -> Facts;

    /// Changes it.
    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step;

    /// Draws it.
    fn render(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry;

    /// How many rows there are of each kind.
    fn counts(&self, cx: &Cx<'_>) -> Vec<CountChoice> {
        let _ = cx;
        Vec::new()
    }

    /// What `w` writes to a file. `None` where there is nothing to write.
    fn offer(&self, cx: &Cx<'_>) -> Option<Offer> {
        let _ = cx;
        None
    }

    /// What is written to a file of this name.
    ///
    /// # Errors
    /// Why not: the ending of the name says no form, or there is nothing to write.
    fn document(&self, path: &str, cx: &Cx<'_>) -> Result<Document, &'static str> {
        let _ = (path, cx);
        Err("This screen writes no file.")
    }

    /// The certificates that a note of triage would be about: the marked ones, else the selected one.
    fn noted(&self) -> Vec<AcmeKey> {
        Vec::new()
    }

    /// What of its selected row can be reviewed.
    fn review(&self, cx: &Cx<'_>) -> Option<Errand> {
        let _ = cx;
        None
    }

    /// The changes of the CA of its selected row, possible or not.
    fn changes(&self, cx: &Cx<'_>) -> Vec<ChangeChoice> {
        let _ = cx;
        Vec::new()
    }

    /// The report of its selected row.
    fn report(&self) -> Option<Report> {
        None
    }

    /// The id of its selected row, as the service has it.
    fn record(&self, cx: &Cx<'_>) -> Option<String> {
        let _ = cx;
        None
    }

    /// What a sign in its rows means, when that shows now and is not plain.
    fn legend(&self, cx: &Cx<'_>) -> Option<&'static str> {
        let _ = cx;
        None
    }

    /// The filter as set.
    fn filter_text(&self) -> &str;

    /// Columns to sort by.
    fn sort_choices(&self) -> Vec<Choice> {
        Vec::new()
    }

    /// What to group by, the end of it included.
    fn group_choices(&self) -> Vec<Choice> {
        Vec::new()
    }

    /// Texts to copy; the first one is what `y` copies.
    fn copy_choices(&self, cx: &Cx<'_>) -> Vec<CopyChoice> {
        let _ = cx;
        Vec::new()
    }

    /// What the selected row is about, as a filter for another screen.
    fn about(&self, target: ScreenId, cx: &Cx<'_>) -> Option<String> {
        let _ = (target, cx);
        None
    }
}

/// All screens in the order of [`ScreenId::ALL`].
pub fn all() -> [Box<dyn Screen>; 6] {
    [
        Box::new(home::Home::default()),
        Box::new(acme::screen()),
        Box::new(cas::Cas::default()),
        Box::new(reports::screen()),
        Box::new(audit::screen()),
        Box::new(changes::screen()),
    ]
}
