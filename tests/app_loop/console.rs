//! The page of a row in the web console.

use certdeck::{
    app::{Environment, Place, Setting},
    domain::{Failure, FailureKind, page::Page},
    flow::{Call, CallKey, Consoles, Effect, Reply, ScreenId},
};

use super::support::{
    sample,
    stage::{self, Stage},
};

fn stage(pages: &[(ScreenId, &str)]) -> Stage {
    let pages = pages.iter().map(|(screen, page)| (*screen, Page::parse(page).expect("a page")));
    let place = stage::place("acme-corp", Environment::Production);
    let place = Place { consoles: Consoles::new(pages), ..place };
    sample::read(Stage::with(Setting { place, ..stage::setting() }, (120, 40)))
}

/// The addresses that were opened.
fn opened(stage: &mut Stage) -> Vec<String> {
    let of = |effect: Effect| match effect {
        Effect::Call { key: CallKey::Browser, call: Call::Browse(address), .. } => Some(address),
        _ => None,
    };
    std::mem::take(&mut stage.effects).into_iter().filter_map(of).collect()
}

#[test]
fn each_screen_opens_its_page_about_the_row() {
    let mut stage = stage(&[
        (ScreenId::Acme, "https://cc.example.com/contracts/{id}"),
        (ScreenId::Cas, "https://one.example.com/ca/{id}/details"),
        (ScreenId::Reports, "https://cc.example.com/reports?id={id}"),
        (ScreenId::Audit, "https://one.example.com/audit"),
    ]);
    stage.keys("3");
    assert!(stage.text().contains("o console"), "{}", stage.text());
    stage.keys("2 o 3 o 4 o 5 o");
    let opened = opened(&mut stage);
    assert_eq!(opened.len(), 4, "{opened:?}");
    let contracts: Vec<String> = sample::certificates().iter().map(|row| row.contract().to_string()).collect();
    let contract = opened[0].strip_prefix("https://cc.example.com/contracts/").unwrap();
    assert!(contracts.iter().any(|id| id == contract), "{opened:?}");
    assert_eq!(opened[1], format!("https://one.example.com/ca/{}/details", sample::cas()[0].id));
    assert!(
        sample::history().iter().any(|report| opened[2].ends_with(&format!("?id={}", report.report))),
        "{opened:?}"
    );
    assert_eq!(opened[3], "https://one.example.com/audit");
    assert!(stage.text().contains("Opening https://one.example.com/audit."), "{}", stage.text());
    stage.answer(CallKey::Browser, Ok(Reply::Nothing));
    assert!(stage.text().contains("Opening https://one.example.com/audit."), "{}", stage.text());
}

#[test]
fn a_browser_that_does_not_open_leaves_the_address() {
    let mut stage = stage(&[(ScreenId::Cas, "https://one.example.com/ca")]);
    stage.keys("3 o");
    let failure = Failure::new(FailureKind::Configuration, "no browser opens (xdg-open: entity not found)");
    stage.answer(CallKey::Browser, Err(failure.hint("set BROWSER, or open it yourself: https://one.example.com/ca")));
    let text = stage.text();
    assert!(text.contains("no browser opens") && text.contains("https://one.example.com/ca"), "{text}");
}

#[test]
fn a_screen_without_a_page_says_so() {
    let mut bare = sample::ready((120, 40));
    bare.keys("3 o");
    assert!(bare.text().contains("o: this context has no web console."), "{}", bare.text());
    let mut stage = stage(&[(ScreenId::Cas, "https://one.example.com/ca")]);
    stage.keys("1 o");
    assert!(stage.text().contains("o: no web console has this screen."), "{}", stage.text());
    assert_eq!(opened(&mut stage), Vec::<String>::new());
}
