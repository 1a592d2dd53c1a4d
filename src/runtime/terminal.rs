//! The modes of the terminal: entered once, restored on every way out.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread::{self, ThreadId},
};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue,
    style::ResetColor,
    terminal::{self, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen},
};

use super::tty;

static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal in the state that the dashboard needs. Dropping it restores what was before.
pub struct Terminal {
    _private: (),
}

impl Terminal {
    /// Raw mode, alternate screen, bracketed paste, no cursor.
    pub fn enter() -> io::Result<Self> {
        hook(thread::current().id());
        enter()?;
        Ok(Self { _private: () })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Columns and rows.
pub fn size() -> io::Result<(u16, u16)> {
    terminal::size()
}

/// Enters the modes; used again after a suspension. After an error the terminal is as before.
pub fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    tty::begin();
    let mut out = Vec::new();
    let entered = queue!(out, EnterAlternateScreen, EnableBracketedPaste, Hide).and_then(|()| tty::write(&out));
    if entered.is_err() {
        restore();
    }
    entered
}

/// Restores the terminal, once for each [`enter`], in bounded time. Errors are ignored: the terminal may be gone.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = Vec::new();
    // A frame that was cut has begun an update and not ended it.
    let queued = queue!(out, EndSynchronizedUpdate, ResetColor, DisableBracketedPaste, LeaveAlternateScreen, Show);
    if queued.is_ok() {
        tty::write_last(&out);
    }
    let _ = terminal::disable_raw_mode();
}

/// A panic of the loop restores the terminal before it is reported. One of another thread leaves the screen alone:
/// its task is reported as failed and the dashboard goes on.
fn hook(loop_thread: ThreadId) {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == loop_thread {
            restore();
            report(info);
        }
    }));
}
