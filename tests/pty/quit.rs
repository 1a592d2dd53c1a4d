use super::{bytes::assert_own, driver::Setup};

#[test]
fn g13_every_way_out_ends_at_once() {
    for keys in [&["Q"][..], &[":", "q", "\r"], &["\u{3}", "\u{3}"], &["q", "y"]] {
        let mut session = Setup::demo().start().open();
        for key in keys {
            session.send(key);
        }
        session.ends(0);
        assert_own(&session.bytes);
    }
}

#[test]
fn g13_it_can_be_left_before_anything_was_read() {
    let mut session = Setup::demo().start().open();
    session.send("Q");
    session.ends(0);
}

#[test]
fn g13_enter_and_pasted_text_never_end_it() {
    let mut session = Setup::demo().start().read();
    session.send("\r\r\u{1b}\u{1b}1");
    session.send("\u{1b}[200~Q\nQ\u{1b}[201~");
    session.wait("Pasted text is ignored");
    session.send("q");
    session.wait("Leave certdeck?");
    session.send("\r");
    session.until("the question to close", |session| !session.text().contains("Leave certdeck?"));
    session.send("q");
    session.wait("Leave certdeck?");
    session.send("\u{1b}[200~y\ny\u{1b}[201~");
    session.send("n");
    session.until("the question to close", |session| !session.text().contains("Leave certdeck?"));
    session.settle('Z');
    session.send("\u{3}");
    session.wait("ctrl-c again quits");
    session.send("j");
    session.send("\u{3}");
    session.settle('X');
    session.send("Q");
    session.ends(0);
}
