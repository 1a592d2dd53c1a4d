use std::collections::BTreeSet;

use super::*;
use crate::{
    domain::{
        When,
        audit::{
            AuditResult,
            look::{Count, Line, Start},
        },
        filter::{Filter, Kind, Value},
        ids::{EventId, UserId},
        raw::Raw,
        subject::View,
    },
    store::Place,
};

const FIELDS: &[Field<AuditEvent>] = &[
    Field { name: "time", kind: Kind::Time, shown: true, any: |e, f| f(Value::Time(&e.at)) },
    Field { name: "who", kind: Kind::Text, shown: true, any: |e, f| f(Value::Text(&e.actor)) },
    Field { name: "action", kind: Kind::Text, shown: true, any: |e, f| f(Value::Text(&e.action)) },
    Field { name: "result", kind: Kind::Word, shown: true, any: |e, f| f(Value::Text(e.result.as_str())) },
    Field {
        name: "about",
        kind: Kind::Text,
        shown: true,
        any: |e, f| f(Value::Text(&e.resource_name)) || f(Value::Text(&e.resource_id)),
    },
];

fn now() -> Timestamp {
    "2026-11-21T14:02:31Z".parse().unwrap()
}

fn event(number: i64) -> AuditEvent {
    let at = Timestamp::from_second(now().as_second() - number * 60).unwrap();
    AuditEvent {
        source: AuditSource::PrivateCa,
        id: EventId::new(&format!("e{number}")),
        at: When::At(at),
        actor_id: UserId::new(""),
        actor: ["ops-one", "svc-mdm", "Émile"][usize::try_from(number / 3 % 3).unwrap()].into(),
        action: if number % 7 == 0 { "revoke" } else { "issue" }.into(),
        resource_type: "certificate".into(),
        resource_id: format!("{:032x}", number * 7919).as_str().into(),
        resource_name: if number % 5 == 0 { "Acme Issuing CA G2 EU" } else { "TLS \"short\"" }.into(),
        result: AuditResult::parse(if number % 11 == 0 { "failure" } else { "success" }),
        description: "".into(),
        ip_address: "192.0.2.1".into(),
        raw: Raw::new(&format!("{{\"id\":\"e{number}\"}}")),
    }
}

fn index(place: &Place) -> Index {
    let clock: Clock = Arc::new(now);
    Index::open(place, &clock, &ContextId::new("test", []), FIELDS)
}

async fn put(index: &Index, numbers: impl Iterator<Item = i64>, total: usize) -> usize {
    let (coverage, mark) = index.coverage(AuditSource::PrivateCa).await.unwrap();
    let plan = Plan::new(coverage, 0, 1_000);
    let events = numbers.map(event).collect();
    let put = Put { source: AuditSource::PrivateCa, mark, plan, events, total: Some(total) };
    index.put(put).await.unwrap().1
}

fn parse(filter: &str) -> Filter<AuditEvent> {
    Filter::parse(filter, FIELDS).unwrap()
}

async fn all(index: &Index, filter: &str) -> Vec<String> {
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let wanted = Events { filter: parse(filter), now: now(), before, most: 37 };
        let (events, next) = index.events(wanted).await.unwrap();
        ids.extend(events.iter().map(|event| event.id.to_string()));
        for event in &events {
            assert_eq!(
                event.raw.as_sent(),
                format!("{{\"id\":\"{}\"}}", event.id),
                "the record stands beside its event"
            );
        }
        before = next;
        if before.is_none() {
            return ids;
        }
    }
}

fn page(filter: &str, start: Start, most: usize, unfolded: Vec<i64>) -> Wanted {
    Wanted { filter: parse(filter), now: now(), start, most, unfolded }
}

