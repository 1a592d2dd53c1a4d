//! The machine of a decision against a server, a network and a journal that are models, in every combination.

use certdeck::{
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            Ca, CaRequest, CaStatus, RequestStatus, RequestType,
            decision::{
                Answer, By, Errand, Event, Fate, Intent, IntentId, Ledger, Operation, Outcome, Process, Reading,
                Record, Shape, Snapshot, Step, Trail,
            },
        },
        digest::Digest,
        ids::{CaId, RequestId, UserId},
    },
    writes::Point,
};
use jiff::{SignedDuration, Timestamp};

const START: Timestamp = Timestamp::constant(1_795_519_200, 0);
pub const ME: &str = "u-one";
pub const OTHER: &str = "u-two";

/// What the network does to the one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    Refused,
    Tls,
    TimeoutBefore,
    TimeoutAfter,
    ResetBefore,
    ResetAfter,
    GatewayBefore,
    GatewayAfter,
    Portal,
    Redirect,
    EmptyAfter,
    Answers,
}

impl Net {
    pub const ALL: [Self; 12] = [
        Self::Refused,
        Self::Tls,
        Self::TimeoutBefore,
        Self::TimeoutAfter,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::GatewayBefore,
        Self::GatewayAfter,
        Self::Portal,
        Self::Redirect,
        Self::EmptyAfter,
        Self::Answers,
    ];

    /// Whether the request reaches the server.
    fn delivers(self) -> bool {
        matches!(self, Self::TimeoutAfter | Self::ResetAfter | Self::GatewayAfter | Self::EmptyAfter | Self::Answers)
    }

    fn outcome(self, answer: Answer) -> Outcome {
        let failure = || Failure::new(FailureKind::Network, format!("{self:?}"));
        let said =
            |status, shape| Outcome::Answered(Answer { status, listed: status == 200, shape, said: Clean::default() });
        match self {
            Self::Refused | Self::Tls => Outcome::NotSent(failure()),
            Self::TimeoutBefore | Self::TimeoutAfter | Self::ResetBefore | Self::ResetAfter => Outcome::Lost(failure()),
            Self::GatewayBefore | Self::GatewayAfter => said(502, Shape::Other),
            Self::Portal => said(200, Shape::Other),
            Self::Redirect => said(302, Shape::Empty),
            Self::EmptyAfter => said(200, Shape::Empty),
            Self::Answers => Outcome::Answered(answer),
        }
    }
}

/// What else happens at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Nothing.
    Quiet,
    /// Somebody else approves between the last look and the request.
    OtherApproves,
    /// Somebody else rejects there.
    OtherRejects,
    /// Somebody edits the request before the last look.
    Edited,
    /// What was done shows only after nearly five minutes.
    Lags,
}

impl World {
    pub const ALL: [Self; 5] = [Self::Quiet, Self::OtherApproves, Self::OtherRejects, Self::Edited, Self::Lags];
}

/// The register of the service, and who did what to the request.
#[derive(Debug, Clone)]
pub struct Server {
    pub comment: String,
    pub status: RequestStatus,
    pub by: Option<&'static str>,
    pub at: Option<Timestamp>,
    /// How long a change does not show.
    pub lag: SignedDuration,
    /// Requests that change something, as they arrived.
    pub writes: u32,
    /// Requests that left, whether they arrived or not.
    pub sends: u32,
}

impl Server {
    pub fn new() -> Self {
        Self {
            comment: "retired".into(),
            status: RequestStatus::Pending,
            by: None,
            at: None,
            lag: SignedDuration::ZERO,
            writes: 0,
            sends: 0,
        }
    }

    pub fn decide(&mut self, status: RequestStatus, by: &'static str, now: Timestamp) {
        if self.status == RequestStatus::Pending {
            (self.status, self.by, self.at) = (status, Some(by), Some(now));
        }
    }

    /// The request for an approval by me.
    fn write(&mut self, now: Timestamp) -> Answer {
        self.writes += 1;
        if self.status == RequestStatus::Pending {
            self.decide(RequestStatus::Approved, ME, now);
            return Answer { status: 204, listed: true, shape: Shape::Empty, said: Clean::default() };
        }
        Answer { status: 409, listed: false, shape: Shape::Error, said: format!("it is {}", self.status).into() }
    }

    /// True when it was me who approved.
    pub fn is_mine(&self) -> bool {
        self.by == Some(ME)
    }

