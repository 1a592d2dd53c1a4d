//! CA records and their certificates.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, ask, paths::Route};
use crate::{
    client::{
        Client,
        error::ClientError,
        json, limits,
        paging::{Progress, all},
        rows,
        wire::{List, Reader, Reference, Scalar},
        x509,
    },
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            Ca, CaDetails, CaStatus, CertType, HostedType, NamedRef, RevocationReason, certificate::ParsedCertificate,
        },
        dataset::Dataset,
        ids::{CaId, RecordId, RequestId},
        raw::pretty,
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    name: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    cert_type: Scalar<'a>,
    #[serde(borrow)]
    hosted_type: Scalar<'a>,
    #[serde(borrow)]
    issuer: Option<Reference<'a>>,
    #[serde(borrow)]
    issuer_id: Scalar<'a>,
    #[serde(borrow)]
    serial_number: Scalar<'a>,
    #[serde(borrow)]
    thumbprint_sha256: Scalar<'a>,
    #[serde(borrow)]
    valid_from: Scalar<'a>,
    #[serde(borrow)]
    valid_to: Scalar<'a>,
    #[serde(borrow)]
    key_type: Scalar<'a>,
    #[serde(borrow)]
    key_size: Scalar<'a>,
    #[serde(borrow)]
    curve: Scalar<'a>,
    #[serde(borrow)]
    is_revoked: Scalar<'a>,
    #[serde(borrow)]
    revoked_date: Scalar<'a>,
    #[serde(borrow)]
    revoked_reason: Scalar<'a>,
    #[serde(borrow)]
    templates: List<Reference<'a>>,
    #[serde(borrow)]
    pending_request: Option<Reference<'a>>,
    #[serde(borrow)]
    blob: Scalar<'a>,
}

pub(super) fn record(raw: &RawValue) -> Ca {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    domain(wire, reader)
}

fn domain(wire: Record<'_>, mut reader: Reader) -> Ca {
    let issuer = wire.issuer.unwrap_or_default();
    let issuer_id = CaId::from(Scalar::first(&[&issuer.id, &wire.issuer_id]).clean());
    let id = CaId::from(reader.text("id", &wire.id));
    if id.is_empty() {
        reader.note("the record has no id");
    }
    let key = [wire.key_type.as_str(), Scalar::first(&[&wire.curve, &wire.key_size]).as_str()].join(" ");
    let named =
        |reference: &Reference<'_>| NamedRef { id: RecordId::from(reference.id.clean()), name: reference.name.clean() };
    if let Scalar::Odd(kind) = wire.status {
        reader.note(&format!("status is {kind}"));
    }
    let is_revoked = wire.is_revoked.flag();
    if is_revoked.is_none() && !wire.is_revoked.is_empty() {
        reader.note("is_revoked is neither true nor false");
    }
    Ca {
        name: reader.text("name", &wire.name),
        status: CaStatus::parse(wire.status.as_str()),
        cert_type: CertType::parse(wire.cert_type.as_str()),
        hosted_type: HostedType::parse(wire.hosted_type.as_str()),
        // A root names no issuer, or itself.
        issuer: (!issuer_id.is_empty() && issuer_id != id).then_some(issuer_id),
        issuer_name: issuer.name.clean(),
        serial: reader.serial("serial_number", &wire.serial_number),
        sha256: reader.text("thumbprint_sha256", &wire.thumbprint_sha256),
        valid_from: reader.when("valid_from", &wire.valid_from),
        valid_to: reader.when("valid_to", &wire.valid_to),
        key: Clean::new(key.trim()),
        is_revoked,
        revoked_date: reader.when("revoked_date", &wire.revoked_date),
        revoked_reason: (!wire.revoked_reason.is_empty()).then(|| RevocationReason::read(wire.revoked_reason.as_str())),
        pending_request: wire
            .pending_request
            .map(|request| RequestId::from(request.id.clean()))
            .filter(|request| !request.is_empty()),
        templates: wire.templates.sent.then(|| wire.templates.entries.iter().map(named).collect()),
        oddities: reader.oddities,
        id,
    }
}

/// The record, its raw lines, and the certificate that it holds.
type Read = (Ca, Box<[Clean]>, Option<Result<ParsedCertificate, String>>);

fn details(text: &str) -> Result<Read, ClientError> {
    let raw: &RawValue = json::decode(text)?;
    let mut reader = Reader::default();
    if !raw.get().starts_with('{') {
        return Err(ClientError::Shape { path: "the top".into(), why: "a CA record is an object".into() });
    }
    let wire: Record<'_> = rows::row(raw, &mut reader);
    let certificate = (!wire.blob.is_empty()).then(|| x509::parse(wire.blob.as_str().as_bytes()));
    Ok((domain(wire, reader), pretty(raw.get()), certificate))
}

