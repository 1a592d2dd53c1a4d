//! Certificates of the records of the world, made when they are first asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Scene;
use crate::simulator::clock::DAY;
use crate::simulator::noise;
use crate::simulator::pki::{Alg, PkiError, derive, instant};
use crate::simulator::serve::Shared;
use crate::simulator::world::{Acme, Row};

/// Days that a made certificate is valid.
const LIFE: i64 = 90;

/// The two CAs: the one of the partner's contracts, and another.
#[derive(Clone, Copy)]
enum Signer {
    Own,
    Other,
}

impl Signer {
    const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Own => ("DigiCert Simulator", "Simulator DV TLS CA G1"),
            Self::Other => ("Example Trust Services", "Example E7"),
        }
    }
}

/// Configurations of servers, kept once they are made.
pub(super) struct Certificates {
    shared: Arc<Shared>,
    made: Mutex<HashMap<(&'static str, Scene), Arc<ServerConfig>>>,
}

impl Certificates {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, made: Mutex::default() }
    }

    /// What serves a certificate for `name`; `None` when the world has none.
    pub(super) fn config(&self, name: &'static str, scene: Scene) -> Option<Arc<ServerConfig>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.get(&(name, scene)) {
            return Some(config.clone());
        }
        let acme = self.shared.world().lock().unwrap_or_else(PoisonError::into_inner).acme.clone();
        let leaf = leaf(&acme, self.shared.seed, name, scene)?;
        let config = Arc::new(self.make(&leaf).ok()?);
        made.insert((name, scene), config.clone());
        Some(config)
    }

    /// Whether the server of `name` was reloaded.
    pub(super) fn is_reloaded(&self, name: &str) -> bool {
        let world = self.shared.world().lock().unwrap_or_else(PoisonError::into_inner);
        world.switches.reloaded.iter().any(|reloaded| reloaded == name)
    }

    fn make(&self, leaf: &Leaf) -> Result<ServerConfig, PkiError> {
        let seed = self.shared.seed;
        let (organization, common) = leaf.signer.name();
        let mut signer = CertificateParams::default();
        signer.distinguished_name = name(organization, common);
        signer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        signer.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let number = match leaf.signer {
            Signer::Own => 0,
            Signer::Other => 1,
        };
        let issuer = Issuer::new(signer, derive(seed, Alg::P256, "server ca", number)?);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(leaf.names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(SerialNumber::from_slice(&leaf.serial));
        (params.not_before, params.not_after) = (instant(leaf.end - LIFE * DAY), instant(leaf.end));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer)?;
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], secret)?)
    }
}

/// What a certificate is made from.
struct Leaf {
    names: Vec<String>,
    serial: Vec<u8>,
    end: i64,
    signer: Signer,
}

fn leaf(acme: &Acme, seed: u64, name: &str, scene: Scene) -> Option<Leaf> {
    let of = |row: &Row| {
        let (serial, end) = (noise::unhex(row.serial()?)?, row.end()?);
        Some(Leaf { names: row.sans.clone(), serial, end, signer: Signer::Own })
    };
    let newest = |name: &str| of(acme.of_name(name).first()?);
    let invented = |signer: Signer, days: i64| {
        let known = newest(name)?;
        let serial = (noise::wide(seed, "unlisted serial", noise::hash(seed, name, 0)) >> 1).to_be_bytes().to_vec();
        Some(Leaf { serial, end: known.end + days * DAY, signer, ..known })
    };
    match scene {
        Scene::Before => of(acme.of_name(name).get(1)?),
        Scene::Later => invented(Signer::Own, 47),
        Scene::Foreign => invented(Signer::Other, 20),
        Scene::Elsewhere(other) | Scene::Wildcard(other) => newest(other),
        Scene::Newest | Scene::Silent | Scene::Drip | Scene::Reset | Scene::Plain => newest(name),
    }
}

fn name(organization: &str, common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, organization);
    name.push(DnType::CommonName, common);
    name
}
