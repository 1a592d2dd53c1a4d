//! Programs that are killed on the way of an intent: the next one knows what may have happened, and sends nothing.
//!
//! The program is this very test, run again: it says when it has come to its point, and stays there until it is killed.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::{Client, OneSettings, Settings, Timeouts},
    domain::{
        ca::{
            RequestStatus,
            decision::{By, Errand, Fate, Operation},
        },
        ids::{CaId, RequestId},
    },
    simulator::{Fault, FaultPlan},
    store::Verdict,
    writes::{Around, Decision, Point, Writer},
};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::rig::{REQUEST, Rig, START, context, passed, store};

/// The point at which the program stays; without it this is the test.
const POINT: &str = "CERTDECK_TEST_POINT";
const BASE: &str = "CERTDECK_TEST_BASE";
const FOLDER: &str = "CERTDECK_TEST_FOLDER";
const CA: &str = "CERTDECK_TEST_CA";
const REACHED: &str = "reached";

/// Stays at a point for ever.
struct Staying {
    at: Point,
    by: AtomicI64,
}

impl Around for Staying {
    fn now(&self) -> Timestamp {
        START.checked_add(SignedDuration::from_secs(self.by.load(Ordering::Relaxed))).unwrap()
    }

    fn pause(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.by.fetch_add(i64::try_from(wait.as_secs()).unwrap(), Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }

    fn reached(&self, point: Point) -> BoxFuture<'static, ()> {
        if point != self.at {
            return Box::pin(std::future::ready(()));
        }
        println!("\n{REACHED}");
        Box::pin(std::future::pending())
    }
}

/// The program: approves, and stays at its point.
#[tokio::test]
async fn d14_the_program() {
    let Ok(point) = std::env::var(POINT) else { return };
    let var = |name: &str| std::env::var(name).unwrap();
    let at = Point::ALL.into_iter().find(|known| format!("{known:?}") == point).unwrap();
    let key = SecretString::from(certdeck::simulator::demo_keys().one);
    let one = OneSettings { url: var(BASE), ..OneSettings::new(key) };
    let timeouts = Timeouts { total: Duration::from_millis(300), ..Timeouts::default() };
    let around = Arc::new(Staying { at, by: AtomicI64::new(0) });
    let clock = around.clone();
    let settings = Settings { one: Some(one), timeouts, ..Settings::default() };
    let network = Arc::new(certdeck::client::transport::Network::new(&settings));
    let client = Client::with_transport(settings, network, Arc::new(move || clock.now()));
    let errand = Errand {
        operation: Operation::ApproveRevocation,
        ca: CaId::new(&var(CA)),
        request: Some(RequestId::new(REQUEST)),
        reason: None,
        comment: "checked with the team".into(),
    };
    let shown = client.look(&errand).await.unwrap();
    let actor = client.one_me().await.unwrap();
    let writer = Writer::new(client, store(var(FOLDER).as_ref()), context(), around);
    let decision = Decision { errand: &errand, shown: &shown, impact: None, actor: &actor, checks: &passed() };
    let intent = writer.intent(decision).unwrap().0;
    writer.send(intent, &CancellationToken::new(), &mut |_| {}).await.unwrap();
}

struct Program(Child);

