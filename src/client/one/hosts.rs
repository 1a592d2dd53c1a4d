//! The hosts of DigiCert ONE, and where each of them takes client certificates.

use crate::client::transport::Url;

/// The hosted platforms (contract `behaviour.md`, "Hosts"; `digicert-one.openapi.yaml`, `servers`).
const HOSTS: [&str; 8] = [
    "one.digicert.com",
    "one.ch.digicert.com",
    "one.nl.digicert.com",
    "one.digicert.co.jp",
    "demo.one.digicert.com",
    "demo.one.ch.digicert.com",
    "demo.one.nl.digicert.com",
    "demo.one.digicert.co.jp",
];

/// The address at which `base` takes a client certificate: `clientauth.` before a host of the table. Any other host,
/// a customer's own above all, stays as it is: only for these the other name is documented.
pub fn client_auth(base: &Url) -> Url {
    let mut url = base.clone();
    if let Some(host) = base.host_str().filter(|host| HOSTS.contains(host)) {
        // A name of the table with a label before it is a name.
        let _ = url.set_host(Some(&format!("clientauth.{host}")));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c11_only_known_hosts_get_the_prefix() {
        let at = |raw: &str| client_auth(&Url::parse(raw).unwrap()).to_string();
        assert_eq!(at("https://one.digicert.com"), "https://clientauth.one.digicert.com/");
        assert_eq!(at("https://DEMO.one.digicert.co.jp/x"), "https://clientauth.demo.one.digicert.co.jp/x");
        let same = [
            "https://clientauth.one.digicert.com/",
            "https://one.example.com/",
            "https://evil-one.digicert.com/",
            "https://stage.one.digicert.com/",
            "https://127.0.0.1:8443/",
        ];
        for url in same {
            assert_eq!(at(url), url);
        }
        for host in HOSTS {
            let url = at(&format!("https://{host}"));
            let contract = include_str!("../../../tests/contract/digicert-one.openapi.yaml");
            assert!(contract.contains(&format!("- url: {}\n", url.trim_end_matches('/'))), "{url} is in the contract");
        }
    }
}
