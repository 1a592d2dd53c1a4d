//! The thread that has the files: one job after the other, from a queue with a bound.

use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::{
    domain::{Failure, FailureKind},
    priority,
};

/// Jobs that wait at most; who has more waits.
const QUEUE: usize = 64;

type Job<D> = Box<dyn FnOnce(&mut D) + Send>;

/// Takes jobs for the thread, which ends after the last one when all desks are gone.
pub struct Desk<D>(mpsc::Sender<Job<D>>);

impl<D> Clone for Desk<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Send + 'static> Desk<D> {
    /// Starts a thread of that name. Where the system gives none, every job fails.
    pub fn start(name: &str, disk: D) -> Self {
        Self::after(name, disk, || {})
    }

    /// The same, of a thread that stands back behind those that somebody waits for, where the system knows that.
    pub fn start_behind(name: &str, disk: D) -> Self {
        Self::after(name, disk, priority::give_way)
    }

    fn after(name: &str, mut disk: D, first: impl FnOnce() + Send + 'static) -> Self {
        let (sender, mut queue) = mpsc::channel::<Job<D>>(QUEUE);
        let work = move || {
            first();
            while let Some(job) = queue.blocking_recv() {
                job(&mut disk);
            }
        };
        // Without a thread the queue is closed, which every job is told.
        let _ = thread::Builder::new().name(name.to_owned()).spawn(work);
        Self(sender)
    }

    /// Has a job done and waits for its result. A job whose asker has left is done all the same.
    pub async fn ask<R: Send + 'static>(&self, job: impl FnOnce(&mut D) -> R + Send + 'static) -> Result<R, Failure> {
        let (answer, result) = oneshot::channel();
        let job: Job<D> = Box::new(move |disk| {
            // The asker may have left.
            let _ = answer.send(job(disk));
        });
        self.0.send(job).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())
    }
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Internal, "the local store has stopped: nothing more is kept")
        .hint("start certdeck again")
}
