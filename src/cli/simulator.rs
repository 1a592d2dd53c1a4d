//! The simulator as a program of its own.

use std::{fmt::Write as _, net::SocketAddr, path::Path};

use serde::Deserialize;

use super::{
    args::SimulatorArgs,
    console::{self, Console},
    demo,
    exit::{Exit, Outcome},
};
use crate::{
    domain::{Failure, FailureKind},
    simulator::{DemoKeys, FaultPlan, Options, Rule, Server, Switches, demo_keys},
};

/// A fault file: rules and switches.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Faults {
    rule: Vec<Rule>,
    switches: Switches,
}

/// Starts the simulator, prints how to use it, and stays until it is interrupted.
pub fn run(args: &SimulatorArgs, console: &mut Console) -> Outcome {
    let faults = args.faults.as_deref().map(read).transpose()?.unwrap_or_default();
    let options = Options {
        listen: args.listen,
        seed: args.seed,
        scale: args.scale,
        // The clock of this machine, so that no client finds it wrong.
        start: jiff::Timestamp::now(),
        faults: FaultPlan { rules: faults.rule },
        switches: faults.switches,
        servers: true,
        ..Options::default()
    };
    let simulator = demo::spawn(options)?;
    let addr = simulator.addr();
    let keys = demo_keys();
    console::say(&format!("certdeck: the simulator listens on {addr} until ctrl-c; its keys open nothing else"));
    console::say("certdeck: save stdout as sim.toml, set the variables it names, then: certdeck --config sim.toml");
    console.out().write_all(guide(addr, &keys, simulator.servers()).as_bytes())?;
    console.out().flush()?;
    simulator
        .wait()
        .map_err(|error| Failure::new(FailureKind::Internal, format!("the simulator ended ({})", error.kind())))?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Faults, Failure> {
    let fail = |cause: &str| Failure::new(FailureKind::Configuration, format!("{}: {cause}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fail(&format!("cannot be read ({})", error.kind())))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or(&text).matches('\n').count() + 1);
        fail(&format!("line {line}: {}", error.message().lines().next().unwrap_or_default()))
    })
}

/// Base addresses, keys, and a configuration that uses them.
fn guide(addr: SocketAddr, keys: &DemoKeys, servers: &[Server]) -> String {
    let mut exports = format!(
        "#   export CERTDECK_SIM_CC={}\n#   export CERTDECK_SIM_PARENT={}\n",
        keys.certcentral, keys.partner_parent
    );
    let (mut subaccounts, mut directories, mut names) = (String::new(), String::new(), String::new());
    for account in &keys.partner_subaccounts {
        let variable = format!("CERTDECK_SIM_{}", account.name.to_uppercase());
        // Writing to a String cannot fail.
        let _ = writeln!(exports, "#   export {variable}={}", account.key);
        let _ = write!(
            subaccounts,
            "[[context.simulator.partner.subaccount]]\nname = \"{}\"\nkey = {{ env = \"{variable}\" }}\ncontracts = {:?}\n",
            account.name, account.contracts
        );
        for contract in &account.contracts {
            let _ = writeln!(directories, "{contract} = \"http://{addr}/acme/directory\"");
        }
    }
    for server in servers {
        let hosts: Vec<String> = server.hosts.iter().map(ToString::to_string).collect();
        let start = server.start_tls.map(|word| format!("starttls = \"{word}\"\n")).unwrap_or_default();
        let _ = write!(
            names,
            "[[context.simulator.probe.name]]\nname = \"{}\"\nhost = {hosts:?}\nport = {}\n{start}",
            server.name, server.port
        );
    }
    let _ = writeln!(exports, "#   export CERTDECK_SIM_ONE={}", keys.one);
    format!(
        "# Services API           http://{addr}/services/v2\n\
         # Report Library         http://{addr}/reports/v1\n\
         # Partner Subscriptions  http://{addr}/partner-subscription/api/v1\n\
         # DigiCert ONE           http://{addr}\n\
         # Keys, valid here only:\n{exports}\n\
         [context.simulator]\nenvironment = \"demo\"\n\n\
         [context.simulator.certcentral]\n\
         services_url = \"http://{addr}/services/v2\"\nreports_url = \"http://{addr}/reports/v1\"\n\
         key = {{ env = \"CERTDECK_SIM_CC\" }}\n\n\
         [context.simulator.partner]\nurl = \"http://{addr}/partner-subscription/api/v1\"\n\
         parent_key = {{ env = \"CERTDECK_SIM_PARENT\" }}\n{subaccounts}\
         [context.simulator.partner.ari]\n{directories}\n\
         [context.simulator.one]\nurl = \"http://{addr}\"\nkey = {{ env = \"CERTDECK_SIM_ONE\" }}\n\n\
         [context.simulator.probe]\nallow_private = true\n{names}"
    )
}
