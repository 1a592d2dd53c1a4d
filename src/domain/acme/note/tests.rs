use super::*;

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

fn event(tail: &str, what: Deed) -> NoteEvent {
    let key = AcmeKey { account: AccountId::new("90210"), contract: ContractId::new("12345"), tail: tail.into() };
    NoteEvent { key, at: NOW, who: "ops-one".into(), what }
}

#[test]
fn a_snooze_reads_a_time_a_date_and_the_next_serial() {
    let at = |text: &str| Until::At(text.parse().expect("a moment"));
    assert_eq!(Until::parse("3d", NOW), Ok(at("2026-11-24T14:02:31Z")));
    assert_eq!(Until::parse(" 72h ", NOW), Ok(at("2026-11-24T14:02:31Z")));
    assert_eq!(Until::parse("2026-12-01", NOW), Ok(at("2026-12-01T00:00:00Z")));
    assert_eq!(Until::parse("Next", NOW), Ok(Until::NextSerial));
    for past in ["2026-11-21", "-3d", "0d"] {
        assert_eq!(Until::parse(past, NOW), Err(UntilError::Past(past.into())), "{past}");
    }
    for wrong in ["", "soon", "3", "d", "2026-13-01", "9999999999999d", "\u{1b}[2J"] {
        let error = Until::parse(wrong, NOW).expect_err(wrong).to_string();
        assert!(error.starts_with("a snooze ends after a time (3d, 72h)"), "{error}");
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}

#[test]
fn events_are_the_same_behind_the_journal() {
    let deeds = [
        Deed::Acknowledge("waits for \"CHG-17\"".into()),
        Deed::Snooze(Until::At(NOW)),
        Deed::Snooze(Until::NextSerial),
        Deed::Owner("shop team".into()),
        Deed::Retire("moved".into()),
        Deed::Undo,
    ];
    for deed in deeds {
        for tail in ["0A1B", "-pay.example.com:pay.example.com,www.example.com"] {
            let event = event(tail, deed.clone());
            assert_eq!(NoteEvent::from_json(&event.to_json()), Ok(event));
        }
    }
}

#[test]
fn bad_text_is_an_error_and_unknown_members_are_left_out() {
    let sound = event("0A1B", Deed::Owner("shop".into())).to_json();
    let more = sound.replacen('{', "{\"later\":{\"new\":[1]},", 1);
    assert_eq!(NoteEvent::from_json(&more), NoteEvent::from_json(&sound));
    let long = event("0A1B", Deed::Acknowledge("x".repeat(TEXT + 1).into())).to_json();
    assert_eq!(NoteEvent::from_json(&long), Err(NoteError::TooLong));
    let unknown = sound.replace("owner", "delete");
    let never = event("0A1B", Deed::Snooze(Until::NextSerial)).to_json().replace("next", "never");
    for bad in ["", "{}", "[]", "null", "{\"at\":1}", &sound[..sound.len() - 1], &unknown, &never] {
        let error = NoteEvent::from_json(bad).expect_err(bad).to_string();
        assert!(error.starts_with("this is no note of triage"), "{error}");
    }
    // A file can be changed: what it holds is made safe again.
    let hostile = sound.replace("shop", "sh\\u001b]0;PWN\\u0007op");
    let read = NoteEvent::from_json(&hostile).expect("an event");
    assert!(matches!(read.what, Deed::Owner(owner) if owner == "sh^[]0;PWN^Gop" && owner.is_marked()));
}

#[test]
fn events_fold_into_what_stands_and_undo_takes_back_the_last() {
    let first = event("A1", Deed::Acknowledge("seen".into()));
    let second = event("A1", Deed::Acknowledge("seen again".into()));
    let events = [
        first.clone(),
        second,
        event("A1", Deed::Snooze(Until::NextSerial)),
        event("B2", Deed::Owner("shop".into())),
        event("A1", Deed::Undo),
        event("A1", Deed::Undo),
        event("B2", Deed::Undo),
        event("B2", Deed::Undo),
        event("C3", Deed::Retire("gone".into())),
    ];
    let notes = Note::fold(&events);
    let of = |tail: &str| notes.get(&event(tail, Deed::Undo).key);
    assert_eq!(
        of("A1"),
        Some(&Note { acknowledged: Some(first.stated(Clean::new("seen"))), ..Note::default() }),
        "the second note and the snooze were taken back"
    );
    assert_eq!(of("B2"), None, "nothing stands, and one undo too many does no harm");
    assert!(of("C3").is_some_and(|note| note.retired.is_some()));
    // A new serial is another key, and has no note.
    assert_eq!(of("A2"), None);
}
