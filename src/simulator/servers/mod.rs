//! Servers of names of the world, on the loopback: what they serve is right, old, foreign, of another name, or nothing.
//!
//! One port speaks TLS for all names and tells them apart by the name that is asked for; a second address of the same port
//! serves other certificates for names that are mixed; five ports begin with words of another protocol. A certificate is made
//! when it is first asked for.

mod certificates;
mod words;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;

use super::serve::Shared;
use certificates::Certificates;
use words::Words;

/// How long a server that says nothing, or next to nothing, keeps a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the server of a name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The name, as certificates of the world have it.
    pub name: &'static str,
    /// Its addresses.
    pub hosts: Vec<IpAddr>,
    /// Its port.
    pub port: u16,
    /// The protocol before TLS: `smtp`, `imap`, `pop3`, `ldap`, `postgres`.
    pub start_tls: Option<&'static str>,
}

/// What a server does when it is asked for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scene {
    /// Serves the newest certificate of the name.
    Newest,
    /// Serves the one before it.
    Before,
    /// Serves a newer one, which no list has yet.
    Later,
    /// Serves one of another CA.
    Foreign,
    /// Serves the newest of another name, which does not hold this one.
    Elsewhere(&'static str),
    /// Serves the newest of a wildcard.
    Wildcard(&'static str),
    /// Says nothing.
    Silent,
    /// Sends a byte each half second.
    Drip,
    /// Resets the connection.
    Reset,
    /// Answers in plain HTTP.
    Plain,
}

/// Names, what their servers do at the first address, at the second where there is one, and the words before TLS.
const PLAN: [(&str, Scene, Option<Scene>, Option<Words>); 20] = [
    ("pay.acme-corp.example", Scene::Newest, None, None),
    ("login.acme-corp.example", Scene::Newest, Some(Scene::Newest), None),
    ("blog.acme-corp.example", Scene::Newest, None, None),
    ("cdn-3.acme-corp.example", Scene::Newest, None, None),
    ("*.apps.acme-corp.example", Scene::Newest, None, None),
    ("www.acme-corp.example", Scene::Before, None, None),
    ("docs.acme-corp.example", Scene::Newest, Some(Scene::Before), None),
    ("api.acme-corp.example", Scene::Later, None, None),
    ("status.acme-corp.example", Scene::Foreign, None, None),
    ("img.acme-corp.example", Scene::Elsewhere("files.acme-corp.example"), None, None),
    ("notes.apps.acme-corp.example", Scene::Wildcard("*.apps.acme-corp.example"), None, None),
    ("vpn.acme-corp.example", Scene::Silent, None, None),
    ("b2b.acme-corp.example", Scene::Drip, None, None),
    ("grafana.acme-corp.example", Scene::Reset, None, None),
    ("ftp.acme-corp.example", Scene::Plain, None, None),
    ("mx1.acme-corp.example", Scene::Newest, None, Some(Words::Smtp)),
    ("files.acme-corp.example", Scene::Newest, None, Some(Words::Imap)),
    ("hr.acme-corp.example", Scene::Newest, None, Some(Words::Pop3)),
    ("auth.acme-corp.example", Scene::Newest, None, Some(Words::Ldap)),
    ("erp.acme-corp.example", Scene::Newest, None, Some(Words::Postgres)),
];

/// Names that have a server, wherever that listens.
pub fn server_names() -> impl Iterator<Item = &'static str> {
    PLAN.iter().map(|(name, ..)| *name)
}

/// A bound port.
struct Place {
    listener: TcpListener,
    second: bool,
    words: Option<Words>,
}

/// All bound ports, and the names behind them.
pub(super) struct Servers {
    places: Vec<Place>,
    list: Vec<Server>,
}

