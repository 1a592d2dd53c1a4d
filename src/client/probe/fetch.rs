//! One address of a certificate, asked within a deadline and a size: by http or https, without any key, and only where
//! the rules for addresses of probes let it.

use std::{net::SocketAddr, time::Duration};

use tokio::time::timeout;

use super::{
    Prober,
    resolve::{self, Place},
};
use crate::{
    client::{
        auth::Origin,
        body::{self, Body},
        endpoint,
        error::{ClientError, TransportError, line},
        limits,
        transport::{Errand, Response, Url, header},
    },
    domain::{Clean, ca::revocation::Path},
};

/// What is asked for.
pub struct Wanted {
    /// What it is, for a sentence: `a CRL`.
    pub what: &'static str,
    /// Types that are accepted.
    pub accept: &'static str,
    /// Type and bytes of a question; it is sent once, and followed nowhere.
    pub question: Option<(&'static str, Vec<u8>)>,
    /// Most bytes of the answer.
    pub limit: usize,
}

/// How far it went.
pub struct Fetched {
    /// How the address was reached; `None` when it was not.
    pub path: Option<Path>,
    /// The bytes, or why there are none.
    pub result: Result<Vec<u8>, Missed>,
}

/// Why there are no bytes.
pub enum Missed {
    /// It was not asked.
    NotAsked(Clean),
    /// No whole answer came.
    Nothing(Clean),
}

impl Prober {
    /// Asks `raw`. An answer that points elsewhere is followed [`limits::REVOCATION_HOPS`] times, by the same rules each
    /// time.
    pub(super) async fn fetch(&self, raw: &str, wanted: &Wanted) -> Fetched {
        // Only a closed semaphore gives none, and this one is never closed.
        let _place = self.places.acquire().await.ok();
        self.lane.turn().await;
        let total = self.settings.total;
        let mut path = None;
        let result = timeout(total, self.follow(raw, wanted, &mut path)).await.unwrap_or_else(|_| {
            let error = TransportError::Total { seconds: total.as_secs_f64() };
            Err(Missed::Nothing(line(&error.to_string())))
        });
        Fetched { path, result }
    }

    async fn follow(&self, raw: &str, wanted: &Wanted, path: &mut Option<Path>) -> Result<Vec<u8>, Missed> {
        let mut url = Url::parse(raw).map_err(|_| Missed::NotAsked("it is no address".into()))?;
        for _ in 0..=limits::REVOCATION_HOPS {
            let (response, way) = self.once(&url, wanted).await?;
            *path = Some(way);
            let redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            let to = body::header_text(&response.headers, header::LOCATION).filter(|_| redirect);
            let Some(to) = to else { return self.bytes(response, wanted).await };
            let shown = endpoint::target(&url, to);
            let refused = |why: &str| Missed::Nothing(line(&format!("it points to {shown}, {why}")));
            if wanted.question.is_some() {
                return Err(refused("where no question is sent on"));
            }
            url = url.join(to).map_err(|_| refused("which is no address"))?;
            if let Err(Missed::NotAsked(why)) = self.addresses(&url).await {
                return Err(refused(&format!("which is not followed: {why}")));
            }
        }
        let why = format!("it points elsewhere more than {} times", limits::REVOCATION_HOPS);
        Err(Missed::Nothing(why.into()))
    }

    async fn once(&self, url: &Url, wanted: &Wanted) -> Result<(Response, Path), Missed> {
        let addresses = self.addresses(url).await?;
        let proxy = self.public.proxy(url);
        let first = addresses.first().copied();
        let (accept, body) = (wanted.accept, wanted.question.clone());
        let sent = self.public.send(Errand { url: url.clone(), accept, body, addresses }).await;
        let (response, end) = sent.map_err(|error| Missed::Nothing(line(&error.to_string())))?;
        let path = match (proxy, end.or(first)) {
            (Some(proxy), _) => Path::Proxy(Clean::from(proxy)),
            (None, Some(address)) => Path::Direct(address),
            (None, None) => return Err(Missed::Nothing("nobody knows who answered".into())),
        };
        Ok((response, path))
    }

    /// Where a host may be asked; none when a proxy has to find it.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Missed> {
        if !matches!(url.scheme(), "http" | "https") {
            let why = format!("only http and https are asked, and this is {}", url.scheme());
            return Err(Missed::NotAsked(why.into()));
        }
        let origin = Origin::of(url);
        let host = origin.host().trim_start_matches('[').trim_end_matches(']');
        if self.settings.named_only && !origin.is_loopback() {
            return Err(Missed::NotAsked("the demonstration asks this machine alone".into()));
        }
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        if self.public.proxy(url).is_some() && !is_address {
            return Ok(Vec::new());
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let places = resolve::places(&self.settings, host, port).await.map_err(Missed::Nothing)?;
        let mut refused = None;
        let mut open = Vec::new();
        for place in places {
            match place {
                Place::Open(address) => open.push(address),
                Place::Refused(_, why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if open.is_empty() => Err(Missed::NotAsked(why)),
            _ => Ok(open),
        }
    }

    async fn bytes(&self, response: Response, wanted: &Wanted) -> Result<Vec<u8>, Missed> {
        let what = wanted.what;
        if response.status != 200 {
            return Err(Missed::Nothing(format!("it answered {} in place of {what}", response.status).into()));
        }
        let told = |error: &ClientError| {
            let why = match error {
                ClientError::NotDigiCert { kind } => format!("it sends {kind} in place of {what}"),
                other => other.to_string(),
            };
            Missed::Nothing(line(&why))
        };
        body::check_headers(&response.headers).map_err(|error| told(&error.into()))?;
        body::check_kind(&response.headers).map_err(|error| told(&error))?;
        // The deadline of the whole stands above any silence.
        let silence = self.settings.total + Duration::from_secs(1);
        let limit = u64::try_from(wanted.limit).unwrap_or(u64::MAX);
        Body::new(response, silence, limit).whole().await.map_err(|error| told(&error))
    }
}
