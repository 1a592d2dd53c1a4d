#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod special;

use std::{
    collections::{BTreeMap, VecDeque},
    os::unix::fs::PermissionsExt as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use zeroize::Zeroizing;

use super::*;
use crate::{
    config::{
        KeySource,
        credentials::{KeyEntry, KeyStore, StoreProblem},
    },
    simulator::{Accounts, Options, Simulator, Switches, demo_keys},
};

/// A key store in memory; a full one takes no key, and one that is absent knows nothing.
#[derive(Default)]
struct Memory {
    keys: Mutex<BTreeMap<String, Vec<u8>>>,
    full: bool,
    absent: bool,
}

impl KeyStore for Memory {
    fn get(&self, entry: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem> {
        let key = self.keys.lock().unwrap().get(&entry.to_string()).cloned();
        if self.absent { Err(StoreProblem::Absent) } else { key.map(Zeroizing::new).ok_or(StoreProblem::Missing) }
    }

    fn set(&self, entry: &KeyEntry, key: &[u8]) -> Result<(), StoreProblem> {
        if self.full {
            return Err(StoreProblem::Failed);
        }
        self.keys.lock().unwrap().insert(entry.to_string(), key.to_vec());
        Ok(())
    }

    fn delete(&self, entry: &KeyEntry) -> Result<(), StoreProblem> {
        self.keys.lock().unwrap().remove(&entry.to_string()).map(drop).ok_or(StoreProblem::Missing)
    }
}

/// The keyring over `store`, for as long as the process lives, as that of a system.
fn keyring(store: &Arc<Memory>) -> &'static Keyring {
    Box::leak(Box::new(Keyring::new(store.clone(), Duration::from_secs(10))))
}

/// The dialogue with an empty key store.
fn ask(path: &Path, talk: &mut dyn Talk) -> Result<bool, Failure> {
    super::ask(path, talk, keyring(&Arc::default()))
}

/// A person who answers from a list, and stops behind its end.
struct Script {
    answers: VecDeque<String>,
    shown: Vec<String>,
}

impl Script {
    fn new<S: AsRef<str>>(answers: &[S]) -> Self {
        Self { answers: answers.iter().map(|answer| answer.as_ref().to_owned()).collect(), shown: Vec::new() }
    }

    fn text(&self) -> String {
        self.shown.join("\n")
    }
}

impl Talk for Script {
    fn say(&mut self, line: &str) {
        self.shown.push(line.to_owned());
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Stopped> {
        self.shown.push(prompt.to_owned());
        self.answers.pop_front().ok_or(Stopped)
    }

    fn hidden(&mut self, prompt: &str) -> Result<Zeroizing<String>, Stopped> {
        self.ask(prompt).map(Zeroizing::new)
    }

    fn drop_typed_ahead(&mut self) -> Result<bool, Stopped> {
        Ok(false)
    }

    fn pause(&mut self, _: Duration) -> Result<(), Stopped> {
        Ok(())
    }
}

fn simulator() -> Simulator {
    Simulator::spawn(Options { start: jiff::Timestamp::now(), ..Options::default() }).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// All that is below a folder.
fn tree(folder: &Path) -> Vec<(PathBuf, Option<String>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.push((path.clone(), std::fs::read_to_string(&path).ok()));
        if path.is_dir() {
            all.extend(tree(&path));
        }
    }
    all.sort();
    all
}

/// Answers that make a context of all services, with a typed key, a key file, a command, and a variable that is not set.
fn everything(simulator: &Simulator, folder: &Path) -> Vec<String> {
    let (urls, keys) = (simulator.urls(), demo_keys());
    let (parent, shop) = (folder.join("parent.key"), folder.join("shop.key"));
    private(&parent, &keys.partner_parent);
    private(&shop, &keys.partner_subaccounts.first().unwrap().key);
    let cat = format!("cat {}", shop.display());
    let answers: [&[&str]; 5] = [
        &["lab", "2", ""],
        &["", "3", &urls.services, &urls.reports, "4", &keys.certcentral],
        &["", "2", &urls.partner, "", "3", parent.to_str().unwrap(), "shop", "2", &cat, "12345, 67890", ""],
        &["", "5", &urls.one, "1", "CERTDECK_TEST_NOT_SET", "2"],
        &["yes"],
    ];
    answers.concat().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_first_configuration_is_written_whole_sound_and_without_a_key() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let mut script = Script::new(&everything(&simulator, home.path()));
    let path = home.path().join("config/certdeck/config.toml");
    assert_eq!(ask(&path, &mut script), Ok(true), "{}", script.text());
    assert!(script.answers.is_empty(), "{}", script.text());

    let text = std::fs::read_to_string(&path).unwrap();
    let keys = demo_keys();
    for key in [&keys.certcentral, &keys.partner_parent, &keys.one] {
        assert!(!text.contains(key.as_str()) && !script.text().contains(key.as_str()));
    }
    let config = Config::load(&path).unwrap();
    let context = config.context(None).unwrap();
    assert_eq!((context.name.as_str(), context.environment.as_str()), ("lab", "demo"));
    assert_eq!(context.keys().len(), 4);
    assert_eq!(context.partner.as_ref().unwrap().subaccounts.first().unwrap().contracts, [12_345, 67_890]);
    for words in
        ["Keys never stand in this file", "# Saved views", "# DigiCert ONE: CAs", "# true: no write is possible"]
    {
        assert!(text.contains(words), "{words} in\n{text}");
    }

    let file = path.with_file_name("keys").join("lab-certcentral.key");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), keys.certcentral);
    assert_eq!((mode(&file), mode(file.parent().unwrap()), mode(&path)), (0o600, 0o700, 0o600));

    let shown = script.text();
    for words in [
        "127.0.0.1 is reachable",
        "and accepts the key: ",
        "It may read: CertCentral user, Report history.",
        "variable CERTDECK_TEST_NOT_SET: is not set",
        &format!("The configuration is {}.", path.display()),
        "Written: the context lab.",
    ] {
        assert!(shown.contains(words), "{words} in\n{shown}");
    }
}

