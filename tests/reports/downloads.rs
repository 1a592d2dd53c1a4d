//! Files of reports: whole, checked and under our own names, or not at all; what broke off goes on at its gap.

use std::{
    io::{Cursor, Write as _},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use certdeck::{
    client::{
        CertCentralSettings, Client, Settings, TransportError,
        transport::{Bytes, Request, Response, script::Script},
    },
    domain::{
        Clean, Failure, FailureKind, When,
        digest::Digest,
        ids::{ReportId, RunId},
        report::{Definition, Frequency, HistoryRecord, ReportStatus, change::Change},
    },
    downloads::{Downloads, Kept, Kind, Progress},
};
use futures_util::{StreamExt as _, stream};
use secrecy::SecretString;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::rig::{Rig, definition};

struct Bench {
    client: Client,
    script: Script,
    folder: tempfile::TempDir,
    told: Arc<Mutex<Vec<Progress>>>,
}

impl Bench {
    fn new(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let settings = Settings {
            certcentral: Some(CertCentralSettings::new(SecretString::from("not-a-secret"))),
            ..Settings::default()
        };
        let script = Script::new(move |request| Ok(answer(request)));
        let now = Arc::new(|| "2026-11-21T14:00:00Z".parse().unwrap());
        let client = Client::with_transport(settings, Arc::new(script.clone()), now);
        Self { client, script, folder: tempfile::tempdir().unwrap(), told: Arc::default() }
    }

    /// One that answers every download with this file.
    fn of(body: &[u8]) -> Self {
        let body = body.to_vec();
        Self::new(move |_| whole(&body))
    }

    fn downloads(&self) -> Downloads {
        Downloads::new(self.folder.path(), "test")
    }

    async fn fetch(&self, record: &HistoryRecord) -> Result<Kept, Failure> {
        let told = Arc::clone(&self.told);
        let tell = Arc::new(move |progress| told.lock().unwrap().push(progress));
        self.downloads().fetch(&self.client, record, None, &(tell as _)).await
    }

    /// Names of the files, without those of manifests.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.downloads().folder()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !has_ending(name, "manifest"));
        names.sort();
        names
    }

    /// The file is refused with these words, and there is nothing under a final name.
    async fn refuses(&self, record: &HistoryRecord, word: &str) {
        let failure = self.fetch(record).await.unwrap_err();
        assert!(failure.to_string().contains(word), "{failure}");
        assert!(self.files().iter().all(|name| has_ending(name, "part")), "{:?}", self.files());
        assert!(self.downloads().kept().unwrap().is_empty());
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

fn record(format: &str, parts: u32) -> HistoryRecord {
    HistoryRecord {
        report: ReportId::new("r-1"),
        run: Some(RunId::new("run-1")),
        name: Clean::new("Weekly orders"),
        report_type: Clean::new("orders"),
        created_by: None,
        created: When::Never,
        started: When::Never,
        ended: When::Never,
        schedule: Frequency::Weekly,
        format: Clean::new(format),
        status: ReportStatus::Ready,
        manual: None,
        parts,
    }
}

fn whole(body: &[u8]) -> Response {
    let length = body.len().to_string();
    Response::of(200, &[("content-length", &length)], [Bytes::from(body.to_vec())])
}

/// An answer that breaks off behind so many bytes.
fn cut(body: &[u8], at: usize) -> Response {
    let mut response = whole(body);
    let pieces = [Ok(Bytes::from(body[..at].to_vec())), Err(TransportError::Other("cut".into()))];
    response.body = stream::iter(pieces).boxed();
    response
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    packed(entries, SimpleFileOptions::default())
}

fn packed(entries: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in entries {
        out.start_file(*name, options).unwrap();
        out.write_all(body).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn part_of(request: &Request) -> usize {
    let query = request.url.query().unwrap_or_default();
    query.split("split_report_sequence=").nth(1).map_or(0, |n| n.parse().unwrap())
}

/// Three parts, cut at each tenth of their length together: the next call fetches what is missing and nothing else.
#[tokio::test(start_paused = true)]
async fn f10_a_download_that_is_cut_at_any_tenth_resumes_to_the_same_digests() {
    let rows = |part: usize| (0..400).map(|n| format!("{part},{n},name-{n}\r\n")).collect::<Vec<_>>().concat();
    let bodies: Vec<Vec<u8>> = (0..3).map(|part| archive(&[("r.csv", rows(part).as_bytes())])).collect();
    let whole_set: Vec<Digest> = {
        let bodies = bodies.clone();
        let bench = Bench::new(move |request| answer_parts(request, &bodies, None));
        bench.fetch(&record("CSV", 3)).await.unwrap().files.into_iter().map(|file| file.sha256).collect()
    };
    let total: usize = bodies.iter().map(Vec::len).sum();
    for tenth in 0..10 {
        let at = total * tenth / 10;
        let heals = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (ends, served) = (Arc::clone(&heals), bodies.clone());
        let bench = Bench::new(move |request| {
            let cut = (!ends.load(std::sync::atomic::Ordering::Relaxed)).then_some(at);
            answer_parts(request, &served, cut)
        });
        let failure = bench.fetch(&record("CSV", 3)).await.unwrap_err();
        assert!(failure.title.contains("part"), "{failure}");
        let before = bench.files();
        assert!(before.iter().all(|name| has_ending(name, "zip")), "only whole parts stay: {before:?}");
        let asked = bench.script.seen().len();
        heals.store(true, std::sync::atomic::Ordering::Relaxed);
        let kept = bench.fetch(&record("CSV", 3)).await.unwrap();
        assert!(kept.is_complete());
        let digests: Vec<Digest> = kept.files.iter().map(|file| file.sha256.clone()).collect();
        assert_eq!(digests, whole_set, "cut at {at}");
        let fetched = bench.script.seen().len() - asked;
        // The history is read once more at the end, to see that the run still has three parts.
        assert_eq!(fetched, 3 - before.len() + 1, "cut at {at}: only the gaps");
    }
}

/// The parts of a run as one stream that is cut at a place, or is whole.
fn answer_parts(request: &Request, bodies: &[Vec<u8>], cut_at: Option<usize>) -> Response {
    if request.url.path().ends_with("/history") {
        let text = r#"{"page":{"total":1,"limit":100,"offset":0},"report_history":[{"report_identifier":"r-1",
            "report_run_identifier":"run-1","status":"READY","split_report_count":3}]}"#;
        return Response::json(200, text);
    }
    let part = part_of(request);
    let before: usize = bodies[..part].iter().map(Vec::len).sum();
    match cut_at.and_then(|at| at.checked_sub(before)) {
        Some(at) if at < bodies[part].len() => cut(&bodies[part], at),
        _ => whole(&bodies[part]),
    }
}

#[tokio::test]
async fn f01_f03_what_comes_is_known_by_its_content() {
    let rows = b"order_id,common_name\r\n1,a.example.com\r\n";
    let json = br#"[{"order_id":"1"},{"order_id":"2","more":[{}]}]"#;
    let book = archive(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]);
    let zipped = archive(&[("anything", rows)]);
    let zipped_book = archive(&[("r.xlsx", &book)]);
    let table: [(&str, &[u8], Kind, &str); 6] = [
        ("CSV", rows, Kind::Csv, ".csv"),
        ("CSV", &zipped, Kind::Zip, ".zip"),
        ("JSON", json, Kind::Json, ".json"),
        ("JSON", &zipped, Kind::Zip, ".zip"),
        ("EXCEL", &book, Kind::Excel, ".xlsx"),
        ("EXCEL", &zipped_book, Kind::Zip, ".zip"),
    ];
    for (format, body, kind, ending) in table {
        let bench = Bench::of(body);
        let kept = bench.fetch(&record(format, 0)).await.unwrap();
        let [file] = kept.files.as_slice() else { panic!("one file") };
        assert_eq!((file.kind, file.bytes), (kind, u64::try_from(body.len()).unwrap()));
        assert!(file.name.starts_with("weekly-orders-") && file.name.ends_with(ending), "{}", file.name);
        assert_eq!(std::fs::read(&bench.downloads().paths(&kept)[0]).unwrap(), body);
        assert!(!bench.script.seen()[0].contains("split_report_sequence"), "one file has no number");
    }
}