    pub fn read(&self, now: Timestamp) -> Reading {
        let shows = self.at.is_some_and(|at| now.duration_since(at) >= self.lag);
        let request = CaRequest {
            id: RequestId::new("RR-1"),
            request_type: RequestType::Revocation,
            status: if shows { self.status.clone() } else { RequestStatus::Pending },
            ca: CaId::new("ca-1"),
            comment: self.comment.as_str().into(),
            requested_by: Some(UserId::new("u-three")),
            reviewed_by: self.by.filter(|_| shows).map(UserId::new),
            reviewed_by_name: self.by.filter(|_| shows).unwrap_or_default().into(),
            reviewed: self.at.filter(|_| shows).map_or_else(Default::default, Into::into),
            ..CaRequest::default()
        };
        let ca = Ca { id: CaId::new("ca-1"), name: "CA 1".into(), status: CaStatus::Active, ..Ca::default() };
        let snapshot = Snapshot { request: Some(request), ca, children: Some(0) };
        Reading { snapshot, requests: Vec::new(), read_at: now, skew: Some(0), audit: None }
    }
}

pub fn intent(shown: &Reading) -> Intent {
    let snapshot = &shown.snapshot;
    Intent {
        id: IntentId::new(1),
        errand: Errand {
            operation: Operation::ApproveRevocation,
            ca: snapshot.ca.id.clone(),
            request: snapshot.request.as_ref().map(|request| request.id.clone()),
            reason: None,
            comment: "checked by two".into(),
        },
        ca_name: snapshot.ca.name.clone(),
        actor: UserId::new(ME),
        actor_name: "ops-one".into(),
        key_hint: "0001".into(),
        host: "one.example.com".into(),
        shown: snapshot.canonical(),
        snapshot: snapshot.digest(),
        impact: None,
        body: Digest::of("{}"),
        checks: Vec::new(),
        at: shown.read_at,
    }
}

/// A run of the program: what is on the disk outlives it.
pub struct Run<'a> {
    pub server: &'a mut Server,
    pub journal: &'a mut Vec<(&'static str, String)>,
    pub now: &'a mut Timestamp,
    pub net: Net,
    /// Ends the program; gets what has happened so far.
    pub crash: &'a mut dyn FnMut(Point, &mut Server, Timestamp) -> bool,
    /// The fates that were shown.
    pub shown: Vec<Fate>,
}

impl Run<'_> {
    /// Goes on until the process rests, or the program ends.
    pub fn follow(&mut self, process: &mut Process) {
        let Some(mut step) = self.passes(Point::Begun).then(|| process.next(Event::Start, *self.now)).flatten() else {
            return;
        };
        loop {
            self.shown.push(process.fate().clone());
            self.tells_no_lie(process);
            let (event, point) = match step {
                Step::Rest => return,
                Step::Keep(record) => {
                    self.journal.push((record.kind(), record.to_json()));
                    let point = match record {
                        Record::Intent(_) => Point::IntentKept,
                        Record::Sent { .. } => Point::SentKept,
                        Record::Answered { .. } => Point::AnswerKept,
                        Record::Outcome { .. } => Point::OutcomeKept,
                    };
                    (Event::Kept, point)
                }
                Step::ReadAgain => (Event::Read(Box::new(self.server.read(*self.now))), Point::ReadAgain),
                Step::Send => {
                    assert_eq!(
                        self.journal.last().map(|entry| entry.0),
                        Some("sent"),
                        "nothing leaves before its entry"
                    );
                    self.server.sends += 1;
                    let answer = if self.net.delivers() {
                        self.server.write(*self.now)
                    } else {
                        Answer { status: 204, listed: true, shape: Shape::Empty, said: Clean::default() }
                    };
                    if !self.passes(Point::Sending) {
                        return;
                    }
                    self.pass(SignedDuration::from_secs(1));
                    (Event::Ended(self.net.outcome(answer)), Point::Answered)
                }
                Step::ReadBack => (Event::Read(Box::new(self.server.read(*self.now))), Point::ReadBack),
                Step::Wait(wait) => {
                    self.pass(SignedDuration::try_from(wait).unwrap());
                    (Event::Woke, Point::Waited)
                }
            };
            if !self.passes(point) {
                return;
            }
            let Some(next) = process.next(event, *self.now) else { panic!("an event that was due says nothing") };
            step = next;
        }
    }

    fn passes(&mut self, point: Point) -> bool {
        !(self.crash)(point, self.server, *self.now)
    }

    fn pass(&mut self, time: SignedDuration) {
        *self.now = self.now.checked_add(time).unwrap();
    }

    /// At no moment is anything shown as done that is not, or as failed that is done.
    fn tells_no_lie(&self, process: &Process) {
        let (fate, server) = (process.fate(), &self.server);
        match fate {
            Fate::Applied(By::Me) => assert!(server.is_mine(), "{fate:?} {server:?}"),
            Fate::Applied(By::Other(name)) => assert_eq!(Some(name.as_str()), server.by, "{server:?}"),
            Fate::Applied(By::NotKnown) => assert_eq!(server.status, RequestStatus::Approved, "{server:?}"),
            Fate::NotSent(_)
            | Fate::Stopped { .. }
            | Fate::Decided { .. }
            | Fate::Refused { .. }
            | Fate::StillPending { .. } => assert!(!server.is_mine(), "{fate:?} {server:?}"),
            Fate::UnderWay | Fate::Accepted(_) | Fate::Unknown(_) => {
                assert!(!fate.is_done() && !fate.is_settled() && !process.may_be_tried_again(), "{fate:?}");
            }
            Fate::Conflict { .. } => assert!(!fate.is_done(), "{fate:?}"),
        }
    }
}

