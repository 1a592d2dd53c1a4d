use super::*;
use crate::domain::ca::NamedRef;

const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);

fn ca(id: &str, issuer: Option<&str>) -> Ca {
    let templates = Some(vec![NamedRef { id: RecordId::new(&format!("t-{id}")), name: Clean::default() }]);
    Ca { id: CaId::new(id), name: id.into(), issuer: issuer.map(CaId::new), templates, ..Ca::default() }
}

fn estate() -> Vec<Ca> {
    vec![ca("root", None), ca("a", Some("root")), ca("b", Some("root")), ca("a1", Some("a")), ca("a2", Some("a"))]
}

fn issued(ids: &[&str]) -> HashMap<CaId, Issued> {
    let one =
        |latest: i64| Issued { unexpired: 10, last_7_days: 2, latest: Timestamp::from_second(latest).unwrap().into() };
    ids.iter().zip(1..).map(|(id, n)| (CaId::new(id), one(n * 1_000))).collect()
}

fn request(id: &str, ca: &str, status: &str) -> CaRequest {
    let status = RequestStatus::parse(status);
    CaRequest { id: RequestId::new(id), ca: CaId::new(ca), status, ..CaRequest::default() }
}

fn count(cas: &[Ca], issued: &HashMap<CaId, Issued>, requests: Option<&[CaRequest]>, top: &str) -> Impact {
    let crls = [Crl { ca: CaId::new("root"), next_update: NOW.into(), ..Crl::default() }];
    let forest = Forest::new(cas);
    let sources = Sources { cas, cas_complete: true, forest: &forest, requests, crls: Some(&crls), issued };
    let reason = RevocationReason::CertificateHold;
    Impact::of(&CaId::new(top), Some(&reason), Some(&RequestId::new("r0")), &sources, NOW).unwrap()
}

#[test]
fn the_subtree_is_counted_with_all_that_hangs_on_it() {
    let requests = [
        request("r0", "a", "pending"),
        request("r3", "a2", "frozen"),
        request("r1", "a1", "pending"),
        request("r2", "a1", "rejected"),
        request("r4", "b", "pending"),
    ];
    let impact = count(&estate(), &issued(&["a1", "a", "a2", "b"]), Some(&requests), "a");
    assert_eq!(impact.below, [CaId::new("a1"), CaId::new("a2")]);
    assert_eq!((impact.unexpired.all(), impact.issued_7d.all()), (Some(30), Some(6)));
    assert_eq!(impact.latest, Timestamp::from_second(3_000).unwrap().into());
    assert_eq!(impact.templates, ["t-a", "t-a1", "t-a2"].map(RecordId::new));
    assert_eq!(impact.open_requests, Some(["r1", "r3"].map(RequestId::new).to_vec()));
    assert_eq!((impact.next_crl.clone(), impact.way_back), (NOW.into(), WayBack::Reinstatement));
    assert!(impact.is_complete(), "{:?}", impact.gaps);
    let leaf = count(&estate(), &issued(&["b"]), Some(&[]), "b");
    assert_eq!((leaf.below.len(), leaf.unexpired.all()), (0, Some(10)));
}

#[test]
fn what_cannot_be_counted_is_not_a_zero() {
    let mut cas = estate();
    cas[3].templates = None;
    let impact = count(&cas, &issued(&["a"]), None, "a");
    assert_eq!(impact.unexpired, Count { known: 10, missing: 2 });
    assert_eq!(impact.unexpired.to_string(), "at least 10, not known for 2 CAs");
    assert_eq!(Count { known: 0, missing: 1 }.to_string(), "not known");
    assert_eq!(Count { known: 1_234_567, missing: 0 }.to_string(), "1,234,567");
    assert_eq!(impact.open_requests, None);
    let gaps = [
        "the certificates of 2 CAs are not known",
        "the templates of 1 CA are not known",
        "whether other requests are open is not known",
    ];
    assert_eq!(impact.gaps, gaps.map(Clean::from));
    let forest = Forest::new(&cas);
    let nothing = HashMap::new();
    let sources =
        Sources { cas: &cas, cas_complete: false, forest: &forest, requests: None, crls: None, issued: &nothing };
    let blind = Impact::of(&CaId::new("b"), None, None, &sources, NOW).unwrap();
    assert!(blind.gaps.iter().any(|gap| gap.contains("not all CAs")));
    assert!(blind.gaps.iter().any(|gap| gap.contains("no CRL of the issuer")));
    assert_eq!(blind.way_back, WayBack::NotKnown);
    assert_eq!(Impact::of(&CaId::new("none"), None, None, &sources, NOW), None);
    let (x, y) = (ca("x", Some("y")), ca("y", Some("x")));
    let circle = count(&[x, y], &issued(&["x", "y"]), Some(&[]), "x");
    assert!(circle.gaps.iter().any(|gap| gap.contains("circle")));
}

#[test]
fn the_hash_tells_every_change_and_neither_order_nor_time() {
    let all = issued(&["a", "a1", "a2"]);
    let base = count(&estate(), &all, Some(&[]), "a");
    let mut turned = estate();
    turned.reverse();
    let later = Impact { counted_at: Timestamp::MAX, ..count(&turned, &all, Some(&[]), "a") };
    assert_eq!(later.digest(), base.digest());
    let mut changed = all.clone();
    changed.get_mut(&CaId::new("a2")).unwrap().unexpired = 11;
    let mut grown = estate();
    grown.push(ca("a3", Some("a2")));
    for other in [
        count(&estate(), &changed, Some(&[]), "a"),
        count(&estate(), &issued(&["a", "a1"]), Some(&[]), "a"),
        count(&grown, &all, Some(&[]), "a"),
        count(&estate(), &all, None, "a"),
        count(&estate(), &all, Some(&[request("r", "a1", "pending")]), "a"),
        count(&estate(), &all, Some(&[]), "b"),
    ] {
        assert_ne!(other.digest(), base.digest(), "{other:?}");
    }
}

/// Counted in the work that it does, since a time would be one of the machine: each CA is looked at a bounded
/// number of times, whatever the form of the hierarchy. `benches/lists` has the time.
#[test]
fn twenty_thousand_cas_in_a_chain_or_a_fan_are_counted_whole() {
    const MANY: usize = 20_000;
    for width in [1, 7, MANY] {
        let name = |i: usize| format!("{i:06}");
        let cas: Vec<Ca> = (0..MANY).map(|i| ca(&name(i), (i > 0).then(|| name((i - 1) / width)).as_deref())).collect();
        let names: Vec<String> = (0..MANY).map(name).collect();
        let all = issued(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let impact = count(&cas, &all, Some(&[]), "000000");
        assert_eq!((impact.below.len(), impact.unexpired.all()), (MANY - 1, Some(200_000)));
        assert_eq!(impact.templates.len(), MANY);
    }
}
