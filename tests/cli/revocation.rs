//! `ca verify` and the forms of `ca pem`.

use super::{bench::Home, data};

#[test]
fn a_ca_in_order_is_0_and_says_what_was_asked() {
    let home = Home::new();
    let value = data::json(&home, &["ca", "verify", "Acme Issuing CA G2 EU", "--demo"]);
    assert_eq!(
        (&value["kind"], &value["total"], &value["sources"][0]["complete"]),
        (&"ca.revocation".into(), &3.into(), &true.into())
    );
    let items = value["items"].as_array().unwrap();
    let asked: Vec<(&str, &str, &str)> = items
        .iter()
        .map(|item| {
            let word = |name: &str| item[name].as_str().unwrap();
            (word("about"), word("source"), word("verdict"))
        })
        .collect();
    assert_eq!(asked, [("issued", "crl", "fresh"), ("issued", "ocsp", "fresh"), ("own", "crl", "fresh")]);
    assert_eq!(items[0]["entries"], 1_204);
    assert_eq!((&items[1]["nonce"], &items[1]["status"]), (&"echoed".into(), &"good".into()));
    assert_eq!(items[2]["serial_number"], "5F1C88D042B1A70E92");
    assert!(items[2]["path"].as_str().unwrap().starts_with("from 127.0.0.1:"));
    assert_eq!(value["unknown"], serde_json::json!(["items.status"]), "no certificate was looked for in its own CRL");
    let table = home.run(&["ca", "verify", "Acme Issuing CA G2 EU", "--demo"]);
    assert_eq!((table.code, table.out.lines().count()), (0, 4), "{}", table.out);
    assert!(table.out.contains("the signature is good"), "{}", table.out);
}

#[test]
fn what_is_not_in_order_is_1_with_a_line_of_why() {
    let home = Home::new();
    let cases = [
        ("Acme Device CA 3", "1 of 4 answers are not in order"),
        ("Acme Kiosk CA 1", "1 of 4 answers are not in order"),
        ("Acme Issuing CA G1 US", "this CA is revoked since 2026-09-03T15:20:00Z, says its issuer"),
        ("Harbor Logistics Issuing CA", "nothing could be checked"),
    ];
    for (name, why) in cases {
        let run = home.run(&["ca", "verify", name, "--demo", "-o", "json"]);
        assert_eq!(run.code, 1, "{name}: {}", run.err);
        assert!(run.err.lines().last().unwrap().contains(why), "{name}: {}", run.err);
        data::valid(&run.out);
    }
    home.run(&["ca", "verify", "nothing", "--demo"]).refused(6, "no CA has the id or name \"nothing\"");
    let waits = home.run(&["ca", "verify", "Acme Issuing CA G4 EU", "--demo"]);
    assert_eq!((waits.code, waits.out.as_str()), (6, ""), "it has no certificate yet: {}", waits.err);
}

#[test]
fn a_chain_ends_at_the_root_and_der_is_the_same_certificate() {
    let home = Home::new();
    let one = home.run(&["ca", "pem", "Acme Device CA 3", "--demo"]);
    let chain = home.run(&["ca", "pem", "Acme Device CA 3", "--chain", "--demo"]);
    assert_eq!((chain.code, chain.err.as_str()), (0, ""));
    let subjects: Vec<String> = x509_parser::pem::Pem::iter_from_buffer(chain.out.as_bytes())
        .map(|pem| {
            let pem = pem.unwrap();
            let certificate = pem.parse_x509().unwrap();
            certificate.subject().iter_common_name().next().unwrap().as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(subjects, ["Acme Device CA 3", "Acme Issuing CA G2 EU", "Acme Policy CA EU", "Acme Root R1"]);
    let (_, pem) = x509_parser::pem::parse_x509_pem(one.out.as_bytes()).unwrap();
    let der = home.command().args(["ca", "pem", "Acme Device CA 3", "--der", "--demo"]).output().unwrap();
    assert_eq!(der.status.code(), Some(0));
    let (_, own) = x509_parser::parse_x509_certificate(&der.stdout).unwrap();
    assert_eq!(own.raw_serial(), pem.parse_x509().unwrap().raw_serial());
    let orphan = home.run(&["ca", "pem", "Harbor Logistics Issuing CA", "--chain", "--demo"]);
    assert_eq!(orphan.code, 0);
    assert!(orphan.err.contains("the chain is not complete"), "{}", orphan.err);
    assert_eq!(home.run(&["ca", "pem", "Acme Root R1", "--chain", "--der", "--demo"]).code, 2);
}