/// The program after a start: what the journal has open is read until its fate is known; nothing is sent.
pub fn restart(
    server: &mut Server,
    journal: &mut Vec<(&'static str, String)>,
    now: &mut Timestamp,
    begin: &Intent,
) -> Fate {
    let ledger = ledger(journal);
    let sends = server.sends;
    let open: Vec<_> = ledger.open().cloned().collect();
    for trail in &open {
        assert!(ledger.lock(&begin.errand.ca).is_some(), "what is open locks its CA");
        let mut process = Process::resume(trail).expect("what is open can be followed");
        let mut run = Run { server, journal, now, net: Net::Answers, crash: &mut |_, _, _| false, shown: Vec::new() };
        run.follow(&mut process);
    }
    assert_eq!(server.sends, sends, "a start sends nothing");
    let after = self::ledger(journal);
    after.trails().first().map_or_else(|| Fate::NotSent("it was never written".into()), Trail::fate)
}

pub fn ledger(journal: &[(&'static str, String)]) -> Ledger {
    journal.iter().map(|(kind, body)| Record::from_json(kind, body).expect("an entry reads back")).collect()
}

/// 10 points at which the program ends, 12 things that the network does, 5 that happen at the server.
#[test]
fn g9_every_crash_every_network_and_every_server_send_once_and_tell_the_truth() {
    let (mut runs, mut reached, mut locked) = (0, 0, 0);
    for at in Point::ALL {
        for net in Net::ALL {
            for world in World::ALL {
                let (mut server, mut journal, mut now) = (Server::new(), Vec::new(), START);
                let shown = server.read(now);
                let begin = intent(&shown);
                if world == World::Edited {
                    server.comment = "replaced".into();
                }
                if world == World::Lags {
                    server.lag = SignedDuration::from_secs(299);
                }
                let mut ended = false;
                let mut crash = |point: Point, server: &mut Server, now: Timestamp| {
                    if point == Point::SentKept {
                        match world {
                            World::OtherApproves => server.decide(RequestStatus::Approved, OTHER, now),
                            World::OtherRejects => server.decide(RequestStatus::Rejected, OTHER, now),
                            World::Quiet | World::Edited | World::Lags => {}
                        }
                    }
                    ended |= point == at;
                    point == at
                };
                let mut process = Process::new(begin.clone());
                let mut run = Run {
                    server: &mut server,
                    journal: &mut journal,
                    now: &mut now,
                    net,
                    crash: &mut crash,
                    shown: Vec::new(),
                };
                run.follow(&mut process);
                locked += usize::from(ledger(&journal).lock(&begin.errand.ca).is_some());
                // Healed, some minutes later.
                now = now.checked_add(SignedDuration::from_mins(7)).unwrap();
                let fate = restart(&mut server, &mut journal, &mut now, &begin);
                let scene = format!("{at:?} {net:?} {world:?}: {fate:?} {server:?}");
                assert!(server.sends <= 1 && server.writes <= 1, "{scene}");
                assert!(fate.is_settled(), "what is healed is resolved: {scene}");
                assert!(!fate.is_done() || server.status == RequestStatus::Approved, "{scene}");
                assert!(fate.is_done() || !server.is_mine(), "{scene}");
                match &fate {
                    Fate::Applied(By::Me) => assert!(server.is_mine(), "{scene}"),
                    Fate::Applied(By::Other(_)) => assert_eq!(world, World::OtherApproves, "{scene}"),
                    _ => assert!(!server.is_mine(), "{scene}"),
                }
                if world == World::Edited {
                    assert_eq!(server.sends, 0, "{scene}");
                }
                runs += 1;
                reached += usize::from(ended);
            }
        }
    }
    println!("{runs} runs, in {reached} of them the program ended at its point, {locked} left a lock");
    assert_eq!(runs, 600);
    assert!(reached > 400 && locked > 100, "{reached} {locked}");
}
