//! Reports: run, removed and fetched from their screen.

use tui_input::Input;

use super::{App, Form, Overlay};
use crate::{
    domain::{
        Clean, Failure,
        ca::checks::Writing,
        ids::{ReportId, RunId},
        report::{HistoryRecord, Report, ReportStatus, change::Change, change::Ending, pace},
    },
    flow::{Ask, Call, CallKey, Effect, Reply, ScreenId, SourceId, Viewing, call::Fetched, table::Earlier},
    present::{Look, moment},
    screens::Notice,
};

impl App {
    /// Seconds until the history is read again for a run in progress.
    pub(super) fn run_pace(&self) -> Option<i64> {
        pace(self.estate.reports.rows().iter(), self.look.now.as_second())
    }

    /// Runs in progress, as far as they are known.
    pub(super) fn runs_in_progress(&self) -> Vec<RunId> {
        let runs = self.estate.reports.rows().iter().flat_map(|report| &report.runs);
        runs.filter(|run| run.status == ReportStatus::Generating).filter_map(|run| run.run.clone()).collect()
    }

    /// Tells which of those runs have ended, here and on the desktop.
    pub(super) fn tell_ended(&mut self, before: &[RunId]) -> Vec<Effect> {
        let runs = self.estate.reports.rows().iter().flat_map(|report| &report.runs);
        let has_ended = |run: &&HistoryRecord| {
            matches!(run.status, ReportStatus::Ready | ReportStatus::Failed)
                && run.run.as_ref().is_some_and(|id| before.contains(id))
        };
        let told: Vec<String> = runs.filter(has_ended).map(|run| format!("{} is {}", run.name, run.status)).collect();
        if told.is_empty() {
            return Vec::new();
        }
        let text = if self.privacy { "A run has ended".into() } else { Clean::from(told.join(", ")) };
        self.notice = Some(Notice::said(format!("{text}.")));
        self.setting.alert.map(|how| Effect::Alert(how, text)).into_iter().collect()
    }

    /// Asks before the report under the cursor is run.
    pub(super) fn run_report(&mut self) -> Vec<Effect> {
        let hint = |report: &Report| match report.status {
            ReportStatus::Generating => "one of its runs is in progress. Type run, then Enter".to_owned(),
            _ => "type run, then Enter".to_owned(),
        };
        self.sure(
            |report| Change::Run { report: report.id.clone(), name: report.name.clone() },
            |report| (format!("Run {} now", report.name), hint(report), Clean::new("run")),
        )
    }

    /// Asks for the name of the report under the cursor before it is removed.
    pub(super) fn remove_report(&mut self) -> Vec<Effect> {
        self.sure(
            |report| Change::Delete { report: report.id.clone(), name: report.name.clone() },
            |report| {
                let hint = "type its name; whether results of past runs stay is not documented".to_owned();
                (format!("Remove {}", report.name), hint, report.name.clone())
            },
        )
    }

    /// Why nothing may be sent now.
    fn takes_no_writes(&self) -> Option<String> {
        match self.writing() {
            Writing::Never(why) => Some(format!("This context is read-only: {why}.")),
            Writing::Until(until) if until > self.look.now => None,
            Writing::Off | Writing::Until(_) => Some("Writing is off; :write 30m switches it on.".to_owned()),
            Writing::On => None,
        }
    }

    /// Reads what the form starts from: a report, or nothing for a new one.
    pub(super) fn draft(&mut self, report: Option<ReportId>) -> Vec<Effect> {
        if let Some(why) = self.takes_no_writes() {
            self.notice = Some(Notice::fault(why));
            return Vec::new();
        }
        self.notice = Some(Notice::said("Reading what the form needs…"));
        self.stamp(vec![Effect::call(CallKey::Draft, Call::Ask(Ask::Draft(report)))])
    }

    /// What the calls about reports brought.
    pub(super) fn of_report(&mut self, key: CallKey, result: Result<Reply, Failure>) -> Vec<Effect> {
        match key {
            CallKey::Draft => self.drafted(result),
            CallKey::Download => self.downloaded(result),
            CallKey::Files => self.filed(result),
            _ => self.report_changed(result),
        }
    }

