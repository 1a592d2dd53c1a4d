//! Signals that end or stop the program.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// End, with the number of the signal.
    End(u8),
    /// Stop until the shell continues the program.
    Stop,
    /// The shell continued the program, or somebody else did.
    Continue,
    /// The terminal has another size.
    Resize,
}

/// The signals that the loop waits for.
pub struct Signals {
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    stop: Signal,
    resume: Signal,
    resize: Signal,
}

impl Signals {
    /// Takes the signals over; needs a running tokio.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            stop: signal(kind(rustix::process::Signal::TSTP))?,
            resume: signal(kind(rustix::process::Signal::CONT))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.hangup.recv() => Caught::End(1),
            _ = self.interrupt.recv() => Caught::End(2),
            _ = self.quit.recv() => Caught::End(3),
            _ = self.terminate.recv() => Caught::End(15),
            _ = self.stop.recv() => Caught::Stop,
            _ = self.resume.recv() => Caught::Continue,
            _ = self.resize.recv() => Caught::Resize,
        }
    }
}

/// The numbers of these differ between systems.
const fn kind(signal: rustix::process::Signal) -> SignalKind {
    SignalKind::from_raw(signal.as_raw())
}

/// Stops this process as ctrl-z does; [`Caught::Continue`] follows when it is continued.
pub fn stop_here() {
    let me = rustix::process::getpid();
    // An error leaves the program running, which is no harm.
    let _ = rustix::process::kill_process(me, rustix::process::Signal::STOP);
}
