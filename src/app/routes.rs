//! What an action does: those of the program here, all others on the screen that shows.

use super::{App, Overlay};
use crate::{
    flow::{Action, Call, CallKey, Chord, Effect, Key, ScreenId, ScreenMsg, SourceId},
    screens::Notice,
};

impl App {
    pub(super) fn act(&mut self, action: Action, chord: Chord) -> Vec<Effect> {
        let doubted = self.doubted.take();
        if let Some(effects) = self.act_on_viewer(action) {
            return effects;
        }
        match action {
            Action::Show(screen) => self.show(screen, None),
            Action::About(screen) => self.about(screen),
            Action::Requests => {
                let mut effects = self.show(ScreenId::Cas, None);
                effects.extend(self.on_screen(action));
                effects
            }
            Action::Reload => {
                let ids: Vec<SourceId> = self.screen(self.current).sources().to_vec();
                self.reload(ids)
            }
            Action::ReloadAll => self.reload(SourceId::ALL.to_vec()),
            Action::Times => {
                let word = self.next_times();
                self.notice = Some(Notice::said(word));
                Vec::new()
            }
            Action::Privacy => {
                self.privacy = !self.privacy;
                let word = if self.privacy { "Names are hidden." } else { "Names show again." };
                self.notice = Some(Notice::said(word));
                Vec::new()
            }
            Action::Contexts => self.choose_context(),
            Action::Suspend => vec![Effect::Suspend],
            Action::QuitNow => self.quit(),
            Action::Review => match self.screen(self.current).review(&self.cx(self.current)) {
                Some(errand) => self.review(errand),
                None => self.say("No request about this CA waits."),
            },
            Action::NewReport => self.draft(None),
            Action::EditReport => {
                let report = self.screen(self.current).report().map(|report| report.id);
                if report.is_some() { self.draft(report) } else { self.say("No report is selected.") }
            }
            Action::RunReport => self.run_report(),
            Action::Open if self.current == ScreenId::Reports => match self.run_that_is_here() {
                Some(run) => self.view_run(&run),
                None => self.on_screen(action),
            },
            Action::Change if self.current == ScreenId::Reports => self.remove_report(),
            Action::Write if self.current == ScreenId::Reports => self.download(),
            Action::Change => {
                let choices = self.screen(self.current).changes(&self.cx(self.current));
                self.open(Overlay::changes(choices))
            }
            Action::Back if chord.key == Key::Esc && self.estate.evidence.run().is_some() => self.stop_probes(),
            Action::Back => self.back(chord),
            Action::Probe | Action::ProbeAll => self.probe(action, doubted),
            Action::Help => self.open(Overlay::help(&self.setting.keymap)),
            Action::Palette => {
                let facts = self.facts();
                self.open(Overlay::palette(&self.setting.keymap, &facts, &self.setting.views))
            }
            Action::Filter => {
                let text = self.screen(self.current).filter_text().to_owned();
                self.open(Overlay::filter(&text))
            }
            Action::SortBy => {
                let choices = self.screen(self.current).sort_choices();
                self.open(Overlay::sort(choices))
            }
            Action::GroupBy => {
                let choices = self.screen(self.current).group_choices();
                self.open(Overlay::group(choices))
            }
            Action::Write => match self.screen(self.current).offer(&self.cx(self.current)) {
                Some(offer) => self.open(Overlay::write(offer)),
                None => self.say("This screen writes no file."),
            },
            Action::Evidence => self.evidence(),
            Action::Changes => self.show_changes(),
            Action::Counts => {
                let counts = self.screen(self.current).counts(&self.cx(self.current));
                self.open(Overlay::counts(counts))
            }
            Action::Triage => {
                self.noting = self.screen(self.current).noted();
                self.open(Overlay::triage(self.noting.len()))
            }
            Action::Copy => match self.screen(self.current).copy_choices(&self.cx(self.current)).into_iter().next() {
                Some(choice) => self.copy(choice.label, choice.text),
                None => self.say("Nothing to copy here."),
            },
            Action::CopyAs => {
                let choices = self.screen(self.current).copy_choices(&self.cx(self.current));
                if choices.is_empty() { self.say("Nothing to copy here.") } else { self.open(Overlay::copy(choices)) }
            }
            Action::Console => self.open_console(),
            _ => self.on_screen(action),
        }
    }

    /// Writes what the page or the screen offers to `path`, whose ending says in which form. A name that says none stays
    /// to be changed.
    pub(super) fn write(&mut self, path: &str) -> Vec<Effect> {
        let path = path.trim();
        if self.review.is_none() && self.viewer.is_some() {
            return self.write_view(path);
        }
        let cx = self.cx(self.current);
        let made = match &self.review {
            Some(review) => review.document(path, &self.ground(), &cx),
            None => self.screen(self.current).document(path, &cx),
        };
        match made {
            Ok(document) => {
                self.overlays.pop();
                let call = Call::Write { path: path.to_owned(), document };
                self.stamp(vec![Effect::call(CallKey::Write, call)])
            }
            Err(why) => {
                self.notice = Some(Notice::fault(why));
                Vec::new()
            }
        }
    }

    pub(super) fn say(&mut self, text: &str) -> Vec<Effect> {
        self.notice = Some(Notice::said(text));
        Vec::new()
    }

    pub(super) fn open(&mut self, overlay: Overlay) -> Vec<Effect> {
        self.overlays.push(overlay);
        Vec::new()
    }

    pub(super) fn on_screen(&mut self, action: Action) -> Vec<Effect> {
        let step = self.tell(self.current, ScreenMsg::Act(action));
        self.follow(step)
    }

    fn back(&mut self, chord: Chord) -> Vec<Effect> {
        let step = self.tell(self.current, ScreenMsg::Act(Action::Back));
        if !step.at_root {
            return self.follow(step);
        }
        if self.current == ScreenId::Changes {
            return self.show(self.left, None);
        }
        if self.current != ScreenId::Home {
            return self.show(ScreenId::Home, None);
        }
        if chord.key == Key::Char('q') { self.open(Overlay::quit()) } else { Vec::new() }
    }

    fn about(&mut self, target: ScreenId) -> Vec<Effect> {
        if target == ScreenId::Home {
            return self.show(target, None);
        }
        match self.screen(self.current).about(target, &self.cx(self.current)) {
            Some(text) => self.show(target, Some(&text)),
            None => self.say("This row says nothing that screen could show."),
        }
    }

    fn reload(&mut self, ids: Vec<SourceId>) -> Vec<Effect> {
        let ids: Vec<SourceId> = ids.into_iter().filter(|id| self.has(*id)).collect();
        if ids.is_empty() {
            return self.say("No service of this screen is configured in this context.");
        }
        self.refused.clear();
        self.notice = Some(Notice::said("Reading again; what is here stays until the answer is complete."));
        self.read(ids)
    }
}
