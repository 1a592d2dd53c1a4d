//! Signals at a question. Ctrl-C stops the dialogue in place of the process: nothing is left half done, and the terminal
//! keeps its modes. A prompt without echo raises the signal before it gives the terminal its echo back. The other signals
//! that end a process end it, and the terminal gets the modes back that it had.

pub use self::here::Interrupts;

#[cfg(unix)]
mod here {
    use std::{
        fs::{File, OpenOptions},
        io, thread,
        time::Duration,
    };

    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
        termios::{OptionalActions, Termios, tcgetattr, tcsetattr},
    };
    use tokio::{
        runtime::Runtime,
        signal::unix::{Signal, SignalKind, signal},
        sync::oneshot,
    };

    /// How often a wait for a line looks whether it was interrupted, when the signal came in between.
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// Catches the signals as long as it lives.
    pub struct Interrupts {
        runtime: Runtime,
        signal: Signal,
        /// Dropped with this, which ends the thread that waits for the other signals.
        _watched: oneshot::Sender<()>,
    }

    impl Interrupts {
        /// Begins.
        pub fn catch() -> io::Result<Self> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let signal = {
                let _inside = runtime.enter();
                signal(SignalKind::interrupt())?
            };
            Ok(Self { runtime, signal, _watched: watch()? })
        }

        /// Waits until a line can be read; false when ctrl-c came first, or the terminal is gone.
        pub fn line(&mut self) -> bool {
            loop {
                let stdin = io::stdin();
                let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
                match poll(&mut ready, Some(&LOOK)) {
                    Ok(1..) => return true,
                    Ok(0) | Err(Errno::INTR) if self.came() => return false,
                    Ok(0) | Err(Errno::INTR) => {}
                    Err(_) => return false,
                }
            }
        }

        /// Whether a line can be read now.
        pub fn has_line() -> bool {
            let stdin = io::stdin();
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            matches!(poll(&mut ready, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1..))
        }

        /// Waits; false when ctrl-c came before or meanwhile.
        pub fn quiet_for(&mut self, wait: Duration) -> bool {
            let signal = &mut self.signal;
            self.runtime.block_on(async { tokio::time::timeout(wait, signal.recv()).await.is_err() })
        }

        fn came(&mut self) -> bool {
            // Not zero: what hands the signal on runs only while this waits.
            !self.quiet_for(Duration::from_millis(1))
        }
    }

    /// The terminal and its modes before any question.
    struct Modes(File, Termios);

    impl Modes {
        /// `None` when there is no terminal that could be restored.
        fn now() -> Option<Self> {
            let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
            let modes = tcgetattr(&terminal).ok()?;
            Some(Self(terminal, modes))
        }

        fn restore(&self) {
            // A terminal that is gone needs no modes.
            let _ = tcsetattr(&self.0, OptionalActions::Now, &self.1);
        }
    }

    /// Ends the process at a signal, on a thread of its own: the other one reads a line, which nothing interrupts.
    fn watch() -> io::Result<oneshot::Sender<()>> {
        let modes = Modes::now();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let mut quit = signal(SignalKind::quit())?;
        drop(inside);
        let (watched, over) = oneshot::channel::<()>();
        let wait = move || {
            let came = runtime.block_on(async {
                tokio::select! {
                    _ = over => None,
                    _ = terminate.recv() => Some(SignalKind::terminate()),
                    _ = hangup.recv() => Some(SignalKind::hangup()),
                    _ = quit.recv() => Some(SignalKind::quit()),
                }
            });
            if let Some(came) = came {
                modes.iter().for_each(Modes::restore);
                std::process::exit(128 + came.as_raw_value());
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
        Ok(watched)
    }
}

#[cfg(not(unix))]
mod here {
    use std::io;

    /// Ctrl-C ends the process; nothing is written by then.
    pub struct Interrupts;

    impl Interrupts {
        /// Nothing to begin.
        pub const fn catch() -> io::Result<Self> {
            Ok(Self)
        }

        /// A read waits by itself.
        pub const fn line(&mut self) -> bool {
            true
        }

        /// What was typed ahead is not known here.
        pub const fn has_line() -> bool {
            false
        }

        /// Ctrl-C ends the process.
        pub fn quiet_for(&mut self, wait: std::time::Duration) -> bool {
            std::thread::sleep(wait);
            true
        }
    }
}
