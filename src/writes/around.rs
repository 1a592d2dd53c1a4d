//! What is around a writer: time, and the points at which a program may end.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;

/// A point on the way of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// Nothing is written.
    Begun,
    /// The intent is on the disk.
    IntentKept,
    /// All was read again.
    ReadAgain,
    /// That it is sent is on the disk; nothing has left.
    SentKept,
    /// The exchange goes on.
    Sending,
    /// The exchange has ended.
    Answered,
    /// Its end is on the disk.
    AnswerKept,
    /// It was read what became of it.
    ReadBack,
    /// What became of it is on the disk.
    OutcomeKept,
    /// A wait between two looks has ended.
    Waited,
}

impl Point {
    /// All of them, in the order of the way.
    pub const ALL: [Self; 10] = [
        Self::Begun,
        Self::IntentKept,
        Self::ReadAgain,
        Self::SentKept,
        Self::Sending,
        Self::Answered,
        Self::AnswerKept,
        Self::ReadBack,
        Self::OutcomeKept,
        Self::Waited,
    ];
}

/// Time and points, injected: tests move the one and end the program at the other.
pub trait Around: Send + Sync {
    /// Now, by the clock of this machine.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn pause(&self, wait: Duration) -> BoxFuture<'static, ()>;

    /// A point is reached; the writer goes on when the future is done. At [`Point::Sending`] the exchange goes on
    /// meanwhile.
    fn reached(&self, point: Point) -> BoxFuture<'static, ()>;
}

/// The clock of this machine or of the demonstration, waits of the runtime, and no point at which anything ends.
pub struct System {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl System {
    /// Time by `clock`.
    pub const fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self { clock }
    }
}

impl Around for System {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn pause(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }

    fn reached(&self, _: Point) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