impl Servers {
    /// Binds the ports.
    ///
    /// # Errors
    ///
    /// When the loopback cannot be bound.
    pub(super) fn bind() -> io::Result<Self> {
        let bound = |ip: IpAddr, port: u16| {
            let listener = TcpListener::bind(SocketAddr::new(ip, port))?;
            listener.set_nonblocking(true)?;
            let at = listener.local_addr()?;
            Ok::<_, io::Error>((listener, at))
        };
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (listener, first) = bound(local, 0)?;
        let mut places = vec![Place { listener, second: false, words: None }];
        // Not every machine has the same second address.
        let others = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2))];
        let second = others.into_iter().find_map(|ip| bound(ip, first.port()).ok());
        let second = second.map(|(listener, at)| {
            places.push(Place { listener, second: true, words: None });
            at.ip()
        });
        let mut list = Vec::new();
        for (name, _, other, words) in PLAN {
            let (hosts, port) = match words {
                None => (std::iter::once(local).chain(second.filter(|_| other.is_some())).collect(), first.port()),
                Some(words) => {
                    let (listener, at) = bound(local, 0)?;
                    places.push(Place { listener, second: false, words: Some(words) });
                    (vec![local], at.port())
                }
            };
            list.push(Server { name, hosts, port, start_tls: words.map(Words::name) });
        }
        Ok(Self { places, list })
    }

    /// The names.
    pub(super) fn list(&self) -> &[Server] {
        &self.list
    }

    /// Accepts connections; its tasks end with the runtime.
    pub(super) fn start(self, shared: &Arc<Shared>) -> io::Result<()> {
        let certificates = Arc::new(Certificates::new(shared.clone()));
        for Place { listener, second, words } in self.places {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let certificates = certificates.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let certificates = certificates.clone();
                    // A client that goes away is no concern of a server.
                    tokio::spawn(async move { meet(stream, second, words, &certificates).await.ok() });
                }
            });
        }
        Ok(())
    }
}

async fn meet(
    mut stream: TcpStream,
    second: bool,
    words: Option<Words>,
    certificates: &Certificates,
) -> io::Result<()> {
    if let Some(words) = words {
        words.speak(&mut stream).await?;
    }
    let mut hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let asked = hello.client_hello().server_name().unwrap_or_default().to_ascii_lowercase();
    let Some((name, scene)) = scene(&asked, second) else { return Ok(()) };
    match scene {
        Scene::Silent => tokio::time::sleep(PATIENCE).await,
        Scene::Drip => {
            let mut beat = tokio::time::interval(Duration::from_millis(500));
            // The head of a handshake record that is never whole.
            for byte in [0x16, 3, 3, 0x3f, 0xff].into_iter().chain(std::iter::repeat_n(2, 55)) {
                beat.tick().await;
                hello.io.write_all(&[byte]).await?;
            }
        }
        Scene::Reset => hello.io.set_zero_linger()?,
        Scene::Plain => hello.io.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await?,
        scene => {
            let scene = if certificates.is_reloaded(name) { Scene::Newest } else { scene };
            let Some(config) = certificates.config(name, scene) else { return Ok(()) };
            let mut tls = hello.into_stream(config).await?;
            tls.shutdown().await?;
        }
    }
    Ok(())
}

/// The line of the plan for a name that is asked for: its own, or that of the wildcard above it.
fn scene(asked: &str, second: bool) -> Option<(&'static str, Scene)> {
    let wildcard = asked.split_once('.').map(|(_, parent)| format!("*.{parent}")).unwrap_or_default();
    let line = |wanted: &str| PLAN.iter().find(|(name, ..)| *name == wanted);
    let (name, first, other, _) = line(asked).or_else(|| line(&wildcard))?;
    Some((name, other.filter(|_| second).unwrap_or(*first)))
}

#[cfg(test)]
mod tests {
    use super::{PLAN, Scene, scene};

    #[test]
    fn each_name_has_one_line_and_a_wildcard_stands_for_the_rest() {
        let mut names: Vec<&str> = PLAN.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PLAN.len());
        assert_eq!(scene("docs.acme-corp.example", true), Some(("docs.acme-corp.example", Scene::Before)));
        assert_eq!(scene("pay.acme-corp.example", true), Some(("pay.acme-corp.example", Scene::Newest)));
        assert_eq!(scene("www.apps.acme-corp.example", false), Some(("*.apps.acme-corp.example", Scene::Newest)));
        assert_eq!(scene("example", false), None);
    }
}