#[test]
fn stopping_at_any_question_leaves_everything_as_it_was() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let answers = everything(&simulator, home.path());
    let before = tree(home.path());
    for count in 0..answers.len() {
        let mut script = Script::new(answers.get(..count).unwrap());
        assert_eq!(ask(&home.path().join("config/config.toml"), &mut script), Ok(false), "{}", script.text());
        assert!(script.text().ends_with("Stopped; nothing was changed."));
        assert_eq!(tree(home.path()), before, "stopped after {count} answers");
    }
    let mut refused = answers;
    *refused.last_mut().unwrap() = "no".to_owned();
    assert_eq!(ask(&home.path().join("config/config.toml"), &mut Script::new(&refused)), Ok(false));
    assert_eq!(tree(home.path()), before, "not agreed to");
}

/// A context with a keyring entry that is not there, whose key comes later.
const KEYRING: [&str; 10] = ["second", "1", "", "no", "no", "", "2", "5", "certdeck/second", ""];

const EXISTING: &str = "# mine\n\n[context.first] # the first\nenvironment = \"demo\"\n# a remark\n\
                        [context.first.one]\nkey = { env = \"K\" } # there\n\n# views\n[views.acme.triage]\nsort = \"left\"";

#[test]
fn an_existing_configuration_keeps_every_line_and_gains_the_context() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.toml");
    for (start, answers, opens) in [
        (String::new(), &["yes"][..], "second"),
        ("# head\ndefault_context = \"first\" # usual\n".to_owned(), &["no", "yes"], "first"),
        ("# head\ndefault_context = \"first\" # usual\n".to_owned(), &["yes", "yes"], "second"),
    ] {
        let text = format!("{start}{EXISTING}");
        private(&path, &text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut script = Script::new(&[&KEYRING[..], answers].concat());
        assert_eq!(ask(&path, &mut script), Ok(true), "{}", script.text());
        let after = std::fs::read_to_string(&path).unwrap();
        let mut rest = after.lines();
        for line in text.lines().filter(|line| !line.starts_with("default_context")) {
            assert!(rest.any(|other| other == line), "{line:?} is not in its place in\n{after}");
        }
        assert_eq!(after.contains("# usual"), !start.is_empty());
        let config = Config::load(&path).unwrap();
        assert_eq!(config.context(None).unwrap().name, opens, "{after}");
        let second = config.context(Some("second")).unwrap();
        assert_eq!(second.one.as_ref().unwrap().url.as_str(), "https://one.ch.digicert.com");
        assert_eq!(second.keys().first().unwrap().1.describe(), "keyring entry \"certdeck/second\"");
        assert_eq!(mode(&path), 0o640);
        assert!(script.text().contains("`certdeck auth set` stores the keys that are not in the keyring yet."));
    }
}

