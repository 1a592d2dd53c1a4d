//! Bytes to the terminal. A terminal may take none for a long time (a slow line, a stopped window), so every write can
//! be given up: it goes through a description of the terminal that is ours alone and does not block. stdout itself is
//! shared with the shell and must stay as it is.

use std::{
    io::{self, Write as _},
    os::fd::{AsFd as _, OwnedFd},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    io::Errno,
    termios::{QueueSelector, tcflush, ttyname},
};

/// How often a write that waits looks whether it was given up.
const LOOK: Duration = Duration::from_millis(50);
/// How long the last bytes may take.
const LAST: Duration = Duration::from_millis(200);

/// Held while bytes are written; true when what was written last is cut.
static WRITING: Mutex<bool> = Mutex::new(false);
/// Nothing more is written: a frame that still waits must not follow the last words.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Our own way to the terminal; none where it cannot be opened again, as in some containers.
fn own() -> Option<&'static OwnedFd> {
    static OWN: OnceLock<Option<OwnedFd>> = OnceLock::new();
    OWN.get_or_init(|| {
        let path = ttyname(io::stdout(), Vec::new()).ok()?;
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).ok()
    })
    .as_ref()
}

/// The terminal is ours, again.
pub fn begin() {
    GIVEN_UP.store(false, Ordering::SeqCst);
}

/// Writes all of it, however long the terminal takes, unless it is given up meanwhile.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut cut = turn()?;
    *cut = true;
    send(bytes, &is_given_up)?;
    *cut = false;
    Ok(())
}

/// Writes what the terminal takes without a wait, and returns how much that is; the rest has to follow.
pub fn write_some(bytes: &[u8]) -> io::Result<usize> {
    let mut cut = turn()?;
    let Some(own) = own() else { return Ok(0) };
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match rustix::io::write(own, rest) {
            Ok(more) => written += more,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => break,
            Err(error) => return Err(error.into()),
        }
    }
    *cut = written > 0 && written < bytes.len();
    Ok(written)
}

/// Waits until nobody else writes; an error once writing was given up.
fn turn() -> io::Result<MutexGuard<'static, bool>> {
    let cut = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if is_given_up() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(cut) }
}

fn is_given_up() -> bool {
    GIVEN_UP.load(Ordering::SeqCst)
}

/// Gives up a write under way and writes `bytes` in its place, in bounded time.
pub fn write_last(bytes: &[u8]) {
    GIVEN_UP.store(true, Ordering::SeqCst);
    let end = Instant::now() + 4 * LOOK;
    let mut cut = loop {
        match WRITING.try_lock() {
            Ok(cut) => break cut,
            Err(TryLockError::Poisoned(cut)) => break cut.into_inner(),
            Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            // A terminal that blocks and takes nothing gets nothing.
            Err(TryLockError::WouldBlock) => return,
        }
    };
    let end = Instant::now() + LAST;
    let late = || Instant::now() >= end;
    // A terminal that is gone needs nothing more.
    let _ = if std::mem::take(&mut *cut) {
        // What still waits belongs to a frame that nobody will see; a sequence that was cut ends here.
        let _ = tcflush(io::stdout(), QueueSelector::OFlush);
        send(b"\x1b\\", &late).and_then(|()| send(bytes, &late))
    } else {
        send(bytes, &late)
    };
}

fn send(mut rest: &[u8], enough: &dyn Fn() -> bool) -> io::Result<()> {
    let Some(own) = own() else {
        let mut stdout = io::stdout();
        return stdout.write_all(rest).and_then(|()| stdout.flush());
    };
    while !rest.is_empty() {
        match rustix::io::write(own, rest) {
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK.subsec_nanos()) };
                let mut ready = [PollFd::from_borrowed_fd(own.as_fd(), PollFlags::OUT)];
                // Interrupted or late, the next write tells.
                let _ = poll(&mut ready, Some(&wait));
            }
            Err(error) => return Err(error.into()),
        }
        if !rest.is_empty() && enough() {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    Ok(())
}
