//! Two names never make the same frame, however they are written.

use std::sync::Arc;

use certdeck::{
    domain::Clean,
    flow::{CallKey, Reply, SourceId},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use ratatui::buffer::Buffer;

use super::desk::{self, ca, fill, opened, pass, reading, request};
use crate::support::sample;

/// The review of a CA with this name; all else is the same.
fn frame(name: &str, size: (u16, u16)) -> Buffer {
    let mut stage = desk::asked(size);
    stage.slow = true;
    let mut named = ca("g2-eu");
    named.name = Clean::new(name);
    let at = stage.now;
    stage.answer(CallKey::Look, Ok(desk::looked(reading(named, request("RR-0412"), at))));
    stage.answer(CallKey::Survey, Ok(Reply::Surveyed(Box::new(desk::impact("g2-eu", at)))));
    stage.frame()
}

/// Names that are easily taken for one another.
fn hostile() -> impl Strategy<Value = String> {
    let plain = "Acme Issuing CA G2";
    let hidden = proptest::sample::select(vec![
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\u{3164}",
        "\u{e0041}",
        "\u{2028}",
        "\u{7}",
        " ",
        "\u{a0}",
        "  ",
        "<U+202E>",
        "␣",
        "! hidden",
        "\u{0301}",
        "\u{ad}",
    ]);
    let alike =
        proptest::sample::select(vec![("A", "\u{410}"), ("c", "\u{441}"), ("I", "l"), ("G", "\u{262}"), (" ", "")]);
    let put = |at: usize, text: &str| {
        let at = at.min(plain.len());
        format!("{}{text}{}", &plain[..at], &plain[at..])
    };
    prop_oneof![
        Just(plain.to_owned()),
        (0..19_usize, hidden).prop_map(move |(at, text)| put(at, text)),
        alike.prop_map(move |(from, to)| plain.replacen(from, to, 1)),
        // As long as 4 KiB, different in one place alone.
        (30..4_096_usize, 0..4_096_usize, "[ab ]").prop_map(|(length, at, other)| {
            let mut text = "a".repeat(length);
            text.replace_range(at % length..=at % length, &other);
            text
        }),
        "\\PC{0,60}",
    ]
}

#[test]
fn t05_t07_d17_two_names_never_make_the_same_page() {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(hostile(), hostile()), |(one, two)| {
        let (first, second) = (Clean::new(&one), Clean::new(&two));
        // Whose text and mark are the same is told apart by its id and its serial.
        prop_assume!(first != second || first.is_marked() != second.is_marked());
        for size in [(120, 40), (80, 24)] {
            prop_assert!(frame(&one, size) != frame(&two, size), "{one:?} and {two:?} look the same at {size:?}");
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|error| error.to_string()).unwrap_or_default());
    let cut = ["x".repeat(4_095) + "1", "x".repeat(4_095) + "2"];
    assert!(frame(&cut[0], (80, 24)) != frame(&cut[1], (80, 24)), "names that differ where they are cut");
}

/// What tells a CA from the others is made once for each read, not for each frame, key or second.
#[test]
fn the_names_of_all_cas_are_gone_over_once_for_a_read() {
    let mut stage = opened((120, 40));
    let names = Arc::clone(&stage.app.estate().ca_names);
    fill(&mut stage);
    for _ in 0..20 {
        pass(&mut stage, 1);
        stage.frame();
    }
    stage.keys("Esc Tab {Acme}");
    assert!(Arc::ptr_eq(&names, &stage.app.estate().ca_names));
    let cas = sample::replies().into_iter().find(|(source, _)| *source == SourceId::Cas).expect("CAs").1;
    stage.reply(SourceId::Cas, Ok(cas));
    assert!(!Arc::ptr_eq(&names, &stage.app.estate().ca_names), "a new read has new names");
}
