use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};

use super::{sheets::Kept, *};
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
    store::{
        Place,
        codec::{Chunk, decode},
        seal::hex,
    },
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
        code: None,
        change: None,
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

/// The thread that writes stands back behind the others.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn reading_a_log_leaves_the_processor_to_the_screen() {
    let index = index(&Place::Memory);
    let nice = |_: &mut Rack| std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let stat = index.write.ask(nice).await.unwrap();
    // Behind the name in brackets the state is the third member (`proc_pid_stat(5)`).
    let nice = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(16).unwrap();
    assert!(nice.parse::<i32>().unwrap() >= 10, "{stat}");
}

/// Without a folder there is a bound, which is said with what helps; what is here stays.
#[tokio::test]
async fn events_that_fit_no_more_into_memory_are_refused_with_a_hint() {
    let index = index(&Place::NoHome);
    let bound = |rack: &mut Rack| {
        rack.with(|file| Ok(file.look()?.pragma_update_and_check(None, "max_page_count", 60, |_| Ok(()))?))
    };
    index.change(bound).await.unwrap();
    let mut here = 0;
    let why = loop {
        let events = (here..here + 100).map(event).collect();
        match index.add(AuditSource::PrivateCa, events, Vec::new(), None).await {
            Ok(new) => here += i64::try_from(new).unwrap(),
            Err(why) => break why,
        }
    };
    assert_eq!(why.title, "no more events fit into memory");
    assert!(why.hint.is_some_and(|hint| hint.contains("CERTDECK_STATE_DIR")));
    is_whole(&index, here).await;
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

/// Events as they were put, the newest first, and what a filter finds of them, however they came.
async fn is_whole(index: &Index, numbers: i64) {
    let wanted: Vec<String> = (0..numbers).map(|number| format!("e{number}")).collect();
    assert_eq!(all(index, "").await, wanted);
    let revoked: Vec<String> = (0..numbers).filter(|number| number % 7 == 0).map(|n| format!("e{n}")).collect();
    assert_eq!(all(index, "revoke").await, revoked);
    let last = format!("{:032x}", (numbers - 1) * 7919);
    assert_eq!(all(index, &format!("about:{last}")).await, [format!("e{}", numbers - 1)]);
}

fn count(rack: &mut Rack) -> Result<usize, Failure> {
    rack.with(|file| {
        let look = file.look()?;
        let count = |sql: &str| look.query_row(sql, [], |row| row.get::<_, i64>(0));
        let sheets = count("SELECT count(*) FROM sheet")?;
        assert_eq!(sheets, count("SELECT count(*) FROM record")?);
        assert_eq!(sheets, count("SELECT count(*) FROM word")?);
        assert_eq!(count("SELECT sum(events) FROM sheet")?, count("SELECT sum(events) FROM hour")?);
        Ok(usize::try_from(sheets).unwrap())
    })
}

/// A log that is followed brings an event now and then: sheets are filled up, so that they stay few.
#[tokio::test]
async fn events_that_come_one_by_one_share_sheets() {
    let index = index(&Place::Memory);
    for number in (0..240).rev() {
        assert_eq!(put(&index, number..(number + 3).min(240), 240).await, 1);
    }
    is_whole(&index, 240).await;
    // Five hours, of which two are begun.
    assert!(index.change(count).await.unwrap() <= 20);
}

/// Logs stand across each other in time, and a report in no order at all; what is shown is in the order of time.
#[tokio::test]
async fn events_of_several_logs_are_in_one_order_from_both_ends() {
    let index = index(&Place::Memory);
    let of = |source, step: usize, from: i64| {
        let mut events: Vec<AuditEvent> = (from..300).step_by(step).map(event).collect();
        for event in &mut events {
            event.source = source;
        }
        events
    };
    let mut shuffled = of(AuditSource::Report, 3, 2);
    shuffled.sort_by_key(|event| event.resource_id.clone());
    for part in shuffled.chunks(17) {
        index.add(AuditSource::Report, part.to_vec(), Vec::new(), None).await.unwrap();
    }
    for (source, from) in [(AuditSource::PrivateCa, 0), (AuditSource::AccountManager, 1)] {
        index.add(source, of(source, 3, from), Vec::new(), None).await.unwrap();
    }
    is_whole(&index, 300).await;
    let mut up = index.page(page("", Start::Oldest, 1_000, Vec::new())).await.unwrap().lines;
    assert_eq!(up, index.page(page("", Start::Newest, 1_000, Vec::new())).await.unwrap().lines);
    let middle = up.swap_remove(100);
    let older = index.page(page("", Start::Before(middle.id), 1_000, Vec::new())).await.unwrap().lines;
    let newer = index.page(page("", Start::After(middle.id), 1_000, Vec::new())).await.unwrap().lines;
    assert_eq!((newer.len(), older.len()), (100, 199));
    let standing = index.standing(Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(standing.logs.iter().map(|log| log.events).collect::<Vec<_>>(), [100, 100, 100]);
}

/// One without a moment stands beside its neighbour, one without an id is its record; both are here once.
#[tokio::test]
async fn events_without_a_moment_or_an_id_are_here_once() {
    let index = index(&Place::Memory);
    let mut events: Vec<AuditEvent> = (0..40).map(event).collect();
    events[7].at = When::Never;
    events[8].at = When::Odd("soon".into());
    events[9].id = EventId::default();
    events[10].id = EventId::default();
    let add = |events: &[AuditEvent]| index.add(AuditSource::PrivateCa, events.to_vec(), Vec::new(), None);
    assert_eq!(add(&events[..20]).await.unwrap(), 20);
    // Beside another neighbour than before.
    assert_eq!(add(&events[7..]).await.unwrap(), 20);
    assert_eq!(add(&events).await.unwrap(), 0);
    let wanted = Events { filter: parse(""), now: now(), before: None, most: 100 };
    let (here, _) = index.events(wanted).await.unwrap();
    let records = |events: &[AuditEvent]| events.iter().map(|event| event.raw.clone()).collect::<Vec<_>>();
    assert_eq!(records(&here), records(&events));
}

/// A hash that changes is a sheet that old files hold in another form: it needs a step of `assets/migrations/audit`.
#[test]
fn the_stored_form_of_an_event_is_that_of_the_index() {
    let kept = Kept { id: sheets::number(7) + 3, digest: 9, event: AuditEvent { raw: Raw::default(), ..event(11) } };
    let Chunk(bytes) = Chunk::of([&kept]);
    let read: Vec<Kept> = decode(&bytes).unwrap();
    assert_eq!(read, [kept]);
    assert_eq!(decode::<Kept>(&bytes[1..]), None);
    assert_eq!(hex(&digest(&SHA256, &bytes).as_ref()[..6]), "c56dcf6ce63c");
}

/// What the version before had is read anew from the services, reports and the journal.
#[tokio::test]
async fn s04_a_file_of_the_version_before_opens_and_its_logs_are_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    let context = ContextId::new("test", []);
    let path = folder.path().join(context.audit_file());
    {
        let mut old = rusqlite::Connection::open(&path).unwrap();
        old.pragma_update(None, "journal_mode", "wal").unwrap();
        super::super::migrations::migrate(&mut old, &super::super::migrations::AUDIT[..1]).unwrap();
        old.execute("INSERT INTO owner VALUES (?1, 7)", [context.id()]).unwrap();
        old.execute_batch(
            "INSERT INTO event VALUES (1, 3, 1, 0, x'00'); INSERT INTO known VALUES (1, 1); INSERT INTO hour VALUES (3, 0, 1);
             INSERT INTO word (rowid, text) VALUES (1, 'triage'); INSERT INTO span VALUES (3, 9, 0, '');
             INSERT INTO log VALUES (3, '2026-11-20T00:00:00Z', NULL, 0, 0, '', '12');",
        )
        .unwrap();
    }
    let index = index(&place);
    assert_eq!(index.token(AuditSource::Here).await.unwrap(), "", "the journal is read from its first entry");
    assert_eq!(index.health().await, (Health::Working, Vec::new()));
    assert_eq!(index.standing(Timestamp::UNIX_EPOCH).await.unwrap(), Standing::default());
    assert_eq!(put(&index, 0..100, 100).await, 100);
    is_whole(&index, 100).await;
}
