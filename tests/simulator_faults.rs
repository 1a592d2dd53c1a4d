//! Each fault of the simulator shows on the wire as its name says.
#![cfg(feature = "simulator")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use certdeck::simulator::{self as sim, Fault, FaultPlan, Options, RetryAfter, Rule, Simulator};

type Failure = Box<dyn std::error::Error>;

const CAS: &str = "/certificate-authority/api/v1/ca";

/// What one connection gave: the bytes, and whether it was reset.
struct Heard {
    bytes: Vec<u8>,
    reset: bool,
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn body(&self) -> &[u8] {
        let at = self.bytes.windows(4).position(|window| window == b"\r\n\r\n");
        at.and_then(|at| self.bytes.get(at + 4..)).unwrap_or_default()
    }
}

fn start(plan: FaultPlan) -> Result<Simulator, Failure> {
    Ok(Simulator::spawn(Options { running: false, faults: plan, ..Options::default() })?)
}

fn ask(simulator: &Simulator, method: &str, path: &str, wait: Duration) -> Result<Heard, Failure> {
    let mut stream = TcpStream::connect(simulator.addr())?;
    stream.set_read_timeout(Some(wait))?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: simulator\r\nx-api-key: {}\r\nx-dc-transactionid: t-1\r\nconnection: close\r\n\r\n",
        sim::ONE
    );
    stream.write_all(request.as_bytes())?;
    let mut heard = Heard { bytes: Vec::new(), reset: false };
    let mut piece = [0; 8_192];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => heard.bytes.extend(piece.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                heard.reset = true;
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    Ok(heard)
}

fn once(fault: Fault) -> Result<Heard, Failure> {
    let simulator = start(FaultPlan::always(CAS, fault))?;
    ask(&simulator, "GET", CAS, Duration::from_secs(10))
}

#[test]
fn a_good_answer_carries_date_and_transaction() -> Result<(), Failure> {
    let simulator = start(FaultPlan::default())?;
    let text = ask(&simulator, "GET", CAS, Duration::from_secs(10))?.text();
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(text.contains("date: Sat, 21 Nov 2026 14:02:31 GMT"), "{text}");
    assert!(text.contains("x-dc-transactionid: t-1"), "{text}");
    let seen = simulator.control().requests();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen.first().and_then(|seen| seen.header("x-api-key")), Some(sim::ONE));
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_world() -> Result<(), Failure> {
    let paths = [
        format!("{CAS}?limit=100"),
        "/certificate-authority/api/v1/audit?limit=200".to_owned(),
        "/account/api/v1/user/me".to_owned(),
    ];
    let (one, two) = (start(FaultPlan::default())?, start(FaultPlan::default())?);
    for path in paths {
        let wait = Duration::from_secs(10);
        let first = ask(&one, "GET", &path, wait)?;
        assert!(first.bytes.starts_with(b"HTTP/1.1 200"), "{path}");
        assert_eq!(first.bytes, ask(&two, "GET", &path, wait)?.bytes, "{path}");
    }
    Ok(())
}

#[test]
fn bodies_are_cut_in_four_ways() -> Result<(), Failure> {
    let heard = once(Fault::CutBody)?;
    let text = heard.text();
    let promised = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
    let promised: usize = promised.ok_or("no length")?.parse()?;
    assert_eq!((heard.body().len(), heard.reset), (promised / 2, false));

    let heard = once(Fault::CutChunked)?;
    assert!(heard.text().contains("transfer-encoding: chunked") && !heard.text().ends_with("0\r\n\r\n"));

    let heard = once(Fault::CutClose)?;
    assert!(!heard.text().contains("content-length") && !heard.text().contains("chunked"));
    assert!(serde_json::from_slice::<serde_json::Value>(heard.body()).is_err());

    let heard = once(Fault::Reset)?;
    assert!(heard.reset && heard.bytes.starts_with(b"HTTP/1.1 200"));

    let heard = once(Fault::ResetEarly)?;
    assert!(heard.reset && heard.bytes.is_empty());
    Ok(())
}

#[test]
fn silence_lasts() -> Result<(), Failure> {
    let simulator = start(FaultPlan::always(CAS, Fault::Silence))?;
    let heard = ask(&simulator, "GET", CAS, Duration::from_millis(200));
    assert!(
        heard.is_err_and(|error| error.to_string().contains("temporarily") || error.to_string().contains("timed out"))
    );
    let started = Instant::now();
    drop(simulator);
    assert!(started.elapsed() < Duration::from_secs(2), "a silent connection must not hold the simulator");
    Ok(())
}

