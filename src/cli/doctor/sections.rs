//! The facts around the checks: program, paths, terminal, network, and which forms of paths answered.

use std::{env, io::IsTerminal as _};

use super::Said;
use crate::{
    cli::{
        args::Global,
        check::{Check, Status},
        console,
        sheet::{Fact, Section},
    },
    client::Service,
    config::{
        Config, Context, ServiceUrl,
        contexts::Wire,
        paths,
        settings::{Theme, Ui},
    },
    domain::{Failure, FailureKind, ca::RequestSource},
    runtime,
    store::{Health, StoreHealth},
};

/// The program: version, target, features, profile.
pub fn program() -> Section {
    let features = [("simulator", cfg!(feature = "simulator")), ("keyring", cfg!(feature = "keyring"))];
    let features: Vec<&str> = features.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
    let libc = [("gnu", cfg!(target_env = "gnu")), ("musl", cfg!(target_env = "musl"))];
    let libc = libc.into_iter().find(|(_, on)| *on).map_or_else(String::new, |(name, _)| format!("-{name}"));
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    Section {
        name: "program",
        facts: vec![
            Fact::new("version", env!("CARGO_PKG_VERSION")),
            Fact::new("target", &format!("{}-{}{libc}", env::consts::ARCH, env::consts::OS)),
            Fact::new("features", &some(&features.join(", "))),
            Fact::new("profile", profile),
        ],
    }
}

/// Where configuration and state stand.
pub fn paths(global: &Global) -> Section {
    let variable = |name: &str| env::var_os(name);
    let shown = |path: Option<std::path::PathBuf>| {
        path.map_or_else(
            || "no home folder".to_owned(),
            |path| format!("{}{}", path.display(), if path.exists() { "" } else { " (not there)" }),
        )
    };
    Section {
        name: "paths",
        facts: vec![
            Fact::new("configuration", &shown(paths::config_file(global.config.as_deref(), &variable))),
            Fact::new("state", &shown(paths::state_dir(&variable))),
        ],
    }
}

/// What is kept on this machine, and whether that works; with a check of each file that does not.
pub fn store(kept: Option<&StoreHealth>) -> (Section, Vec<Check>) {
    let Some(health) = kept else {
        return (Section { name: "store", facts: vec![Fact::new("lists", "not kept: the demonstration")] }, Vec::new());
    };
    let word = |health: &Health| match health {
        Health::Working => "works",
        Health::InMemory(_) => "in memory",
        Health::ReadOnly(_) => "read only",
        Health::Off(_) => "off",
    };
    let files = [("lists", &health.cache), ("snapshots", &health.snapshots), ("journal", &health.journal)];
    let facts = files.map(|(what, health)| Fact::new(what, word(health))).into();
    let mut checks: Vec<Check> = files
        .into_iter()
        .map(|(what, health)| match health.why() {
            None => Check::new("store", what, Status::Ok, word(health)),
            Some(why) => warned(what, why),
        })
        .collect();
    checks.extend(health.news.iter().map(|news| warned("set aside", news)));
    (Section { name: "store", facts }, checks)
}

/// A store that does not work keeps nobody from looking.
fn warned(what: &'static str, why: &Failure) -> Check {
    Check { status: Status::Warn, kind: None, ..Check::failed("store", what, why) }
}

/// The terminal, and what the dashboard makes of it.
pub fn terminal(global: &Global, config: Option<&Config>) -> Section {
    let text = |name: &str| env::var(name).unwrap_or_default();
    let there = |names: &[&str]| names.iter().any(|name| !text(name).is_empty());
    let configured = config.map_or_else(|| Ui::default().theme, |config| config.ui.theme.clone());
    let wanted = global.theme.as_deref().map_or(Ok(configured), Theme::parse);
    let palette = wanted.map_or_else(str::to_owned, |theme| runtime::palette(&theme));
    let multiplexer = match (there(&["TMUX"]), there(&["STY"])) {
        (true, _) => "tmux",
        (_, true) => "screen",
        _ => "none",
    };
    let mut facts = vec![
        Fact::new("TERM", &some(&text("TERM"))),
        Fact::new("COLORTERM", &some(&text("COLORTERM"))),
        Fact::new("NO_COLOR", if there(&["NO_COLOR"]) { "set" } else { "not set" }),
        Fact::new("size", &size()),
        Fact::new("utf-8", if console::is_utf8() { "yes" } else { "no: ASCII is drawn" }),
        Fact::new("ssh", if there(&["SSH_CONNECTION", "SSH_TTY"]) { "yes" } else { "no" }),
        Fact::new("multiplexer", multiplexer),
        Fact::new("theme", &palette),
    ];
    if let Some(stream) = console::not_a_terminal() {
        facts.push(Fact::new("dashboard", &format!("not from here: {stream} is no terminal")));
    }
    Section { name: "terminal", facts }
}

/// Pace, and the proxies of the environment.
pub fn network(config: &Config) -> Section {
    let pace = config.pace;
    let pace =
        format!("{} requests a second, {} at once for each key; off on this machine", pace.per_second, pace.burst);
    let without = if variable(&["NO_PROXY", "no_proxy"]).is_some() { "set" } else { "not set" };
    let proxy = environment_proxy().unwrap_or_else(|| "none".to_owned());
    Section {
        name: "network",
        facts: vec![
            Fact::new("pace", &pace),
            Fact::new("proxy of the environment", &proxy),
            Fact::new("NO_PROXY", without),
        ],
    }
}

