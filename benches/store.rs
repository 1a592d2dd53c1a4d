//! The kept lists on their way to the screen, and into the file.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

use std::sync::Arc;

use certdeck::{
    domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus},
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    store::{Body, CHUNK, Chunk, ContextId, Place, Saved, Store},
};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

fn main() {
    divan::main();
}

fn certificates(count: u32) -> Vec<AcmeCertificate> {
    let row = |i: u32| {
        let spread = i.wrapping_mul(2_654_435_761);
        let name = Name::new(&format!("host-{spread:08x}.acme-corp.example"));
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new("12345"),
            domain: name.clone(),
            status: CertificateStatus::Issued,
            expires: When::At(NOW + jiff::SignedDuration::from_secs(i64::from(spread % 30_000_000))),
            serial: Serial::parse(&format!("{spread:032X}")),
            names: NameSet::new([name]),
            oddities: Vec::new(),
        }
    };
    AcmeCertificate::pack((0..count).map(row))
}

/// A store with a kept list, and what waits for it.
fn kept() -> (tempfile::TempDir, Store, ContextId, tokio::runtime::Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(Place::Folder(folder.path().to_owned()), Arc::new(|| NOW));
    let context = ContextId::new("prod", ["https://one.example.com"]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let body = Body::from(certificates(100_000));
    runtime.block_on(put(&store, &context, body));
    (folder, store, context, runtime)
}

async fn put(store: &Store, context: &ContextId, body: Body) {
    let saved = Saved { read_at: NOW, complete: true, origin: None };
    store.put(context, saved, body).await.expect("a list that is kept");
}

#[divan::bench(sample_count = 20)]
fn store_load_100k(bencher: divan::Bencher) {
    let (_folder, store, context, runtime) = kept();
    bencher.bench_local(|| {
        runtime.block_on(async {
            let mut loading = store.get::<AcmeCertificate>(&context).await.expect("a file").expect("a list");
            let mut chunks = Vec::new();
            while let Some(rows) = loading.next().await.expect("the next rows") {
                chunks.push(rows);
            }
            assert_eq!(chunks.iter().map(Vec::len).sum::<usize>(), 100_000);
            chunks
        })
    });
}

#[divan::bench(sample_count = 10)]
fn store_encode_100k(bencher: divan::Bencher) {
    let rows = certificates(100_000);
    bencher.bench_local(|| rows.chunks(CHUNK).map(Chunk::of).count());
}

#[divan::bench(sample_count = 10)]
fn store_put_100k(bencher: divan::Bencher) {
    let (_folder, store, context, runtime) = kept();
    let body = Body::from(certificates(100_000));
    bencher.with_inputs(|| body.clone()).bench_local_values(|body| runtime.block_on(put(&store, &context, body)));
}
