//! The question about the network, which most people answer with Enter.

use std::path::Path;

use super::{
    super::talk::{Stopped, Talk, agree, line},
    draft::{Draft, Part, Place},
};
use crate::{client::transport, config::contexts::ONE_URL, domain::Failure};

/// How the services are reached, where that is special.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// File of more trusted roots (PEM).
    pub ca_file: Option<String>,
    /// A proxy in place of that of the environment.
    pub proxy: Option<String>,
}

impl Network {
    /// The members of a service in the configuration.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let members = [("ca_file", self.ca_file.as_deref()), ("proxy", self.proxy.as_deref())];
        members.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Asks for it, until what is given can be used. `draft` is the context so far, for the configuration at `path`.
    ///
    /// # Errors
    /// The person stopped.
    pub fn ask(path: &Path, draft: &Draft, talk: &mut dyn Talk) -> Result<Self, Stopped> {
        let mut network = Self::default();
        if !agree(talk, "Anything special about the network, as a company proxy or a CA of your own?", "no")? {
            return Ok(network);
        }
        let file = "File of the CA certificates to trust besides the system's (PEM); empty for none";
        network.ca_file = asked(talk, file, |given| checked(path, draft, Self { ca_file: given, proxy: None }))?;
        let proxy = "Address of the proxy, as http://proxy.example.com:3128; empty for that of the environment";
        network.proxy = asked(talk, proxy, |given| checked(path, draft, Self { ca_file: None, proxy: given }))?;
        Ok(network)
    }
}

/// A line that `check` accepts; `None` for an empty one.
fn asked(
    talk: &mut dyn Talk,
    question: &str,
    check: impl Fn(Option<String>) -> Result<(), Failure>,
) -> Result<Option<String>, Stopped> {
    loop {
        let given = Some(line(talk, question, "")?).filter(|given| !given.is_empty());
        match given.as_ref().map_or(Ok(()), |given| check(Some(given.clone()))) {
            Ok(()) => return Ok(given),
            Err(failure) => talk.say(&format!("Not possible: {}.", failure.title)),
        }
    }
}

/// Whether a configuration takes it, and the file can be read; as the configuration says it, so that a relative file
/// starts where it will.
fn checked(path: &Path, draft: &Draft, network: Network) -> Result<(), Failure> {
    let key = Place::Env("KEY".to_owned());
    let parts = vec![Part::One { url: ONE_URL.to_owned(), account: None, key }];
    let (_, config) = Draft { network, parts, ..draft.clone() }.alone(path)?;
    let wire = config.context(Some(&draft.name))?.one.as_ref().map(|one| one.wire.clone()).unwrap_or_default();
    wire.ca_file.map_or(Ok(()), |file| transport::check_roots(&file))
}
