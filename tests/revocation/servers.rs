//! Servers of CRLs and OCSP that are not what they should be, and where nothing is asked at all.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::ProbeSettings,
    domain::ca::revocation::{Path, Said},
};

use super::bench::{
    Book, Ca, KEY, List, at, client, client_of, http, job, now, ok, only, open, request, root, serve, told,
};

fn ca() -> Ca {
    root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256)
}

/// For servers that never end.
fn impatient() -> ProbeSettings {
    ProbeSettings { total: Duration::from_millis(400), ..open() }
}

#[tokio::test]
async fn n04_n05_servers_that_are_silent_drip_or_stop_end_at_the_deadline_of_the_whole() {
    let drip = |mut stream: TcpStream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n\r\n");
        while stream.write_all(b"0").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let silent = |mut stream: TcpStream| while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {};
    let stops = |mut stream: TcpStream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n0");
        while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}
    };
    let heads = |mut stream: TcpStream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X: y\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let ca = ca();
    let client = client_of(&[("own", &ca.der)], impatient(), None);
    let urls = [serve(drip), serve(silent), serve(stops), serve(heads)].map(at);
    for url in &urls {
        for job in [job(&[url], &[], None), job(&[], &[url], Some("0A"))] {
            let (verdict, sentence) = told(&client, &job).await;
            assert_eq!(verdict, "unreachable", "{sentence}");
            assert_eq!(sentence, "no answer: the answer was not complete within 0.4 s");
        }
    }
}

#[tokio::test]
async fn n16_n17_a_bomb_ends_at_the_limit_and_nothing_packed_is_unpacked() {
    let flood = |mut stream: TcpStream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n\r\n");
        let piece = vec![0x30; 1 << 20];
        while stream.write_all(&piece).is_ok() {}
    };
    let packed = http(|request| {
        let head = String::from_utf8_lossy(request).to_ascii_lowercase();
        assert!(!head.contains("accept-encoding"), "{head}");
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b".to_vec()
    });
    let ca = ca();
    let client = client(&ca);
    let (flood, packed) = (at(serve(flood)), at(packed));
    let cases = [
        (job(&[&flood], &[], None), "no answer: the answer is larger than 67108864 bytes"),
        (job(&[], &[&flood], Some("0A")), "no answer: the answer is larger than 262144 bytes"),
        (job(&[&packed], &[], None), "no answer: the answer is encoded as gzip, which was not asked for"),
    ];
    for (job, words) in cases {
        assert_eq!(told(&client, &job).await, ("unreachable", words.to_owned()));
    }
}

