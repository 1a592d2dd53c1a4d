//! A key that is changed at its service while the dashboard runs.

use std::sync::Arc;

use certdeck::{
    app::{Environment, Setting},
    simulator::{Fault, Rule},
    store::{Place, Store},
};

use super::support::{
    rig::{self, Loan, Rig},
    stage::{self, NOW},
};

const SIZE: (u16, u16) = (120, 40);

fn rig(settings: certdeck::client::Settings, store: &Store) -> Rig {
    let lab = stage::place("lab", Environment::Test);
    let setting = Setting { place: lab.clone(), places: vec![lab], ..rig::setting() };
    Rig::among(vec![("lab".to_owned(), settings)], Some(store.clone()), setting, SIZE)
}

#[test]
fn c09_the_loop_fetches_a_refused_key_once_and_ends_no_sorting_and_no_keeping() {
    let store = Store::open(Place::Memory, Arc::new(|| NOW));
    let loan = Loan::new();
    let mut rig = rig(loan.settings(), &store);
    rig.start();
    rig.keys("5");
    assert!(rig.app().estate().audit.rows().len() > 100, "a list that is looked through outside");
    let (newest, opened) = (rig.selected(), rig.opened());
    assert_eq!(opened, 1);
    rig.pass(3_600);
    let refused = ["/certificate-authority", "/account"].map(|path| Rule::new(path, Fault::ExpiredKey));
    loan.faults(refused);
    rig.type_keys("R G");
    rig.settle();
    assert_eq!(rig.opened(), 2, "the keys were fetched again, once");
    assert_ne!(rig.selected(), newest, "the look at the oldest came to its end");
    assert_eq!(rig.app().estate().acme.read_at(), Some(NOW + jiff::SignedDuration::from_hours(1)));
    let gone = Loan::fresh().settings();
    let mut next = self::rig(gone, &store);
    next.start();
    assert_eq!(next.app().estate().acme.read_at(), rig.app().estate().acme.read_at(), "and the keeping");
    let asked = |loan: &Loan| loan.requests().iter().filter(|seen| seen.path.starts_with("/certificate-")).count();
    let before = asked(&loan);
    for _ in 0..5 {
        rig.pass(600);
        rig.tick();
    }
    assert_eq!((asked(&loan), rig.opened()), (before, 2), "a key that was refused twice is not used by itself");
    loan.faults([]);
    rig.keys("R");
    assert!(asked(&loan) > before && rig.app().estate().cas.failure().is_none(), "until somebody reads again");
}
