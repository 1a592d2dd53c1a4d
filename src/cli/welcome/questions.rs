//! The questions about a context.

use std::path::Path;

use super::{
    super::talk::{Stopped, Talk, agree, choose, line},
    draft::{Draft, Entry, Part, Place, Subaccount},
    keep::KEYS,
    network::Network,
    trial,
};
use crate::{
    config::{
        Config, Environment, KeyName, ServiceUrl,
        contexts::{PARTNER_URL, REPORTS_URL, SERVICES_URL},
        credentials::{self, KeyEntry, Keyring},
        file::{CONTEXT_NAME, is_context_name},
    },
    domain::{Clean, Failure, FailureKind, ids::AccountId},
};

/// Hosts of DigiCert ONE by region: production, demo (contract `digicert-one.openapi.yaml`).
const ONE_HOSTS: [(&str, &str, &str); 4] = [
    ("United States", "https://one.digicert.com", "https://demo.one.digicert.com"),
    ("Switzerland", "https://one.ch.digicert.com", "https://demo.one.ch.digicert.com"),
    ("Netherlands", "https://one.nl.digicert.com", "https://demo.one.nl.digicert.com"),
    ("Japan", "https://one.digicert.co.jp", "https://demo.one.digicert.co.jp"),
];
/// CertCentral Europe (contract `certcentral-services.openapi.yaml`). The Report Library has one address for all.
const SERVICES_EU: &str = "https://certcentral.digicert.eu/services/v2";

/// Somebody is asked about a context.
pub struct Questions<'a> {
    path: &'a Path,
    known: Option<&'a Config>,
    talk: &'a mut dyn Talk,
    keyring: &'static Keyring,
    draft: Draft,
    /// Files that typed keys take.
    files: Vec<String>,
    /// Accounts that the key reaches which was tried last.
    accounts: Vec<(AccountId, Clean)>,
}

impl<'a> Questions<'a> {
    /// For the configuration at `path`, whose contexts are `known`.
    pub fn new(path: &'a Path, known: Option<&'a Config>, talk: &'a mut dyn Talk, keyring: &'static Keyring) -> Self {
        let (environment, network) = (Environment::Production, Network::default());
        let draft = Draft { name: String::new(), environment, network, parts: Vec::new() };
        Self { path, known, talk, keyring, draft, files: Vec::new(), accounts: Vec::new() }
    }

