//! What is kept of all that a client reads holds no key.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::sync::Arc;

use certdeck::{
    client::{
        AuditPage, CertCentralSettings, Client, OneSettings, PartnerSettings, Settings, Silent, SubaccountSettings,
    },
    domain::{
        audit::{AuditEvent, AuditSource, sync::Plan},
        delta::Tracked,
    },
    present::column::Record as _,
    simulator::{self, Options, Simulator},
    store::{Body, ContextId, Place, Prepared, Put, Row, Saved, Store},
};
use jiff::Timestamp;
use secrecy::SecretString;

const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);

fn client(simulator: &Simulator) -> Client {
    let (urls, keys) = (simulator::urls(simulator.addr()), simulator::demo_keys());
    let key = |text: &str| SecretString::from(text);
    let subaccounts = keys.partner_subaccounts.iter().map(|subaccount| SubaccountSettings {
        name: subaccount.name.clone(),
        key: key(&subaccount.key),
        contracts: Vec::new(),
    });
    let certcentral = CertCentralSettings {
        services_url: urls.services,
        reports_url: urls.reports,
        ..CertCentralSettings::new(key(&keys.certcentral))
    };
    let partner = PartnerSettings {
        url: urls.partner,
        parent_key: Some(key(&keys.partner_parent)),
        subaccounts: subaccounts.collect(),
        ..PartnerSettings::new()
    };
    let one = OneSettings { url: urls.one, ..OneSettings::new(key(&keys.one)) };
    Client::new(Settings {
        certcentral: Some(certcentral),
        partner: Some(partner),
        one: Some(one),
        ..Settings::default()
    })
}

/// A store with the rows of every source, whose files are searched while their logs are still there.
struct Keep {
    folder: tempfile::TempDir,
    store: Store,
    context: ContextId,
    lists: usize,
}

impl Keep {
    async fn rows<T: Row + Clone + Sync>(&mut self, rows: &[T]) {
        assert!(!rows.is_empty(), "{} were read", T::SOURCE);
        let saved = Saved { read_at: NOW, complete: true, origin: None };
        self.store.put(&self.context, saved, Body::from(rows.to_vec())).await.unwrap();
        self.lists += 1;
    }

    async fn snapshot<T: Tracked + Send + Sync + 'static>(&mut self, rows: Vec<T>) {
        assert!(!rows.is_empty(), "{} were read", T::TOPIC.noun());
        self.store.snapshot(Prepared::new(&self.context, Arc::new(rows), NOW)).await.unwrap();
        self.lists += 1;
    }

    fn holds(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let finder = memchr::memmem::Finder::new(text.as_bytes());
        files.map(|file| std::fs::read(file).unwrap()).any(|bytes| finder.find(&bytes).is_some())
    }
}

#[tokio::test]
async fn g10_no_key_is_in_any_file_of_the_store() {
    let simulator = Simulator::spawn(Options::default()).unwrap();
    let (client, keys) = (client(&simulator), simulator::demo_keys());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Place::Folder(folder.path().to_owned()), Arc::new(|| NOW));
    let urls = simulator::urls(simulator.addr());
    let context = ContextId::new("prod", [urls.services.as_str(), urls.partner.as_str(), urls.one.as_str()]);
    let mut keep = Keep { folder, store, context, lists: 0 };

    let cas = client.cas(&mut Silent).await.unwrap().rows;
    keep.rows(&cas).await;
    keep.rows(&client.acme_certificates(&mut Silent).await.unwrap().rows).await;
    keep.rows(&client.subaccounts().await.unwrap().rows).await;
    keep.rows(&client.requests(&[]).await.unwrap().0.rows).await;
    keep.rows(&client.crls().await.unwrap().rows).await;
    keep.rows(&client.ocsp_responders().await.unwrap().rows).await;
    keep.rows(&client.templates().await.unwrap().rows).await;
    keep.rows(&client.report_history(&mut Silent).await.unwrap().rows).await;
    let index = keep.store.index(&keep.context, AuditEvent::FIELDS);
    let (coverage, mark) = index.coverage(AuditSource::PrivateCa).await.unwrap();
    let AuditPage { events, total } =
        client.audit_page(AuditSource::PrivateCa, jiff::Timestamp::UNIX_EPOCH, (0, 1_000)).await.unwrap();
    let plan = Plan::new(coverage, 0, 1_000);
    let put = Put { source: AuditSource::PrivateCa, mark, plan, events, total };
    assert!(index.put(put).await.unwrap().1 > 100, "events are kept");
    keep.snapshot(cas.clone()).await;
    keep.snapshot(client.acme_certificates(&mut Silent).await.unwrap().rows).await;
    keep.snapshot(client.requests(&[]).await.unwrap().0.rows).await;
    keep.snapshot(client.templates().await.unwrap().rows).await;
    keep.snapshot(client.report_history(&mut Silent).await.unwrap().rows).await;
    keep.rows(&[client.cc_me().await.unwrap()]).await;
    keep.rows(&[client.one_me().await.unwrap()]).await;
    keep.store.append(&keep.context, "note", "{\"text\":\"seen in the journal\"}".to_owned()).await.unwrap();
    assert_eq!(keep.lists, 15, "every source and every snapshot");

    assert!(keep.holds(cas[0].name.as_str()) && keep.holds("seen in the journal"), "what is kept is found");
    let subaccounts = keys.partner_subaccounts.iter().map(|subaccount| subaccount.key.as_str());
    let keys: Vec<&str> =
        [&*keys.certcentral, &*keys.partner_parent, &*keys.one].into_iter().chain(subaccounts).collect();
    assert!(keys.len() > 3);
    for key in keys {
        assert!(!keep.holds(key), "a key is in a file");
    }
}