/// The index finds what the filter keeps, no more and no less, for every kind of term.
#[tokio::test]
async fn the_index_gives_the_rows_of_the_filter() {
    let index = index(&Place::Memory);
    assert_eq!(put(&index, 0..600, 600).await, 600);
    for filter in [
        "",
        "ops",
        "émile",
        "É",
        "who:svc",
        "who=svc-mdm",
        "about:\"acme issuing ca g2 eu\"",
        "about~*issuing*eu",
        "result:failure",
        "result:failure|success who:ops|mdm",
        "!revoke",
        "who!=ops",
        "since:3h",
        "since:3h revoke",
        "time>2026-11-21T10:00:00Z time<2026-11-21T12:00:00Z g2",
        "time:2026-11-21",
        "a",
        "\"\\\"short\"",
        "00001",
        "nothing-has-this",
    ] {
        let Ok(parsed) = Filter::parse(filter, FIELDS) else { continue };
        let wanted: Vec<String> = (0..600)
            .map(event)
            .filter(|event| parsed.matches(View::from(event), now()))
            .map(|event| event.id.to_string())
            .collect();
        assert_eq!(all(&index, filter).await, wanted, "{filter}");
        let count = Count { filter: parsed, now: now() };
        let tally = index.tally(count, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!((tally.matched, tally.total), (wanted.len(), 600), "{filter}");
        assert_eq!(tally.hours.values().sum::<usize>(), wanted.len(), "{filter}");
    }
}

#[tokio::test]
async fn an_event_is_here_once_and_a_page_tells_which_are_new() {
    let index = index(&Place::Memory);
    assert_eq!(put(&index, 10..30, 30).await, 20);
    assert_eq!(put(&index, 0..20, 30).await, 10);
    assert_eq!(put(&index, 0..30, 30).await, 0);
    let ids = all(&index, "").await;
    assert_eq!(ids.len(), 30);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 30);
    let standing = index.standing(Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!((standing.events(), standing.gaps().count()), (30, 0));
}

/// Pages down and up over runs of like events: each event is in one line, and both ways give the same lines.
#[tokio::test]
async fn runs_fold_the_same_from_both_ends() {
    let index = index(&Place::Memory);
    put(&index, 0..200, 200).await;
    let down = index.page(page("", Start::Newest, 1_000, Vec::new())).await.unwrap();
    let up = index.page(page("", Start::Oldest, 1_000, Vec::new())).await.unwrap();
    assert_eq!(down.lines, up.lines);
    assert!(down.is_end && up.is_end);
    assert_eq!(down.lines.iter().map(|line| 1 + line.more).sum::<usize>(), 200);
    let mut paged: Vec<Line> = Vec::new();
    loop {
        let start = paged.last().map_or(Start::Newest, |line| Start::Before(line.last.0));
        let some = index.page(page("", start, 7, Vec::new())).await.unwrap();
        paged.extend(some.lines);
        if some.is_end {
            break;
        }
    }
    assert_eq!(paged, down.lines);
    // Unfolded, a run is its events.
    let run = down.lines.iter().find(|line| line.more > 1).unwrap();
    let open = index.page(page("", Start::Newest, 1_000, vec![run.id])).await.unwrap();
    assert_eq!(open.lines.len(), down.lines.len() + run.more);
    let members: Vec<&Line> = open.lines.iter().filter(|line| line.of == Some(run.id)).collect();
    assert_eq!(members.len(), 1 + run.more);
    let up = index.page(page("", Start::Oldest, 1_000, vec![run.id])).await.unwrap();
    assert_eq!(open.lines, up.lines);
}

#[tokio::test]
async fn what_is_too_old_is_forgotten_and_may_come_again() {
    let index = index(&Place::Memory);
    put(&index, 0..300, 300).await;
    let floor = Timestamp::from_second(now().as_second() - 100 * 60).unwrap();
    assert_eq!(index.prune(floor).await.unwrap(), 199);
    assert_eq!(all(&index, "").await.len(), 101);
    assert_eq!(all(&index, "revoke").await.len(), (0..=100).filter(|number| number % 7 == 0).count());
    let count = Count { filter: parse(""), now: now() };
    assert_eq!(index.tally(count, floor).await.unwrap().matched, 101);
    assert_eq!(put(&index, 90..120, 300).await, 19);
}

#[tokio::test]
async fn an_event_in_full_has_its_record_and_what_belongs_to_it() {
    let index = index(&Place::Memory);
    let mut events: Vec<AuditEvent> = (0..50).map(event).collect();
    events[40].resource_id = events[3].resource_id.clone();
    let (coverage, mark) = index.coverage(AuditSource::PrivateCa).await.unwrap();
    let plan = Plan::new(coverage, 0, 1_000);
    index.put(Put { source: AuditSource::PrivateCa, mark, plan, events, total: Some(50) }).await.unwrap();
    let lines = index.page(page("about:0000000005ccd", Start::Newest, 9, Vec::new())).await.unwrap().lines;
    let details = index.details(lines[0].id).await.unwrap().unwrap();
    assert_eq!(details.raw.as_sent(), "{\"id\":\"e3\"}");
    assert!(details.related.iter().any(|event| event.id.as_str() == "e40"), "{:?}", details.related);
    assert!(index.details(7).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_kept_outlives_the_program_and_gaps_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    {
        let index = index(&place);
        let (coverage, mark) = index.coverage(AuditSource::PrivateCa).await.unwrap();
        let plan = Plan::new(coverage, 0, 20);
        let events = (0..20).map(event).collect();
        let (mut plan, _) =
            index.put(Put { source: AuditSource::PrivateCa, mark, plan, events, total: Some(100) }).await.unwrap();
        plan.failed("the API answered 503".into(), false);
        let why = plan.failure().cloned();
        index.note(AuditSource::PrivateCa, plan.coverage(), None, why).await.unwrap();
    }
    let index = index(&place);
    let standing = index.standing(Timestamp::UNIX_EPOCH).await.unwrap();
    let log = standing.of(AuditSource::PrivateCa).unwrap();
    assert_eq!((log.events, log.read_at), (20, None));
    assert_eq!(log.gaps[0].why.as_str(), "the API answered 503");
    assert_eq!(all(&index, "").await.len(), 20);
}

/// A file that is spoilt at any of many places is set aside or refused; nothing panics, and a fresh one is made.
#[tokio::test]
async fn g20_a_spoilt_index_is_set_aside_and_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    let name = ContextId::new("test", []).audit_file();
    {
        let index = index(&place);
        put(&index, 0..200, 200).await;
        index.health().await;
    }
    let path = folder.path().join(&name);
    // The threads end after their last job; the log is in the file once they have.
    while folder.path().join(format!("{name}-wal")).exists() {
        tokio::task::yield_now().await;
    }
    let sound = std::fs::read(&path).unwrap();
    let step = sound.len() / 24;
    for at in (0..sound.len()).step_by(step) {
        let mut spoilt = sound.clone();
        for byte in spoilt.iter_mut().skip(at).take(64) {
            *byte ^= 0xff;
        }
        for tail in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("{name}{tail}")));
        }
        std::fs::write(&path, spoilt).unwrap();
        let index = index(&place);
        for _ in 0..3 {
            let wanted = Events { filter: parse("ops"), now: now(), before: None, most: 500 };
            let _ = index.events(wanted).await;
            let _ = index.standing(Timestamp::UNIX_EPOCH).await;
            let Ok((coverage, mark)) = index.coverage(AuditSource::PrivateCa).await else { continue };
            let plan = Plan::new(coverage, 0, 1_000);
            let events = (0..200).map(event).collect();
            let _ = index.put(Put { source: AuditSource::PrivateCa, mark, plan, events, total: Some(200) }).await;
        }
        let (health, _) = index.health().await;
        assert_eq!(health, Health::Working, "at {at}");
    }
}
