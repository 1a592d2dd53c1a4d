//! Renewal information of a CA (RFC 9773): two GETs through the door, without any key.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    client::{
        Client, RetryAfter,
        auth::{Key, Origin},
        body::{check_json, header_text},
        door::{Ask, Trouble},
        endpoint,
        error::ClientError,
        json, limits,
        pace::Lane,
        transport::{Service, Url, header},
    },
    domain::{
        Clean, Failure, FailureKind,
        acme::{
            ari::{RenewalWindow, certificate_id},
            probe::Served,
        },
        ids::ContractId,
    },
};

const WHAT: &str = "renewal information";
/// What holds when the CA does not say (RFC 9773, 4.3).
const USUAL: Duration = Duration::from_hours(6);
/// Shorter and longer waits are not kept (RFC 9773, 4.3).
const HOLDS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(24));

#[derive(Deserialize)]
struct Directory {
    #[serde(rename = "renewalInfo")]
    renewal_info: Option<String>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(rename = "suggestedWindow")]
    window: Window,
    #[serde(rename = "explanationURL")]
    explanation: Option<String>,
}

#[derive(Deserialize)]
struct Window {
    start: String,
    end: String,
}

impl Client {
    /// When the CA of `contract` would have the certificate renewed that a probe met. `None` when the configuration has
    /// no directory for the contract, the CA gives no such information, or the certificate does not name its issuer's
    /// key. No key is sent, no redirect followed.
    ///
    /// # Errors
    /// As any call; `NotFound` when the CA does not know the certificate, `BadAnswer` for a window that is none or an
    /// address on another host than the directory.
    pub async fn renewal(&self, contract: &ContractId, served: &Served) -> Result<Option<RenewalWindow>, Failure> {
        let directories = &self.state.prober.settings.directories;
        let Some((_, directory)) = directories.iter().find(|(of, _)| of == contract) else { return Ok(None) };
        let Some(id) = certificate_id(served) else { return Ok(None) };
        let directory = endpoint::base(directory)?;
        let origin = Origin::of(&directory);
        let prober = &self.state.prober;
        let lane = if origin.is_loopback() { Arc::new(Lane::new(None)) } else { Arc::clone(&prober.ari) };
        // There is no key that could be refused; the next certificate is asked for all the same.
        lane.acceptance.forget();
        let key = Key::none(origin.clone(), lane);
        let Some(info) = self.directory(&key, directory).await? else { return Ok(None) };
        let odd = |why: &str| Failure::new(FailureKind::BadAnswer, format!("{WHAT}: {why}")).hint(HINT);
        let info = endpoint::base(&info).map_err(|_| odd("the directory names no usable address for it"))?;
        if Origin::of(&info) != origin {
            return Err(odd("the directory names another host for it"));
        }
        self.window(&key, endpoint::join(&info, &[&id], &[])?).await.map(Some)
    }

    async fn directory(&self, key: &Key, url: Url) -> Result<Option<String>, Failure> {
        let ask = ask(key, url);
        let read = self.state.door.whole(&ask, limits::ERROR_BODY, |headers, answer| {
            check_json(headers, &answer.bytes)?;
            Ok(json::decode::<Directory>(json::text(&answer.bytes)?)?.renewal_info)
        });
        read.await.map_err(refused)
    }

    async fn window(&self, key: &Key, url: Url) -> Result<RenewalWindow, Failure> {
        let at = self.state.door.now();
        let ask = ask(key, url);
        let read = self.state.door.whole(&ask, limits::ERROR_BODY, |headers, answer| {
            check_json(headers, &answer.bytes)?;
            let info: Info = json::decode(json::text(&answer.bytes)?)?;
            let after = header_text(headers, header::RETRY_AFTER).map(|raw| RetryAfter::parse(raw, at));
            let holds = after.and_then(RetryAfter::asked).unwrap_or(USUAL).clamp(HOLDS.0, HOLDS.1);
            window(&info, at, holds)
        });
        read.await.map_err(refused)
    }
}

const HINT: &str = "check the directory of the contract in the configuration; certificates are not affected";

fn ask(key: &Key, url: Url) -> Ask<'_> {
    Ask {
        service: Service::Partner,
        what: WHAT,
        identity: false,
        url,
        key,
        accept: "application/json",
        account: None,
        ok: &[200],
        needs: None,
    }
}

fn window(info: &Info, at: Timestamp, holds: Duration) -> Result<RenewalWindow, ClientError> {
    let moment = |member: &str, raw: &str| {
        raw.parse::<Timestamp>().map_err(|_| ClientError::Shape {
            path: format!("suggestedWindow.{member}"),
            why: "no date of RFC 3339".to_owned(),
        })
    };
    let (start, end) = (moment("start", &info.window.start)?, moment("end", &info.window.end)?);
    if end <= start {
        return Err(ClientError::Shape {
            path: "suggestedWindow".into(),
            why: "its end is not after its start".into(),
        });
    }
    let page = info.explanation.as_deref().and_then(|page| Url::parse(page).ok());
    let page = page.filter(|page| page.scheme() == "https" && page.username().is_empty() && page.password().is_none());
    Ok(RenewalWindow { start, end, explanation: page.map(|page| Clean::new(page.as_str())), at, holds })
}

/// An answer that is a refusal comes from the CA, not from a service of this context.
fn refused(trouble: Trouble) -> Failure {
    let Some(status) = trouble.status else { return trouble.into() };
    let (kind, after) = (trouble.failure.kind, trouble.failure.retry_after);
    let title = match status {
        404 => format!("{WHAT}: the CA does not know this certificate (404)"),
        _ => format!("{WHAT}: the CA answered {status}"),
    };
    Failure { retry_after: after, ..Failure::new(kind, title).hint(HINT) }
}
