//! Row 17: audit events, put page by page and looked for while typing.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a bench ends where its data cannot be made")]

use std::sync::{Arc, LazyLock};

use certdeck::{
    domain::{
        When,
        audit::{
            AuditEvent, AuditResult, AuditSource,
            look::{Count, Start, Wanted},
            sync::Plan,
        },
        filter::Filter,
        ids::{EventId, UserId},
        raw::Raw,
    },
    present::column::Record as _,
    store::{Clock, ContextId, Index, Place, Put},
};
use divan::Bencher;
use jiff::Timestamp;

fn main() {
    divan::main();
}

/// Events of the index that is looked at; `EVENTS=5000000` takes more.
const EVENTS: i64 = 200_000;
const PAGE: i64 = 1_000;
const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

fn event(number: i64) -> AuditEvent {
    let of = |all: &[&str], by: i64| all[usize::try_from(number / by).unwrap_or_default() % all.len()].to_owned();
    let id = format!("{:032x}", i128::from(number) * 0x9e37_79b9_7f4a_7c15);
    let raw = format!("{{\"id\":\"{id}\",\"action\":\"issue\",\"user\":{{\"name\":\"svc-mdm\"}},\"data\":\"{{}}\"}}");
    AuditEvent {
        source: AuditSource::PrivateCa,
        id: EventId::new(&id),
        at: When::At(Timestamp::from_second(NOW.as_second() - number * 7).unwrap_or(NOW)),
        actor_id: UserId::new(&format!("{:032x}", number % 30)),
        actor: of(&["svc-mdm", "ops-one", "ops-two", "auditor", "system"], 1).as_str().into(),
        action: of(&["issue", "renew", "revoke", "list", "publish"], 3).as_str().into(),
        resource_type: of(&["certificate", "ca", "crl"], 5).as_str().into(),
        resource_id: format!("{:032x}", i128::from(number) * 0x0123_4567_89ab_cdef).as_str().into(),
        resource_name: format!("Acme Issuing CA {}", number % 400).as_str().into(),
        result: AuditResult::parse(if number % 50 == 0 { "failure" } else { "success" }),
        code: None,
        change: None,
        description: "Certificate issued".into(),
        ip_address: format!("192.0.2.{}", number % 250).as_str().into(),
        raw: Raw::new(&raw),
    }
}

struct Kept {
    runtime: tokio::runtime::Runtime,
    index: Index,
    /// Where the file is, as long as it is looked at.
    folder: tempfile::TempDir,
}

fn open() -> Kept {
    let folder = tempfile::tempdir().expect("a folder");
    let clock: Clock = Arc::new(|| NOW);
    let place = Place::Folder(folder.path().to_owned());
    let index = Index::open(&place, &clock, &ContextId::new("bench", []), AuditEvent::FIELDS);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    Kept { runtime, index, folder }
}

async fn put(index: &Index, from: i64) {
    let (coverage, mark) = index.coverage(AuditSource::PrivateCa).await.expect("an index");
    let plan = Plan::new(coverage, 0, 1_000);
    let events = (from..from + PAGE).map(event).collect();
    let put = Put { source: AuditSource::PrivateCa, mark, plan, events, total: None };
    index.put(put).await.expect("a page");
}

static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let kept = open();
    let wanted = std::env::var("EVENTS").ok().and_then(|events| events.parse().ok()).unwrap_or(EVENTS);
    let (begun, before) = (std::time::Instant::now(), memory());
    kept.runtime.block_on(async {
        for from in (0..wanted).step_by(1_000) {
            put(&kept.index, from).await;
        }
    });
    let files = std::fs::read_dir(kept.folder.path()).expect("a folder").filter_map(Result::ok);
    let bytes: u64 = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    eprintln!(
        "{wanted} events put in {:.1} s, {} MB on disk, memory before {before}, then {}",
        begun.elapsed().as_secs_f64(),
        bytes >> 20,
        memory()
    );
    kept
});

/// Resident memory of this process, and the most it was, as Linux tells it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}

/// Pages of 1,000 events into an index that grows.
#[divan::bench(sample_count = 10, sample_size = 5)]
fn put_a_page(bencher: Bencher<'_, '_>) {
    let kept = open();
    let next = std::sync::atomic::AtomicI64::new(0);
    bencher.bench(|| {
        let from = next.fetch_add(PAGE, std::sync::atomic::Ordering::Relaxed);
        kept.runtime.block_on(put(&kept.index, from));
    });
}

/// The first lines by a filter as it is typed.
#[divan::bench(args = ["", "o", "op", "ops", "ops-two", "who:ops-two revoke", "result:failure", "nothing-has-this", "CA 399", "since:7d list", "who:auditor action:renew about:\"CA 7\""])]
fn first_lines(bencher: Bencher<'_, '_>, filter: &str) {
    let kept = &*KEPT;
    let filter = Filter::parse(filter, AuditEvent::FIELDS).expect("a filter");
    bencher.bench(|| {
        let wanted = Wanted { filter: filter.clone(), now: NOW, start: Start::Newest, most: 120, unfolded: Vec::new() };
        kept.runtime.block_on(kept.index.page(wanted)).expect("a page")
    });
}

/// How many match, hour by hour; it comes after the first lines.
#[divan::bench(args = ["", "ops-two", "result:failure", "CA 399"])]
fn tally(bencher: Bencher<'_, '_>, filter: &str) {
    let kept = &*KEPT;
    let filter = Filter::parse(filter, AuditEvent::FIELDS).expect("a filter");
    bencher.bench(|| {
        let count = Count { filter: filter.clone(), now: NOW };
        kept.runtime.block_on(kept.index.tally(count, NOW)).expect("a count")
    });
}
