//! Calls as tasks: one per key, a newer one aborts the older; none is detached.

use std::{collections::HashMap, future::Future};

use tokio::{
    runtime::Handle,
    task::{AbortHandle, Id, JoinSet},
};

use crate::flow::{CallKey, Generation};

/// A task that panicked.
pub enum Panicked {
    /// The one of this call, which nothing else will answer.
    Call(CallKey, Generation),
    /// One whose place a newer one has taken.
    Old,
}

/// Running calls.
pub struct Tasks {
    set: JoinSet<()>,
    by_key: HashMap<CallKey, (Generation, AbortHandle)>,
    worker: Handle,
}

impl Tasks {
    /// Tasks run on `worker`, never on the loop's thread.
    pub fn new(worker: Handle) -> Self {
        Self { set: JoinSet::new(), by_key: HashMap::new(), worker }
    }

    /// Starts a task in place of the one that has the key.
    pub fn start(&mut self, key: CallKey, generation: Generation, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.set.spawn_on(task, &self.worker);
        if let Some((_, older)) = self.by_key.insert(key, (generation, handle)) {
            older.abort();
        }
    }

    /// Aborts the tasks of these keys; the others go on.
    pub fn cancel(&mut self, of: impl Fn(&CallKey) -> bool) {
        for (_, (_, task)) in self.by_key.extract_if(|key, _| of(key)) {
            task.abort();
        }
    }

    /// Waits for a task to end; pending for ever when none runs. A panic is told.
    pub async fn next(&mut self) -> Option<Panicked> {
        match self.set.join_next().await {
            Some(Err(error)) if error.is_panic() => Some(self.call_of(error.id())),
            Some(_) => None,
            None => std::future::pending().await,
        }
    }

    fn call_of(&self, id: Id) -> Panicked {
        let found = self.by_key.iter().find(|(_, (_, handle))| handle.id() == id);
        found.map_or(Panicked::Old, |(key, (generation, _))| Panicked::Call(*key, *generation))
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.set.len()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::flow::SourceId;

    #[test]
    fn a_task_that_is_not_meant_goes_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut tasks = Tasks::new(runtime.handle().clone());
        let (read, keep) = (CallKey::Source(SourceId::Acme), CallKey::Keep(SourceId::Acme));
        let (told, mut kept) = oneshot::channel();
        runtime.block_on(async {
            tasks.start(read, Generation(1), std::future::pending());
            tasks.start(keep, Generation(2), async move { told.send(()).unwrap() });
            tasks.cancel(|key| matches!(key, CallKey::Source(_)));
            while tasks.len() > 0 {
                assert!(tasks.next().await.is_none());
            }
        });
        assert!(kept.try_recv().is_ok());
    }
}
