//! The whole program in a pseudo-terminal: what it draws, what it leaves behind, how it ends.

#![cfg(all(unix, feature = "simulator"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

#[cfg(target_os = "linux")]
#[path = "pty/bombs.rs"]
mod bombs;
#[path = "support/book.rs"]
mod book;
#[path = "pty/browser.rs"]
mod browser;
#[path = "pty/bytes.rs"]
mod bytes;
#[cfg(target_os = "linux")]
#[path = "pty/canaries.rs"]
mod canaries;
#[path = "pty/colours.rs"]
mod colours;
#[path = "pty/driver.rs"]
mod driver;
#[cfg(target_os = "linux")]
#[path = "pty/estate.rs"]
mod estate;
#[path = "pty/faults.rs"]
mod faults;
#[path = "pty/hostile.rs"]
mod hostile;
#[path = "pty/linear.rs"]
mod linear;
#[path = "pty/lines.rs"]
mod lines;
#[path = "pty/quiet.rs"]
mod quiet;
#[path = "pty/quit.rs"]
mod quit;
#[path = "pty/reports.rs"]
mod reports;
#[cfg(target_os = "linux")]
#[path = "pty/rounds.rs"]
mod rounds;
#[path = "pty/signals.rs"]
mod signals;
#[cfg(target_os = "linux")]
#[path = "pty/sinks.rs"]
mod sinks;
#[path = "pty/sizes.rs"]
mod sizes;
#[path = "pty/welcome.rs"]
mod welcome;
