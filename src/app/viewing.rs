//! The viewer of report files: opening it, its keys and commands, what its calls bring, and leaving it.

use super::{App, Overlay};
use crate::{
    domain::{Clean, Failure},
    flow::{
        Action, Availability, Call, CallKey, Effect, Facts, Reply, ScreenMsg, SourceId, Viewing,
        document::Offer,
        table::{TableReply, TableSlot},
    },
    screens::{Notice, Step, viewer::Viewer},
    table::{Progress, Table},
};

impl App {
    /// Opens files in the viewer, in the place of what it shows.
    pub(super) fn view(&mut self, viewing: Viewing) -> Vec<Effect> {
        let mut effects = self.close_viewer();
        let (viewer, opens) = Viewer::new(viewing);
        self.viewer = Some(viewer);
        effects.extend(self.stamp(opens));
        effects
    }

    /// Leaves the viewer; a file that is being written is written to its end.
    pub(super) fn close_viewer(&mut self) -> Vec<Effect> {
        if self.viewer.take().is_none() {
            return Vec::new();
        }
        let ends = |slot| Effect::Cancel(CallKey::Table(slot));
        self.stamp(Viewer::slots().map(ends).into())
    }

    /// What is true of what shows; keys are resolved by it.
    pub(super) fn facts(&self) -> Facts {
        match &self.viewer {
            Some(viewer) => viewer.facts(),
            None => {
                Facts { console: Some(self.console_state()), ..self.screen(self.current).facts(&self.cx(self.current)) }
            }
        }
    }

    fn console_state(&self) -> Availability {
        self.console_page().map_or_else(Availability::No, |_| Availability::Yes)
    }