#[test]
fn a_key_is_given_again_until_it_is_accepted_or_left_out() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let (one, key) = (simulator.urls().one, demo_keys().one);
    let path = home.path().join("c.toml");
    let wrong = ["lab", "2", "", "no", "no", "", "5", &one, "4", "wrong-key-canary-51"];
    let again = ["1", "4", "has a blank", "4", "", "4", &key, "yes"];
    let mut script = Script::new(&[&wrong[..], &again].concat());
    assert_eq!(ask(&path, &mut script), Ok(true), "{}", script.text());
    let shown = script.text();
    for words in [
        "is reachable, and does not accept the key",
        "Not usable: the key holds a blank or a control character",
        "Not usable: the key is empty",
        "and accepts the key: ",
    ] {
        assert!(shown.contains(words), "{words} in\n{shown}");
    }
    assert!(!shown.contains("canary"), "{shown}");
    assert_eq!(std::fs::read_to_string(home.path().join("keys/lab-one.key")).unwrap(), key);

    let other = home.path().join("other/c.toml");
    let mut script = Script::new(&[&wrong[..], &["3"]].concat());
    assert_eq!(ask(&other, &mut script), Ok(false));
    assert!(script.text().contains("nothing to write") && !other.parent().unwrap().exists());
}

#[test]
fn c01_what_cannot_be_a_name_is_refused_without_being_repeated() {
    let home = tempfile::tempdir().unwrap();
    let pasted = ["a b", ".hidden", "lab", "1", "", "no", "no", "", "1", "1", "pasted-key-canary-52", "7"];
    let mut script = Script::new(&pasted);
    assert_eq!(ask(&home.path().join("c.toml"), &mut script), Ok(false));
    let shown = script.text();
    assert_eq!(shown.matches("a context is called by letters").count(), 2, "{shown}");
    assert!(shown.contains("env takes the name of a variable, not the key") && !shown.contains("canary"), "{shown}");
}

#[test]
fn f11_what_came_meanwhile_is_not_overwritten_and_no_key_file_stays() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.toml");
    let key = secrecy::SecretString::from("not-a-secret");
    let keys = || vec![("keys/lab-one.key", &key)];
    let (entry, store) = (KeyEntry::parse("certdeck/lab-one").unwrap(), Arc::new(Memory::default()));
    let entries = || vec![(KeySource::Keyring(entry.clone()), &key)];
    let places = Places { keyring: keyring(&store), ..Places::system() };
    private(&path, "# somebody else's");
    for before in [None, Some("# as it was")] {
        let writing = Writing { path: &path, before, text: "# ours", keys: keys(), entries: entries(), places };
        let failure = keep::write(&writing).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(failure.title.contains("nothing was"), "{failure}");
        assert_eq!(tree(home.path()), [(path.clone(), Some("# somebody else's".to_owned()))]);
        assert_eq!(store.get(&entry), Err(StoreProblem::Missing), "the entry is taken away again");
    }
    let link = home.path().join("link.toml");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let before = Some("# somebody else's");
    keep::write(&Writing { path: &link, before, text: "# ours", keys: keys(), entries: entries(), places }).unwrap();
    assert!(store.get(&entry).is_ok());
    assert!(link.is_symlink() && std::fs::read_to_string(&path).unwrap() == "# ours", "the link stays one");
}

#[test]
fn a_configuration_that_cannot_be_added_to_is_told_before_any_question() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.toml");
    let inline = "context = { a = { environment = \"demo\", one = { key = { env = \"K\" } } } }";
    let dotted = "context.a.environment = \"demo\"\ncontext.a.one.key.env = \"K\"";
    for (text, words) in [("[context", "c.toml"), (inline, "[context.NAME]"), (dotted, "[context.NAME]")] {
        private(&path, text);
        let mut script = Script::new(&KEYRING);
        let failure = ask(&path, &mut script).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(failure.to_string().contains(words), "{failure}");
        assert_eq!((script.text(), std::fs::read_to_string(&path).unwrap()), (String::new(), text.to_owned()));
    }
}

#[test]
fn of_several_accounts_one_is_chosen_and_written() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let switches = Switches { accounts: Accounts::Two, ..Switches::default() };
    simulator.control().set_switches(switches);
    let (one, key) = (simulator.urls().one, demo_keys().one);
    let path = home.path().join("c.toml");
    let mut script = Script::new(&["lab", "2", "", "no", "no", "", "5", &one, "4", &key, "2", "yes"]);
    assert_eq!(ask(&path, &mut script), Ok(true), "{}", script.text());
    assert!(script.text().contains("  2  Acme Labs ("), "{}", script.text());
    let second = simulator.control().account_ids().remove(1);
    let config = Config::load(&path).unwrap();
    assert_eq!(config.context(None).unwrap().one.as_ref().unwrap().account_id, Some(second));
}
