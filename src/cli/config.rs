//! The configuration file: where it is, one to start from, whether it is sound.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{
    args::{Config as What, Global},
    check::{Check, Report, Status},
    console::{self, Console},
    exit::{Exit, Outcome},
    session,
};
use crate::{
    config::{ClientCertificate, Config, Context, KeyName, KeySource, contexts::OneAuth, paths},
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
        What::Template => super::papers::template(console),
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
        checks.extend(context.keys().into_iter().map(|(name, source)| key(context, &name, source)));
        checks.extend(certificate(context));
    }
    let report = Report { kind: "config.check", context: None, sections: None, checks: &checks, now: Timestamp::now() };
    super::check::print(report, console)
}

/// The client certificate of a context, read but not shown to anybody.
fn certificate(context: &Context) -> Option<Check> {
    let OneAuth::Certificate { cert, key } = &context.one.as_ref()?.auth else { return None };
    let what = format!("client certificate of {}", context.name);
    Some(match ClientCertificate::read(cert, key) {
        Ok(own) => Check::new("one", what, Status::Ok, format!("{}, valid until {}", own.subject(), own.ends())),
        Err(failure) => Check::failed("one", what, &failure),
    })
}

fn key(context: &Context, name: &KeyName, source: &KeySource) -> Check {
    let (service, what) = (session::name(session::service(name)), format!("key of {}", context.name));
    if matches!(source, KeySource::Command(_)) {
        let check = Check::new(service, what, Status::Skipped, format!("{}: not run", source.describe()));
        return check.hint("`certdeck doctor` runs it");
    }
    match source.resolve() {
        Ok(_) => Check::new(service, what, Status::Ok, format!("{}: there", source.describe())),
        Err(failure) => Check::failed(service, what, &failure),
    }
}
