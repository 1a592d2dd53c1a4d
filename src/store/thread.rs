//! The thread that has the files: one job after the other, from a queue with a bound.

use std::{
    sync::{Arc, LazyLock},
    thread,
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    domain::{Failure, FailureKind},
    priority,
};

/// Jobs that wait at most; who has more waits.
const QUEUE: usize = 64;

type Job<D> = Box<dyn FnOnce(&mut D) + Send>;

/// Takes jobs for the thread, which starts with the first one and ends after the last when all desks are gone.
pub struct Desk<D> {
    jobs: mpsc::Sender<Job<D>>,
    thread: Arc<LazyLock<(), Box<dyn FnOnce() + Send>>>,
}

impl<D> Clone for Desk<D> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone(), thread: Arc::clone(&self.thread) }
    }
}

impl<D: Send + 'static> Desk<D> {
    /// A thread of that name. Where the system gives none, every job fails.
    pub fn new(name: &'static str, disk: D) -> Self {
        Self::after(name, disk, || {})
    }

    /// The same, of a thread that stands back behind those that somebody waits for, where the system knows that.
    pub fn behind(name: &'static str, disk: D) -> Self {
        Self::after(name, disk, priority::give_way)
    }

    fn after(name: &'static str, mut disk: D, first: impl FnOnce() + Send + 'static) -> Self {
        let (jobs, mut queue) = mpsc::channel::<Job<D>>(QUEUE);
        let work = move || {
            first();
            while let Some(job) = queue.blocking_recv() {
                job(&mut disk);
            }
        };
        let start = move || {
            // Without a thread the queue is closed, which every job is told.
            let _ = thread::Builder::new().name(name.to_owned()).spawn(work);
        };
        Self { jobs, thread: Arc::new(LazyLock::new(Box::new(start))) }
    }

    /// Has a job done and waits for its result. A job whose asker has left is done all the same.
    pub async fn ask<R: Send + 'static>(&self, job: impl FnOnce(&mut D) -> R + Send + 'static) -> Result<R, Failure> {
        let (answer, result) = oneshot::channel();
        let job: Job<D> = Box::new(move |disk| {
            // The asker may have left.
            let _ = answer.send(job(disk));
        });
        LazyLock::force(&self.thread);
        self.jobs.send(job).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())
    }
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Internal, "the local store has stopped: nothing more is kept")
        .hint("start certdeck again")
}
