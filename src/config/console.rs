//! Web consoles: which page shows what a screen shows.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{contexts::Context, url::ServiceUrl};
use crate::domain::page::Page;

/// The way to the console of CertCentral, behind its host.
const CERTCENTRAL: &str = "/secure/";
/// The way to the list of root CAs in the console of DigiCert ONE, behind its host.
const CAS: &str = "/certificate-authority/ca/root";

/// Pages of the web consoles, where the usual ones are not wanted. `{id}` stands for a contract, a CA, a report or an
/// event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// For ACME certificates.
    #[serde(deserialize_with = "read_page")]
    pub acme: Option<Page>,
    /// For CAs.
    #[serde(deserialize_with = "read_page")]
    pub ca: Option<Page>,
    /// For reports.
    #[serde(deserialize_with = "read_page")]
    pub reports: Option<Page>,
    /// For audit events.
    #[serde(deserialize_with = "read_page")]
    pub audit: Option<Page>,
}

fn read_page<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Page>, D::Error> {
    Page::parse(&String::deserialize(input)?).map(Some).map_err(D::Error::custom)
}

impl Console {
    /// The pages of a context: those that are configured, else what is known of the consoles of its services. A service
    /// of this machine has none.
    pub fn of(context: &Context) -> Self {
        let at = |url: &ServiceUrl, path: &str| {
            let page = url::Url::parse(url.as_str()).ok().filter(|_| !url.is_loopback())?.join(path).ok()?;
            Page::parse(page.as_str()).ok()
        };
        let certcentral = context.certcentral.as_ref().map(|service| &service.services_url);
        let partner = context.partner.as_ref().map(|service| &service.url);
        let one = context.one.as_ref().map(|service| &service.url);
        let given = &context.console;
        let or = |given: &Option<Page>, usual: Option<Page>| given.clone().or(usual);
        Self {
            acme: or(&given.acme, certcentral.or(partner).and_then(|url| at(url, CERTCENTRAL))),
            ca: or(&given.ca, one.and_then(|url| at(url, CAS))),
            reports: or(&given.reports, certcentral.and_then(|url| at(url, CERTCENTRAL))),
            audit: or(
                &given.audit,
                one.and_then(|url| at(url, "/")).or_else(|| certcentral.and_then(|url| at(url, CERTCENTRAL))),
            ),
        }
    }
}
