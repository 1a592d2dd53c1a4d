//! A record as a snapshot has it.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use super::Turn;
use crate::domain::text::Clean;

/// What the records of a snapshot are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// ACME certificates.
    Certificate,
    /// CAs.
    Ca,
    /// Requests about CAs.
    Request,
    /// Report definitions and their runs.
    Report,
    /// Certificate templates.
    Template,
}

impl Topic {
    /// All of them, in the order of the screens.
    pub const ALL: [Self; 5] = [Self::Certificate, Self::Ca, Self::Request, Self::Report, Self::Template];

    /// One of them in a word, as filters, files and output have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Ca => "ca",
            Self::Request => "request",
            Self::Report => "report",
            Self::Template => "template",
        }
    }

    /// All of them in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Certificate => "ACME certificates",
            Self::Ca => "CAs",
            Self::Request => "CA requests",
            Self::Report => "reports",
            Self::Template => "templates",
        }
    }
}

macro_rules! members {
    ($($(#[$meta:meta])* $member:ident = $number:literal, $word:literal;)+) => {
        /// A member of a record. Its number stands in files and stays; its word is that of the service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Member {
            $($(#[$meta])* $member = $number),+
        }

        impl Member {
            /// All members.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The service's name of it.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$member => $word),+
                }
            }
        }
    };
}

members! {
    /// Display name, or the main name of a certificate.
    Name = 0, "name";
    /// State word.
    Status = 1, "status";
    /// End of validity of a certificate.
    Ends = 2, "expiration_date";
    /// All names of a certificate, in order.
    Names = 3, "sans";
    /// Root or intermediate; of a template what it is for.
    CertType = 4, "cert_type";
    /// How a key is held.
    HostedType = 5, "hosted_type";
    /// The CA that signed a CA.
    Issuer = 6, "issuer_id";
    /// Serial number of a CA.
    Serial = 7, "serial_number";
    /// SHA-256 of the certificate of a CA.
    Sha256 = 8, "sha256";
    /// Start of validity of a CA.
    ValidFrom = 9, "valid_from";
    /// End of validity of a CA.
    ValidTo = 10, "valid_to";
    /// Key family and size.
    Key = 11, "key";
    /// Revocation flag.
    Revoked = 12, "is_revoked";
    /// Time of revocation.
    RevokedDate = 13, "revoked_date";
    /// Why, of a revocation that was or is to be.
    Reason = 14, "revocation_reason";
    /// The open request a CA record carries.
    Pending = 15, "pending_request";
    /// Templates bound to a CA.
    Templates = 16, "templates";
    /// Kind of a request.
    RequestType = 17, "type";
    /// The CA of a request.
    Ca = 18, "ca_id";
    /// Its name.
    CaName = 19, "ca_name";
    /// Note of who asked.
    Comment = 20, "comment";
    /// Who asked, or made it.
    By = 21, "requested_by";
    /// When.
    Requested = 22, "requested_date";
    /// Who answered.
    ReviewedBy = 23, "reviewed_by";
    /// When.
    Reviewed = 24, "reviewed_date";
    /// Note of who answered.
    ReviewComment = 25, "review_comment";
    /// Kind of a report.
    ReportType = 26, "report_type";
    /// How often a report runs.
    Schedule = 27, "schedule";
    /// Form of its files.
    Format = 28, "format";
    /// Start of a run.
    Started = 29, "report_start_date";
    /// End of a run.
    Ended = 30, "report_end_date";
    /// Files of a run.
    Parts = 31, "split_report_count";
    /// Accounts that may use a template.
    Accounts = 32, "accounts";
}

impl Member {
    /// The member of this number; `None` for one that a newer program wrote.
    pub fn numbered(number: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|member| u64::from(*member as u8) == number)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ends | Self::ValidTo => "ends",
            Self::Names => "names",
            Self::CertType | Self::RequestType | Self::ReportType => "type",
            Self::HostedType => "key place",
            Self::Issuer => "issuer",
            Self::Serial => "serial",
            Self::Sha256 => "SHA-256",
            Self::ValidFrom => "valid from",
            Self::Revoked => "revoked",
            Self::RevokedDate => "revoked at",
            Self::Reason => "reason",
            Self::Pending => "open request",
            Self::Ca => "CA",
            Self::CaName => "CA name",
            Self::By => "by",
            Self::Requested => "asked at",
            Self::ReviewedBy => "answered by",
            Self::Reviewed => "answered at",
            Self::ReviewComment => "answer",
            Self::Started => "started",
            Self::Ended => "ended",
            Self::Parts => "files",
            Self::Name
            | Self::Status
            | Self::Key
            | Self::Templates
            | Self::Comment
            | Self::Schedule
            | Self::Format
            | Self::Accounts => self.word(),
        }
    }
}

/// A record of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// What tells it from others of its topic.
    pub key: Clean,
    /// What it is called.
    pub name: Clean,
    /// What is known of it, in the order of the members; each stands once. What the record does not say is empty.
    pub facts: Vec<(Member, Clean)>,
}

impl Entry {
    /// A member; `None` when it was not known then.
    pub fn fact(&self, member: Member) -> Option<&Clean> {
        if member == Member::Name {
            return Some(&self.name);
        }
        self.facts.iter().find(|(known, _)| *known == member).map(|(_, value)| value)
    }

    /// What is other in `after`: its name, and the members that both have, in order.
    pub fn turns<'a>(&'a self, after: &'a Self) -> impl Iterator<Item = Turn<'a>> {
        let members = std::iter::once(Member::Name).chain(self.facts.iter().map(|(member, _)| *member));
        members.filter_map(|member| {
            let (before, after) = (self.fact(member)?, after.fact(member)?);
            (before != after).then_some(Turn { member, before, after })
        })
    }
}

/// Where the record of a key stands among all: 64 bits that are spread evenly. They decide how files are laid out, so it
/// is written out here and not left to a hasher that may change.
pub fn place(key: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(key.as_bytes());
    hasher.finish()
}