    /// Opens the form, unless something else was opened meanwhile.
    fn drafted(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        match result {
            Ok(Reply::Drafted(drafting)) if self.overlays.is_empty() && self.review.is_none() => {
                let unread = drafting.people.is_none();
                self.notice = unread.then(|| Notice::fault("The administrators could not be read: who is told stays."));
                self.open(Overlay::Form(Box::new(Form::new(*drafting))))
            }
            Ok(_) => self.say("The form was not opened over something else; the key opens it."),
            Err(failure) => {
                self.notice = Some(Notice::fault(failure.to_string()));
                Vec::new()
            }
        }
    }

    /// Takes what the editor left of a definition into the form, and goes on as its key for saving does.
    pub(super) fn edited(&mut self, result: Result<String, Failure>) -> Vec<Effect> {
        let today = self.look.now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let Some(Overlay::Form(form)) = self.overlays.last_mut() else {
            return self.say("The form was left meanwhile; what was edited is not used.");
        };
        match result.map(|text| form.take(text, today)) {
            Ok(Ok(wish)) => self.judge(wish.into()),
            Ok(Err(why)) => {
                let why = format!("The text cannot be read ({why}). ctrl-e opens it again; nothing was sent.");
                self.notice = Some(Notice::fault(why));
                Vec::new()
            }
            Err(failure) => {
                self.notice = Some(Notice::fault(failure.to_string()));
                Vec::new()
            }
        }
    }

    /// Asks before a definition is sent.
    pub(super) fn save_form(&mut self, change: Box<Change>) -> Vec<Effect> {
        let (title, hint) = Form::words(&change);
        let phrase = Clean::new("send");
        self.open(Overlay::Sure { title, hint, phrase, input: Input::default(), change, scroll: 0 })
    }

    fn sure(
        &mut self,
        change: impl Fn(&Report) -> Change,
        words: impl Fn(&Report) -> (String, String, Clean),
    ) -> Vec<Effect> {
        if let Some(why) = self.takes_no_writes() {
            self.notice = Some(Notice::fault(why));
            return Vec::new();
        }
        let Some(report) = self.screen(self.current).report() else { return self.say("No report is selected.") };
        let (title, hint, phrase) = words(&report);
        let change = Box::new(change(&report));
        self.open(Overlay::Sure { title, hint, phrase, input: Input::default(), change, scroll: 0 })
    }

    /// Sends a change that was agreed to.
    pub(super) fn send_change(&mut self, change: Box<Change>) -> Vec<Effect> {
        if let Some(why) = self.takes_no_writes() {
            self.notice = Some(Notice::fault(why));
            return Vec::new();
        }
        if let Some(Overlay::Form(form)) = self.overlays.pop_if(|top| matches!(top, Overlay::Form(_))) {
            self.form = Some(form);
        }
        self.counter += 1;
        self.changing += 1;
        let key = CallKey::Change(self.counter);
        self.notice = Some(Notice::said(format!("{}, {}: it is on its way.", change.verb(), change.name())));
        self.stamp(vec![Effect::call(key, Call::Change(change))])
    }

    /// Tells how far a change is; at its end the history is read again.
    fn report_changed(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        let (change, ending, ended) = match result {
            Ok(Reply::Changing(change, ending)) => (change, ending, false),
            Ok(Reply::Changed(change, ending)) => (change, ending, true),
            Ok(_) => return Vec::new(),
            Err(failure) => {
                self.changing = self.changing.saturating_sub(1);
                self.notice = Some(Notice::fault(failure.to_string()));
                return self.left();
            }
        };
        let text = format!("{}, {}: {}.", change.verb(), change.name(), ending.sentence());
        let is_fault = matches!(ending, Ending::NotSent(_) | Ending::Stopped(_) | Ending::Refused { .. });
        self.notice = Some(if is_fault { Notice::fault(text) } else { Notice::said(text) });
        if !ended {
            return Vec::new();
        }
        self.changing = self.changing.saturating_sub(1);
        let form = if change.definition().is_some() { self.form.take() } else { None };
        if let (Some(mut form), Ending::Refused { complaints, .. }) = (form, ending) {
            form.refused(complaints);
            self.overlays.push(Overlay::Form(form));
        }
        let mut effects = self.left();
        effects.extend(self.read([SourceId::History]));
        effects
    }

