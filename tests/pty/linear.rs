//! A review line by line, as a screen reader reads it: what is asked for, and what ends it.

use std::time::Duration;

use certdeck::simulator::{Options, Simulator, demo_keys};

use super::driver::{Session, Setup};

const CA: &str = "Acme Issuing CA G2 EU";
const NAME: &str = "Type the name of the CA in full:";

/// The review of a request, up to the question for the name.
fn asked(words: &[&str]) -> Session {
    let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), words).size(100, 60).start();
    if words.contains(&"--plain") {
        session.wait("Id of the request to review");
        session.send("RR-0412\r");
        session.wait("Type approve or reject");
        session.send("approve\r");
    }
    session.wait(NAME);
    session
}

/// Answers a question, once it stands there for the `nth` time.
fn answer(session: &mut Session, question: &str, nth: usize, text: &str) {
    session.until(question, |session| session.text().matches(question).count() >= nth);
    session.send(&format!("{text}\r"));
}

#[test]
fn all_that_is_known_is_read_out_and_ctrl_c_ends_the_countdown() {
    let mut session = asked(&["--demo", "--plain"]);
    let text = session.text();
    for words in [
        "Review: approve the revocation.",
        "asked by ops-two",
        "Comment: \"EU issuing moved to G3",
        "If you approve, clients stop trusting",
        "CAs below it: 2",
        "Unexpired certificates:",
        "Check 1, passed: ops-two made this request, not you.",
        "Check 8, not met yet:",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    answer(&mut session, NAME, 1, &CA.to_lowercase());
    session.wait("Not accepted: small and capital letters differ.");
    answer(&mut session, NAME, 2, CA);
    answer(&mut session, "Your comment:", 1, "short");
    session.wait("Not accepted: the comment has 5 of at least 10 characters.");
    answer(&mut session, "Your comment:", 2, "CHG-88213 checked, G3 issues");
    answer(&mut session, "Type approve to approve the revocation", 1, "approve");
    session.wait("It is sent in 10 s; ctrl-c stops it.");
    session.send("\u{3}");
    session.ends(3);
    let bytes = String::from_utf8_lossy(&session.bytes).into_owned();
    assert!(bytes.contains("Stopped: nothing was sent.") && !bytes.contains('\u{1b}'), "{bytes}");
}

#[test]
fn d16_lines_that_are_pasted_ahead_do_not_count_and_another_word_ends_it() {
    let mut session = asked(&["--demo", "ca", "requests", "approve", "RR-0412"]);
    session.send(&format!("{CA}\rCHG-88213 checked, G3 issues\rapprove\rapprove\r"));
    session.wait("What was typed or pasted before the question does not count.");
    answer(&mut session, "Your comment:", 1, "CHG-88213 checked, G3 issues");
    answer(&mut session, "Type approve to approve the revocation", 1, "yes");
    session.ends(3);
    assert!(session.text().contains("Stopped: nothing was sent."), "{}", session.text());
}

#[test]
fn d17_a_name_that_is_not_typed_in_three_tries_sends_nothing() {
    let mut session = asked(&["--demo", "--plain"]);
    for nth in 1..=3 {
        answer(&mut session, NAME, nth, "Acme Issuing CA G3 EU");
    }
    session.ends(9);
    assert!(session.text().contains("nothing was sent"), "{}", session.text());
}

/// The countdown itself is waited for: nothing can make it shorter than 10 s.
#[test]
fn an_approval_line_by_line_is_sent_once_after_its_countdown() {
    let mut session = asked(&["--demo", "ca", "requests", "approve", "RR-0412", "-o", "json"]);
    answer(&mut session, NAME, 1, CA);
    answer(&mut session, "Your comment:", 1, "CHG-88213 checked, G3 issues");
    answer(&mut session, "Type approve to approve the revocation", 1, "approve");
    session.wait("It is sent in 10 s");
    assert_eq!(session.ended(Duration::from_mins(1)), 0, "{}", session.text());
    let text = session.text();
    assert!(text.contains("Done, and read back.") && text.contains("\"sent\":true"), "{text}");
}

#[test]
fn d12_what_changes_while_it_is_typed_is_read_out_and_nothing_is_sent() {
    let simulator = Simulator::spawn(Options { start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let words = ["ca", "requests", "approve", "RR-0412", "--config", "c.toml"];
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &words).size(100, 60);
    let url = simulator.urls().one;
    let text = format!(
        "[context.lab]\nenvironment = \"demo\"\n[context.lab.one]\nurl = \"{url}\"\nkey = {{ env = \"ONE_KEY\" }}\n"
    );
    let file = setup.home().join("c.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut session = setup.env("ONE_KEY", &demo_keys().one).start();
    answer(&mut session, NAME, 1, CA);
    answer(&mut session, "Your comment:", 1, "CHG-88213 checked, G3 issues");
    session.wait("Type approve to approve the revocation");
    assert!(simulator.control().edit_request("RR-0412", "key_compromise", "another comment"));
    session.send("approve\r");
    assert_eq!(session.ended(Duration::from_mins(1)), 9, "{}", session.text());
    let text = session.text();
    assert!(text.contains("Changed: request.comment was") && text.contains("and is \"another comment\""), "{text}");
    assert!(simulator.control().requests().iter().all(|seen| seen.method == "GET"));
}
