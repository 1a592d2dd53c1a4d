//! A record, and what was worked out about it.

use std::ops::Deref;

/// A record of a list.
pub trait Subject: Sized + Send + Sync + 'static {
    /// What this program works out about a record; it stands beside the record, may be missing yet, and changes
    /// without it.
    type Derived: std::fmt::Debug + Send + Sync + 'static;

    /// Fields of the filter grammar whose texts [`Subject::pieces`] has.
    const PIECED: &'static [&'static str] = &[];

    /// The texts of several fields in few pieces; `None` for a record that has them apart.
    fn pieces(&self) -> Option<Pieces<'_>> {
        None
    }

    /// The address of the text of [`Subject::pieces`], without a look at it.
    fn shelf(&self) -> Option<usize> {
        None
    }

    /// Hands each text that a field beside the pieced ones may have in a record with the same text of pieces to the
    /// visitor until it returns true; returns whether it did. True where these are not known.
    fn may_have(&self, visit: &mut dyn FnMut(&str) -> bool) -> bool {
        let _ = visit;
        true
    }

    /// What a record has in common with others of its list; `None` where nothing is known to be.
    fn kin(view: View<'_, Self>) -> Option<Kin> {
        let _ = view;
        None
    }
}

/// Two pieces of a text that many records share: ASCII, each text in it in one case, upper case only where it is
/// hexadecimal. A text may be cut behind a dot; what follows then stands elsewhere in the piece.
#[derive(Debug, Clone, Copy)]
pub struct Pieces<'a> {
    /// The text; records that stand side by side in a list have the very same one, in their order.
    pub text: &'a str,
    /// Where the first piece begins.
    pub first: usize,
    /// Where the second one begins; `None` when that is right behind the first.
    pub second: Option<usize>,
}

impl Pieces<'_> {
    /// Ends a piece. No word has this character, nor any other below a blank that stands between texts of a piece.
    pub const END: u8 = 0x1e;
}

/// Records of the same kin have equal texts in all fields that are shown, but for those of their pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kin {
    /// Address of what the records share, which lives as long as they do.
    pub of: usize,
    /// Which of them it is.
    pub kind: u8,
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

    fn pieces(&self) -> Option<Pieces<'_>> {
        Self::pieces(self)
    }

    fn shelf(&self) -> Option<usize> {
        Self::shelf(self)
    }

    fn may_have(&self, visit: &mut dyn FnMut(&str) -> bool) -> bool {
        use super::acme::{CertificateStatus, state::State};
        visit(self.account().as_str())
            || visit(self.contract().as_str())
            || CertificateStatus::ALL.iter().any(|status| visit(status.as_str()) || visit(status.state_word()))
            || State::ALL.iter().any(|state| visit(state.word()))
    }

    fn kin(view: View<'_, Self>) -> Option<Kin> {
        const { assert!(super::acme::state::State::ALL.len() < 0xf, "a state and none fit into four bits") }
        let (of, status) = view.record.kin()?;
        Some(Kin { of, kind: status << 4 | view.derived.map_or(0xf, |found| found.state as u8) })
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
