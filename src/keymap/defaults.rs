//! The keys of a new installation.

use super::Binding;
use crate::flow::{Action, Availability, Facts, ScreenId, chord};

fn always(_: &Facts) -> Availability {
    Availability::Yes
}

fn row(facts: &Facts) -> Availability {
    if facts.has_row { Availability::Yes } else { Availability::No("no row is selected") }
}

fn linked(facts: &Facts) -> Availability {
    if facts.in_table { Availability::No("a row of a file leads to its names alone: ga") } else { row(facts) }
}

fn filter(facts: &Facts) -> Availability {
    if facts.can_filter { Availability::Yes } else { Availability::No("this screen has no filter") }
}

fn filtered(facts: &Facts) -> Availability {
    if facts.is_filtered { Availability::Yes } else { Availability::Hidden }
}

fn sort(facts: &Facts) -> Availability {
    if facts.can_sort { Availability::Yes } else { Availability::No("this screen keeps its order") }
}

fn tree(facts: &Facts) -> Availability {
    if facts.has_tree || facts.in_table {
        Availability::Yes
    } else {
        Availability::No("there is no tree on this screen")
    }
}

fn groups(facts: &Facts) -> Availability {
    if facts.has_groups || facts.has_sections {
        Availability::Yes
    } else {
        Availability::No("there are no groups on this screen")
    }
}

fn pane(facts: &Facts) -> Availability {
    if facts.has_pane { Availability::Yes } else { Availability::No("this screen has no details") }
}

fn panes(facts: &Facts) -> Availability {
    if facts.has_sections { Availability::Yes } else { pane(facts) }
}

fn toggle(facts: &Facts) -> Availability {
    if facts.toggle.is_some() { Availability::Yes } else { Availability::No("this screen has no toggle") }
}

fn mark(facts: &Facts) -> Availability {
    match (facts.can_mark, facts.has_row) {
        (false, _) => Availability::No("rows of this screen take no marks"),
        (true, false) => Availability::No("no row is selected"),
        (true, true) => Availability::Yes,
    }
}

fn marked(facts: &Facts) -> Availability {
    if facts.has_marks { Availability::Yes } else { Availability::No("no row is marked") }
}

fn group(facts: &Facts) -> Availability {
    if facts.can_group { Availability::Yes } else { Availability::No("rows of this screen have no groups") }
}

fn count(facts: &Facts) -> Availability {
    if facts.can_count { Availability::Yes } else { Availability::No("nothing is counted on this screen") }
}

fn console(facts: &Facts) -> Availability {
    facts.console.unwrap_or(Availability::No("rows of this screen are of no web console"))
}

fn triage(facts: &Facts) -> Availability {
    match (facts.can_triage, facts.has_row || facts.has_marks) {
        (false, _) => Availability::No("only ACME certificates take notes"),
        (true, false) => Availability::No("no row is selected"),
        (true, true) => Availability::Yes,
    }
}

fn write(facts: &Facts) -> Availability {
    facts.write.unwrap_or(Availability::No("this screen writes no file"))
}

fn evidence(facts: &Facts) -> Availability {
    if facts.has_evidence { Availability::Yes } else { Availability::Hidden }
}

fn table(facts: &Facts) -> Availability {
    if facts.in_table { Availability::Yes } else { Availability::Hidden }
}

fn compare(facts: &Facts) -> Availability {
    facts.compare.unwrap_or(Availability::Hidden)
}

fn log(facts: &Facts) -> Availability {
    if facts.in_log { row(facts) } else { Availability::Hidden }
}

fn same(facts: &Facts) -> Availability {
    if facts.in_table { Availability::Yes } else { log(facts) }
}

fn review(facts: &Facts) -> Availability {
    facts.review.unwrap_or(Availability::Hidden)
}

fn impact(facts: &Facts) -> Availability {
    facts.check.unwrap_or(Availability::Hidden)
}

fn change(facts: &Facts) -> Availability {
    facts.change.or(facts.report).unwrap_or(Availability::Hidden)
}

fn new_report(facts: &Facts) -> Availability {
    facts.new_report.unwrap_or(Availability::Hidden)
}

fn run_report(facts: &Facts) -> Availability {
    facts.report.unwrap_or(Availability::Hidden)
}

fn probe(facts: &Facts) -> Availability {
    facts.probe.or(facts.check).unwrap_or(Availability::Hidden)
}

fn probe_all(facts: &Facts) -> Availability {
    if facts.probe.is_some() { row(facts) } else { Availability::Hidden }
}

struct Draft {
    keys: &'static [&'static str],
    action: Action,
    label: &'static str,
    help: &'static str,
    footer: u8,
    when: fn(&Facts) -> Availability,
}

const fn draft(keys: &'static [&'static str], action: Action, label: &'static str, help: &'static str) -> Draft {
    Draft { keys, action, label, help, footer: 0, when: always }
}

