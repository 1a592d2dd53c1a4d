//! How the servers of names are asked for their certificates: the table `[context.NAME.probe]`.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::domain::{acme::probe::StartTls, name::Name};

/// Probes of a context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Probe {
    /// Whether addresses of this machine and of private networks are asked.
    pub allow_private: bool,
    /// Connections a second.
    #[serde(deserialize_with = "read_rate")]
    pub per_second: u32,
    /// Connections at the same time.
    #[serde(deserialize_with = "read_at_once")]
    pub at_once: usize,
    /// Names whose servers are elsewhere than the name service has them, or begin without TLS.
    #[serde(rename = "name", deserialize_with = "read_names")]
    pub names: Vec<Named>,
    /// Whether other names are left alone; only the demonstration does that.
    #[serde(skip)]
    pub named_only: bool,
}

impl Default for Probe {
    fn default() -> Self {
        Self { allow_private: false, per_second: 10, at_once: 16, names: Vec::new(), named_only: false }
    }
}

/// The server of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name, as certificates have it; may be a wildcard.
    pub name: Name,
    /// Hosts or addresses; empty for the name itself, never for a wildcard.
    pub hosts: Vec<Box<str>>,
    /// Port; where the file has none, the usual one of the protocol.
    pub port: u16,
    /// How the connection begins; `None` for TLS from the first byte.
    pub start_tls: Option<StartTls>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedTable {
    #[serde(deserialize_with = "read_name")]
    name: Name,
    #[serde(default)]
    host: Hosts,
    #[serde(default, deserialize_with = "read_port")]
    port: Option<u16>,
    starttls: Option<StartTls>,
}

/// One host or a list of them.
#[derive(Default)]
struct Hosts(Vec<Box<str>>);

impl<'de> Deserialize<'de> for Hosts {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "host is a host or an address, or a list of them")]
        enum Form {
            One(String),
            All(Vec<String>),
        }
        let hosts = match Form::deserialize(input)? {
            Form::One(host) => vec![host],
            Form::All(hosts) => hosts,
        };
        let hosts = hosts.iter().map(|host| {
            let name = Name::new(host);
            let fits = host.parse::<IpAddr>().is_ok() || (name.problem().is_none() && !host.starts_with("*."));
            if fits { Ok(name.as_str().into()) } else { Err(D::Error::custom("host is a host name or an address")) }
        });
        hosts.collect::<Result<_, _>>().map(Self)
    }
}

fn read_names<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Named>, D::Error> {
    let mut names: Vec<Named> = Vec::new();
    for NamedTable { name, host: Hosts(hosts), port, starttls } in Vec::<NamedTable>::deserialize(input)? {
        if names.iter().any(|known| known.name == name) {
            return Err(D::Error::custom("each name of probe stands there once"));
        }
        if hosts.is_empty() && name.as_str().starts_with("*.") {
            return Err(D::Error::custom("a wildcard needs a host: it has no server of its own"));
        }
        let port = port.unwrap_or_else(|| starttls.map_or(443, StartTls::port));
        names.push(Named { name, hosts, port, start_tls: starttls });
    }
    Ok(names)
}

fn read_name<'de, D: Deserializer<'de>>(input: D) -> Result<Name, D::Error> {
    let name = Name::new(&String::deserialize(input)?);
    if name.problem().is_none() { Ok(name) } else { Err(D::Error::custom("name is a host name or a wildcard")) }
}

fn read_port<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u16>, D::Error> {
    let port = u16::deserialize(input)?;
    if port == 0 { Err(D::Error::custom("port is 1 to 65535")) } else { Ok(Some(port)) }
}

fn read_rate<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    let given = u32::deserialize(input)?;
    if (1..=100).contains(&given) { Ok(given) } else { Err(D::Error::custom("per_second is 1 to 100")) }
}

