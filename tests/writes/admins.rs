//! A second administrator who acts at any moment between what was shown and what is sent.

use certdeck::{
    domain::ca::{
        RequestStatus,
        decision::{By, Fate, Process},
    },
    writes::Point,
};
use jiff::Timestamp;

use super::model::{Net, OTHER, Run, Server, intent};

/// What the other one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Approve,
    Reject,
    Cancel,
    Edit,
}

/// When the other one acts, in the order of the way.
const MOMENTS: [Point; 5] = [Point::Begun, Point::IntentKept, Point::ReadAgain, Point::SentKept, Point::Answered];

/// A thousand schedules. Nothing is sent when the change came before the last look. What comes behind it, in the last
/// round trip, no client can see: a decision is refused by the service then, and an edit is the risk that stays.
#[test]
fn d10_d12_a_second_administrator_never_has_a_changed_request_sent() {
    let mut dice = fastrand::Rng::with_seed(20_261_121);
    let (mut wrong, mut stopped, mut refused, mut unseen) = (0, 0, 0, 0);
    for schedule in 0..1_000 {
        let act = [Act::Approve, Act::Reject, Act::Cancel, Act::Edit][dice.usize(0..4)];
        let when = MOMENTS[dice.usize(0..MOMENTS.len())];
        let net = Net::ALL[dice.usize(0..Net::ALL.len())];
        let mut now: Timestamp = "2026-11-21T14:02:31Z".parse().unwrap();
        let (mut server, mut journal) = (Server::new(), Vec::new());
        let shown = server.read(now);
        // In a third of them it happens while the page is open, before anything begins.
        let early = dice.u8(0..3) == 0;
        if early {
            perform(act, &mut server, now);
        }
        let mut acts = |point: Point, server: &mut Server, now: Timestamp| {
            if point == when && !early {
                perform(act, server, now);
            }
            false
        };
        let mut process = Process::new(intent(&shown));
        let mut run =
            Run { server: &mut server, journal: &mut journal, now: &mut now, net, crash: &mut acts, shown: Vec::new() };
        run.follow(&mut process);
        let scene = format!("{schedule}: {act:?} {when:?} early {early} {net:?} {:?} {server:?}", process.fate());
        let before_the_look = early || matches!(when, Point::Begun | Point::IntentKept);
        wrong += u32::from(before_the_look && server.sends > 0);
        assert!(server.sends <= 1, "{scene}");
        match process.fate() {
            Fate::Stopped { .. } => {
                assert!(before_the_look, "{scene}");
                stopped += 1;
            }
            Fate::Applied(By::Me) => assert!(server.is_mine(), "{scene}"),
            Fate::Refused { .. } | Fate::Decided { .. } | Fate::Applied(By::Other(_)) => {
                assert!(!server.is_mine(), "{scene}");
                refused += 1;
            }
            _ => assert!(!before_the_look, "{scene}"),
        }
        let in_the_last_round_trip = matches!(when, Point::ReadAgain | Point::SentKept);
        unseen += u32::from(act == Act::Edit && !early && in_the_last_round_trip && server.writes == 1);
    }
    println!("1000 schedules: {wrong} wrong, {stopped} stopped, {refused} decided by the other, {unseen} edits unseen");
    assert_eq!(wrong, 0);
    assert!(stopped > 300 && refused > 50);
}

fn perform(act: Act, server: &mut Server, now: Timestamp) {
    match act {
        Act::Approve => server.decide(RequestStatus::Approved, OTHER, now),
        Act::Reject => server.decide(RequestStatus::Rejected, OTHER, now),
        Act::Cancel => server.decide(RequestStatus::Cancelled, OTHER, now),
        Act::Edit => server.comment = "another reason".into(),
    }
}