impl Draft {
    const fn foot(mut self, rank: u8) -> Self {
        self.footer = rank;
        self
    }

    const fn when(mut self, when: fn(&Facts) -> Availability) -> Self {
        self.when = when;
        self
    }
}

const MOVE: &[Draft] = &[
    draft(&["j", "↓"], Action::Down, "down", "down").foot(1),
    draft(&["k", "↑"], Action::Up, "up", "up").foot(1),
    draft(&["gg", "Home"], Action::Top, "top", "first row"),
    draft(&["G", "End"], Action::Bottom, "end", "last row"),
    draft(&["ctrl-d"], Action::HalfDown, "half page", "half a page down"),
    draft(&["ctrl-u"], Action::HalfUp, "half page", "half a page up"),
    draft(&["PgDn", "ctrl-f"], Action::PageDown, "page", "a page down"),
    draft(&["PgUp", "ctrl-b"], Action::PageUp, "page", "a page up"),
    draft(&["h", "←"], Action::Fold, "fold", "fold, or go to the parent; in a table one column left")
        .when(tree)
        .foot(2),
    draft(&["l", "→"], Action::Unfold, "unfold", "unfold, or go to the first child; in a table one column right")
        .when(tree)
        .foot(2),
    draft(&["J"], Action::NextGroup, "next group", "next group, day, hierarchy or section").when(groups),
    draft(&["K"], Action::PreviousGroup, "previous group", "previous group, day, hierarchy or section").when(groups),
    draft(&["Enter"], Action::Open, "open", "open; never sends anything").when(row).foot(3),
    draft(&["Esc", "q"], Action::Back, "back", "back, one step; at the root q asks to quit").foot(9),
    draft(&["Tab"], Action::NextPane, "pane", "next pane or section").when(panes),
    draft(&["shift-Tab"], Action::PreviousPane, "pane", "previous pane or section").when(panes),
];

const SCREENS: &[Draft] = &[
    draft(&["1"], Action::Show(ScreenId::Home), "home", "home"),
    draft(&["2"], Action::Show(ScreenId::Acme), "ACME", "ACME certificates"),
    draft(&["3"], Action::Show(ScreenId::Cas), "CAs", "CA hierarchy"),
    draft(&["4"], Action::Show(ScreenId::Reports), "reports", "reports"),
    draft(&["5"], Action::Show(ScreenId::Audit), "audit", "audit log"),
    draft(&["gh"], Action::About(ScreenId::Home), "home", "home, from anywhere"),
    draft(&["ga"], Action::About(ScreenId::Acme), "its names", "ACME certificates about this row").when(row),
    draft(&["gc"], Action::About(ScreenId::Cas), "its CA", "the CA of this row").when(linked),
    draft(&["gr"], Action::About(ScreenId::Reports), "its reports", "reports about this row").when(linked),
    draft(&["gl"], Action::About(ScreenId::Audit), "its events", "audit events about this row").when(linked).foot(7),
    draft(&["a"], Action::Review, "review", "review the request: what it touches, the checks, approve or reject")
        .when(review)
        .foot(4),
    draft(&["i"], Action::Impact, "impact", "what a revocation of the CA under the cursor would touch, counted now")
        .when(impact)
        .foot(5),
    draft(
        &["x"],
        Action::Change,
        "change",
        "change a CA: approve, reject, request revocation or reinstatement, disable, enable; each opens its review. \
         Remove a report; asks for its name",
    )
    .when(change)
    .foot(5),
    draft(&["d"], Action::Changes, "diff", "what is new, gone or changed since yesterday; :diff 7d since then").foot(7),
    draft(&["A"], Action::Requests, "requests", "CA requests that wait, from any screen"),
    draft(
        &["E"],
        Action::Evidence,
        "evidence",
        "what certdeck did to CAs and reports, from its journal; :evidence from any screen",
    )
    .when(evidence),
];

const VIEW: &[Draft] = &[
    draft(&["/"], Action::Filter, "filter", "filter: words, field:value, expires<14d").when(filter).foot(4),
    draft(&["ctrl-x"], Action::ClearFilter, "clear filter", "drop the filter").when(filtered),
    draft(&["s"], Action::SortBy, "sort", "sort by a column").when(sort).foot(5),
    draft(&["S"], Action::SortReverse, "reverse", "turn the order round").when(sort),
    draft(&["gb"], Action::GroupBy, "group", "group by state, account, contract or registrable domain").when(group),
    draft(&["F"], Action::Counts, "counts", "how many rows of each state, or of each value of the column").when(count),
    draft(&["p"], Action::TogglePane, "pane", "details pane").when(pane).foot(6),
    draft(&["f"], Action::Toggle, "toggle", "the screen's own toggle: flat list, hidden rows, follow")
        .when(toggle)
        .foot(6),
    draft(&["T"], Action::Times, "times", "times in UTC, local or relative"),
    draft(&["P"], Action::Privacy, "privacy", "hide names, for screen sharing"),
    draft(
        &["b"],
        Action::Probe,
        "probe",
        "check CRL and OCSP of a CA, or ask the servers of a row what they serve; again or Esc ends it",
    )
    .when(probe)
    .foot(7),
    draft(&["B"], Action::ProbeAll, "probe all", "ask the servers of all rows that show; asks first above 100")
        .when(probe_all),
    draft(&["y"], Action::Copy, "copy", "copy the id or name").when(row).foot(7),
    draft(&["Y"], Action::CopyAs, "copy as", "copy as name, serial, names, JSON").when(row),
    draft(&["o"], Action::Console, "console", "open the page of this row, or of its screen, in the web console")
        .when(console),
];