    /// Asks them all.
    ///
    /// # Errors
    /// The person stopped.
    pub fn ask(mut self) -> Result<Draft, Stopped> {
        self.draft.name = self.name()?;
        let environments = ["production: opens read-only", "demo: a demo platform, where a mistake costs nothing"];
        let demo = choose(self.talk, "Which environment is it?", &environments)? == 1;
        self.draft.environment = if demo { Environment::Demo } else { Environment::Production };
        self.draft.network = Network::ask(self.path, &self.draft, self.talk)?;
        let asked: [(&str, Question<'a>); 3] = [
            ("CertCentral (reports)", Self::certcentral),
            ("Partner Subscriptions (ACME certificates)", Self::partner),
            ("DigiCert ONE (CAs, their requests, audit log)", Self::one),
        ];
        for (what, question) in asked {
            if agree(self.talk, &format!("Use {what}?"), "yes")? {
                let part = question(&mut self)?;
                self.draft.parts.extend(part);
            }
        }
        Ok(self.draft)
    }

    fn name(&mut self) -> Result<String, Stopped> {
        let taken = |name: &str| self.known.is_some_and(|config| config.contexts.contains_key(name));
        let usual = if taken("main") { "" } else { "main" };
        loop {
            let name = line(self.talk, "Name of the context", usual)?;
            if !is_context_name(&name) {
                self.talk.say(&format!("Not possible: {CONTEXT_NAME}."));
            } else if taken(&name) {
                self.talk.say("There is a context of this name; please choose another.");
            } else {
                return Ok(name);
            }
        }
    }

    fn certcentral(&mut self) -> Result<Option<Part>, Stopped> {
        let regions = ["United States: www.digicert.com", "Europe: certcentral.digicert.eu", "another address"];
        let urls = match choose(self.talk, "Where is CertCentral?", &regions)? {
            0 => None,
            1 => Some((SERVICES_EU.to_owned(), REPORTS_URL.to_owned())),
            _ => {
                let services = self.url("Address of the Services API", SERVICES_URL)?;
                Some((services, self.url("Address of the Report Library", REPORTS_URL)?))
            }
        };
        let part = |key| Part::CertCentral { urls: urls.clone(), key };
        Ok(self.key("CertCentral", &KeyName::CertCentral, &part)?.map(part))
    }

    fn partner(&mut self) -> Result<Option<Part>, Stopped> {
        let regions = ["www.digicert.com, the only published address", "another address"];
        let url = match choose(self.talk, "Where is Partner Subscriptions?", &regions)? {
            0 => None,
            _ => Some(self.url("Address of Partner Subscriptions", PARTNER_URL)?),
        };
        self.talk
            .say("The parent key lists all subaccounts and contracts; each subaccount has a key for its certificates.");
        let mut parent = None;
        if agree(self.talk, "Is there a parent key?", "yes")? {
            let part = |key| Part::Partner { url: url.clone(), parent: Some(key), subaccounts: Vec::new() };
            parent = self.key("the parent account", &KeyName::PartnerParent, &part)?;
        }
        let mut subaccounts: Vec<Subaccount> = Vec::new();
        loop {
            let name = line(self.talk, "Name of a subaccount with a key of its own; empty for no more", "")?;
            if name.is_empty() {
                break;
            }
            if subaccounts.iter().any(|known| known.name == name) {
                self.talk.say("There is a subaccount of this name; please choose another.");
                continue;
            }
            let alone = |key| Subaccount { name: name.clone(), key, contracts: Vec::new() };
            let part = |key| Part::Partner { url: url.clone(), parent: None, subaccounts: vec![alone(key)] };
            let key = self.key(&format!("the subaccount {name}"), &KeyName::Subaccount(name.clone()), &part)?;
            if let Some(key) = key {
                let contracts = self.contracts(&name)?;
                subaccounts.push(Subaccount { name, key, contracts });
            }
        }
        let any = parent.is_some() || !subaccounts.is_empty();
        Ok(any.then_some(Part::Partner { url, parent, subaccounts }))
    }

    /// The contracts of a subaccount that no other call lists.
    fn contracts(&mut self, of: &str) -> Result<Vec<i64>, Stopped> {
        let question = format!("Contract numbers of {of}, with commas between; empty when the parent key lists them");
        loop {
            let given = line(self.talk, &question, "")?;
            let numbers = given.split(',').map(str::trim).filter(|number| !number.is_empty());
            let numbers: Result<Vec<i64>, _> =
                numbers.map(|number| number.parse::<u64>().map_err(drop)?.try_into().map_err(drop)).collect();
            match numbers {
                Ok(numbers) => return Ok(numbers),
                Err(()) => self.talk.say("Not possible: a contract is a number."),
            }
        }
    }

    fn one(&mut self) -> Result<Option<Part>, Stopped> {
        let demo = self.draft.environment == Environment::Demo;
        let hosts = ONE_HOSTS.map(|(region, production, test)| (region, if demo { test } else { production }));
        let mut choices =
            hosts.map(|(region, url)| format!("{region}: {}", url.trim_start_matches("https://"))).to_vec();
        choices.push("another address, as of an installation of your own".to_owned());
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        let chosen = choose(self.talk, "Where is DigiCert ONE?", &choices)?;
        let url = match hosts.get(chosen) {
            Some((_, url)) => (*url).to_owned(),
            None => self.url("Address of DigiCert ONE", "")?,
        };
        let part = |key| Part::One { url: url.clone(), account: None, key };
        let Some(key) = self.key("DigiCert ONE", &KeyName::One, &part)? else { return Ok(None) };
        Ok(Some(Part::One { account: self.account()?, url, key }))
    }

    /// Which account is read, when the key that was tried reaches several.
    fn account(&mut self) -> Result<Option<String>, Stopped> {
        let accounts = std::mem::take(&mut self.accounts);
        if accounts.len() < 2 {
            return Ok(None);
        }
        let shown: Vec<String> = accounts.iter().map(|(id, name)| format!("{name} ({id})")).collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        let chosen = choose(self.talk, "The key reaches several accounts. Which one shall be read?", &shown)?;
        Ok(accounts.get(chosen).map(|(id, _)| id.to_string()))
    }

    fn url(&mut self, question: &str, usual: &str) -> Result<String, Stopped> {
        loop {
            match ServiceUrl::parse(&line(self.talk, question, usual)?) {
                Ok(url) => return Ok(url.to_string()),
                Err(why) => self.talk.say(&format!("Not possible: {why}.")),
            }
        }
    }

    /// Asks for a key until one works, is kept anyway, or is left out.
    fn key(&mut self, of: &str, name: &KeyName, part: &dyn Fn(Place) -> Part) -> Result<Option<Place>, Stopped> {
        loop {
            let place = match self.place(of, name)? {
                Ok(Some(place)) => place,
                Ok(None) => return Ok(None),
                Err(failure) => {
                    self.talk.say(&format!("Not usable: {failure}"));
                    continue;
                }
            };
            let alone = Draft { parts: vec![part(place.clone())], ..self.draft.clone() };
            let context = alone.alone(self.path).and_then(|(_, config)| config.context(Some(&alone.name)).cloned());
            let context = match context {
                Ok(context) => context,
                Err(failure) => {
                    self.talk.say(&format!("Not possible: {}", failure.title));
                    continue;
                }
            };
            if let Place::Keyring(_, Entry::Later) = place {
                self.talk.say("It is not tried now: `certdeck auth set` stores it once the configuration is written.");
                return Ok(Some(place));
            }
            self.talk.say("Trying it...");
            let trial = trial::run(&context, name, place.key())?;
            trial.lines.iter().for_each(|line| self.talk.say(line));
            self.accounts = trial.accounts;
            let choices = ["give it again", "keep it as it is", "leave it out"];
            match if trial.works { 1 } else { choose(self.talk, "What now?", &choices)? } {
                0 => {}
                1 => {
                    self.files.extend(if let Place::Typed { file, .. } = &place { Some(file.clone()) } else { None });
                    return Ok(Some(place));
                }
                _ => return Ok(None),
            }
        }
    }

    /// Where a key is; `None` leaves it out. A typed key that no header can hold is a failure.
    fn place(&mut self, of: &str, name: &KeyName) -> Result<Result<Option<Place>, Failure>, Stopped> {
        let leave = format!("leave {of} out");
        let mut choices = vec![
            "in an environment variable",
            "a command prints it: pass, op, a helper of yours",
            "in a file that only you can read (mode 0600)",
            "typed or pasted now, not shown; kept in a file of its own beside the configuration (mode 0600)",
            "in the keyring of this system",
        ];
        let certificate = *name == KeyName::One;
        if certificate {
            choices.push("there is none: a client certificate stands in for it (PEM files)");
        }
        choices.push(&leave);
        let plain = slug(name);
        Ok(Ok(Some(match choose(self.talk, &format!("Where is the key of {of}?"), &choices)? {
            0 => Place::Env(line(self.talk, "Name of the variable", &format!("{}_KEY", variable(&plain)))?),
            1 => Place::Command(line(self.talk, "Command", "")?),
            2 => Place::File(line(self.talk, "File; a relative one starts beside the configuration", "")?),
            3 => {
                let typed = self.talk.hidden("The key, which is not shown: ")?;
                match credentials::typed(typed.trim().as_bytes()) {
                    Ok(key) => Place::Typed { file: self.file(&plain), key },
                    Err(failure) => return Ok(Err(failure)),
                }
            }
            4 => return Ok(self.entry(&format!("certdeck/{}-{plain}", self.draft.name))?.map(Some)),
            5 if certificate => {
                let cert = line(self.talk, "File of the certificate", "")?;
                let key = line(self.talk, "File of its key, which only you can read (mode 0600)", &cert)?;
                if cert.is_empty() {
                    return Ok(Err(Failure::new(FailureKind::Configuration, "no file is named")));
                }
                Place::Certificate { cert, key }
            }
            _ => return Ok(Ok(None)),
        })))
    }

    /// An entry of the key store with the key that is in it, or one that is typed now. A store that cannot be used is a
    /// failure, so that another place is chosen.
    fn entry(&mut self, usual: &str) -> Result<Result<Place, Failure>, Stopped> {
        let Some(entry) = KeyEntry::parse(&line(self.talk, "Entry", usual)?) else {
            return Ok(Err(Failure::new(FailureKind::Configuration, "an entry is called service/name")));
        };
        let key = match trial::look(self.keyring, &entry)? {
            Ok(Some(key)) => Entry::There(key),
            Ok(None) => {
                self.talk.say("The key store has no such entry yet; a key that you type now comes there at the end.");
                let typed = self.talk.hidden("The key, which is not shown; empty to store it later: ")?;
                match typed.trim() {
                    "" => Entry::Later,
                    typed => match credentials::typed(typed.as_bytes()) {
                        Ok(key) => Entry::Typed(key),
                        Err(failure) => return Ok(Err(failure)),
                    },
                }
            }
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(Ok(Place::Keyring(entry, key)))
    }

    /// A file for a typed key that is not taken.
    fn file(&self, plain: &str) -> String {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let name = |more: String| format!("{KEYS}/{}-{plain}{more}.key", self.draft.name);
        let free = |file: &String| !self.files.contains(file) && !folder.join(file).exists();
        let numbered = (2..1_000).map(|number| name(format!("-{number}")));
        std::iter::once(name(String::new())).chain(numbered).find(free).unwrap_or_else(|| name("-1000".to_owned()))
    }
}

/// Questions about one service.
type Question<'a> = fn(&mut Questions<'a>) -> Result<Option<Part>, Stopped>;

/// The name of a key as a part of a file name.
fn slug(name: &KeyName) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.to_string().chars().map(plain).collect()
}

/// The name of a key as a part of the name of a variable.
fn variable(plain: &str) -> String {
    plain.replace('-', "_").to_ascii_uppercase()
}