impl Program {
    async fn start(rig: &Rig, point: Point) -> Self {
        let ca = rig.errand(REQUEST, Operation::ApproveRevocation).await.ca;
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "kill::d14_the_program", "--nocapture"]);
        command.env(POINT, format!("{point:?}")).env(BASE, rig.base()).env(CA, ca.as_str());
        command.env(FOLDER, rig.folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// Kills it when it has come to its point, and what it has sent has arrived.
    fn kill(mut self, arrived: impl Fn() -> bool) {
        let out = BufReader::new(self.0.stdout.take().unwrap());
        let came = out.lines().map_while(Result::ok).any(|line| line == REACHED);
        assert!(came, "the program came to its point");
        while !arrived() {
            std::thread::yield_now();
        }
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// What a start finds, and what becomes of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_a_kill_at_each_of_ten_points_leaves_the_right_verdict_and_the_lock() {
    for point in Point::ALL {
        for applied in [true, false] {
            // A wait comes only where nothing has changed.
            if point == Point::Waited && applied {
                continue;
            }
            let rig = Rig::new();
            rig.wrong(Fault::Silence, applied);
            let sends = matches!(
                point,
                Point::Sending
                    | Point::Answered
                    | Point::AnswerKept
                    | Point::ReadBack
                    | Point::OutcomeKept
                    | Point::Waited
            );
            if point == Point::OutcomeKept && !applied {
                rig.wrong(Fault::Status { status: 409, retry_after: None }, false);
            }
            Program::start(&rig, point).await.kill(|| !sends || rig.writes().len() == 1);
            rig.control.set_faults(FaultPlan::default());
            let scene = format!("{point:?} applied {applied}");
            assert_eq!(rig.writes().len(), usize::from(sends), "{scene}");
            let (journal, ledger) = (store(rig.folder.path()), rig.writer().claim().await.unwrap());
            let Verdict { broken, .. } = journal.verify().await.unwrap();
            assert_eq!(broken, None, "{scene}");
            let found = ledger.trails().first().map(certdeck::domain::ca::decision::Trail::fate);
            let open = ledger.open().count();
            match (point, found) {
                (Point::Begun, None) | (Point::IntentKept | Point::ReadAgain, Some(Fate::NotSent(_))) => {
                    assert_eq!(open, 0, "{scene}");
                }
                (Point::OutcomeKept, Some(Fate::Applied(By::Me))) if applied => assert_eq!(open, 0, "{scene}"),
                (Point::OutcomeKept, Some(Fate::Refused { .. })) if !applied => assert_eq!(open, 0, "{scene}"),
                (
                    Point::SentKept
                    | Point::Sending
                    | Point::Answered
                    | Point::AnswerKept
                    | Point::ReadBack
                    | Point::Waited,
                    Some(Fate::Unknown(_)),
                ) => {
                    assert_eq!(open, 1, "{scene}");
                    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
                    assert!(ledger.lock(&errand.ca).is_some(), "{scene}");
                }
                (_, found) => panic!("{scene}: {found:?}"),
            }
            drop(journal);
            let fates = rig.restart().await;
            let is_mine = sends && applied;
            match fates.as_slice() {
                [] => assert_eq!(open, 0, "{scene}"),
                [Fate::Applied(By::Me)] => assert!(is_mine, "{scene}"),
                [Fate::StillPending { .. }] => assert!(!is_mine, "{scene}"),
                other => panic!("{scene}: {other:?}"),
            }
            let status = if is_mine { RequestStatus::Approved } else { RequestStatus::Pending };
            assert_eq!(rig.status(REQUEST), status, "{scene}");
            assert_eq!(rig.writes().len(), usize::from(sends), "a start sends nothing: {scene}");
            assert_eq!(rig.writer().claim().await.unwrap().open().count(), 0, "{scene}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d23_the_network_comes_back_after_three_hours_and_the_start_reads_first() {
    let rig = Rig::new();
    rig.wrong(Fault::Silence, true);
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let (intent, _) = rig.intent(&errand).await;
    Program::start(&rig, Point::Sending).await.kill(|| rig.writes().len() == 1);
    rig.control.set_faults(FaultPlan::always("/", Fault::ResetEarly));
    let [Fate::Unknown(_)] = rig.restart().await[..] else { panic!("nothing can be read") };
    rig.pass(3 * 3_600);
    let locked = rig.send(intent.clone()).await.unwrap_err();
    assert!(locked.title.contains("is locked here"), "{locked}");
    rig.control.set_faults(FaultPlan::default());
    assert_eq!(rig.restart().await, [Fate::Applied(By::Me)]);
    // The lock is gone; the same intent is stopped by what it reads.
    let again = rig.send(intent).await.unwrap();
    assert!(matches!(again.fate(), Fate::Stopped { .. }));
    assert_eq!(rig.writes().len(), 1);
}