impl Client {
    /// All CA records: `GET /ca`, page by page.
    ///
    /// # Errors
    /// As any call; a page that fails later makes the list partial.
    pub async fn cas(&self, progress: &mut dyn Progress<Ca>) -> Result<Dataset<Ca>, Failure> {
        let key = |ca: &Ca| (!ca.id.is_empty()).then(|| ca.id.clone());
        let listing = Listing::of("CA list", Route::Cas);
        Ok(self.list(&listing, progress, &all, key, record).await?)
    }

    /// One CA record read again, its raw form and its certificate.
    ///
    /// # Errors
    /// As any call; a certificate that cannot be read is told inside.
    pub async fn ca_details(&self, id: &CaId) -> Result<CaDetails, Failure> {
        let (ca, raw, held) = self.ca_record(id).await?;
        let certificate = match held {
            Some(Ok(certificate)) => Ok(Box::new(certificate)),
            // A damaged copy in the record says nothing about the one to download.
            _ => self.ca_certificate(id).await.map(Box::new),
        };
        Ok(CaDetails { ca, certificate, raw })
    }

    pub(super) async fn ca_record(&self, id: &CaId) -> Result<Read, Failure> {
        let one = self.state.one()?;
        let ask = ask(one, "CA", Route::Ca, id.as_str(), &[])?;
        Ok(self.state.door.json(&ask, |answer| details(json::text(&answer.bytes)?)).await?)
    }

    /// The certificate of a CA: `GET /ca/{id}/download`, PEM or DER by its content.
    ///
    /// # Errors
    /// As any call; `BadAnswer` for bytes that are no certificate.
    pub async fn ca_certificate(&self, id: &CaId) -> Result<ParsedCertificate, Failure> {
        let one = self.state.one()?;
        let mut ask = ask(one, "CA certificate", Route::CaDownload, id.as_str(), &[("format", "pem".into())])?;
        ask.accept = "application/x-pem-file, application/pkix-cert, application/octet-stream;q=0.9";
        let bytes = self.state.door.whole(&ask, limits::CERTIFICATE_BODY, |_, answer| Ok(answer.bytes.clone())).await?;
        x509::parse(&bytes).map_err(|why| {
            Failure::new(FailureKind::BadAnswer, format!("CA certificate: {why}"))
                .hint("a CA that waits for its signature has no certificate yet")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_the_contract_is_read_whole() {
        let text = r#"{"id":"0A3F9C77D2E14B6690AB5E2C71D8F043","name":"Northwind Issuing 2","status":"ACTIVE",
            "cert_type":"intermediate","hosted_type":"third-party","issuer":{"id":"root","name":"Northwind Root"},
            "serial_number":"5A1C0E7744B2D90A61F3","valid_from":"2028-01-10T00:00:00","valid_to":"2048-01-05T23:59:59Z",
            "key_type":"ECDSA","key_size":"384","curve":"P-384","is_revoked":false,"revoked_reason":4,
            "templates":[{"id":"t1","name":"Device"}],"pending_request":{"id":"r1","type":"revocation"},"new":{"x":1}}"#;
        let (ca, raw, certificate) = details(text).unwrap();
        assert_eq!(ca.status, CaStatus::Active);
        assert_eq!(ca.hosted_type, HostedType::ThirdParty);
        assert_eq!(ca.issuer, Some(CaId::new("root")));
        assert_eq!(ca.key.as_str(), "ECDSA P-384");
        assert_eq!(ca.revoked_reason, Some(RevocationReason::Superseded));
        assert_eq!(ca.pending_request, Some(RequestId::new("r1")));
        assert_eq!(ca.templates.as_ref().map(Vec::len), Some(1));
        assert!(ca.oddities.is_empty(), "{:?}", ca.oddities);
        assert!(raw.iter().any(|line| line.contains("\"new\"")), "J12");
        assert!(certificate.is_none());
    }

    #[test]
    fn j04_every_member_may_be_odd() {
        let text = r#"{"id":"a","name":null,"status":{},"issuer":7,"templates":null,"is_revoked":"maybe",
            "valid_to":"10000-01-01T00:00:00Z","serial_number":[1],"pending_request":null}"#;
        let (ca, ..) = details(text).unwrap();
        assert_eq!(ca.issuer, Some(CaId::new("7")));
        assert_eq!(ca.templates, None);
        assert_eq!(ca.status.to_string(), "unknown");
        assert_eq!(ca.oddities.len(), 4, "{:?}", ca.oddities);
        let root = details(r#"{"id":"a","issuer_id":"a"}"#).unwrap().0;
        assert_eq!(root.issuer, None);
    }
}
