//! Keys of the viewer over a million rows, in the program itself in a terminal; named after the rows of the performance
//! goals that they guard.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench ends where its stage is not as it should be")]

#[path = "../tests/pty/driver.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod driver;
#[path = "support/orders.rs"]
mod orders;

use std::cell::RefCell;

use driver::{Session, Setup};
use orders::{MILLION, orders};
use tempfile::NamedTempFile;

fn main() {
    divan::main();
}

/// The viewer of a file whose rows are all known.
fn open(file: &NamedTempFile) -> Session {
    let path = file.path().to_str().unwrap();
    let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["report", "view", path]).start();
    session.until("all rows", |session| shows(session, "1,000,000 rows") && !shows(session, "reading"));
    session
}

fn shows(session: &Session, text: &str) -> bool {
    session.text().contains(text)
}

/// Moves the cursor to the second column or back, and waits for the frame.
fn step(session: &mut Session) {
    let (key, shown) = if shows(session, "column 1/7") { ("l", "column 2/7") } else { ("h", "column 1/7") };
    session.send(key);
    session.wait(shown);
}

/// Work that takes every core: reading anew, looking through a column, sorting.
#[derive(Debug, Clone, Copy)]
enum Job {
    None,
    Reading,
    Searching,
    Sorting,
}

impl Job {
    /// Starts it unless it runs.
    fn start(self, session: &mut Session, is_sorted: &mut bool) {
        match self {
            Self::None => {}
            Self::Reading if shows(session, "reading") => {}
            Self::Reading => {
                // It may be over before a frame says that it is under way; it begins at the first column.
                let before = session.bytes.len();
                session.send("r");
                session.until("rows", |session| session.bytes.len() > before && shows(session, "column 1/7"));
            }
            Self::Searching if shows(session, "searching") => {}
            Self::Searching => {
                // Control and X shows all rows.
                session.send("\u{18}");
                session.until("all rows", |session| !shows(session, " of 1,000,000 rows"));
                session.send("/valid_till<2026-03-01\r");
                session.wait("searching");
            }
            Self::Sorting if shows(session, "sorting") => {}
            Self::Sorting => {
                if std::mem::replace(is_sorted, true) {
                    session.send("s");
                    session.wait("In the order of the file.");
                }
                session.send("s");
                session.wait("sorting");
            }
        }
    }
}

/// From the key to the frame that shows what it did, while all rows are worked on; `None` is the measure of the others.
#[divan::bench(args = [Job::None, Job::Reading, Job::Searching, Job::Sorting], sample_count = 200, sample_size = 1)]
fn row_08_key_while_1m(bencher: divan::Bencher, job: Job) {
    let file = orders(MILLION);
    let session = RefCell::new(open(&file));
    let mut is_sorted = false;
    bencher
        .with_inputs(|| job.start(&mut session.borrow_mut(), &mut is_sorted))
        .bench_local_values(|()| step(&mut session.borrow_mut()));
}

/// What a key of the cursor writes: the highlight moves, or all rows do; more than the goal has ends the bench.
#[divan::bench(args = [("j", "k", 600), ("\u{1b}[6~", "\u{1b}[5~", 5_000)], sample_count = 50, sample_size = 1)]
fn row_09_bytes_of_a_key_1m(bencher: divan::Bencher, (down, up, most): (&str, &str, usize)) {
    let file = orders(MILLION);
    let mut session = open(&file);
    let mut is_down = false;
    bencher.bench_local(|| {
        is_down = !is_down;
        let before = session.bytes.len();
        session.send(if is_down { down } else { up });
        session.until("the frame", |session| session.bytes[before..].ends_with(b"\x1b[?2026l"));
        let written = session.bytes.len() - before;
        assert!(written <= most, "{written} bytes");
    });
}
