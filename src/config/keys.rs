//! The keys of a context by their names.

use std::{fmt, str::FromStr};

use super::{
    contexts::{Context, OneAuth},
    credentials::KeySource,
};

/// Which key of a context; written `certcentral`, `partner-parent`, `partner:NAME` or `one`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyName {
    /// `CertCentral`.
    CertCentral,
    /// The parent key of Partner Subscriptions.
    PartnerParent,
    /// The key of a subaccount, by its name in the configuration.
    Subaccount(String),
    /// DigiCert ONE.
    One,
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertCentral => f.write_str("certcentral"),
            Self::PartnerParent => f.write_str("partner-parent"),
            Self::Subaccount(name) => write!(f, "partner:{name}"),
            Self::One => f.write_str("one"),
        }
    }
}

impl FromStr for KeyName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.strip_prefix("partner:")) {
            ("certcentral", _) => Ok(Self::CertCentral),
            ("partner-parent", _) => Ok(Self::PartnerParent),
            ("one", _) => Ok(Self::One),
            (_, Some(name)) if !name.is_empty() => Ok(Self::Subaccount(name.to_owned())),
            _ => Err("a key is called certcentral, partner-parent, partner:NAME or one"),
        }
    }
}

impl Context {
    /// The keys of this context and where they are. A client certificate is none.
    pub fn keys(&self) -> Vec<(KeyName, &KeySource)> {
        let certcentral = self.certcentral.iter().map(|service| (KeyName::CertCentral, &service.key));
        let parent = self.partner.iter().filter_map(|service| service.parent_key.as_ref());
        let subaccounts = self.partner.iter().flat_map(|service| &service.subaccounts);
        let subaccounts = subaccounts.map(|sub| (KeyName::Subaccount(sub.name.clone()), &sub.key));
        let one = self.one.iter().filter_map(|service| match &service.auth {
            OneAuth::Key(key) => Some((KeyName::One, key)),
            OneAuth::Certificate { .. } => None,
        });
        certcentral.chain(parent.map(|key| (KeyName::PartnerParent, key))).chain(subaccounts).chain(one).collect()
    }

    /// The environment variables that hold its keys; no child gets them.
    pub fn key_variables(&self) -> Vec<String> {
        let name = |(_, source): (KeyName, &KeySource)| match source {
            KeySource::Env(name) => Some(name.clone()),
            _ => None,
        };
        self.keys().into_iter().filter_map(name).collect()
    }

    /// This context with one of its keys alone, so that what a service says is said of that key.
    #[must_use]
    pub fn only(&self, name: &KeyName) -> Self {
        let mut context = Self { certcentral: None, partner: None, one: None, name: self.name.clone(), ..self.clone() };
        match name {
            KeyName::CertCentral => context.certcentral.clone_from(&self.certcentral),
            KeyName::One => context.one.clone_from(&self.one),
            KeyName::PartnerParent | KeyName::Subaccount(_) => {
                context.partner = self.partner.clone().map(|mut partner| {
                    match name {
                        KeyName::Subaccount(wanted) => {
                            partner.parent_key = None;
                            partner.subaccounts.retain(|sub| sub.name == *wanted);
                        }
                        _ => partner.subaccounts.clear(),
                    }
                    partner
                });
            }
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    #[test]
    fn the_keys_of_a_context_have_names_that_are_read_back() {
        let text = "[context.a]\nenvironment = \"demo\"\ncertcentral = { key = { env = \"CC\" } }\n\
                    one = { key = { env = \"ONE\" } }\n[context.a.partner]\nparent_key = { env = \"PARENT\" }\n\
                    subaccount = [{ name = \"shop\", key = { env = \"SHOP\" } }, { name = \"lab\", key = { env = \"LAB\" } }]";
        let config = Config::parse(text, Path::new("/c.toml")).unwrap();
        let context = config.context(None).unwrap();
        let names: Vec<String> = context.keys().iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["certcentral", "partner-parent", "partner:shop", "partner:lab", "one"]);
        for (name, source) in context.keys() {
            assert_eq!(name.to_string().parse(), Ok(name.clone()));
            assert_eq!(context.only(&name).keys(), [(name, source)]);
        }
        for odd in ["", "partner", "partner:", "One", "cc"] {
            assert!(odd.parse::<KeyName>().is_err(), "{odd}");
        }
    }
}
