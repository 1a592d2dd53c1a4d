//! Named intents: what a key, the palette or a test invokes.

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScreenId {
    /// What needs me.
    Home,
    /// ACME certificates.
    Acme,
    /// CA hierarchy.
    Cas,
    /// Reports.
    Reports,
    /// Audit log.
    Audit,
    /// What is other since the baseline. It has no tab: it opens from the others, about what they show.
    Changes,
}

impl ScreenId {
    /// All screens, those with tabs first and in their order.
    pub const ALL: [Self; 6] = [Self::Home, Self::Acme, Self::Cas, Self::Reports, Self::Audit, Self::Changes];

    /// The word of the palette.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Acme => "acme",
            Self::Cas => "ca",
            Self::Reports => "report",
            Self::Audit => "audit",
            Self::Changes => "diff",
        }
    }
}

/// What the user wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// First row.
    Top,
    /// Last row.
    Bottom,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// Fold, or go to the parent.
    Fold,
    /// Unfold, or go to the first child.
    Unfold,
    /// Next group, day or hierarchy.
    NextGroup,
    /// Previous group, day or hierarchy.
    PreviousGroup,
    /// Open what is under the cursor.
    Open,
    /// Leave, one step.
    Back,
    /// Show a screen.
    Show(ScreenId),
    /// Show a screen about the row under the cursor.
    About(ScreenId),
    /// Show what is other since the baseline, of what this screen has.
    Changes,
    /// Type a filter.
    Filter,
    /// Drop the filter.
    ClearFilter,
    /// Pick the column to sort by.
    SortBy,
    /// Turn the order round.
    SortReverse,
    /// Review the request about the row.
    Review,
    /// Count what a revocation of the CA under the cursor would touch.
    Impact,
    /// Pick a change of the CA of the row.
    Change,
    /// Pick what rows are grouped by.
    GroupBy,
    /// Copy the id or name.
    Copy,
    /// Copy in another form.
    CopyAs,
    /// Open the page of the row in the web console.
    Console,
    /// Show or hide the details pane.
    TogglePane,
    /// Focus the next pane.
    NextPane,
    /// Focus the previous pane.
    PreviousPane,
    /// Read this screen again.
    Reload,
    /// Read everything again.
    ReloadAll,
    /// Next way of writing times.
    Times,
    /// Hide names for screen sharing.
    Privacy,
    /// The screen's own toggle.
    Toggle,
    /// Mark the row, or take its mark away.
    Mark,
    /// Mark from the last mark to here.
    MarkRange,
    /// Mark all rows that show.
    MarkAll,
    /// Take all marks away.
    ClearMarks,
    /// How many rows there are of each kind; shows one kind.
    Counts,
    /// Write a report of the rows, or the certificate of a CA, to a file.
    Write,
    /// Note what is done about certificates.
    Triage,
    /// Write a new report definition.
    NewReport,
    /// Edit the definition of the report of the row.
    EditReport,
    /// Run the report of the row now.
    RunReport,
    /// CA requests that wait.
    Requests,
    /// What this program did to CAs.
    Evidence,
    /// Ask the servers of this row what they serve, or check CRL and OCSP of a CA; again ends it.
    Probe,
    /// The same for all rows that show.
    ProbeAll,
    /// All keys.
    Help,
    /// The palette.
    Palette,
    /// Choose another context.
    Contexts,
    /// Pin the column of the cursor, or let it go.
    Pin,
    /// Hide the column of the cursor.
    Hide,
    /// Show all columns.
    ShowAll,
    /// Make the column narrower.
    Narrow,
    /// Make the column wider.
    Widen,
    /// Move the column to the left.
    MoveLeft,
    /// Move the column to the right.
    MoveRight,
    /// Show rows with the same value in the column.
    Same,
    /// Show events of the same person.
    SamePerson,
    /// Show events about the same CA.
    SameCa,
    /// The next row that has what is looked for.
    FindNext,
    /// The one before.
    FindPrevious,
    /// Compare the rows with those of the run before.
    Compare,
    /// Stop the program and give the terminal to the shell.
    Suspend,
    /// Quit.
    QuitNow,
}

impl Action {
    /// The name in `[keys]`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Down => "nav.down",
            Self::Up => "nav.up",
            Self::Top => "nav.top",
            Self::Bottom => "nav.bottom",
            Self::HalfDown => "nav.half-down",
            Self::HalfUp => "nav.half-up",
            Self::PageDown => "nav.page-down",
            Self::PageUp => "nav.page-up",
            Self::Fold => "nav.fold",
            Self::Unfold => "nav.unfold",
            Self::NextGroup => "nav.next-group",
            Self::PreviousGroup => "nav.previous-group",
            Self::Open => "nav.open",
            Self::Back => "nav.back",
            Self::Show(ScreenId::Home) => "screen.home",
            Self::Show(ScreenId::Acme) => "screen.acme",
            Self::Show(ScreenId::Cas) => "screen.ca",
            Self::Show(ScreenId::Reports) => "screen.report",
            Self::Show(ScreenId::Audit) => "screen.audit",
            Self::Show(ScreenId::Changes) => "screen.diff",
            Self::About(ScreenId::Home) => "about.home",
            Self::About(ScreenId::Acme) => "about.acme",
            Self::About(ScreenId::Cas) => "about.ca",
            Self::About(ScreenId::Reports) => "about.report",
            Self::About(ScreenId::Audit) => "about.audit",
            Self::About(ScreenId::Changes) => "about.diff",
            Self::Changes => "view.diff",
            Self::Filter => "view.filter",
            Self::ClearFilter => "view.clear-filter",
            Self::SortBy => "view.sort",
            Self::SortReverse => "view.sort-reverse",
            Self::GroupBy => "view.group",
            Self::Review => "ca.review",
            Self::Impact => "ca.impact",
            Self::Change => "ca.change",
            Self::Copy => "copy.id",
            Self::CopyAs => "copy.as",
            Self::Console => "row.console",
            Self::TogglePane => "view.pane",
            Self::NextPane => "nav.next-pane",
            Self::PreviousPane => "nav.previous-pane",
            Self::Reload => "data.reload",
            Self::ReloadAll => "data.reload-all",
            Self::Times => "view.times",
            Self::Privacy => "view.privacy",
            Self::Toggle => "view.toggle",
            Self::Mark => "mark.row",
            Self::MarkRange => "mark.range",
            Self::MarkAll => "mark.all",
            Self::ClearMarks => "mark.clear",
            Self::Counts => "view.counts",
            Self::Write => "view.write",
            Self::Triage => "acme.triage",
            Self::NewReport => "report.new",
            Self::EditReport => "report.edit",
            Self::RunReport => "report.run",
            Self::Requests => "ca.requests",
            Self::Evidence => "ca.evidence",
            Self::Probe => "acme.probe",
            Self::ProbeAll => "acme.probe-all",
            Self::Help => "app.help",
            Self::Palette => "app.palette",
            Self::Contexts => "app.contexts",
            Self::Pin => "table.pin",
            Self::Hide => "table.hide",
            Self::ShowAll => "table.show-all",
            Self::Narrow => "table.narrow",
            Self::Widen => "table.widen",
            Self::MoveLeft => "table.move-left",
            Self::MoveRight => "table.move-right",
            Self::Same => "table.same",
            Self::SamePerson => "audit.person",
            Self::SameCa => "audit.ca",
            Self::FindNext => "table.find-next",
            Self::FindPrevious => "table.find-previous",
            Self::Compare => "table.compare",
            Self::Suspend => "app.suspend",
            Self::QuitNow => "app.quit-now",
        }
    }
}