#[tokio::test]
async fn n07_n10_other_answers_than_a_crl_are_told() {
    let line =
        |status: &'static str| http(move |_| format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nno").into_bytes());
    let html = http(|_| ok("text/html; charset=utf-8", b"<html>\x1b]0;x\x07</html>"));
    let cut = http(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nno".to_vec());
    let many = http(|_| {
        let lines: String = "X-A: y\r\n".repeat(200);
        format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes()
    });
    let none = serve(drop);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cases = [
        (html, "no answer: it sends text/html in place of a CRL"),
        (line("404 Not Found"), "no answer: it answered 404 in place of a CRL"),
        (line("204 No Content"), "no answer: it answered 204 in place of a CRL"),
        (line("503 Busy"), "no answer: it answered 503 in place of a CRL"),
        (cut, "no answer: the connection was cut before the answer was complete"),
        (many, "no answer: the answer has too many or too long header lines"),
        (none, "no answer: the connection was cut before the answer was complete"),
        (closed, "no answer: 127.0.0.1 refused the connection"),
    ];
    let client = client(&ca());
    for (port, words) in cases {
        assert_eq!(told(&client, &job(&[&at(port)], &[], None)).await, ("unreachable", words.to_owned()));
    }
}

#[tokio::test]
async fn n09_redirects_are_followed_only_where_an_address_may_be_asked() {
    let to = |target: String| {
        at(http(move |_| format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n").into_bytes()))
    };
    let ca = ca();
    let client = client(&ca);
    let bytes = ca.crl(&List::default());
    let good = at(http(move |_| ok("application/pkix-crl", &bytes)));
    let twice = to(to(good.clone()));
    assert_eq!(told(&client, &job(&[&twice], &[], None)).await.0, "fresh");
    let deep = to(to(to(twice)));
    let (verdict, why) = told(&client, &job(&[&deep], &[], None)).await;
    assert_eq!((verdict, why.as_str()), ("unreachable", "no answer: it points elsewhere more than 3 times"));
    let itself = at(http(|_| b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n".to_vec()));
    assert_eq!(told(&client, &job(&[&itself], &[], None)).await.1, "no answer: it points elsewhere more than 3 times");
    let cases = [
        ("http://169.254.169.254/latest/meta-data?k=v", "it points to http://169.254.169.254/latest/meta-data, which"),
        ("file:///etc/passwd", "it points to file:///etc/passwd, which is not followed: only http and https are asked"),
        ("http://[fe80::1]/", "is no address of a server"),
        ("http://", "it points to a place that is no address, which is no address"),
    ];
    for (target, words) in cases {
        let url = to(target.to_owned());
        let (verdict, why) = told(&client, &job(&[&url], &[], None)).await;
        assert_eq!(verdict, "unreachable");
        assert!(why.contains(words) && !why.contains("k=v"), "{why}");
    }
    // From a public name to this machine.
    let resolver = Arc::new(Book(vec![("crl.example.com", vec!["127.0.0.1".parse().unwrap()])]));
    let closed = client_of(&[("own", &ca.der)], ProbeSettings { allow_private: false, resolver, ..open() }, None);
    let (verdict, why) = told(&closed, &job(&["http://crl.example.com/r1.crl"], &[], None)).await;
    assert_eq!(verdict, "not asked");
    assert_eq!(why, "not asked: 127.0.0.1 is a private address; allow_private under probe lets it be asked");
    // A question is sent to nobody else.
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let second = at(http(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
        Vec::new()
    }));
    let (_, why) = told(&client, &job(&[], &[&to(second)], Some("0A"))).await;
    assert!(why.ends_with("where no question is sent on"), "{why}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_no_public_address_of_http_is_not_asked() {
    let ca = ca();
    let settings = |named_only| ProbeSettings { allow_private: false, named_only, ..open() };
    let client = client_of(&[("own", &ca.der)], settings(false), None);
    let cases = [
        ("ldap://ldap.example.com/cn=x?certificateRevocationList", "only http and https are asked, and this is ldap"),
        ("http://10.0.0.7/x.crl", "10.0.0.7 is a private address; allow_private under probe lets it be asked"),
        ("http://[::1]:80/x.crl", "::1 is a private address; allow_private under probe lets it be asked"),
        ("http://169.254.169.254/", "169.254.169.254 is no address of a server"),
        ("\u{1b}]0;x", "it is no address"),
    ];
    for (url, why) in cases {
        assert_eq!(told(&client, &job(&[url], &[], None)).await, ("not asked", format!("not asked: {why}")));
    }
    let lost = told(&client, &job(&["http://lost.example.com/x.crl"], &[], None)).await;
    assert_eq!(lost, ("unreachable", "no answer: cannot find the host lost.example.com".to_owned()));
    let demo = client_of(&[("own", &ca.der)], settings(true), None);
    let (_, why) = told(&demo, &job(&["http://crl.example.com/x.crl"], &[], None)).await;
    assert_eq!(why, "not asked: the demonstration asks this machine alone");
}

/// All that is written to a place of a certificate.
#[tokio::test]
async fn g11_no_key_and_no_header_of_a_service_goes_to_a_place_of_a_certificate() {
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let own = Arc::clone(&heard);
    let port = http(move |request| {
        own.lock().unwrap().extend_from_slice(request);
        b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let ca = ca();
    client(&ca).check_revocation(&job(&[&at(port)], &[&at(port)], Some("0A"))).await.unwrap();
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).to_ascii_lowercase();
    assert!(heard.contains("get /x http/1.1") && heard.contains("post /x http/1.1"), "{heard}");
    for word in [KEY, "x-api", "x-dc", "authorization", "cookie", "referer", "digicert"] {
        assert!(!heard.contains(word), "{word}: {heard}");
    }
}

#[tokio::test]
async fn n21_the_proxy_of_the_context_is_used_and_told_with_its_address_alone() {
    let ca = ca();
    let bytes = ca.crl(&List::default());
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let own = Arc::clone(&heard);
    let proxy = http(move |request| {
        own.lock().unwrap().push(String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned());
        ok("application/pkix-crl", &bytes)
    });
    let proxy = Some(format!("http://user:hunter2@127.0.0.1:{proxy}"));
    let client = client_of(&[("own", &ca.der)], open(), proxy.clone());
    let answer = only(client.check_revocation(&job(&["http://crl.example.com/r1.crl"], &[], None)).await.unwrap());
    assert!(matches!(answer.said, Said::Crl(_)), "{answer:?}");
    assert_eq!(*heard.lock().unwrap(), ["GET http://crl.example.com/r1.crl HTTP/1.1"]);
    let path = answer.path.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(path.starts_with("through the proxy 127.0.0.1:") && !path.contains("hunter2"), "{path}");
    // An address that nobody may ask is not asked through a proxy either, and this machine never.
    let (verdict, _) = told(&client, &job(&["http://169.254.169.254/"], &[], None)).await;
    assert_eq!(verdict, "not asked");
    let bytes = ca.crl(&List::default());
    let local = at(http(move |_| ok("application/pkix-crl", &bytes)));
    let answer = only(client.check_revocation(&job(&[&local], &[], None)).await.unwrap());
    assert!(matches!(answer.path, Some(Path::Direct(_))), "{answer:?}");
    assert_eq!(answer.verdict(now()).word(), "fresh");
    let gone = client_of(&[("own", &ca.der)], open(), Some("http://user:hunter2@127.0.0.1:1".into()));
    let (verdict, why) = told(&gone, &job(&["http://crl.example.com/r1.crl"], &[], None)).await;
    assert_eq!(verdict, "unreachable");
    assert!(why.contains("the proxy 127.0.0.1:1 refused the connection") && !why.contains("hunter2"), "{why}");
}

/// The address that was looked at is the one that is connected to: a second lookup could give another one.
#[tokio::test]
async fn a_name_is_looked_up_once_and_its_address_is_told() {
    let ca = ca();
    let bytes = ca.crl(&List::default());
    let port = http(move |request| {
        assert!(String::from_utf8_lossy(request).contains("crl.example.com"));
        ok("application/pkix-crl", &bytes)
    });
    let resolver = Arc::new(Book(vec![("crl.example.com", vec!["127.0.0.1".parse().unwrap()])]));
    let client = client_of(&[("own", &ca.der)], ProbeSettings { resolver, ..open() }, None);
    let url = format!("http://crl.example.com:{port}/r1.crl");
    let answer = only(client.check_revocation(&job(&[&url], &[], None)).await.unwrap());
    assert_eq!(answer.path.map(|path| path.to_string()), Some(format!("from 127.0.0.1:{port}")));
}
