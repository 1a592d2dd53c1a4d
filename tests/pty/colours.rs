use super::{
    bytes::{assert_own, styles},
    driver::{Session, Setup},
};

/// Codes that set a colour; 39 and 49 take one back.
fn is_colour(code: u16) -> bool {
    matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107)
}

fn walked(setup: Setup) -> Session {
    let mut session = setup.start().read();
    session.send("2/status:issued\r5jS");
    session.settle('Z');
    session.send("?");
    session.wait("All keys");
    session.escape("All keys");
    session.send("Q");
    session.ends(0);
    session
}

#[test]
fn u02_a_plain_terminal_is_talked_to_line_by_line_without_an_escape() {
    for setup in [Setup::demo().env("TERM", "dumb"), Setup::demo().without("TERM"), Setup::demo().env("TERM", "")] {
        let mut session = setup.start();
        session.wait("Id of the request to review");
        session.send("\u{3}");
        session.ends(3);
        assert!(!session.bytes.contains(&0x1b), "{:?}", session.text());
        assert!(session.text().contains("nothing was sent"), "{}", session.text());
    }
}

#[test]
fn u02_no_color_sends_no_colour() {
    let session = walked(Setup::demo().env("NO_COLOR", "1"));
    assert_own(&session.bytes);
    let styles = styles(&session.bytes);
    assert!(styles.iter().flatten().all(|code| !is_colour(*code)), "a colour was sent");
    assert!(styles.iter().flatten().any(|code| *code == 7), "the row under the cursor cannot be seen");
}

#[test]
fn u02_sixteen_colours_are_sent_as_such() {
    for setup in [
        Setup::demo().env("TERM", "linux").without("COLORTERM"),
        Setup::demo().env("TERM", "xterm").without("COLORTERM"),
    ] {
        let session = walked(setup);
        assert_own(&session.bytes);
        let styles = styles(&session.bytes);
        assert!(styles.iter().flatten().all(|code| !matches!(code, 38 | 48)), "more than 16 colours");
        assert!(styles.iter().flatten().any(|code| is_colour(*code)), "no colour at all");
    }
}

#[test]
fn u13_a_locale_without_utf8_gets_ascii() {
    let session = walked(Setup::demo().env("LANG", "C"));
    assert!(session.bytes.is_ascii(), "{:?}", String::from_utf8_lossy(&session.bytes).chars().find(|c| !c.is_ascii()));
}

#[test]
fn a_light_background_gets_the_light_theme() {
    let mut session = Setup::demo().start().read();
    assert!(session.text().contains("DEMO"));
    session.send("\u{1b}]11;rgb:fafa/fafa/f7f7\u{1b}\\");
    session.send("2");
    session.until("the light page", |session| String::from_utf8_lossy(&session.bytes).contains("48;2;250;250;247"));
    session.send("Q");
    session.ends(0);
    assert_own(&session.bytes);
}
