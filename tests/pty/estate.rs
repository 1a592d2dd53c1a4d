//! An account of each kind behind simulators, and the program that reaches it as a user who is not root.

use std::{
    os::unix::fs::{PermissionsExt as _, chown},
    process::{Child, Command, Stdio},
};

use certdeck::simulator::{FaultPlan, Options, Rule, Simulator, Tls, demo_keys};
use rustix::process::geteuid;

use super::driver::{Session, Setup};

/// What somebody may write above the key of a client certificate.
const PASSPHRASE: &str = "canary-passphrase-77e1";
/// Root may read every file of a process, so as root the program runs as this user.
const NOBODY: u32 = 65_534;

/// The services, and a home whose contexts reach them by each kind of key and by a client certificate.
pub struct Scene {
    pub plain: Simulator,
    pub tls: Simulator,
    home: tempfile::TempDir,
    /// Keys, the text above the key of the certificate, and a line of that key.
    pub canaries: Vec<String>,
}

impl Scene {
    pub fn new() -> Self {
        let options = || Options { limits: false, start: jiff::Timestamp::now(), ..Options::default() };
        let plain = Simulator::spawn(options()).unwrap();
        let tls = Some(Tls { client_certificate: true, ..Tls::default() });
        let tls = Simulator::spawn(Options { tls, ..options() }).unwrap();
        let (keys, urls, files) = (demo_keys(), plain.urls(), tls.tls_files().unwrap().clone());
        let secret = files.client_key.lines().nth(1).unwrap().to_owned();
        let config = format!(
            "default_context = \"lab\"\n[context.lab]\nenvironment = \"demo\"\n\
             [context.lab.certcentral]\nservices_url = \"{}\"\nreports_url = \"{}\"\nkey = {{ env = \"CC\" }}\n\
             [context.lab.partner]\nurl = \"{}\"\nparent_key = {{ env = \"PARENT\" }}\n\
             [[context.lab.partner.subaccount]]\nname = \"shop\"\ncontracts = [12345]\nkey = {{ file = \"shop.key\" }}\n\
             [context.lab.one]\nurl = \"{}\"\nkey = {{ command = [\"sh\", \"-c\", \"env > seen; cat one.key\"] }}\n\
             [context.mtls]\nenvironment = \"demo\"\n[context.mtls.one]\nurl = \"{}\"\nca_file = \"root.pem\"\n\
             client_certificate = {{ cert = \"client.pem\", key = \"client.key\" }}\n",
            urls.services,
            urls.reports,
            urls.partner,
            urls.one,
            tls.urls().one
        );
        let home = tempfile::tempdir().unwrap();
        let private = format!("Passphrase: {PASSPHRASE}\n{}", files.client_key);
        for (name, text) in [
            ("c.toml", &config),
            ("shop.key", &shop()),
            ("one.key", &keys.one),
            ("root.pem", &files.root),
            ("client.pem", &files.client_certificate),
            ("client.key", &private),
        ] {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(owner()), None).unwrap();
        }
        chown(home.path(), Some(owner()), None).unwrap();
        let mut canaries = vec![keys.certcentral, keys.partner_parent, keys.one, shop()];
        canaries.extend([PASSPHRASE.to_owned(), secret]);
        Self { plain, tls, home, canaries }
    }

    /// What goes wrong from now on; a server that was sent no key has none to send back.
    pub fn faults(&self, rules: &[Rule]) {
        let is_echo = rules.windows(2).any(|pair| pair[0].fault != pair[1].fault);
        for (simulator, is_quiet) in [(&self.plain, false), (&self.tls, is_echo)] {
            let rules = if is_quiet { Vec::new() } else { rules.to_vec() };
            simulator.control().set_faults(FaultPlan { rules });
            simulator.control().clear();
        }
    }

    /// The environment of the program, keys included.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let (home, keys) = (self.home.path(), demo_keys());
        let folder = |name: &str| home.join(name).display().to_string();
        vec![
            ("HOME", folder("")),
            ("XDG_STATE_HOME", folder("state")),
            ("XDG_CONFIG_HOME", folder("config")),
            ("CERTDECK_CONFIG", folder("c.toml")),
            ("CC", keys.certcentral),
            ("PARENT", keys.partner_parent),
            ("RUST_LOG", "trace".to_owned()),
            ("CERTDECK_LOG", "trace".to_owned()),
            ("RUST_BACKTRACE", "full".to_owned()),
        ]
    }

    /// The dashboard in a context.
    pub fn dashboard(&self, context: &str) -> Session {
        let words = as_user(&[env!("CARGO_BIN_EXE_certdeck"), "--context", context]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let setup = Setup::program(words[0], &words[1..]).folder(self.home.path());
        self.variables().iter().fold(setup, |setup, (name, value)| setup.env(name, value)).start()
    }

    /// A command that prints on stdout and stderr.
    pub fn command(&self, words: &[&str]) -> Child {
        let line = as_user(&[&[env!("CARGO_BIN_EXE_certdeck")], words].concat());
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).env_clear().env("PATH", "/usr/bin:/bin").envs(self.variables());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.current_dir(self.home.path()).spawn().unwrap()
    }

    /// Names and contents of what was made in the home since the start.
    pub fn made(&self) -> Vec<(String, Vec<u8>)> {
        const BEFORE: [&str; 6] = ["c.toml", "shop.key", "one.key", "root.pem", "client.pem", "client.key"];
        let mut made = Vec::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.home.path()).unwrap().display().to_string();
                if path.is_dir() {
                    folders.push(path);
                } else if !BEFORE.contains(&name.as_str()) {
                    made.push((name, std::fs::read(path).unwrap()));
                }
            }
        }
        made.sort();
        made
    }
}

/// The user that the program runs as.
fn owner() -> u32 {
    if geteuid().is_root() { NOBODY } else { geteuid().as_raw() }
}

/// `words` as [`owner`] runs them.
pub fn as_user(words: &[&str]) -> Vec<String> {
    let other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let change: &[&str] = if geteuid().is_root() { &other } else { &[] };
    [change, words].concat().into_iter().map(str::to_owned).collect()
}

/// The environment of a process as another one of its user reads it; empty where that is refused.
pub fn environ(pid: i32) -> Vec<u8> {
    let line = as_user(&["cat", &format!("/proc/{pid}/environ")]);
    Command::new(&line[0]).args(&line[1..]).stderr(Stdio::null()).output().unwrap().stdout
}

/// The key of a subaccount.
pub fn shop() -> String {
    demo_keys().partner_subaccounts.first().unwrap().key.clone()
}
