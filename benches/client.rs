//! Long answers of a service on the loopback, named after the rows of the performance goals that they guard.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use certdeck::{
    client::{Client, PartnerSettings, Settings, Silent, SubaccountSettings},
    domain::acme::AcmeCertificate,
};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::runtime::Runtime;

const COUNTS: [u32; 2] = [100_000, 1_000_000];

fn main() {
    divan::main();
}

/// A list as the service answers it; every 20th record waits to be issued.
fn answer(count: u32) -> String {
    let mut body = "{\"certificates\":[".to_owned();
    for n in 0..count {
        let spread = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let host = format!("host-{:08x}.acme-corp.example", n.wrapping_mul(2_654_435_761));
        let issued = format!(
            "\"issued\",\"expiration_date\":\"2027-03-{:02}T08:15:00Z\",\"serial_number\":\"{spread:032X}\"",
            n % 28 + 1
        );
        let pending = "\"pending\",\"expiration_date\":null,\"serial_number\":null".to_owned();
        let state = if n % 20 == 19 { pending } else { issued };
        let comma = if n == 0 { "" } else { "," };
        let names = format!("[\"{host}\",\"www.{host}\"]");
        write!(body, "{comma}{{\"domain\":\"{host}\",\"status\":{state},\"sans\":{names}}}").expect("a text");
    }
    body + "]}"
}

/// Answers every request for certificates with `list`, and every other one with a 404.
fn serve(list: Arc<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let list = Arc::clone(&list);
            thread::spawn(move || tell(&stream, &list));
        }
    });
    address
}

fn tell(mut stream: &TcpStream, list: &str) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    loop {
        let request = lines.next()?.ok()?;
        while !lines.next()?.ok()?.is_empty() {}
        let (status, body) = if request.contains("/certificates") { ("200 OK", list) } else { ("404 Not Found", "{}") };
        let kind = "Content-Type: application/json";
        write!(stream, "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}

/// A client of one contract with so many certificates.
fn client(count: u32) -> Client {
    let url = format!("http://{}", serve(Arc::new(answer(count))));
    let key = SecretString::from("none");
    let subaccount = SubaccountSettings { name: "shop".into(), key, contracts: vec![12345] };
    let partner = PartnerSettings { url, subaccounts: vec![subaccount], ..PartnerSettings::new() };
    Client::new(Settings { partner: Some(partner), ..Settings::default() })
}

/// All of a contract's certificates, read and packed.
#[divan::bench(args = COUNTS, sample_count = 5, sample_size = 1)]
fn row_13_read_acme(bencher: divan::Bencher, count: u32) {
    let (client, runtime) = (client(count), Runtime::new().expect("a runtime"));
    bencher.bench_local(|| {
        let read = runtime.block_on(client.acme_certificates(&mut Silent)).expect("an answer");
        assert_eq!(read.rows.len(), count as usize);
        read
    });
}

/// The time until the first rows can be drawn.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn row_12_first_rows_of_100k(bencher: divan::Bencher) {
    let (client, runtime) = (client(COUNTS[0]), Runtime::new().expect("a runtime"));
    bencher.bench_local(|| {
        let (sender, mut first) = tokio::sync::mpsc::unbounded_channel();
        let mut rows = move |batch: Vec<AcmeCertificate>| {
            // Later rows come when nobody waits for them.
            let _ = sender.send(batch.len());
        };
        runtime.block_on(async {
            tokio::select! {
                biased;
                count = first.recv() => count,
                read = client.acme_certificates(&mut rows) => read.ok().map(|read| read.rows.len()),
            }
        })
    });
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what others would hold")]
struct Record {
    domain: String,
    status: String,
    expiration_date: Option<String>,
    serial_number: Option<String>,
    sans: Vec<String>,
}

/// The yardstick: the same answer from memory, as records of owned texts.
#[divan::bench(args = COUNTS, sample_count = 5, sample_size = 1)]
fn row_13_yardstick_serde_json(bencher: divan::Bencher, count: u32) {
    #[derive(Deserialize)]
    struct List {
        certificates: Vec<Record>,
    }
    let body = answer(count);
    bencher.bench_local(|| serde_json::from_str::<List>(&body).expect("a list").certificates);
}
