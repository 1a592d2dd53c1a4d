//! The end of the terminal itself. A signal tells only the programs whose controlling terminal it was, and the reader of
//! keys does not notice.

use std::{future::pending, io, thread};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::sync::oneshot;

/// The line to the terminal.
pub struct Line(oneshot::Receiver<()>);

impl Line {
    /// Watches stdin on a thread that sleeps until the line is cut: typing is of no interest there.
    pub fn new() -> io::Result<Self> {
        let (tell, told) = oneshot::channel();
        thread::Builder::new().name("hangup".to_owned()).spawn(move || {
            let stdin = io::stdin();
            loop {
                let mut line = [PollFd::new(&stdin, PollFlags::empty())];
                match poll(&mut line, None) {
                    Err(Errno::INTR) => {}
                    Ok(_) if line.iter().any(|fd| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR)) => {
                        // A loop that has ended need not be told.
                        let _ = tell.send(());
                        return;
                    }
                    // Not every system can watch a terminal; the signal has to do there.
                    Ok(_) | Err(_) => return,
                }
            }
        })?;
        Ok(Self(told))
    }

    /// Waits for the terminal to be gone.
    pub async fn cut(&mut self) {
        if (&mut self.0).await.is_err() {
            pending::<()>().await;
        }
    }
}