#[test]
fn retry_after_comes_in_every_form() -> Result<(), Failure> {
    let forms = [
        (Some(RetryAfter::Seconds(7)), "retry-after: 7\r\n"),
        (Some(RetryAfter::Seconds(-1)), "retry-after: -1\r\n"),
        (Some(RetryAfter::HttpDate(30)), "retry-after: Sat, 21 Nov 2026 14:03:01 GMT\r\n"),
        (Some(RetryAfter::Text("soon".to_owned())), "retry-after: soon\r\n"),
        (None, "request_limit_exceeded"),
    ];
    for (retry_after, expected) in forms {
        let text = once(Fault::Status { status: 429, retry_after })?.text();
        assert!(text.starts_with("HTTP/1.1 429") && text.contains(expected), "{text}");
    }
    Ok(())
}

#[test]
fn bodies_are_spoiled() -> Result<(), Failure> {
    assert!(std::str::from_utf8(once(Fault::InvalidUtf8)?.body()).is_err());
    assert!(once(Fault::DuplicateKey)?.text().contains(r#""id":"first","id":"second","#));
    assert!(once(Fault::OtherList)?.body().starts_with(b"["));
    assert!(once(Fault::ShrinkingTotal)?.text().contains("\"total\":22"));
    assert!(once(Fault::DeepJson { depth: 500 })?.text().ends_with("]]]"));
    let text = once(Fault::ErrorShape { status: 404, shape: 3 })?.text();
    assert!(text.contains(r#""status":"invalid_input_field""#), "{text}");
    let text = once(Fault::MissingPath)?.text();
    assert!(text.starts_with("HTTP/1.1 404") && text.contains("Path not found"));
    let text = once(Fault::Html { status: 200, bytes: 10_000 })?;
    assert!(text.text().contains("text/html"));
    let text = once(Fault::ExpiredKey)?.text();
    assert!(text.contains("invalid_api_key"), "{text}");
    let text = once(Fault::Redirect { status: 302, to: "http://192.0.2.1/".to_owned() })?.text();
    assert!(text.contains("location: http://192.0.2.1/"), "{text}");
    let text = once(Fault::Skew { seconds: 3_600 })?.text();
    assert!(text.contains("date: Sat, 21 Nov 2026 15:02:31 GMT"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_bomb_unpacks_to_what_it_says() -> Result<(), Failure> {
    let simulator = start(FaultPlan::always(CAS, Fault::GzipBomb { mebibytes: 3 }))?;
    let url = format!("http://{}{CAS}", simulator.addr());
    let client = reqwest::Client::builder().no_proxy().build()?;
    let body = client.get(&url).send().await?.bytes().await?;
    assert_eq!((body.len(), body.iter().all(|byte| *byte == b' ')), (3 << 20, true));
    simulator.control().set_faults(FaultPlan::always(CAS, Fault::GzipCut));
    assert!(client.get(&url).send().await?.bytes().await.is_err());
    Ok(())
}

#[test]
fn pages_repeat_and_one_page_fails() -> Result<(), Failure> {
    let simulator = start(FaultPlan::always(CAS, Fault::PageRepeats))?;
    let second = format!("{CAS}?offset=20&limit=20");
    let text = ask(&simulator, "GET", &second, Duration::from_secs(10))?.text();
    assert!(text.contains("\"offset\":0"), "{text}");
    let rule = Rule { offset: Some(20), ..Rule::new(CAS, Fault::Status { status: 503, retry_after: None }) };
    simulator.control().set_faults(FaultPlan { rules: vec![rule] });
    assert!(ask(&simulator, "GET", CAS, Duration::from_secs(10))?.text().starts_with("HTTP/1.1 200"));
    assert!(ask(&simulator, "GET", &second, Duration::from_secs(10))?.text().starts_with("HTTP/1.1 503"));
    Ok(())
}

#[test]
fn a_write_is_applied_or_not_before_its_answer_is_lost() -> Result<(), Failure> {
    let simulator = start(FaultPlan::default())?;
    let control = simulator.control();
    let id = control.ca_id("Acme Issuing CA G2 EU").ok_or("no CA")?;
    let path = format!("{CAS}/{id}/revocation-request/RR-0412/reject");
    control.set_faults(FaultPlan { rules: vec![Rule::new(CAS, Fault::ResetEarly).method("PUT").times(1)] });
    assert!(ask(&simulator, "PUT", &path, Duration::from_secs(10))?.reset);
    assert_eq!(control.request_status("RR-0412").as_deref(), Some("pending"));
    control.set_faults(FaultPlan { rules: vec![Rule::new(CAS, Fault::ResetEarly).method("PUT").applied()] });
    assert!(ask(&simulator, "PUT", &path, Duration::from_secs(10))?.reset);
    assert_eq!(control.request_status("RR-0412").as_deref(), Some("rejected"));
    Ok(())
}

#[test]
fn a_slow_body_is_slow() -> Result<(), Failure> {
    let simulator = start(FaultPlan::always("/api/v1/health", Fault::Drip { bytes_per_second: 60 }))?;
    let started = Instant::now();
    let heard = ask(&simulator, "GET", "/api/v1/health", Duration::from_secs(10))?;
    assert!(heard.text().contains("UP"));
    assert!(started.elapsed() >= Duration::from_millis(250));
    Ok(())
}
