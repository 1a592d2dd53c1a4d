//! Files that the CA screen and the review write, against the simulator: new ones alone, and what they hold.

use std::{fs, path::Path};

use certdeck::app::Environment;

use crate::support::rig::{self, Loan, Rig};

fn rig(loan: &Loan) -> Rig {
    let mut setting = rig::setting();
    setting.place.environment = Environment::Test;
    let mut rig = Rig::with(loan.settings(), setting, (120, 40));
    rig.start();
    rig
}

/// Types a name into the line that `w` opens; what was said, and the file.
fn write(rig: &mut Rig, path: &Path) -> (String, Option<Vec<u8>>) {
    rig.keys("w ctrl-u");
    rig.paste(&path.display().to_string());
    rig.keys("Enter");
    rig.settle();
    (rig.notice(), fs::read(path).ok())
}

#[test]
fn f11_the_certificate_of_a_ca_is_written_in_three_forms_and_never_over_a_file() {
    let loan = Loan::new();
    let mut rig = rig(&loan);
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    rig.keys("3");
    rig.filter("\"Acme Policy CA EU\"");
    rig.keys("gg j w");
    rig.shows("Write the certificate to");
    rig.shows("Acme-Policy-CA-EU.pem");
    rig.keys("Esc");
    let (said, pem) = write(&mut rig, &at("eu.pem"));
    assert!(said.contains("Written to"), "{said}");
    let pem = String::from_utf8(pem.expect("a file")).expect("PEM");
    assert_eq!(pem.matches("-----BEGIN CERTIFICATE-----").count(), 1, "{pem}");
    let (_, chain) = write(&mut rig, &at("eu.chain.pem"));
    let chain = String::from_utf8(chain.expect("a file")).expect("PEM");
    assert!(chain.starts_with(&pem) && chain.matches("-----BEGIN CERTIFICATE-----").count() == 2, "{chain}");
    let (_, bytes) = write(&mut rig, &at("eu.der"));
    let bytes = bytes.expect("a file");
    let (label, decoded) = der::pem::decode_vec(pem.as_bytes()).expect("PEM");
    assert_eq!((label, decoded), ("CERTIFICATE", bytes.clone()));
    let (said, after) = write(&mut rig, &at("eu.der"));
    assert!(said.contains("there is a file of that name, and it stays"), "{said}");
    assert_eq!(after, Some(bytes));
    let (said, none) = write(&mut rig, &at("eu.p7b"));
    assert!(said.contains("ends in .pem, .chain.pem, .der or .cer") && none.is_none(), "{said}");
    rig.keys("Esc");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(at("eu.pem")).expect("a file").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_review_is_written_as_it_stands_and_a_countdown_is_not_interrupted() {
    let loan = Loan::new();
    let mut rig = rig(&loan);
    let folder = tempfile::tempdir().expect("a folder");
    rig.keys("A a");
    rig.shows("RR-0412");
    let (said, text) = write(&mut rig, &folder.path().join("rr.md"));
    assert!(said.contains("Written to"), "{said}");
    let text = String::from_utf8(text.expect("a file")).expect("Markdown");
    assert!(text.starts_with("# REVIEW: approve the revocation"), "{text}");
    for words in
        ["RR-0412", "EU issuing moved to G3", "## CHECKS", "2 left", "Nothing has been sent.", "you: Robin Adler"]
    {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let (said, none) = write(&mut rig, &folder.path().join("rr.txt"));
    assert!(said.contains("ends in .md") && none.is_none(), "{said}");
    rig.keys("Esc");
    rig.shows("REVIEW: approve the revocation");
}
