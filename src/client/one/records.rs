//! Templates, CRL configurations and OCSP responders.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, paths::Route};
use crate::{
    client::{
        Client,
        paging::{Silent, all},
        rows,
        wire::{List, Reader, Reference, Scalar},
    },
    domain::{
        Failure,
        ca::{Crl, OcspResponder, Template},
        dataset::Dataset,
        ids::{AccountId, CaId, RecordId},
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
    ca_id: Scalar<'a>,
    #[serde(borrow)]
    ca: Option<Reference<'a>>,
    #[serde(borrow)]
    url: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    cert_type: Scalar<'a>,
    #[serde(borrow)]
    frequency_hours: Scalar<'a>,
    #[serde(borrow)]
    this_update: Scalar<'a>,
    #[serde(borrow)]
    next_update: Scalar<'a>,
    #[serde(borrow)]
    crl_number: Scalar<'a>,
    #[serde(borrow)]
    valid_to: Scalar<'a>,
    #[serde(borrow)]
    accounts: List<Reference<'a>>,
}

impl Record<'_> {
    fn ca(&self) -> CaId {
        let nested = self.ca.as_ref().map_or(&Scalar::Absent, |ca| &ca.id);
        CaId::from(Scalar::first(&[&self.ca_id, nested]).clean())
    }

    fn id(&self) -> RecordId {
        RecordId::from(self.id.clean())
    }
}

fn template(raw: &RawValue) -> Template {
    let wire: Record<'_> = rows::row(raw, &mut Reader::default());
    Template {
        id: wire.id(),
        name: wire.name.clean(),
        cert_type: wire.cert_type.clean(),
        status: wire.status.clean(),
        accounts: wire.accounts.entries.iter().map(|account| AccountId::from(account.id.clean())).collect(),
    }
}

fn crl(raw: &RawValue) -> Crl {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    Crl {
        id: wire.id(),
        ca: wire.ca(),
        name: wire.name.clean(),
        url: wire.url.clean(),
        frequency_hours: wire.frequency_hours.integer(),
        this_update: reader.when("this_update", &wire.this_update),
        next_update: reader.when("next_update", &wire.next_update),
        number: wire.crl_number.clean(),
        status: wire.status.clean(),
    }
}

fn responder(raw: &RawValue) -> OcspResponder {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    OcspResponder {
        id: wire.id(),
        ca: wire.ca(),
        name: wire.name.clean(),
        url: wire.url.clean(),
        status: wire.status.clean(),
        valid_to: reader.when("valid_to", &wire.valid_to),
    }
}

fn known(id: &RecordId) -> Option<RecordId> {
    (!id.is_empty()).then(|| id.clone())
}

impl Client {
    /// Certificate templates: `GET /template`.
    ///
    /// # Errors
    /// As any call; `NotPermitted` reads "not permitted", never 0.
    pub async fn templates(&self) -> Result<Dataset<Template>, Failure> {
        let listing = Listing::of("Templates", Route::Templates);
        Ok(self.list(&listing, &mut Silent, &all, |t: &Template| known(&t.id), template).await?)
    }

    /// CRL configurations: `GET /crl`.
    ///
    /// # Errors
    /// As any call; `NotFound` when the service has no such list.
    pub async fn crls(&self) -> Result<Dataset<Crl>, Failure> {
        let listing = Listing::of("CRL configurations", Route::Crls);
        Ok(self.list(&listing, &mut Silent, &all, |c: &Crl| known(&c.id), crl).await?)
    }

    /// OCSP responders: `GET /ocsp-responder`.
    ///
    /// # Errors
    /// As any call; `NotFound` when the service has no such list.
    pub async fn ocsp_responders(&self) -> Result<Dataset<OcspResponder>, Failure> {
        let listing = Listing::of("OCSP responders", Route::OcspResponders);
        Ok(self.list(&listing, &mut Silent, &all, |o: &OcspResponder| known(&o.id), responder).await?)
    }
}