#[tokio::test]
async fn f02_an_error_in_place_of_a_file_is_told_and_no_file_is_there() {
    for body in [
        br#"{"code":"report_format_inapplicable","message":"Not\u001b[2J in that format."}"#.as_slice(),
        br#"{"errors":[{"code":"report_format_inapplicable"}]}"#,
    ] {
        for format in ["CSV", "JSON", "EXCEL"] {
            Bench::of(body).refuses(&record(format, 0), "report_format_inapplicable").await;
        }
    }
    Bench::of(b"<!doctype html><p>Sign in").refuses(&record("CSV", 0), "HTML").await;
    Bench::of(b"").refuses(&record("CSV", 0), "empty").await;
    Bench::of(b"a,b\r\n").refuses(&record("EXCEL", 0), "EXCEL is due").await;
}

#[tokio::test]
async fn f05_f08_links_encryption_and_nested_archives_are_refused() {
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("r.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let link = link.finish().unwrap().into_inner();
    Bench::of(&link).refuses(&record("CSV", 0), "a link or a device").await;
    // Flag 0 of the general purpose bits says that an entry is encrypted (APPNOTE 4.4.4), here and in the directory.
    let mut locked = archive(&[("r.csv", b"a,b\r\n")]);
    let directory = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[directory + 8] |= 1;
    Bench::of(&locked).refuses(&record("CSV", 0), "encrypted").await;
    let mut method = archive(&[("r.csv", b"a,b\r\n")]);
    method[8] = 98;
    method[directory + 10] = 98;
    Bench::of(&method).refuses(&record("CSV", 0), "packed in a way").await;
    let nested = archive(&[("inner.zip", &archive(&[("r.csv", b"a,b\r\n")]))]);
    Bench::of(&nested).refuses(&record("CSV", 0), "is an archive itself").await;
}

#[tokio::test]
async fn f07_bombs_stop_at_their_caps() {
    let zeros = vec![0; 8 << 20];
    Bench::of(&archive(&[("r.csv", &zeros)])).refuses(&record("CSV", 0), "unpacks to more").await;
    let names: Vec<String> = (0..65).map(|n| format!("{n}.csv")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"a\r\n".as_slice())).collect();
    Bench::of(&archive(&many)).refuses(&record("CSV", 0), "65 entries").await;
    assert_eq!(Bench::of(&archive(&many[..64])).fetch(&record("CSV", 0)).await.unwrap().files.len(), 1);
    // The sizes in the archive lie: what counts is what is unpacked.
    let mut lies = archive(&[("r.csv", &zeros)]);
    let directory = lies.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    lies[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
    let failure = Bench::of(&lies).fetch(&record("CSV", 0)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadAnswer);
}

#[tokio::test]
async fn f09_a_cut_archive_and_a_wrong_digest_never_get_a_final_name() {
    let sound = packed(
        &[("r.csv", b"order_id,common_name\r\n1,a.example.com\r\n")],
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
    );
    Bench::of(&sound[..sound.len() - 5]).refuses(&record("CSV", 0), "not whole").await;
    let mut wrong = sound.clone();
    let at = wrong.windows(7).position(|text| text == b"example").unwrap();
    wrong[at] = b'E';
    let bench = Bench::of(&wrong);
    bench.refuses(&record("CSV", 0), "damaged").await;
    assert_eq!(bench.files().len(), 1, "what came can be looked at");
    for json in ["[{\"a\":1}", "[1] []", "[{\"a\":1},]", "7"] {
        Bench::of(json.as_bytes()).refuses(&record("JSON", 0), "no list of rows").await;
    }
}

#[tokio::test]
async fn f09_a_file_without_a_marked_end_has_to_end_with_a_line() {
    let bare = |body: &'static [u8]| Bench::new(move |_| Response::of(200, &[], [Bytes::from_static(body)]));
    bare(b"a,b\r\n1,").refuses(&record("CSV", 0), "middle of a line").await;
    let kept = bare(b"a,b\r\n1,2\r\n").fetch(&record("CSV", 0)).await.unwrap();
    assert!(!kept.files[0].ended, "that rows may be missing is kept");
    assert!(Bench::of(b"a,b\r\n1,2").fetch(&record("CSV", 0)).await.unwrap().files[0].ended);
}

/// Parts of a run whose second is missing, or comes as the first again, until it heals.
fn ailing(twice: bool) -> (Bench, Arc<std::sync::atomic::AtomicBool>) {
    let bodies: Vec<Vec<u8>> = (0..3).map(|n| archive(&[("r.csv", format!("{n}\r\n").as_bytes())])).collect();
    let heals = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let healed = Arc::clone(&heals);
    let bench = Bench::new(move |request| {
        let ails = !healed.load(std::sync::atomic::Ordering::Relaxed) && !request.url.path().ends_with("/history");
        match (ails && part_of(request) == 1, twice) {
            (true, true) => whole(&bodies[0]),
            (true, false) => Response::json(404, r#"{"code":"not_found","message":"Nothing."}"#),
            (false, _) => answer_parts(request, &bodies, None),
        }
    });
    (bench, heals)
}

#[tokio::test]
async fn f10_a_missing_part_leaves_a_set_that_says_so_and_only_gaps_are_fetched() {
    for (twice, here, gaps) in [(false, vec![0], 2), (true, vec![2], 2)] {
        let (bench, heals) = ailing(twice);
        let failure = bench.fetch(&record("CSV", 3)).await.unwrap_err();
        assert!(failure.title.contains(if twice { "came twice" } else { "part 1 of 3" }), "{failure}");
        let [kept] = bench.downloads().kept().unwrap().try_into().unwrap();
        assert!(!kept.is_complete() && kept.parts == 3);
        assert_eq!(kept.files.iter().map(|file| file.part).collect::<Vec<_>>(), here);
        assert_eq!(bench.files().len(), here.len(), "nothing else stays: {:?}", bench.files());
        assert_eq!(bench.downloads().local().unwrap(), [], "no screen takes it for the run");
        heals.store(true, std::sync::atomic::Ordering::Relaxed);
        let asked = bench.script.seen().len();
        assert!(bench.fetch(&record("CSV", 3)).await.unwrap().is_complete());
        // And the history, which says that there still are three.
        assert_eq!(bench.script.seen().len() - asked, gaps + 1, "only the gaps");
    }
}

#[tokio::test]
async fn f10_a_part_that_comes_twice_and_a_count_that_changes_make_no_set() {
    let twice = Bench::new(|_| whole(&archive(&[("r.csv", b"a,b\r\n")])));
    twice.refuses(&record("CSV", 2), "came twice").await;
    let bodies: Vec<Vec<u8>> = (0..2).map(|n| archive(&[("r.csv", format!("{n}\r\n").as_bytes())])).collect();
    let bench = Bench::new(move |request| answer_parts(request, &bodies, None));
    bench.refuses(&record("CSV", 2), "has 3 parts now, and had 2").await;
}

#[tokio::test]
async fn f11_what_is_there_already_is_never_overwritten() {
    let bench = Bench::of(b"a,b\r\n1,2\r\n");
    let kept = bench.fetch(&record("CSV", 0)).await.unwrap();
    let path = bench.downloads().paths(&kept).remove(0);
    std::fs::write(&path, "somebody's own").unwrap();
    let failure = bench.fetch(&record("CSV", 0)).await.unwrap_err();
    assert!(failure.title.contains("it stays"), "{failure}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's own");
    std::fs::remove_file(&path).unwrap();
    #[cfg(unix)]
    {
        let target = bench.folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(bench.fetch(&record("CSV", 0)).await.unwrap_err().title.contains("it stays"));
        assert!(!target.exists(), "a link is not followed");
        std::fs::remove_file(&path).unwrap();
    }
    assert!(bench.fetch(&record("CSV", 0)).await.unwrap().is_complete(), "removed meanwhile: it is fetched again");
    let blocked = Bench::of(b"a\r\n");
    std::fs::write(blocked.folder.path().join("reports"), "a file").unwrap();
    assert_eq!(blocked.fetch(&record("CSV", 0)).await.unwrap_err().kind, FailureKind::Configuration);
}

#[tokio::test]
async fn f12_without_room_nothing_is_fetched_and_the_bytes_are_named() {
    let bench = Bench::of(&[b'a'; 5_000]);
    let quiet: certdeck::downloads::Told = Arc::new(|_| {});
    let needed = (100 << 20) + 10_000;
    for (free, fits) in [(needed - 1, false), (needed, true)] {
        let downloads = bench.downloads().with_free(Arc::new(move |_| Some(free)));
        let fetched = downloads.fetch(&bench.client, &record("CSV", 0), None, &quiet).await;
        assert_eq!(fetched.is_ok(), fits, "{free}");
        if let Err(failure) = fetched {
            assert!(failure.title.contains(&needed.to_string()), "{failure}");
            assert!(bench.files().is_empty(), "nothing is left");
        }
    }
}

#[tokio::test]
async fn f13_names_of_the_service_are_not_looked_at() {
    let bench = Bench::new(|_| {
        let name = ("content-disposition", "attachment; filename=\"../../.ssh/authorized_keys\"");
        Response::of(200, &[name, ("content-length", "5")], [Bytes::from_static(b"a,b\r\n")])
    });
    let record = HistoryRecord { name: Clean::new("../../etc/passwd"), ..record("CSV", 0) };
    let kept = bench.fetch(&record).await.unwrap();
    assert!(kept.files[0].name.starts_with("etc-passwd-"));
    assert_eq!(bench.files(), [kept.files[0].name.clone()]);
}

#[tokio::test]
async fn f17_files_that_are_gone_are_explained() {
    let bench = Bench::new(|_| Response::json(404, r#"{"code":"not_found","message":"Nothing."}"#));
    let failure = bench.fetch(&record("CSV", 0)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.hint.unwrap().contains("deleted 90 days after"));
    assert!(bench.files().is_empty());
}

/// The results of a run that was fetched once are kept 90 days by the service, and then are gone from its history too.
#[tokio::test]
async fn f17_results_expire_90_days_after_their_first_download() {
    const DAY: i64 = 86_400;
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let downloads = Downloads::new(folder.path(), "test");
    let quiet: certdeck::downloads::Told = Arc::new(|_| {});
    rig.change(&Change::Create(Box::new(definition("Once", "ON_DEMAND")))).await.unwrap();
    rig.control.advance(60);
    let run = rig.named("Once").await.unwrap().runs.remove(0);
    let kept = downloads.fetch(&rig.client, &run, None, &quiet).await.unwrap();
    rig.control.advance(89 * DAY);
    downloads.prune(Duration::ZERO, kept.fetched_at).unwrap();
    downloads.fetch(&rig.client, &run, None, &quiet).await.unwrap();
    downloads.prune(Duration::ZERO, kept.fetched_at).unwrap();
    rig.control.advance(2 * DAY);
    let failure = downloads.fetch(&rig.client, &run, None, &quiet).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.hint.unwrap().contains("deleted 90 days after"));
    assert!(rig.named("Once").await.is_none_or(|report| report.runs.is_empty()));
}

#[tokio::test]
async fn a_run_may_take_an_hour_and_may_fail() {
    let rig = Rig::with(|switches| {
        switches.run_seconds = 3_600;
        switches.run_fate = certdeck::simulator::RunFate::Failed;
    });
    rig.change(&Change::Create(Box::new(definition("Slow", "ON_DEMAND")))).await.unwrap();
    for (passed, status) in [(1_800, ReportStatus::Generating), (1_900, ReportStatus::Failed)] {
        rig.control.advance(passed);
        let run = rig.named("Slow").await.unwrap().runs.remove(0);
        assert_eq!(run.status, status);
        let bench = Bench::of(b"a\r\n");
        assert_eq!(bench.fetch(&run).await.unwrap_err().kind, FailureKind::Refused);
        assert!(bench.script.seen().is_empty(), "a run without files is not asked for them");
    }
}

#[tokio::test]
async fn a_run_without_files_is_not_asked_for() {
    let bench = Bench::of(b"a\r\n");
    for status in [ReportStatus::Generating, ReportStatus::Failed, ReportStatus::Scheduled] {
        let failure = bench.fetch(&HistoryRecord { status, ..record("CSV", 0) }).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
    }
    assert!(bench.script.seen().is_empty());
}

#[tokio::test]
async fn progress_is_told_by_bytes_and_part() {
    let bodies: Vec<Vec<u8>> = (0..3).map(|n| archive(&[("r.csv", format!("{n}\r\n").as_bytes())])).collect();
    let lengths: Vec<u64> = bodies.iter().map(|body| u64::try_from(body.len()).unwrap()).collect();
    let bench = Bench::new(move |request| answer_parts(request, &bodies, None));
    bench.fetch(&record("CSV", 3)).await.unwrap();
    let told = bench.told.lock().unwrap().clone();
    for (part, bytes) in (0..3).zip(lengths) {
        let last = told.iter().rfind(|progress| progress.part == part).unwrap();
        assert_eq!(*last, Progress { part, parts: 3, bytes, of: Some(bytes) });
    }
}

#[tokio::test]
async fn kept_runs_are_listed_and_pruned_by_age() {
    let bench = Bench::of(b"a,b\r\n");
    let downloads = bench.downloads();
    assert_eq!(downloads.kept().unwrap(), [], "a folder that is not there is empty");
    let kept = bench.fetch(&record("CSV", 0)).await.unwrap();
    std::fs::write(downloads.folder().join("incoming-x.part"), "left").unwrap();
    assert_eq!(downloads.kept().unwrap(), std::slice::from_ref(&kept));
    let day = Duration::from_hours(24);
    let later = |days| kept.fetched_at.checked_add(day * days).unwrap();
    assert_eq!(downloads.prune(day * 2, later(1)).unwrap(), []);
    assert_eq!(bench.files(), [kept.files[0].name.clone()], "what broke off is gone");
    assert_eq!(downloads.prune(day * 2, later(2)).unwrap(), [kept]);
    assert_eq!(bench.files(), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(downloads.folder()).unwrap().count(), 0);
}

/// Every format of the simulator: plain, zipped for its size, and split.
#[tokio::test]
async fn files_of_every_format_come_whole_from_the_service() {
    let quiet: certdeck::downloads::Told = Arc::new(|_| {});
    for (split, zip_above, parts) in [(0, 2 << 20, false), (0, 1_000, false), (150, 2 << 20, true)] {
        let rig = Rig::with(|switches| {
            switches.split_rows = split;
            switches.zip_above = zip_above;
        });
        let folder = tempfile::tempdir().unwrap();
        let downloads = Downloads::new(folder.path(), "test");
        for (format, plain) in [("CSV", Kind::Csv), ("JSON", Kind::Json), ("EXCEL", Kind::Excel)] {
            let definition = Definition { format: format.into(), ..definition(format, "ON_DEMAND") };
            rig.change(&Change::Create(Box::new(definition))).await.unwrap();
            rig.control.advance(60);
            let run = rig.named(format).await.unwrap().runs.remove(0);
            let kept = downloads.fetch(&rig.client, &run, None, &quiet).await.unwrap();
            let kind = if parts || zip_above < 2 << 20 { Kind::Zip } else { plain };
            assert!(kept.is_complete() && (kept.parts > 1) == parts, "{format}: {} parts", kept.parts);
            assert!(kept.files.iter().all(|file| file.ended && file.kind == kind), "{format}: {:?}", kept.files);
        }
    }
}
