use std::time::Duration;

use rustix::process::Signal;

use super::{
    bytes::assert_own,
    driver::{END, Session, Setup},
};

const ENDING: [(Signal, u32); 4] = [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)];

#[test]
fn u04_signals_that_end_restore_the_terminal() {
    for (signal, code) in ENDING {
        let mut session = Setup::demo().start().open();
        assert!(session.terminal.screen().alternate_screen() && session.terminal.screen().bracketed_paste());
        session.signal(signal);
        session.ends(code);
        assert_own(&session.bytes);
    }
}

#[test]
fn u04_a_signal_in_the_first_moment_restores_the_terminal() {
    for (signal, code) in ENDING {
        let mut session = Setup::demo().start();
        session.until("the first byte", |session| !session.bytes.is_empty());
        session.signal(signal);
        session.ends(code);
    }
}

fn is_stopped(session: &Session) -> bool {
    session.proc("stat").rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
}

#[test]
fn u05_stopped_and_continued_it_draws_again() {
    let mut session = Setup::demo().start().read();
    session.send("2");
    session.settle('Z');
    let body = session.body();
    for round in 0..6 {
        if round % 2 == 0 {
            session.send("\u{1a}");
        } else {
            session.signal(Signal::TSTP);
        }
        session.until("the stop", is_stopped);
        session.until("the terminal of before", Session::is_restored);
        session.forget();
        session.signal(Signal::CONT);
        session.until("the same screen", |session| {
            session.terminal.screen().alternate_screen() && session.line(0).contains("DEMO") && session.body() == body
        });
        assert!(session.terminal.screen().hide_cursor() && session.terminal.screen().bracketed_paste());
        session.settle(['Z', 'X', 'U'][round % 3]);
    }
    assert_own(&session.bytes);
    session.send("Q");
    session.ends(0);
}

#[test]
fn u05_stopped_by_force_it_draws_again() {
    let mut session = Setup::demo().start().read();
    session.send("2");
    session.settle('Z');
    let body = session.body();
    session.signal(Signal::STOP);
    session.until("the stop", is_stopped);
    session.forget();
    session.signal(Signal::CONT);
    session.until("the same screen", |session| session.line(0).contains("DEMO") && session.body() == body);
    session.signal(Signal::TSTP);
    session.until("the stop", is_stopped);
    session.signal(Signal::TERM);
    session.signal(Signal::CONT);
    session.ends(143);
}

/// A process that has ended stays until it is waited for.
fn ends_alone(session: &mut Session) {
    let code = session.ended(END + Duration::from_millis(200));
    assert_eq!(code, 129);
}

#[test]
fn u07_a_terminal_that_goes_away_ends_the_program() {
    let mut session = Setup::demo().start().open();
    session.hang_up();
    ends_alone(&mut session);
}

#[test]
fn u07_a_terminal_that_goes_away_without_a_signal_ends_the_program() {
    let mut session = Setup::demo().not_controlling().start().open();
    session.hang_up();
    ends_alone(&mut session);
}
