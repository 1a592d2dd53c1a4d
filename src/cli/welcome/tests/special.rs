//! What is asked only of those who need it: a client certificate, a network of its own, the key store.

use super::*;
use crate::{config::contexts::OneAuth, simulator::Tls};

#[test]
fn a_client_certificate_behind_a_ca_of_ones_own_is_asked_for_tried_and_written() {
    let tls = Some(Tls { client_certificate: true, ..Tls::default() });
    let simulator = Simulator::spawn(Options { tls, start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let (home, one, files) = (tempfile::tempdir().unwrap(), simulator.urls().one, simulator.tls_files().unwrap());
    for (name, text) in
        [("root.pem", &files.root), ("client.pem", &files.client_certificate), ("client.key", &files.client_key)]
    {
        private(&home.path().join(name), text);
    }
    let path = home.path().join("c.toml");
    let network = ["yes", "no-such.pem", "client.key", "root.pem", "http://ada:canary@192.0.2.7:3128", "no address"];
    let answers =
        ["http://proxy.example.com:3128", "no", "no", "", "5", &one, "6", "", "", "6", "client.pem", "client.key"];
    let mut script = Script::new(&[&["lab", "2"], &network[..], &answers, &["yes"]].concat());
    assert_eq!(ask(&path, &mut script), Ok(true), "{}", script.text());
    let shown = script.text();
    for words in [
        "no-such.pem: ",
        "client.key: no PEM certificate.",
        "a password never stands in the file",
        "this is not the address of a proxy",
        "Not usable: no file is named",
        "and accepts the certificate: ",
    ] {
        assert!(shown.contains(words), "{words} in\n{shown}");
    }
    assert!(!std::fs::read_to_string(&path).unwrap().contains("canary") && !shown.contains("canary"), "{shown}");
    let config = Config::load(&path).unwrap();
    let service = config.context(None).unwrap().one.as_ref().unwrap();
    let file = |name: &str| home.path().join(name);
    assert_eq!(service.auth, OneAuth::Certificate { cert: file("client.pem"), key: file("client.key") });
    assert_eq!(service.wire.ca_file, Some(file("root.pem")));
    assert_eq!(service.wire.proxy.as_ref().unwrap().as_str(), "http://proxy.example.com:3128/");
}

#[test]
fn a_question_about_the_network_takes_an_empty_line_for_none() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.toml");
    let mut script = Script::new(&[&["second", "1", "yes", "", ""], &KEYRING[3..], &["yes"]].concat());
    assert_eq!(ask(&path, &mut script), Ok(true), "{}", script.text());
    let config = Config::load(&path).unwrap();
    let wire = &config.context(None).unwrap().one.as_ref().unwrap().wire;
    assert_eq!((&wire.ca_file, &wire.proxy), (&None, &None));
}

#[test]
fn a_contract_that_is_no_number_is_asked_for_again() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let mut answers = everything(&simulator, home.path());
    let at = answers.iter().position(|answer| answer == "12345, 67890").unwrap();
    answers.splice(at..=at, ["12345, shop", "-7", "99999999999999999999", ""].map(str::to_owned));
    let mut script = Script::new(&answers);
    assert_eq!(ask(&home.path().join("c.toml"), &mut script), Ok(true), "{}", script.text());
    assert_eq!(script.text().matches("a contract is a number").count(), 3, "{}", script.text());
    let config = Config::load(&home.path().join("c.toml")).unwrap();
    assert!(config.context(None).unwrap().partner.as_ref().unwrap().subaccounts.first().unwrap().contracts.is_empty());
}

/// Answers up to the entry of the key store.
fn up_to_the_entry(one: &str) -> [String; 8] {
    ["lab", "2", "", "no", "no", "", "5", one].map(str::to_owned)
}

fn script(one: &str, more: &[&str]) -> Script {
    let more: Vec<String> = more.iter().map(|answer| (*answer).to_owned()).collect();
    Script::new(&[&up_to_the_entry(one)[..], &more].concat())
}

#[test]
fn a_key_in_the_key_store_is_tried() {
    let (simulator, home, store) = (simulator(), tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let entry = KeyEntry::parse("certdeck/lab-one").unwrap();
    store.set(&entry, demo_keys().one.as_bytes()).unwrap();
    let mut script = script(&simulator.urls().one, &["5", "", "yes"]);
    let path = home.path().join("c.toml");
    assert_eq!(super::super::ask(&path, &mut script, keyring(&store)), Ok(true), "{}", script.text());
    let shown = script.text();
    assert!(shown.contains("and accepts the key: ") && !shown.contains("auth set"), "{shown}");
    assert!(!shown.contains(&demo_keys().one), "{shown}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("key = { keyring = \"certdeck/lab-one\" }"));
}

#[test]
fn a_key_that_is_not_in_the_key_store_is_typed_tried_and_stored_at_the_end() {
    let (simulator, home, store) = (simulator(), tempfile::tempdir().unwrap(), Arc::new(Memory::default()));
    let (one, key, entry) = (simulator.urls().one, demo_keys().one, KeyEntry::parse("certdeck/lab-one").unwrap());
    let path = home.path().join("c.toml");
    for (answer, code, kept) in [("no", Ok(false), false), ("yes", Ok(true), true)] {
        let mut script = script(&one, &["5", "no slash", "5", "", "has a blank", "5", "", &key, answer]);
        assert_eq!(super::super::ask(&path, &mut script, keyring(&store)), code, "{}", script.text());
        let shown = script.text();
        for words in ["an entry is called service/name", "no such entry yet", "holds a blank", "and accepts the key: "]
        {
            assert!(shown.contains(words), "{words} in\n{shown}");
        }
        assert!(!shown.contains(&key) && !shown.contains("auth set"), "{shown}");
        assert_eq!((store.get(&entry).is_ok(), path.exists()), (kept, kept));
    }
    assert_eq!(**store.get(&entry).unwrap(), *key.as_bytes());
}

#[test]
fn a_key_store_that_takes_no_key_leaves_everything_as_it_was() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let store = Arc::new(Memory { full: true, ..Memory::default() });
    let mut script = script(&simulator.urls().one, &["5", "", &demo_keys().one, "yes"]);
    let failure = super::super::ask(&home.path().join("config/c.toml"), &mut script, keyring(&store)).unwrap_err();
    assert!(failure.title.contains("certdeck/lab-one\": the key store failed"), "{failure}");
    assert_eq!(tree(home.path()), []);
}

#[test]
fn c04_without_a_key_store_another_place_is_offered() {
    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let store = Arc::new(Memory { absent: true, ..Memory::default() });
    let mut script = script(&simulator.urls().one, &["5", "", "4", &demo_keys().one, "yes"]);
    let path = home.path().join("c.toml");
    assert_eq!(super::super::ask(&path, &mut script, keyring(&store)), Ok(true), "{}", script.text());
    let shown = script.text();
    let told = "there is no key store in this session (start one, or use env, file or command)";
    assert!(shown.contains(told), "{shown}");
    assert_eq!(shown.matches("Where is the key of DigiCert ONE?").count(), 2, "{shown}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("key = { file = \"keys/lab-one.key\" }"));
}
