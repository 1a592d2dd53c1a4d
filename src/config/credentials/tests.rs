use std::{os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use secrecy::ExposeSecret as _;

use super::{keyring::tests::Memory, *};
use crate::domain::FailureKind;

const CANARY: &str = "canary-5f1d0c";

fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    (dir, path)
}

fn memory() -> Keyring {
    Keyring::new(std::sync::Arc::new(Memory::default()), Duration::from_secs(10))
}

fn entry() -> KeySource {
    KeySource::Keyring(KeyEntry::parse("certdeck/one").unwrap())
}

fn shell(line: &str) -> KeySource {
    let argv = ["sh", "-c", line].map(str::to_owned).to_vec();
    KeySource::Command(KeyCommand::new(argv).unwrap().deadline(Duration::from_millis(400)))
}

fn refusal(source: &KeySource) -> String {
    let failure = source.resolve().expect_err("a refusal");
    assert_eq!(failure.kind, FailureKind::Configuration);
    let text = failure.to_string();
    assert!(!text.contains(CANARY) && !text.contains('\n'), "{text}");
    text
}

#[test]
fn a_key_comes_from_each_source() {
    let (_dir, path) = file(format!("{CANARY}\n").as_bytes(), 0o600);
    let env = |name: &str| (name == "KEY").then(|| CANARY.into());
    let sources = [
        KeySource::Env("KEY".into()),
        KeySource::File(path),
        shell("printf '%s\\r\\nmore\\n' canary-5f1d0c"),
        entry(),
        KeySource::Demo(DemoKey::new(CANARY)),
    ];
    let keyring = memory();
    let places = Places { env: &env, keyring: &keyring };
    places.keep(&entry(), &SecretString::from(CANARY)).unwrap();
    for source in sources {
        assert_eq!(places.fetch(&source).unwrap().expose_secret(), CANARY, "{source:?}");
        assert!(!format!("{source:?}").contains(CANARY) || matches!(source, KeySource::Command(_)));
    }
}

#[test]
fn c01_a_key_that_no_header_can_hold_is_refused_without_printing_it() {
    let bad: [(&[u8], &str); 8] = [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"canary-5f1d0c\nx", "line break"),
        (b"canary-5f1d0c\rx", "line break"),
        (b"canary-5f1d0c\0", "control"),
        (b"canary-5f1d0c x", "blank"),
        ("canary-5f1d0c\u{e9}".as_bytes(), "not ASCII"),
        (b"canary-5f1d0c\n\n", "line break"),
    ];
    for (content, cause) in bad {
        let (_dir, path) = file(content, 0o600);
        let text = refusal(&KeySource::File(path));
        assert!(text.contains(cause), "{text}");
    }
    let missing = KeySource::Env("CERTDECK_TEST_NO_SUCH_KEY".into());
    assert!(refusal(&missing).starts_with("variable CERTDECK_TEST_NO_SUCH_KEY: is not set"));
}

#[test]
fn c03_a_key_file_is_regular_private_and_small() {
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644] {
        let (_dir, path) = file(CANARY.as_bytes(), mode);
        let text = refusal(&KeySource::File(path.clone()));
        assert!(text.contains(&format!("mode {mode:04o}")) && text.contains("chmod 600"), "{text}");
        assert!(text.contains(&path.display().to_string()), "{text}");
    }
    let (dir, path) = file(CANARY.as_bytes(), 0o600);
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(refusal(&KeySource::File(link)).contains("symbolic link"));
    assert!(refusal(&KeySource::File(dir.path().into())).contains("not a regular file"));
    assert!(refusal(&KeySource::File(dir.path().join("none"))).contains("cannot be read"));
    let (_dir, path) = file(&[b'a'; READ_MAX + 1], 0o600);
    assert!(refusal(&KeySource::File(path)).contains("larger than"));
}

#[test]
fn c05_a_key_command_is_bounded_and_quiet() {
    assert!(refusal(&shell("sleep 20")).contains("did not end within"));
    assert!(refusal(&shell("sleep 20 & echo canary-5f1d0c; exec >&-; wait")).contains("did not end within"));
    assert!(refusal(&shell("yes canary-5f1d0c")).contains("printed more than"));
    assert!(refusal(&shell("echo canary-5f1d0c >&2; exit 3")).contains("code 3"));
    assert!(refusal(&shell("true")).contains("empty"));
    let absent = KeyCommand::new(vec!["/nonexistent/pass".into()]).unwrap();
    assert!(refusal(&KeySource::Command(absent)).contains("no such program"));
}

#[test]
fn c06_a_key_command_does_not_see_the_variables_of_other_keys() {
    // PATH stands in for a variable that holds a key: a test cannot set one.
    let argv = ["/bin/sh", "-c", "env | grep -c ^HOME= || true"].map(str::to_owned).to_vec();
    let command = KeyCommand::new(argv).unwrap().without(&["HOME".to_owned()]);
    assert_eq!(KeySource::Command(command).resolve().unwrap().expose_secret(), "0");
}

#[test]
fn a_key_is_kept_and_forgotten_only_where_the_program_keeps_keys() {
    let keyring = memory();
    let places = Places { env: &|_| None, keyring: &keyring };
    let folder = tempfile::tempdir().unwrap();
    let key = SecretString::from(CANARY);
    for source in [entry(), KeySource::File(folder.path().join("one.key"))] {
        places.may_keep(&source).unwrap();
        places.keep(&source, &key).unwrap();
        assert_eq!(places.fetch(&source).unwrap().expose_secret(), CANARY);
        places.forget(&source).unwrap();
        assert_eq!(places.forget(&source).unwrap_err().kind, FailureKind::NotFound);
        assert_eq!(places.fetch(&source).unwrap_err().kind, FailureKind::Configuration);
    }
    let elsewhere = [
        (KeySource::Env("ONE".into()), "variable ONE: certdeck keeps no key there", "where the variable is made"),
        (shell("true"), "key command sh: certdeck keeps no key there", "with the program that keeps it"),
        (KeySource::Demo(DemoKey::new(CANARY)), "simulator key: certdeck keeps no key there", "brings its keys"),
    ];
    for (source, words, hint) in elsewhere {
        for refused in [places.may_keep(&source), places.keep(&source, &key), places.forget(&source)] {
            let line = refused.unwrap_err().to_string();
            assert!(line.starts_with(words) && line.contains(hint) && !line.contains(CANARY), "{line}");
        }
    }
}

#[test]
fn c01_a_typed_key_is_one_line_and_its_end_is_shown_only_when_enough_is_left() {
    let whole = |line: &[u8]| typed(line).unwrap().expose_secret().to_owned();
    assert_eq!(whole(b"canary-5f1d0c\r\n"), CANARY);
    for (line, words) in [(&b"\n"[..], "empty"), (b"canary-5f1d0c\nx\n", "line break"), (b"canary 5f1d0c", "blank")] {
        let text = typed(line).unwrap_err().to_string();
        assert!(text.contains(words) && !text.contains("5f1d0c"), "{text}");
    }
    assert_eq!(last4(&SecretString::from("0123456789ab")).as_deref(), Some("89ab"));
    assert_eq!(last4(&SecretString::from("0123456789a")), None);
}