fn read_at_once<'de, D: Deserializer<'de>>(input: D) -> Result<usize, D::Error> {
    let given = usize::deserialize(input)?;
    if (1..=64).contains(&given) { Ok(given) } else { Err(D::Error::custom("at_once is 1 to 64")) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        config::{Config, Context},
        domain::Failure,
    };

    const CONTEXT: &str = "[context.a]\nenvironment = \"demo\"\n[context.a.partner]\nparent_key = { env = \"K\" }\n";

    fn parse(more: &str) -> Result<Context, Failure> {
        let config = Config::parse(&format!("{CONTEXT}{more}"), Path::new("/etc/certdeck/config.toml"))?;
        config.context(Some("a")).cloned()
    }

    #[test]
    fn servers_of_names_lifetimes_and_directories_are_read() {
        let context = parse(
            "lifetime = { 12345 = 90 }\nari = { 12345 = \"https://acme.example.com/directory\" }\n\
             [context.a.probe]\nallow_private = true\nper_second = 5\nat_once = 2\n\
             [[context.a.probe.name]]\nname = \"*.Lab.example.com\"\nhost = [\"192.0.2.1\", \"ci.lab.example.com\"]\n\
             [[context.a.probe.name]]\nname = \"mx1.example.com\"\nstarttls = \"smtp\"\n\
             [[context.a.probe.name]]\nname = \"db.example.com\"\nhost = \"2001:db8::1\"\nport = 8443\n",
        );
        let context = context.unwrap();
        let partner = context.partner.as_ref().unwrap();
        assert_eq!(partner.lifetimes.get(&12_345), Some(&90));
        assert_eq!(
            partner.ari.get(&12_345).map(ToString::to_string).as_deref(),
            Some("https://acme.example.com/directory")
        );
        let probe = &context.probe;
        assert_eq!((probe.allow_private, probe.per_second, probe.at_once, probe.named_only), (true, 5, 2, false));
        let server = |name: &str, hosts: &[&str], port, start_tls| Named {
            name: Name::new(name),
            hosts: hosts.iter().map(|host| (*host).into()).collect(),
            port,
            start_tls,
        };
        let names = [
            server("*.lab.example.com", &["192.0.2.1", "ci.lab.example.com"], 443, None),
            server("mx1.example.com", &[], 25, Some(StartTls::Smtp)),
            server("db.example.com", &["2001:db8::1"], 8_443, None),
        ];
        assert_eq!(probe.names, names);
        assert_eq!(parse("").unwrap().probe, Probe::default());
    }

    #[test]
    fn each_bad_input_of_probes_is_one_line_with_its_place() {
        let name = "[[context.a.probe.name]]\nname = \"a.example.com\"\n";
        let cases = [
            ("[context.a.prob]\n".to_owned(), "line 5, column 12: unknown name \"prob\" (did you mean \"probe\"?)"),
            ("[context.a.probe]\nallow_privat = true".to_owned(), "(did you mean \"allow_private\"?)"),
            ("[context.a.probe]\nper_second = 0".to_owned(), "line 6, column 14: per_second is 1 to 100"),
            ("[context.a.probe]\nat_once = 65".to_owned(), "at_once is 1 to 64"),
            (format!("{name}hots = \"x\""), "line 7, column 1: unknown name \"hots\" (did you mean \"host\"?)"),
            (format!("{name}starttls = \"smpt\""), "unknown name \"smpt\" (did you mean \"smtp\"?)"),
            (format!("{name}host = \"a b\""), "host is a host name or an address"),
            (format!("{name}host = \"*.example.com\""), "host is a host name or an address"),
            (format!("{name}host = 3"), "host is a host or an address, or a list of them"),
            (format!("{name}port = 0"), "port is 1 to 65535"),
            (format!("{name}{name}"), "each name of probe stands there once"),
            (name.replace("a.example", "*.example"), "a wildcard needs a host"),
            (name.replace("a.example.com", "a b"), "name is a host name or a wildcard"),
            ("lifetime = { 12345 = 0 }".to_owned(), "lifetime is 1 to 3650 days"),
            ("lifetime = { x = 90 }".to_owned(), "a contract is a number"),
            ("ari = { 12345 = \"http://acme.example.com\" }".to_owned(), "http is accepted for this machine only"),
        ];
        for (text, message) in cases {
            let line = parse(&text).expect_err(&text).to_string();
            assert!(line.contains(message), "{text}\n  gave {line}\n  not  {message}");
            assert!(line.starts_with("/etc/certdeck/config.toml") && !line.contains('\n'), "{line}");
        }
    }
}