const MARK: &[Draft] = &[
    draft(&["space"], Action::Mark, "mark", "mark the row, or take its mark away").when(mark).foot(4),
    draft(&["v"], Action::MarkRange, "range", "mark from the last mark to here").when(mark),
    draft(&["V"], Action::MarkAll, "mark all", "mark all filtered rows").when(mark),
    draft(&["u"], Action::ClearMarks, "unmark", "take all marks away").when(marked),
    draft(&["t"], Action::Triage, "note", "note what is done: acknowledge, snooze, owner, will not renew, undo")
        .when(triage)
        .foot(6),
    draft(
        &["w"],
        Action::Write,
        "write",
        "write a hand-over report of the marked rows, else of all: .md .csv .json .ics; of a CA its certificate: .pem \
         .chain.pem .der; of a report its files; of a table what shows: .csv .json .jsonl .md; of audit events evidence: .csv .jsonl",
    )
    .when(write),
    draft(&["+"], Action::NewReport, "new", "write a new report definition").when(new_report).foot(4),
    draft(&["e"], Action::EditReport, "edit", "edit a report definition; ctrl-e in the form opens it in $EDITOR")
        .when(run_report)
        .foot(4),
    draft(&["!"], Action::RunReport, "run", "run a report now; asks for the word run").when(run_report).foot(4),
];

const TABLE: &[Draft] = &[
    draft(&["z"], Action::Pin, "pin", "pin the column, or let it go").when(table).foot(3),
    draft(&["-"], Action::Hide, "hide", "hide the column").when(table),
    draft(&["g v"], Action::ShowAll, "show all", "show all columns").when(table),
    draft(&["<"], Action::Narrow, "narrower", "make the column narrower").when(table),
    draft(&[">"], Action::Widen, "wider", "make the column wider").when(table),
    draft(&["H"], Action::MoveLeft, "move", "move the column to the left").when(table),
    draft(&["L"], Action::MoveRight, "move", "move the column to the right").when(table),
    draft(&["@", "="], Action::Same, "same value", "rows with the same value in this column; events of the same kind")
        .when(same)
        .foot(6),
    draft(
        &["D"],
        Action::Compare,
        "compare",
        "compare with the run before by this column: + new, ~ changed; D again ends it",
    )
    .when(compare),
    draft(&["m"], Action::SamePerson, "who", "events of this person").when(log).foot(3),
    draft(&["c"], Action::SameCa, "CA", "events about this CA").when(log).foot(3),
    draft(&["n"], Action::FindNext, "next", "the next row that has the last filter or :find TEXT; :N goes to row N")
        .when(table),
    draft(&["N"], Action::FindPrevious, "previous", "the row before that has it").when(table),
];

const PROGRAM: &[Draft] = &[
    draft(&["r"], Action::Reload, "reload", "read this screen again").foot(8),
    draft(&["R"], Action::ReloadAll, "reload all", "read everything again"),
    draft(
        &[":", "ctrl-p"],
        Action::Palette,
        "palette",
        "palette: every action, and commands such as :q or :acme expires<7d",
    ),
    draft(&["?", "F1"], Action::Help, "help", "all keys").foot(10),
    draft(&["C"], Action::Contexts, "contexts", "show another context; :context NAME does the same"),
    draft(&["ctrl-z"], Action::Suspend, "suspend", "give the terminal to the shell; fg comes back"),
    draft(&["Q"], Action::QuitNow, "quit", "quit; ctrl-c twice does the same"),
];

pub(super) fn bindings() -> Vec<Binding> {
    [("Move", MOVE), ("Screens", SCREENS), ("View", VIEW), ("Rows", MARK), ("Table", TABLE), ("Program", PROGRAM)]
        .into_iter()
        .flat_map(|(group, drafts)| drafts.iter().map(move |draft| (group, draft)))
        .map(|(group, draft)| Binding {
            chords: draft.keys.iter().filter_map(|keys| chord::sequence(keys).ok()).collect(),
            action: draft.action,
            label: draft.label,
            help: draft.help,
            group,
            footer: draft.footer,
            when: draft.when,
        })
        .collect()
}
