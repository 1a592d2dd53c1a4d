//! What a revocation would touch, counted on the hierarchy without a request.

use certdeck::flow::{Ask, Call, CallKey, Effect, Reply, ScreenId, Slot};

use crate::{
    desk,
    support::{sample, stage::NOW},
};

const KEY: CallKey = CallKey::Screen(ScreenId::Cas, Slot::Impact);

#[test]
fn i_counts_for_the_selected_ca_and_says_what_is_not_known() {
    for (size, back) in [((120, 50), ""), ((80, 40), "Esc")] {
        let mut stage = sample::ready(size);
        stage.keys("3 j j j j");
        stage.effects.clear();
        stage.keys("i");
        let asks = |effect: &Effect| match effect {
            Effect::Call { key: KEY, call: Call::Ask(Ask::Survey(ca)), .. } => Some(ca.to_string()),
            _ => None,
        };
        assert_eq!(stage.effects.iter().filter_map(asks).collect::<Vec<_>>(), ["g2-eu"]);
        assert!(stage.text().contains("counting…"), "{}", stage.text());
        stage.answer(KEY, Ok(Reply::Surveyed(Box::new(desk::impact("g2-eu", NOW)))));
        for words in ["IF IT IS REVOKED", "0 s ago · i again", "at least 4,118", "RR-0409", "Not known", "of 1 CA"] {
            assert!(stage.text().contains(words), "{words}: {}", stage.text());
        }
        stage.keys(&format!("{back} j"));
        assert!(!stage.text().contains("IF IT IS REVOKED"), "another CA was not counted: {}", stage.text());
        stage.keys("i");
        stage.answer(KEY, Err(sample::failure()));
        assert!(stage.text().contains("i again") && stage.text().contains("! "), "{}", stage.text());
    }
}

#[test]
fn i_on_a_request_counts_for_its_ca() {
    let mut stage = sample::ready((120, 50));
    stage.keys("3 A");
    stage.effects.clear();
    stage.keys("i");
    let asked = stage.effects.iter().any(|effect| {
        matches!(effect, Effect::Call { key: KEY, call: Call::Ask(Ask::Survey(ca)), .. } if ca.as_str() == "g2-eu")
    });
    assert!(asked, "{:?}", stage.effects);
}
