use super::{bytes::assert_own, driver::Setup};

#[test]
fn t01_to_t10_no_name_acts_on_the_terminal() {
    let mut session = Setup::demo().start().read();
    for (screen, unknown) in [("1", 'Z'), ("2", 'X'), ("3", 'U'), ("4", 'W'), ("5", 'Z')] {
        session.send(screen);
        session.settle(if screen == "5" { 'M' } else { unknown });
        for column in 0..6 {
            session.send("s");
            session.send(&"\u{1b}[B".repeat(column));
            session.send("\r");
            session.send("GggS\u{6}\u{2}S");
        }
        session.send("G\r");
        session.settle('O');
        session.send("qpfT?");
        session.wait("All keys");
        session.send("\u{1b}[B\u{1b}[B");
        session.escape("All keys");
        session.send("f");
        session.settle(if screen == "5" { 'X' } else { 'I' });
    }
    session.send("5/Role changed\r");
    session.wait("<U+202E>");
    session.send("\u{18}/Token used\r");
    session.wait("^[[0m");
    session.send("Y");
    session.wait("Copy as");
    session.escape("Copy as");
    session.send("yP");
    session.settle('Z');
    session.send("Q");
    session.ends(0);
    assert_own(&session.bytes);
    assert_eq!(session.terminal.callbacks().titles, Vec::<String>::new());
}

#[test]
fn t19_a_copied_name_is_one_clean_line() {
    let mut session = Setup::demo().start().read();
    session.send("2jy");
    session.wait("Copied");
    session.until("the clipboard", |session| !session.terminal.callbacks().copied.is_empty());
    let copied = session.terminal.callbacks().copied.concat();
    assert!(copied.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)), "{copied:?}");
    assert_own(&session.bytes);
    session.send("Q");
    session.ends(0);
}

#[test]
fn t17_answers_of_a_terminal_are_no_keys() {
    let mut session = Setup::demo().start().read();
    // A screen on which no age goes on.
    session.send("2");
    session.settle('Z');
    let body = session.body();
    for answer in [
        "\u{1b}[?1;2c",
        "\u{1b}[24;80R",
        "\u{1b}]11;rgb:1111/2222/3333\u{1b}\\",
        "\u{1b}]11;rgb:QQQQ/2222/3333\u{7}",
        "\u{1b}P>|xterm(Q)jjG5Q\u{1b}\\",
        "\u{1b}_Gi=31;OK\u{1b}\\",
    ] {
        session.send(answer);
        session.settle('X');
        assert_eq!(session.body(), body, "after {answer:?}");
        session.settle('Z');
    }
    session.send("Q");
    session.ends(0);
}
