//! The configuration file: where it is, one to start from, whether it is sound.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{
    args::{Config as What, Global},
    check::{Check, Report, Status},
    console::{self, Console},
    exit::{Exit, Outcome},
};
use crate::{
    config::{Config, Context, KeySource, contexts::OneAuth, paths, template},
    domain::Failure,
};

/// Runs a `config` command.
pub fn run(what: &What, global: &Global, console: &mut Console) -> Outcome {
    match what {
        What::Path => {
            let path = path(global)?;
            if !path.exists() {
                console::say("certdeck: there is no file yet; `certdeck config template` prints one to start from");
            }
            writeln!(console.out(), "{}", crate::domain::Clean::new(&path.display().to_string()))?;
            Ok(Exit::Done)
        }
        What::Template => {
            console.out().write_all(template::TEMPLATE.as_bytes())?;
            Ok(Exit::Done)
        }
        What::Check => check(global, console),
    }
}

fn path(global: &Global) -> Result<PathBuf, Failure> {
    paths::config_file(global.config.as_deref(), &|name| std::env::var_os(name)).ok_or_else(paths::no_home)
}

fn check(global: &Global, console: &mut Console) -> Outcome {
    let path = path(global)?;
    let config = Config::load(&path)?;
    let mut checks = vec![Check::new("config", "file", Status::Ok, path.display().to_string())];
    let chosen = match &global.context {
        Some(name) => vec![config.context(Some(name))?],
        None => config.contexts.values().collect(),
    };
    for context in chosen {
        checks.extend(keys(context).into_iter().map(|(service, source)| key(context, service, source)));
    }
    let report = Report { kind: "config.check", context: None, sections: None, checks: &checks, now: Timestamp::now() };
    super::check::print(report, console)
}

/// The keys of a context with the service they are for.
fn keys(context: &Context) -> Vec<(&'static str, &KeySource)> {
    let certcentral = context.certcentral.iter().map(|service| ("certcentral", &service.key));
    let parents = context.partner.iter().filter_map(|service| service.parent_key.as_ref());
    let subaccounts = context.partner.iter().flat_map(|service| service.subaccounts.iter().map(|sub| &sub.key));
    let one = context.one.iter().filter_map(|service| match &service.auth {
        OneAuth::Key(key) => Some(("one", key)),
        OneAuth::Certificate { .. } => None,
    });
    certcentral.chain(parents.chain(subaccounts).map(|key| ("partner", key))).chain(one).collect()
}

fn key(context: &Context, service: &'static str, source: &KeySource) -> Check {
    let what = format!("key of {}", context.name);
    if matches!(source, KeySource::Command(_)) {
        let check = Check::new(service, what, Status::Skipped, format!("{}: not run", source.describe()));
        return check.hint("`certdeck doctor` runs it");
    }
    match source.resolve() {
        Ok(_) => Check::new(service, what, Status::Ok, format!("{}: there", source.describe())),
        Err(failure) => Check::failed(service, what, &failure),
    }
}
