//! What is other since the baseline: asking the store, taking its answer, and choosing another baseline.

use super::App;
use crate::{
    domain::{Failure, delta::Since},
    flow::{Call, CallKey, Effect, Keep, Op, Reply, ScreenId, ScreenMsg, SourceId},
    screens::{Notice, changes::filter_of},
};

impl App {
    /// Shows what is other of what the screen has that shows.
    pub(super) fn show_changes(&mut self) -> Vec<Effect> {
        let filter = filter_of(self.current);
        self.show(ScreenId::Changes, Some(filter))
    }

    /// `:diff 7d` tells what is other since then, `:diff kind:ca` shows some of it.
    pub(super) fn diff(&mut self, rest: &str) -> Vec<Effect> {
        let (first, others) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let Some(since) = Since::parse(first) else { return self.show(ScreenId::Changes, Some(rest.trim())) };
        self.estate.changes.ask(since);
        let mut effects = self.compared();
        effects.extend(self.show(ScreenId::Changes, Some(others.trim())));
        effects.extend(self.compare());
        effects
    }

    /// Asks what is other in all lists.
    pub(super) fn compare(&mut self) -> Vec<Effect> {
        let op = Op::Compare(self.estate.changes.since(), self.estate.acme.rows().clone());
        self.stamp(vec![Effect::call(CallKey::Compare, Call::Store(op))])
    }

    /// A snapshot of a list that was read whole, and what is other by it.
    pub(super) fn snapshot(&self, id: SourceId, keep: &Keep) -> Option<Effect> {
        let op = Op::Snapshot(keep.clone(), self.estate.changes.since());
        keep.rows.is_tracked().then(|| Effect::call(CallKey::Snapshot(id), Call::Store(op)))
    }

    /// What the store told.
    pub(super) fn told_changes(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        match result {
            Ok(Reply::Compared(since, told)) => {
                if self.estate.changes.accept(since, told) {
                    self.compared()
                } else {
                    Vec::new()
                }
            }
            Ok(_) => Vec::new(),
            Err(failure) => {
                // Who looks at them is told each time, others once.
                if self.current == ScreenId::Changes {
                    self.notice = Some(Notice::fault(failure.to_string()));
                }
                self.cannot_keep(&failure)
            }
        }
    }

    fn compared(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for screen in [ScreenId::Home, ScreenId::Changes] {
            let step = self.tell(screen, ScreenMsg::Compared);
            effects.extend(self.follow(step));
        }
        effects
    }
}
