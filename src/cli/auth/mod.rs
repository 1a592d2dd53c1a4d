//! The keys of a context: stored, looked at, deleted. A key is never part of the command line.

mod status;
mod store;

use super::{
    args::{Auth, Global},
    connect::{Plan, Selection},
    console::Console,
    exit::{Outcome, Trouble},
};
use crate::{
    config::{Context, KeyName, KeySource},
    domain::{Failure, FailureKind},
};

/// Runs an `auth` command.
pub fn run(what: &Auth, global: &Global, console: &mut Console) -> Outcome {
    match what {
        Auth::Set { key } => store::set(key.as_ref(), global),
        Auth::Status { key } => status::run(key.as_ref(), global, console),
        Auth::Clear { key, yes } => store::clear(key.as_ref(), *yes, global),
    }
}

/// The context that a key is stored for.
fn context(global: &Global) -> Result<Context, Failure> {
    match Plan::of(&Selection::from(global))? {
        Plan::Configured { context, .. } => Ok(*context),
        Plan::Demo { .. } => {
            let failure = Failure::new(FailureKind::Configuration, "the built-in simulator brings its keys");
            Err(failure.hint("`certdeck config template` prints a configuration for keys of yours"))
        }
    }
}

/// The key that is asked for; the only one when none is named.
fn choose<'a>(context: &'a Context, wanted: Option<&KeyName>) -> Result<(KeyName, &'a KeySource), Trouble> {
    let mut keys = context.keys();
    let names: Vec<String> = keys.iter().map(|(name, _)| name.to_string()).collect();
    let found = match wanted {
        Some(wanted) => keys.iter().position(|(name, _)| name == wanted),
        None => (keys.len() == 1).then_some(0),
    };
    found.map(|at| keys.swap_remove(at)).ok_or_else(|| {
        let title = match wanted {
            Some(wanted) => format!("context {} has no key {wanted}", context.name),
            None if names.is_empty() => format!("context {} has no key", context.name),
            None => format!("context {} has several keys, name one", context.name),
        };
        let hint = if names.is_empty() { "it uses a client certificate".to_owned() } else { names.join(", ") };
        Trouble::Usage(Failure::new(FailureKind::Configuration, title).hint(hint))
    })
}
