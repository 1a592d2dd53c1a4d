//! Probes from the screens: starting them, ending them, and what they bring.

use super::App;
use crate::{
    domain::Failure,
    flow::{Action, Ask, Call, CallKey, Effect, Op, Reply, ScreenId, SourceId, served::Run},
    screens::Notice,
    ui::text::count,
};

/// More names than these are probed only when the key is pressed again.
const MANY: usize = 100;

impl App {
    /// Starts what the screen wants probed, or ends the probes that run.
    pub(super) fn probe(&mut self, action: Action, doubted: Option<usize>) -> Vec<Effect> {
        // The screen of the CAs checks for itself.
        if self.current == ScreenId::Cas {
            return self.on_screen(action);
        }
        if self.estate.evidence.run().is_some() {
            return self.stop_probes();
        }
        let effects = self.on_screen(action);
        let job = effects.iter().find_map(|effect| match effect {
            Effect::Call { call: Call::Ask(Ask::Probe(job)), .. } => Some(job.len()),
            _ => None,
        });
        let Some(names) = job else { return effects };
        if names > MANY && doubted != Some(names) {
            self.doubted = Some(names);
            self.notice = Some(Notice::said(format!("Probe {} names? B again starts it.", count(names))));
            return Vec::new();
        }
        self.estate.evidence.begin();
        effects
    }

    /// Ends the probes that run; what they found stays.
    pub(super) fn stop_probes(&mut self) -> Vec<Effect> {
        let Some(run) = self.estate.evidence.end() else { return Vec::new() };
        let found = format!("Ended after {} of {} names; what was found stays.", count(run.done), count(run.of));
        self.notice = Some(Notice::said(if run.of == 0 { "Ended before the first name.".to_owned() } else { found }));
        self.generations.remove(&CallKey::Probe);
        let mut effects = vec![Effect::Cancel(CallKey::Probe)];
        effects.extend(self.keep_probes());
        effects
    }

    /// Takes results of probes, or their end.
    pub(super) fn probed(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        let mut effects = Vec::new();
        match result {
            Ok(reply) if reply.is_progress() => {
                self.estate.accept(reply, self.look.now);
                effects.extend(self.triage());
                effects.extend(self.changed(SourceId::Acme));
            }
            Ok(reply) => {
                self.estate.accept(reply, self.look.now);
                let run = self.estate.evidence.end().unwrap_or_default();
                self.notice = Some(Notice::said(outcome(run)));
            }
            Err(failure) => {
                self.estate.evidence.end();
                self.notice = Some(Notice::fault(failure.to_string()));
            }
        }
        effects.extend(self.keep_probes());
        effects
    }

    /// Takes what was kept of probes and first sights; without it new sights are noted all the same.
    pub(super) fn remember(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        let (reply, mut effects) = match result {
            Ok(reply @ Reply::Remembered(_)) => (reply, Vec::new()),
            Ok(_) => (Reply::Remembered(Box::default()), Vec::new()),
            Err(failure) => (Reply::Remembered(Box::default()), self.cannot_keep(&failure)),
        };
        self.estate.accept(reply, self.look.now);
        effects.extend(self.triage());
        effects.extend(self.changed(SourceId::Acme));
        effects
    }

    fn keep_probes(&mut self) -> Vec<Effect> {
        let keep = self.estate.evidence.keep(&self.estate.judgement.facts().first_seen, self.look.now);
        let keep = keep.map(|keep| Effect::call(CallKey::KeepProbes, Call::Store(Op::Keep(keep))));
        self.stamp(keep.into_iter().collect())
    }
}

/// How far the probes are that run.
pub fn told(run: Run) -> String {
    match run.of {
        0 => "Probing… Esc ends it.".to_owned(),
        of => format!("Probed {} of {}. Esc ends it, and what was found stays.", count(run.done), count(of)),
    }
}

/// What ended probes came to.
fn outcome(run: Run) -> String {
    let names = |n: usize| if n == 1 { "1 name".to_owned() } else { format!("{} names", count(n)) };
    match (run.of, run.silent) {
        (0, _) => "There is no server to ask for any of these names.".to_owned(),
        (1, 1) => "No address of this name showed a certificate; the details say why.".to_owned(),
        (of, 0) => format!("Probed {}; the details say what is served.", names(of)),
        (of, silent) => format!("Probed {}; {} showed no certificate.", names(of), names(silent)),
    }
}
