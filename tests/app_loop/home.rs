//! Home: every line opens its screen with the filter that made it, which shows as many rows as the line says.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use certdeck::{
    flow::{Msg, ScreenId},
    store::{Place, Store},
};
use jiff::SignedDuration;

use crate::support::{
    rig::{self, Loan, Rig},
    stage::NOW,
};

const HOUR: i64 = 3_600;

/// A loop with a store whose clock goes with it, yesterday's snapshots in it, and today's lists read.
pub fn of_yesterday(loan: &Loan, size: (u16, u16), between: impl FnOnce(&Loan)) -> Rig {
    let later = Arc::new(AtomicI64::new(0));
    let by = Arc::clone(&later);
    let clock = move || NOW + SignedDuration::from_secs(by.load(Ordering::Relaxed));
    let store = Store::open(Place::Memory, Arc::new(clock));
    let mut rig = Rig::among(vec![("demo".to_owned(), loan.settings())], Some(store), rig::setting(), size);
    rig.start();
    between(loan);
    later.store(25 * HOUR, Ordering::Relaxed);
    rig.pass(25 * HOUR);
    rig.keys("R");
    rig
}

/// What happens to the services between two days.
pub fn happens(loan: &Loan) {
    let control = loan.control();
    assert!(control.edit_request("RR-0412", "key_compromise", "another comment"));
    control
        .request_revocation("Acme Payments CA 2", "superseded", "its successor is in use", "ops-two")
        .expect("a request");
}

/// The line under the cursor, wherever it stands.
fn selected(rig: &Rig) -> String {
    let text = rig.text();
    let line = text.lines().find(|line| line.contains('▌')).unwrap_or_default();
    line[line.find('▌').unwrap_or_default()..].trim_start_matches('▌').trim().to_owned()
}

/// Numbers of a line, in order.
fn numbers(line: &str) -> Vec<usize> {
    let words = line.split(|c: char| !(c.is_ascii_digit() || c == ','));
    words.filter_map(|word| word.replace(',', "").parse().ok()).collect()
}

/// `shown` of `N of M` in a title.
fn shown(rig: &Rig, total: usize) -> usize {
    let total = certdeck::ui::text::count(total);
    let text = rig.text();
    let title = text.lines().nth(3).expect("a title");
    let at = title.find(&format!(" of {total} "));
    assert!(at.is_some(), "no {total} in {title}");
    let at = at.unwrap_or_default();
    *numbers(&title[..at]).last().expect("a number")
}

/// Rows of the tree with a late CRL: its sign is the last but one of the row.
fn late_crls(text: &str) -> usize {
    let rows = text.lines().skip_while(|line| !(line.contains("STATE") && line.contains("CRL"))).skip(1);
    let rows = rows.take_while(|line| !line.contains("REQUESTS")).filter_map(|line| line.split('│').next());
    rows.filter(|row| row.split_whitespace().rev().nth(1) == Some("!")).count()
}

/// Opens the line at a place of home.
fn open(rig: &mut Rig, place: usize) -> String {
    rig.type_keys("1 gg");
    for _ in 0..place {
        rig.type_keys("j");
    }
    rig.settle();
    let line = selected(rig);
    rig.keys("Enter");
    line
}

/// Narrow, so that all lines stand below each other, and tall, so that all show.
const LIST: (u16, u16) = (59, 80);

