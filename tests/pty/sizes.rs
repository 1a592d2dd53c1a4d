use super::{
    bytes::assert_own,
    driver::{Session, Setup},
};

const SIZES: [(u16, u16); 7] = [(0, 0), (1, 1), (20, 5), (60, 16), (80, 24), (200, 60), (500, 500)];

/// Header on the first line, footer on the last, wherever there is room for them.
fn stands(session: &Session, (columns, rows): (u16, u16)) -> bool {
    let header = columns < 5 || rows == 0 || session.line(0).contains("DEMO");
    let footer = columns < 60 || rows < 16 || {
        let last = session.line(rows - 1);
        // The CA hierarchy has keys of its own, the frames of which say them so.
        (last.contains("? help") && last.contains("j/k"))
            || (last.contains("? help") && last.contains("h/l fold"))
            || (last.contains("? all keys") && last.contains("h/l fold  j/k"))
    };
    header && footer
}

#[test]
fn u03_every_size_at_the_start() {
    for size in SIZES {
        let mut session = Setup::demo().size(size.0, size.1).start();
        session.until("the first frame", |session| session.bytes.len() > 30 && stands(session, size));
        session.send("2jG5?");
        session.send("\u{3}\u{3}");
        session.ends(0);
        assert_own(&session.bytes);
    }
}

#[test]
fn u03_every_size_while_it_runs() {
    let mut session = Setup::demo().start().read();
    for screen in ["1", "2", "3"] {
        session.send(screen);
        for size in SIZES {
            session.resize(size);
            session.until(&format!("a frame of {size:?}"), |session| stands(session, size));
            session.resize((120, 40));
            session.until("a frame of the old size", |session| stands(session, (120, 40)));
        }
    }
    session.send("Q");
    session.ends(0);
    assert_own(&session.bytes);
}

#[test]
fn u03_a_storm_of_sizes_ends_in_the_last_one() {
    let mut session = Setup::demo().start().read();
    for round in 0..150_u16 {
        let size = SIZES[usize::from(round) % 6];
        session.resize((size.0 + round, size.1 + round % 7));
        if round % 5 == 0 {
            session.send("j");
        }
    }
    for last in [(81, 25), (120, 40)] {
        session.resize(last);
        session.until("the last size", |session| stands(session, last));
    }
    session.forget();
    session.settle('Z');
    session.send("Q");
    session.ends(0);
    assert_own(&session.bytes);
}
