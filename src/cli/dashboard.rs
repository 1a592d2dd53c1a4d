//! The way into the dashboard.

use std::{any::Any, sync::Arc};

use jiff::Timestamp;

use super::{
    args::Global,
    connect::{Plan, Selection},
    console, demo,
    exit::Exit,
};
use crate::{
    client::Service,
    config::{Config, contexts::DEMO},
    domain::{Failure, FailureKind},
    runtime::{self, Clock, Dashboard, Ending, Opened},
};

/// Opens the dashboard and returns when it ends.
///
/// # Errors
/// `Cancelled` (exit 3) without a terminal; else what the dashboard ended with.
pub fn open(global: &Global) -> Result<Exit, Failure> {
    if let Some(stream) = console::not_a_terminal() {
        let title = format!("the dashboard needs a terminal, and {stream} is none");
        let hint = "the commands of `certdeck --help` work without one";
        return Err(Failure::new(FailureKind::Cancelled, title).hint(hint));
    }
    if global.plain || std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        let title = "the dashboard cannot be drawn on a plain terminal";
        let hint = "`certdeck acme list`, `ca tree`, `report list` and `audit list` print the same as plain text";
        return Err(Failure::new(FailureKind::Cancelled, title).hint(hint));
    }
    let plan = Plan::of(&Selection::from(global))?;
    let dashboard = describe(&plan, global)?;
    let clock: Clock = match &plan {
        Plan::Demo { .. } => demo::clock(true),
        Plan::Configured { .. } => Arc::new(Timestamp::now),
    };
    let open = Box::new(move || {
        let all = [Service::CertCentral, Service::Partner, Service::One];
        let connection = plan.open(&all, true)?;
        let (client, failures) = (connection.client.clone(), connection.failures.clone());
        Ok(Opened { client, failures, keep: Box::new(connection) as Box<dyn Any + Send> })
    });
    match runtime::dashboard(dashboard, clock, open)? {
        Ending::Quit => Ok(Exit::Done),
        Ending::Signal(number) => Ok(Exit::signal(number)),
    }
}

fn describe(plan: &Plan, global: &Global) -> Result<Dashboard, Failure> {
    let theme = global
        .theme
        .as_deref()
        .map(crate::config::settings::Theme::parse)
        .transpose()
        .map_err(|why| Failure::new(FailureKind::Configuration, format!("--theme: {why}")))?;
    let (config, name, services) = match plan {
        Plan::Demo { .. } => {
            (Config::default(), DEMO.to_owned(), vec![Service::CertCentral, Service::Partner, Service::One])
        }
        Plan::Configured { config, context } => {
            let services = [
                (context.certcentral.is_some(), Service::CertCentral),
                (context.partner.is_some(), Service::Partner),
                (context.one.is_some(), Service::One),
            ];
            let services = services.into_iter().filter(|(has, _)| *has).map(|(_, service)| service).collect();
            ((**config).clone(), context.name.clone(), services)
        }
    };
    let environment = match plan {
        Plan::Demo { .. } => runtime::Environment::Demo,
        Plan::Configured { context, .. } if context.environment == crate::config::Environment::Production => {
            runtime::Environment::Production
        }
        Plan::Configured { .. } => runtime::Environment::Test,
    };
    let greeting = matches!(plan, Plan::Demo { .. }).then(|| {
        "This is the built-in simulator. `certdeck config template` shows how to connect an account.".to_owned()
    });
    Ok(Dashboard { config, context: name, environment, services, theme, ascii: !console::is_utf8(), greeting })
}