    /// The address of what shows in the web console.
    fn console_page(&self) -> Result<String, &'static str> {
        let id = self.screen(self.current).record(&self.cx(self.current));
        self.setting.place.consoles.address(self.current, id.as_deref())
    }

    /// Opens the page of what shows in the web console.
    pub(super) fn open_console(&mut self) -> Vec<Effect> {
        match self.console_page() {
            Ok(address) => {
                self.notice = Some(Notice::said(format!("Opening {}.", Clean::new(&address))));
                self.stamp(vec![Effect::call(CallKey::Browser, Call::Browse(address))])
            }
            Err(why) => self.say(why),
        }
    }

    /// Says the address when no browser opened.
    pub(super) fn browsed(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        result.err().map_or_else(Vec::new, |failure| self.say(&failure.to_string()))
    }

    /// Filters what shows.
    pub(super) fn filter(&mut self, text: &str) -> Step {
        self.with_viewer(|viewer, cx| viewer.filter(text, cx))
            .unwrap_or_else(|| self.tell(self.current, ScreenMsg::Filter(text)))
    }

    /// What the viewer does with an action; `None` when it is one of the program, or no viewer is open.
    pub(super) fn act_on_viewer(&mut self, action: Action) -> Option<Vec<Effect>> {
        let viewer = self.viewer.as_ref()?;
        let alone = self.setting.view.is_some();
        match action {
            Action::Show(_) | Action::About(_) | Action::Requests | Action::ReloadAll | Action::Contexts if alone => {
                Some(self.say("Only files are open; `certdeck` without a command shows the screens."))
            }
            Action::Show(_)
            | Action::Requests
            | Action::ReloadAll
            | Action::Times
            | Action::Privacy
            | Action::Contexts
            | Action::Suspend
            | Action::QuitNow
            | Action::Help
            | Action::Palette => None,
            Action::About(screen) => Some(match viewer.about(screen) {
                Some(text) => self.show(screen, Some(&text)),
                None => self.say("This row says nothing that screen could show."),
            }),
            Action::Reload => {
                let viewing = viewer.viewing().clone();
                Some(self.view(viewing))
            }
            Action::Filter => {
                let text = viewer.filter_text().to_owned();
                Some(self.open(Overlay::filter(&text)))
            }
            Action::Write => Some(self.open(Overlay::write(Offer {
                title: "Write the rows that show to",
                endings: "a new file, .csv .json .jsonl or .md; readable by you alone",
                name: format!("rows-{}.csv", self.look.now.strftime("%Y-%m-%d")),
            }))),
            Action::Copy | Action::CopyAs => {
                let choices = viewer.copy_choices();
                let first = choices.first().cloned();
                Some(match (action, first) {
                    (_, None) => self.say("Nothing to copy here."),
                    (Action::Copy, Some(choice)) => self.copy(choice.label, choice.text),
                    (_, Some(_)) => self.open(Overlay::copy(choices)),
                })
            }
            _ => {
                let step = self.with_viewer(|viewer, cx| viewer.act(action, cx))?;
                Some(match step.at_root {
                    true if alone => self.quit(),
                    true => self.close_viewer(),
                    false => self.follow(step),
                })
            }
        }
    }

    /// `:120` goes to a row, `:find TEXT` to the next one with the text, `:sheet NAME` shows a sheet of a workbook.
    pub(super) fn table_command(&mut self, word: &str, rest: &str) -> Option<Vec<Effect>> {
        if word == "sheet" {
            let sheet = Some(rest.trim().to_owned()).filter(|name| !name.is_empty());
            let viewing = Viewing { sheet, ..self.viewer.as_ref()?.viewing().clone() };
            return Some(self.view(viewing));
        }
        let step = match (word, word.parse()) {
            (_, Ok(number)) => self.with_viewer(|viewer, cx| viewer.jump(number, cx))?,
            ("find", _) => self.with_viewer(|viewer, cx| viewer.find(rest.trim(), cx))?,
            _ => return None,
        };
        Some(self.follow(step))
    }

    /// Writes what the viewer shows; the ending of the name says the form.
    pub(super) fn write_view(&mut self, path: &str) -> Vec<Effect> {
        let Some(effect) = self.viewer.as_ref().and_then(|viewer| viewer.write(path)) else {
            self.notice = Some(Notice::fault("The name ends in .csv, .json, .jsonl or .md, which says the form."));
            return Vec::new();
        };
        self.overlays.pop();
        self.stamp(vec![effect])
    }

    /// What a call of the viewer brought.
    pub(super) fn viewed(&mut self, slot: TableSlot, result: Result<Reply, Failure>) -> Vec<Effect> {
        let counted = match &result {
            Ok(Reply::Table(TableReply::Read(table))) => self.counted(table),
            _ => Vec::new(),
        };
        let taken = self.with_viewer(|viewer, cx| viewer.take(result, slot, cx));
        let mut effects = taken.map(|step| self.follow(step)).unwrap_or_default();
        effects.extend(counted);
        effects
    }

    /// Another size shows other rows.
    pub(super) fn viewer_resized(&mut self) -> Vec<Effect> {
        let looked = self.with_viewer(|viewer, cx| {
            let around = crate::flow::Cx { geometry: crate::flow::Geometry::default(), ..*cx };
            viewer.look(&around)
        });
        looked.map(|step| self.follow(step)).unwrap_or_default()
    }

    /// Keeps how many rows the files of a run have, once all of them were read.
    fn counted(&mut self, table: &Table) -> Vec<Effect> {
        let paths = self.viewer.as_ref().map(|viewer| viewer.viewing().paths.as_slice()).unwrap_or_default();
        let run = self.estate.local.run_at(paths).filter(|_| *table.progress() == Progress::Complete);
        let Some(run) = run else { return Vec::new() };
        self.estate.local.count(run, u64::from(table.rows()));
        self.estate.localise();
        self.changed(SourceId::History)
    }

    fn with_viewer(&mut self, act: impl FnOnce(&mut Viewer, &crate::flow::Cx<'_>) -> Step) -> Option<Step> {
        let mut viewer = self.viewer.take()?;
        let step = act(&mut viewer, &self.cx(self.current));
        self.viewer = Some(viewer);
        Some(step)
    }
}
