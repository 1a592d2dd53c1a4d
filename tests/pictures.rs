//! The pictures and the key table of the README are made from the program.
//!
//! `CERTDECK_BLESS=1 cargo test --test pictures` writes them anew.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where its stage is not as it should be")]

#[path = "support/mod.rs"]
mod support;

use std::{fs, path::PathBuf};

use certdeck::keymap::Keymap;
use support::{
    dump,
    rig::{Loan, Rig},
    svg,
};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn blessed() -> bool {
    std::env::var_os("CERTDECK_BLESS").is_some_and(|value| value == "1")
}

/// Fails unless the file holds `text`; writes it when asked to.
fn is_current(name: &str, text: &str) {
    let path = file(name);
    if blessed() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} is not what the program draws; CERTDECK_BLESS=1 writes it anew");
}

/// What stands between two marks of a text, and where.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).expect("a mark") + start.len();
    let to = text[from..].find(end).expect("its end") + from;
    &text[from..to]
}

#[test]
fn pictures_show_what_the_program_draws() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    for (keys, name, title) in [
        ("1", "home", "certdeck: what needs me"),
        ("2", "acme", "certdeck: ACME certificates, with the details of the selected one"),
        ("3 j j", "cas", "certdeck: the CA hierarchy with its open requests"),
    ] {
        rig.keys(keys);
        let drawn = dump::without_digests(&svg::picture(rig.buffer(), title, "#0f1419"));
        assert!(!drawn.contains("http://one") && drawn.starts_with("<svg"), "{drawn}");
        is_current(&format!("assets/screens/{name}.svg"), &drawn);
    }
}

#[test]
fn the_readme_has_the_pictures_and_the_keys_of_the_program() {
    let readme = fs::read_to_string(file("README.md")).expect("a README");
    let keys = format!("\n{}", Keymap::default().markdown());
    if blessed() {
        let old = between(&readme, "<!-- keys -->", "<!-- /keys -->");
        let fresh =
            readme.replace(&format!("<!-- keys -->{old}<!-- /keys -->"), &format!("<!-- keys -->{keys}<!-- /keys -->"));
        fs::write(file("README.md"), fresh).expect("a README");
        return;
    }
    assert_eq!(between(&readme, "<!-- keys -->", "<!-- /keys -->"), keys, "CERTDECK_BLESS=1 writes it anew");
    let pictures = between(&readme, "<!-- screens -->", "<!-- /screens -->");
    for name in ["home", "acme", "cas"] {
        assert!(pictures.contains(&format!("assets/screens/{name}.svg")), "{pictures}");
    }
}
