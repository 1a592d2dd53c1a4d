//! From a host to its addresses, and which of them may be connected to.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::timeout;

use crate::{client::settings::ProbeSettings, domain::Clean};

/// Something that knows the addresses of a host.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// All addresses, IPv4 and IPv6.
    fn addresses(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The name service of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Resolve for System {
    fn addresses(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        // The port is only there because the call wants one.
        async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) }.boxed()
    }
}

/// An address of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It may be connected to.
    Open(SocketAddr),
    /// It may not, and why.
    Refused(SocketAddr, Clean),
}

/// The addresses of `host`, which may be one itself.
pub async fn places(settings: &ProbeSettings, host: &str, port: u16) -> Result<Vec<Place>, Clean> {
    let found = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => match timeout(settings.total, settings.resolver.addresses(host)).await {
            Ok(Ok(found)) if !found.is_empty() => found,
            Ok(_) => return Err(format!("cannot find the host {host}").into()),
            Err(_) => {
                let seconds = settings.total.as_secs_f64();
                return Err(format!("the name service did not answer for {host} within {seconds} s").into());
            }
        },
    };
    let place = |address: IpAddr| {
        let at = SocketAddr::new(address, port);
        match reach(address) {
            Reach::Public => Place::Open(at),
            Reach::Private if settings.allow_private => Place::Open(at),
            Reach::Private => {
                let why = format!("{address} is a private address; allow_private under probe lets it be asked");
                Place::Refused(at, why.into())
            }
            Reach::Nowhere => Place::Refused(at, format!("{address} is no address of a server").into()),
        }
    };
    Ok(found.into_iter().map(place).collect())
}

/// Where an address leads.
enum Reach {
    Public,
    /// This machine or its own networks: a name of the outside could point there to have something asked in there.
    Private,
    /// To no single server, or to those of the link that no certificate is for.
    Nowhere,
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// The IANA registry of special IPv4 addresses (RFC 6890).
fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [0 | 224.., ..] | [169, 254, ..] => Reach::Nowhere,
        [10 | 127, ..] | [172, 16..32, ..] | [192, 168, ..] | [100, 64..128, ..] | [198, 18..20, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

/// The IANA registry of special IPv6 addresses; those that hold an IPv4 address lead where that one does.
fn reach_v6(address: Ipv6Addr) -> Reach {
    let inner = match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some((u32::from(high) << 16) | u32::from(low))
        }
        _ => None,
    };
    match address.segments() {
        _ if inner.is_some() => inner.map_or(Reach::Nowhere, |inner| reach_v4(Ipv4Addr::from(inner))),
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..0xfe00, ..] | [0x64, 0xff9b, 1, ..] => Reach::Private,
        [0 | 0xfe80..=0xffff, ..] => Reach::Nowhere,
        _ => Reach::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_known_also_inside_others() {
        let word = |text: &str| match reach(text.parse().unwrap()) {
            Reach::Public => "public",
            Reach::Private => "private",
            Reach::Nowhere => "nowhere",
        };
        let cases = [
            ("public", "192.0.2.7 203.0.113.9 172.32.0.1 100.128.0.1 2001:db8::1 2a00::1 ::ffff:192.0.2.7"),
            (
                "private",
                "127.0.0.1 127.255.0.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 198.19.0.1 ::1 \
                 fc00::1 fdff::1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:a00:1::1 64:ff9b:1::1",
            ),
            (
                "nowhere",
                "0.0.0.0 169.254.169.254 224.0.0.1 255.255.255.255 :: fe80::1 ff02::1 ::ffff:169.254.169.254 ::7",
            ),
        ];
        for (reach, addresses) in cases {
            for address in addresses.split_whitespace() {
                assert_eq!(word(address), reach, "{address}");
            }
        }
    }
}