    /// Fetches the files of the newest run of the report under the cursor that has any.
    pub(super) fn download(&mut self) -> Vec<Effect> {
        let report = self.screen(self.current).report();
        let run = report.and_then(|report| report.runs.into_iter().find(|run| run.status == ReportStatus::Ready));
        let Some(run) = run else { return self.say("No run of this report has files.") };
        self.notice = Some(Notice::said(format!("{}: fetching its files…", run.name)));
        self.stamp(vec![Effect::call(CallKey::Download, Call::Download(Box::new(run)))])
    }

    /// Tells how far a download is; at its end the files are shown, unless something else was opened meanwhile.
    fn downloaded(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        let count = |bytes: u64| crate::ui::text::count(usize::try_from(bytes).unwrap_or(usize::MAX));
        let mut run = None;
        self.notice = Some(match result {
            Ok(Reply::Downloading(part, parts, bytes, of)) => {
                let of = of.map_or_else(String::new, |of| format!(" of {}", count(of)));
                Notice::said(format!("Part {} of {parts}: {}{of} bytes.", part + 1, count(bytes)))
            }
            Ok(Reply::Downloaded(fetched)) => {
                let Fetched { files, bytes, folder, .. } = &*fetched;
                let noun = if *files == 1 { "file" } else { "files" };
                let said = format!("{files} {noun}, {} bytes, whole and checked, in {folder}.", count(*bytes));
                run = Some(fetched.run.clone());
                self.estate.accept(Reply::Downloaded(fetched), self.look.now);
                Notice::said(said)
            }
            Ok(_) => return Vec::new(),
            Err(failure) => Notice::fault(failure.to_string()),
        });
        let Some(run) = run else { return Vec::new() };
        let mut effects = self.changed(SourceId::History);
        let is_free = self.overlays.is_empty() && self.review.is_none() && self.deeds.is_none();
        if is_free && self.viewer.is_none() && self.current == ScreenId::Reports {
            effects.extend(self.view_run(&run));
        }
        effects
    }

    /// Takes which runs have their files here.
    fn filed(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        match result {
            Ok(reply) => self.estate.accept(reply, self.look.now),
            Err(failure) => self.notice = Some(Notice::fault(failure.to_string())),
        }
        self.changed(SourceId::History)
    }

    /// The newest run of the report under the cursor that has files, when they are here; nothing is asked for them.
    pub(super) fn run_that_is_here(&self) -> Option<RunId> {
        let facts = self.facts();
        let report = self.screen(self.current).report().filter(|_| !facts.in_details)?;
        let newest = report.runs.into_iter().find(|run| run.status == ReportStatus::Ready)?.run?;
        self.estate.local.run(&newest).map(|local| local.run.clone())
    }

    /// Opens the files of a run that are here, with those of the run before beside them.
    pub(super) fn view_run(&mut self, run: &RunId) -> Vec<Effect> {
        let Some(local) = self.estate.local.run(run).cloned() else { return Vec::new() };
        let report = self.estate.reports.rows().iter().find(|report| report.id == local.report);
        let Some(report) = report else { return self.say("This report is not in the history any more.") };
        let mut runs = report.runs.iter().skip_while(|other| other.run.as_ref() != Some(run));
        let day = runs.next().map_or_else(String::new, |this| moment::day(&this.started, &Look::utc(self.look.now)));
        let before = runs.find_map(|older| {
            let paths = self.estate.local.run(older.run.as_ref()?)?.paths.clone();
            let day = moment::day(&older.started, &Look::utc(self.look.now));
            Some(Earlier { title: Clean::from(format!("the {day} run")), paths })
        });
        let title = Clean::new(&format!("{}, {day} run", report.name));
        self.view(Viewing { before, ..Viewing::new(title, local.paths) })
    }
}
