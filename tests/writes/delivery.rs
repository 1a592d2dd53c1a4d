//! How far one request came: what is told of it is exact, and it has a connection of its own.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::{Client, OneSettings, Settings, Silent, Timeouts},
    domain::{
        ca::decision::{Class, Errand, Operation, Outcome},
        ids::{CaId, RequestId},
    },
    simulator::{Options, Simulator, Tls},
};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const KEY: &str = "canary-51e0d7";

fn client(url: &str) -> Client {
    let one = OneSettings { url: url.to_owned(), ..OneSettings::new(SecretString::from(KEY)) };
    let short = Duration::from_millis(200);
    let timeouts = Timeouts { total: short, ..Timeouts::default() };
    Client::new(Settings { one: Some(one), timeouts, ..Settings::default() })
}

fn errand() -> Errand {
    Errand {
        operation: Operation::ApproveRevocation,
        ca: CaId::new("ca-1"),
        request: Some(RequestId::new("RR-1")),
        reason: None,
        comment: "checked".into(),
    }
}

/// Head and body of a request; `None` when the peer has gone.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

/// Takes connections for ever; `act` gets each with its number.
async fn server<F: Future<Output = ()> + Send + 'static>(
    act: impl Fn(usize, TcpStream) -> F + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept().await {
            number += 1;
            tokio::spawn(act(number, stream));
        }
    });
    address
}

#[tokio::test]
async fn a_change_has_a_connection_that_nothing_else_uses() {
    let seen: Arc<Mutex<Vec<(usize, String)>>> = Arc::default();
    let log = seen.clone();
    let address = server(move |number, mut stream| {
        let log = log.clone();
        async move {
            while let Some(request) = request(&mut stream).await {
                log.lock().unwrap().push((number, request.split(' ').next().unwrap().to_owned()));
                let answer = if request.starts_with("GET") {
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
                } else {
                    "HTTP/1.1 204 No Content\r\n\r\n"
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    let client = client(&format!("http://{}", address.await));
    for _ in 0..2 {
        client.cas(&mut Silent).await.unwrap();
        client.cas(&mut Silent).await.unwrap();
        assert_eq!(client.change(&errand()).await.class(), Class::Ok);
    }
    let seen = seen.lock().unwrap().clone();
    let used = |method: &str| seen.iter().filter(|(_, m)| m == method).map(|(n, _)| *n).collect::<Vec<_>>();
    let (reads, writes) = (used("GET"), used("PUT"));
    assert_eq!((reads.len(), writes.len()), (4, 2), "{seen:?}");
    assert!(reads.iter().all(|number| *number == reads[0]), "reads share one: {seen:?}");
    assert!(writes[0] != writes[1] && !writes.contains(&reads[0]), "{seen:?}");
}

/// Each way in which a connection ends before it carries a byte, and each in which it may have carried one.
#[tokio::test]
async fn g14_what_has_not_left_is_told_exactly_and_in_doubt_it_may_have() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = nobody.local_addr().unwrap();
    drop(nobody);
    let untrusted = Simulator::spawn(Options { tls: Some(Tls::default()), ..Options::default() }).unwrap();
    let not_tls = server(|_, mut stream| async move {
        // What answers here speaks no TLS: the handshake fails.
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let never = [
        format!("http://{refused}"),
        untrusted.urls().one,
        format!("https://{}", not_tls.await),
        "https://one.invalid".to_owned(),
    ];
    for url in never {
        let outcome = client(&url).change(&errand()).await;
        assert!(matches!(outcome, Outcome::NotSent(_)), "{url}: {outcome:?}");
        assert!(!format!("{outcome:?}").contains(KEY));
    }
    assert_eq!(untrusted.control().requests(), []);
    let arrived = Arc::new(AtomicUsize::new(0));
    let closed = server(|_, stream| async move { drop(stream) }).await;
    let count = arrived.clone();
    let silent = server(move |_, mut stream| {
        let count = count.clone();
        async move {
            if request(&mut stream).await.is_some() {
                count.fetch_add(1, Ordering::Relaxed);
            }
            std::future::pending::<()>().await;
        }
    });
    let count = arrived.clone();
    let cut = server(move |_, mut stream| {
        let count = count.clone();
        async move {
            if request(&mut stream).await.is_some() {
                count.fetch_add(1, Ordering::Relaxed);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{").await;
            }
        }
    });
    for address in [closed, silent.await, cut.await] {
        let outcome = client(&format!("http://{address}")).change(&errand()).await;
        assert!(matches!(outcome, Outcome::Lost(_)), "{outcome:?}");
    }
    assert_eq!(arrived.load(Ordering::Relaxed), 2, "once each");
}

#[tokio::test]
async fn d22_an_id_that_is_a_path_is_not_asked_for() {
    let client = client("http://127.0.0.1:9");
    for id in ["", ".", ".."] {
        let odd = Errand { request: Some(RequestId::new(id)), ..errand() };
        assert!(client.prepare(&odd).is_err(), "{id:?}");
        assert!(matches!(client.change(&odd).await, Outcome::NotSent(_)));
    }
    let escaped = Errand { request: Some(RequestId::new("a/../b?c#d")), ..errand() };
    let path = client.prepare(&escaped).unwrap().path;
    assert!(path.ends_with("/revocation-request/a%2F..%2Fb%3Fc%23d/approve"), "{path}");
}