/// The proxy of a service, its host alone.
pub fn proxy(urls: &[&ServiceUrl], wire: &Wire) -> String {
    if urls.iter().all(|url| url.is_loopback()) {
        return "none: this machine".to_owned();
    }
    if let Some(proxy) = &wire.proxy {
        return format!("{}, by the configuration", host(proxy.as_str()));
    }
    let unless = if variable(&["NO_PROXY", "no_proxy"]).is_some() { ", unless NO_PROXY names the service" } else { "" };
    environment_proxy().map_or_else(|| "none".to_owned(), |proxy| format!("{proxy}, by the environment{unless}"))
}

/// Which form of each path of DigiCert ONE that is not documented answered. Paths that write are not tried.
pub fn forms(context: &Context, said: &Said, requests: Option<RequestSource>) -> Option<Section> {
    let own = &context.one.as_ref()?.paths;
    let answer = said.answers.iter().find(|answer| answer.service == Service::One)?;
    let form = |route: &str| if own.contains_key(route) { "the configuration's form" } else { "built-in form" };
    let mut facts = Vec::new();
    for (route, what) in [
        ("list_cas", "CA list"),
        ("list_templates", "Templates"),
        ("list_crls", "CRL configurations"),
        ("list_ocsp_responders", "OCSP responders"),
        ("ca_audit", "CA audit log"),
        ("account_audit", "Account audit log"),
        ("health", "CA service health"),
    ] {
        let permitted = answer.permitted.iter().find(|permitted| permitted.what == what);
        let value = match permitted.map(|permitted| &permitted.result) {
            Some(Ok(())) => format!("answered ({})", form(route)),
            Some(Err(failure)) if failure.kind == FailureKind::NotFound => format!("not there ({})", form(route)),
            Some(Err(failure)) if failure.kind == FailureKind::NotPermitted => {
                format!("answered, not permitted ({})", form(route))
            }
            Some(Err(_)) => format!("not known: the call failed ({})", form(route)),
            None => "not asked".to_owned(),
        };
        facts.push(Fact::new(route, &value));
    }
    facts.push(Fact::new(
        "requests",
        match requests {
            Some(RequestSource::Queue) => "the queue of all CAs (list_revocations)",
            Some(RequestSource::PerCa) => "the lists of each CA (list_ca_revocations, list_ca_reinstatements)",
            Some(RequestSource::Record) => "the pending_request of the CA records (get_ca)",
            None => "not known",
        },
    ));
    facts.push(Fact::new("approve, reject", "not tried: they write"));
    Some(Section { name: "paths of DigiCert ONE", facts })
}

fn environment_proxy() -> Option<String> {
    variable(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]).map(|proxy| host(&proxy))
}

fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
}

/// The host and port of an address; user and password stay out, and so does what cannot be read.
fn host(address: &str) -> String {
    let read = |text: &str| url::Url::parse(text).ok().filter(url::Url::has_host);
    let url = read(address).or_else(|| read(&format!("http://{address}")));
    let port = |url: &url::Url| url.port().map_or_else(String::new, |port| format!(":{port}"));
    url.and_then(|url| Some(format!("{}{}", url.host_str()?, port(&url)))).unwrap_or_else(|| "unreadable".to_owned())
}

#[cfg(unix)]
fn size() -> String {
    if !std::io::stdout().is_terminal() {
        return "stdout is no terminal".to_owned();
    }
    rustix::termios::tcgetwinsize(std::io::stdout())
        .map_or_else(|_| "not known".to_owned(), |size| format!("{} x {}", size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
fn size() -> String {
    if std::io::stdout().is_terminal() { "not known" } else { "stdout is no terminal" }.to_owned()
}

fn some(text: &str) -> String {
    if text.is_empty() { "not set".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_proxy_of_a_service_is_told_by_its_host_and_origin() {
        let text = "[context.a]\nenvironment = \"demo\"\n[context.a.one]\nkey = { env = \"K\" }\n\
                    proxy = \"http://proxy.example.com:3128\"\n";
        let config = Config::parse(text, Path::new("/c.toml")).unwrap();
        let one = config.context(None).unwrap().one.as_ref().unwrap();
        assert_eq!(proxy(&[&one.url], &one.wire), "proxy.example.com:3128, by the configuration");
        let here = ServiceUrl::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(proxy(&[&here], &one.wire), "none: this machine");
    }

    #[test]
    fn c12_a_proxy_is_shown_without_its_password() {
        for (address, shown) in [
            ("http://ada:canary@proxy.example.com:3128", "proxy.example.com:3128"),
            ("proxy.example.com:3128", "proxy.example.com:3128"),
            ("ada:canary@proxy.example.com", "proxy.example.com"),
            ("socks5://192.0.2.7", "192.0.2.7"),
            ("not an address", "unreadable"),
        ] {
            assert_eq!(host(address), shown);
        }
    }
}
