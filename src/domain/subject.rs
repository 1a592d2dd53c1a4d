//! A record, and what was worked out about it.

use std::ops::Deref;

/// A record of a list.
pub trait Subject: Sized + Send + Sync + 'static {
    /// What this program works out about a record; it stands beside the record, may be missing yet, and changes
    /// without it.
    type Derived: std::fmt::Debug + Send + Sync + 'static;

    /// Fields of the filter grammar whose texts [`Subject::pieces`] has.
    const PIECED: &'static [&'static str] = &[];

    /// The texts of several fields in few pieces, with characters between them that no word has: ASCII, and each text in
    /// one case, upper case only where it is hexadecimal. `None` for a record that has them apart.
    fn pieces(&self) -> Option<[&str; 2]> {
        None
    }
}

/// A record as columns, filters and details see it.
#[derive(Debug)]
pub struct View<'a, T: Subject> {
    /// The record, as its service sent it.
    pub record: &'a T,
    /// What was worked out about it, if anything was.
    pub derived: Option<&'a T::Derived>,
    /// Its place in the list; 0 for a record that stands alone.
    pub index: usize,
}

impl<T: Subject> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Subject> Copy for View<'_, T> {}

impl<T: Subject> Deref for View<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.record
    }
}

impl<'a, T: Subject> From<&'a T> for View<'a, T> {
    fn from(record: &'a T) -> Self {
        Self { record, derived: None, index: 0 }
    }
}

impl Subject for super::acme::AcmeCertificate {
    type Derived = super::acme::triage::Assessment;

    const PIECED: &'static [&'static str] = &["name", "domain", "serial"];

    fn pieces(&self) -> Option<[&str; 2]> {
        Self::pieces(self)
    }
}

impl Subject for super::report::Report {
    type Derived = super::report::local::Local;
}

/// Records about which nothing is worked out.
macro_rules! as_they_are {
    ($($name:ty),+ $(,)?) => {$(
        impl Subject for $name {
            type Derived = ();
        }
    )+};
}

as_they_are! {
    super::delta::Delta,
    super::acme::Subaccount,
    super::audit::AuditEvent,
    super::ca::Ca,
    super::ca::CaRequest,
    super::ca::Crl,
    super::ca::OcspResponder,
    super::ca::Template,
    super::identity::CertCentralUser,
    super::identity::OneUser,
    super::report::HistoryRecord,
}
