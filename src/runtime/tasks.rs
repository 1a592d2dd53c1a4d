//! Calls as tasks: one per key, a newer one aborts the older; none is detached.

use std::{collections::HashMap, future::Future};

use tokio::{
    runtime::Handle,
    task::{AbortHandle, JoinError, JoinSet},
};

use crate::flow::CallKey;

/// Running calls.
pub struct Tasks {
    set: JoinSet<()>,
    by_key: HashMap<CallKey, AbortHandle>,
    worker: Handle,
}

impl Tasks {
    /// Tasks run on `worker`, never on the loop's thread.
    pub fn new(worker: Handle) -> Self {
        Self { set: JoinSet::new(), by_key: HashMap::new(), worker }
    }

    /// Starts a task in place of the one that has the key.
    pub fn start(&mut self, key: CallKey, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.set.spawn_on(task, &self.worker);
        if let Some(older) = self.by_key.insert(key, handle) {
            older.abort();
        }
    }

    /// Aborts the task of a key.
    pub fn cancel(&mut self, key: CallKey) {
        if let Some(task) = self.by_key.remove(&key) {
            task.abort();
        }
    }

    /// Waits for a task to end; pending for ever when none runs. A panic of a task is returned.
    pub async fn next(&mut self) -> Option<JoinError> {
        match self.set.join_next().await {
            Some(Err(error)) if error.is_panic() => Some(error),
            Some(_) => None,
            None => std::future::pending().await,
        }
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.set.len()
    }
}
