use std::time::{Duration, Instant};

use super::driver::{END, PATIENCE, Session, Setup};

fn resident(session: &Session) -> u64 {
    let status = session.proc("status");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Hundredths of a second of processor time.
fn worked(session: &Session) -> u64 {
    let stat = session.proc("stat");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Keys that each change the whole screen.
fn press(session: &mut Session) -> &Session {
    for key in ["2", "3", "5", "4", "j", "G"] {
        session.send(key);
    }
    session.forget();
    std::thread::sleep(Duration::from_millis(40));
    session
}

#[test]
fn u08_a_slow_line_drops_frames_and_can_be_left() {
    // 64 bytes in 60 ms are about 1 KiB/s.
    let mut session = Setup::demo().drip(Duration::from_millis(60)).start();
    // Warm when everything has been read: nothing grew for a second, however many keys came.
    let (mut warm, mut since) = (0, Instant::now());
    let end = Instant::now() + PATIENCE;
    while since.elapsed() < END {
        let now = resident(press(&mut session));
        if now > warm + 256 {
            (warm, since) = (now, Instant::now());
        }
        assert!(Instant::now() < end, "never warm: {warm} KiB");
    }
    let start = Instant::now();
    while start.elapsed() < 3 * END {
        let now = resident(press(&mut session));
        assert!(now < warm + 8 * 1024, "grew from {warm} to {now} KiB");
    }
    let before = worked(&session);
    let pause = Instant::now();
    while pause.elapsed() < END {
        session.forget();
        std::thread::sleep(Duration::from_millis(40));
    }
    let spent = worked(&session) - before;
    assert!(spent < 50, "spins while the terminal is busy: {spent} hundredths of a second");
    session.send("Q");
    assert_eq!(session.ended(END), 0);
    // What the line still holds arrives later; the end of it restores the terminal.
    session.until("the terminal of before", |session| session.bytes.ends_with(b"\x1b[?25h"));
    assert!(!session.modes().is_empty());
}