#[test]
fn every_line_of_home_opens_as_many_rows_as_it_says() {
    let loan = Loan::fresh();
    let mut rig = of_yesterday(&loan, LIST, happens);
    let estate = |rig: &Rig| {
        let estate = rig.app().estate();
        (estate.acme.rows().len(), estate.reports.rows().len(), estate.changes.list().rows().len())
    };
    let (certificates, reports, changes) = estate(&rig);
    assert!(changes >= 3, "{changes} changes");
    let (mut seen, mut last) = (Vec::new(), String::new());
    for place in 0..90 {
        let line = open(&mut rig, place);
        if line == last {
            break;
        }
        last.clone_from(&line);
        let screen = rig.app().current();
        let said = numbers(&line);
        if screen == ScreenId::Cas {
            // The columns of CRLs show where there is room.
            rig.handle(Msg::Resize(120, 60));
            rig.settle();
        }
        let is_week =
            line.get(2..3) == Some(" ") && line.get(3..6).is_some_and(|month| month.chars().all(char::is_alphabetic));
        let (promised, found) = match screen {
            ScreenId::Acme if is_week => (said[1], shown(&rig, certificates)),
            ScreenId::Acme if line.starts_with("RENEWALS") => {
                let renewed = rig.app().estate().judgement.forecast().expect("a forecast").live;
                (renewed, shown(&rig, certificates))
            }
            ScreenId::Acme => {
                let decide = if line.contains("· ") { said[1] } else { 0 };
                (said[0] + decide, shown(&rig, certificates))
            }
            ScreenId::Reports => (said[0], shown(&rig, reports)),
            ScreenId::Changes => (said[0], shown(&rig, changes)),
            ScreenId::Cas if line.contains("nextUpdate") => (said[0], late_crls(&rig.text())),
            ScreenId::Cas if line.starts_with("CAs") => (said.iter().sum(), rig.app().estate().cas.rows().len()),
            ScreenId::Cas => {
                let text = rig.text();
                let before = |words: &str| text.find(words).map_or(0, |at| numbers(&text[..at]).pop().unwrap_or(0));
                (said[0], before(" to answer") + before(" yours"))
            }
            ScreenId::Home => (said[0], rig.notice().matches("contracts)").count()),
            ScreenId::Audit => (0, 0),
        };
        assert_eq!(found, promised, "{line}\n{}", rig.text());
        rig.handle(Msg::Resize(LIST.0, LIST.1));
        seen.push((screen, line));
    }
    let of = |screen| seen.iter().filter(|(of, _)| *of == screen).count();
    assert!(of(ScreenId::Acme) >= 12 + 1 + 3, "{seen:#?}");
    for (screen, least) in [(ScreenId::Cas, 3), (ScreenId::Changes, 2), (ScreenId::Reports, 1), (ScreenId::Home, 1)] {
        assert!(of(screen) >= least, "{screen:?}: {seen:#?}");
    }
    assert!(of(ScreenId::Audit) >= 10, "{seen:#?}");
}

#[test]
fn the_cas_of_home_open_one_by_one() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    let first = |rig: &mut Rig| {
        // Needs, weeks, load, CAs: nothing changed, since this is the first day.
        rig.keys("1 gg J J J");
        selected(rig)
    };
    assert!(first(&mut rig).contains(" late"), "{}", rig.text());
    for place in 0..4 {
        first(&mut rig);
        for _ in 0..place {
            rig.keys("j");
        }
        let line = selected(&rig);
        let name: String = line.trim_start_matches(['!', '✓', ' ']).chars().take(12).collect();
        rig.keys("Enter");
        assert!(rig.app().current() == ScreenId::Cas && rig.selected().contains(&name), "{line}\n{}", rig.text());
    }
}

#[test]
fn the_cursor_goes_from_section_to_section_and_stays_on_its_line() {
    let loan = Loan::fresh();
    let mut rig = of_yesterday(&loan, (120, 40), happens);
    let starts = |rig: &mut Rig, key: &str| -> Vec<String> {
        (0..6)
            .map(|_| {
                rig.keys(key);
                selected(rig).chars().take(24).collect()
            })
            .collect()
    };
    rig.keys("1 gg");
    let home = selected(&rig);
    let mut forward = starts(&mut rig, "Tab");
    assert!(selected(&rig) == home, "after six sections the first: {forward:?}");
    assert_eq!(starts(&mut rig, "J"), forward);
    forward.rotate_right(1);
    forward.reverse();
    forward.rotate_left(1);
    let backward = starts(&mut rig, "shift-Tab");
    assert_eq!(backward.len(), forward.len());
    rig.keys("gg Tab Tab j j");
    let week = selected(&rig);
    rig.keys("R");
    assert_eq!(selected(&rig), week, "reading again keeps the cursor");
    rig.keys("G");
    rig.shows("▌");
    rig.keys("gg");
    rig.shows("NEEDS YOU");
}

#[test]
fn a_small_screen_follows_the_cursor() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), (60, 16));
    rig.keys("1");
    rig.shows("NEEDS YOU");
    for _ in 0..30 {
        rig.keys("j");
        rig.shows("▌");
    }
    rig.hides("NEEDS YOU");
}
