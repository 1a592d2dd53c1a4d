//! Ctrl-C at a question stops the dialogue in place of the process: nothing is left half done, and the terminal keeps its
//! modes. A prompt without echo raises the signal before it gives the terminal its echo back.

pub use self::here::Interrupts;

#[cfg(unix)]
mod here {
    use std::{io, time::Duration};

    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };
    use tokio::{
        runtime::Runtime,
        signal::unix::{Signal, SignalKind, signal},
    };

    /// How often a wait for a line looks whether it was interrupted, when the signal came in between.
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// Catches the signal of ctrl-c as long as it lives.
    pub struct Interrupts {
        runtime: Runtime,
        signal: Signal,
    }

    impl Interrupts {
        /// Begins.
        pub fn catch() -> io::Result<Self> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let signal = {
                let _inside = runtime.enter();
                signal(SignalKind::interrupt())?
            };
            Ok(Self { runtime, signal })
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

        fn came(&mut self) -> bool {
            let signal = &mut self.signal;
            // Not zero: what hands the signal on runs only while this waits.
            self.runtime.block_on(async { tokio::time::timeout(Duration::from_millis(1), signal.recv()).await.is_ok() })
        }
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
    }
}
