//! What a simulator is started with: world, clock, faults, and the switches between the forms that the services may take.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use serde::Deserialize;

use super::faults::FaultPlan;
use super::tls::Tls;

/// How a simulator is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Every invented value follows from it.
    pub seed: u64,
    /// Size of the world: 1 is the demo, 100 about 128,000 ACME certificates, 20,000 authorities, 1,000,000 audit events.
    pub scale: u32,
    /// Where the clock starts.
    pub start: Timestamp,
    /// Whether the clock runs from `start` or stands there.
    pub running: bool,
    /// Scripted misbehaviour.
    pub faults: FaultPlan,
    /// Which of the possible forms the answers take.
    pub switches: Switches,
    /// Whether the rate limits of [`Switches::rate`] are enforced.
    pub limits: bool,
    /// TLS in place of plain HTTP.
    pub tls: Option<Tls>,
    /// Whether names of the world have servers, see [`Simulator::servers`](super::Simulator::servers).
    pub servers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            scale: 1,
            start: Timestamp::from_second(super::clock::at("2026-11-21T14:02:31Z")).unwrap_or(Timestamp::UNIX_EPOCH),
            running: true,
            faults: FaultPlan::default(),
            switches: Switches::default(),
            limits: true,
            tls: None,
            servers: false,
        }
    }
}

macro_rules! switch {
    ($(#[$about:meta])* $name:ident { $first:ident $(, $other:ident)* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each form is named by the switch and explained in behaviour notes of the contract")]
        pub enum $name {
            #[default]
            $first,
            $($other),*
        }
    };
}

switch!(
    /// A list of the authority service: envelope with counters, or a bare array.
    ListShape { Envelope, Bare }
);
switch!(
    /// A list without rows: an empty page, or 204 without a body.
    EmptyList { Page, NoContent }
);
switch!(
    /// Identifiers: lower-case UUID (hosted) or 32 upper-case hexadecimal digits (customer-hosted).
    IdStyle { Uuid, Hex }
);
switch!(
    /// A revoked authority: by its status word, or active with `is_revoked`.
    RevokedAs { Status, Flag }
);
switch!(
    /// `revoked_reason`: a word, or the number of RFC 5280.
    ReasonAs { Word, Number }
);
switch!(
    /// Method and path of approve and reject; the forms stand in `x-alternatives` of the contract.
    ApprovalPath { PutRequest, PutCa, PostRequest, PostApproval, PutGlobal, PutVerbFirst }
);
switch!(
    /// Answer of approve and reject: 204, or 200 with the record.
    ApprovalAnswer { NoContent, Record }
);
switch!(
    /// Whether the requester may decide an own request.
    FourEyes { Enforced, Off }
);
switch!(
    /// Timestamps of the authority service with a trailing Z, or without any zone.
    Zone { Utc, Missing }
);
switch!(
    /// Letter case of serial numbers of the authority service.
    SerialCase { Upper, Lower }
);
switch!(
    /// The review queue over all authorities: there, or 404.
    Queue { Present, Missing }
);
switch!(
    /// Accounts of DigiCert ONE that a key reaches: one, or two of which every call but those about the user has to
    /// name one. The second one is empty.
    Accounts { One, Two }
);
switch!(
    /// Status of a wrong key at the services interface of `CertCentral`; 403 has been recorded.
    ServicesBadKey { Forbidden, Unauthorized }
);
switch!(
    /// Status of a wrong key at the report library; 401 is the contract's guess.
    ReportsBadKey { Unauthorized, Forbidden }
);
switch!(
    /// Answer to a started run.
    RunAnswer { Ok, Created, CreatedWithId }
);
switch!(
    /// How a run ends that a client starts.
    RunFate { Ready, Failed }
);
switch!(
    /// Runs in progress in the history.
    Generating { Shown, Hidden }
);
switch!(
    /// `report_end_date` of a run in progress.
    RunEnd { Absent, Null, Empty }
);
switch!(
    /// `created_by_user_id` of a report.
    UserIdAs { Number, Text }
);
switch!(
    /// The header line of a split CSV report.
    PartHeader { EveryPart, FirstPart }
);
switch!(
    /// `last_login_date` of a user of `CertCentral`.
    LoginDate { Spaced, Iso }
);
switch!(
    /// `Retry-After` on a 429 of the rate limit.
    RetryHeader { Missing, Seconds, HttpDate }
);

/// Which of the possible forms the answers take: the truth is not public, so each can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Shape of lists.
    pub list_shape: ListShape,
    /// Lists and histories without rows.
    pub empty_list: EmptyList,
    /// Error shape 1 to 6 of the authority service: `errors`, `error`, `error` with a status word, framework, flat, empty body.
    pub error_shape: u8,
    /// Identifiers.
    pub id_style: IdStyle,
    /// Revoked authorities.
    pub revoked_as: RevokedAs,
    /// Reasons.
    pub reason_as: ReasonAs,
    /// Path of approve and reject.
    pub approval_path: ApprovalPath,
    /// Answer of approve and reject.
    pub approval_answer: ApprovalAnswer,
    /// Own requests.
    pub four_eyes: FourEyes,
    /// Zone of timestamps.
    pub zone: Zone,
    /// Case of serial numbers.
    pub serial_case: SerialCase,
    /// The global review queue.
    pub queue: Queue,
    /// Accounts that a key of DigiCert ONE reaches.
    pub accounts: Accounts,
    /// A wrong key at the services interface.
    pub services_bad_key: ServicesBadKey,
    /// A wrong key at the report library.
    pub reports_bad_key: ReportsBadKey,
    /// Answer to a started run.
    pub run_answer: RunAnswer,
    /// Runs in progress.
    pub generating: Generating,
    /// End of a run in progress.
    pub run_end: RunEnd,
    /// Type of a report's user id.
    pub user_id_as: UserIdAs,
    /// `split_report_count` of a run with one file, 0 or 1.
    pub unsplit_count: u32,
    /// Rows per file of a split report; 0 keeps the thresholds of the contract.
    pub split_rows: u64,
    /// Bytes above which a report file arrives zipped; 0 zips every file.
    pub zip_above: u64,
    /// Header lines of split reports.
    pub part_header: PartHeader,
    /// Seconds a run takes that a client starts.
    pub run_seconds: u32,
    /// How it ends.
    pub run_fate: RunFate,
    /// Login dates.
    pub login_date: LoginDate,
    /// `Retry-After` of the rate limit.
    pub retry_header: RetryHeader,
    /// Names whose servers were reloaded: they serve the newest certificate.
    pub reloaded: Vec<String>,
    /// Two rolling windows per key: requests and seconds. Far above the real 100 in 5 s and 1000 in 180 s, so that the demo never waits.
    pub rate: [(u32, u32); 2],
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            list_shape: ListShape::default(),
            empty_list: EmptyList::default(),
            error_shape: 1,
            id_style: IdStyle::default(),
            revoked_as: RevokedAs::default(),
            reason_as: ReasonAs::default(),
            approval_path: ApprovalPath::default(),
            approval_answer: ApprovalAnswer::default(),
            four_eyes: FourEyes::default(),
            zone: Zone::default(),
            serial_case: SerialCase::default(),
            queue: Queue::default(),
            accounts: Accounts::default(),
            services_bad_key: ServicesBadKey::default(),
            reports_bad_key: ReportsBadKey::default(),
            run_answer: RunAnswer::default(),
            generating: Generating::default(),
            run_end: RunEnd::default(),
            user_id_as: UserIdAs::default(),
            unsplit_count: 0,
            split_rows: 0,
            zip_above: 2 * 1024 * 1024,
            part_header: PartHeader::default(),
            run_seconds: 8,
            run_fate: RunFate::default(),
            login_date: LoginDate::default(),
            retry_header: RetryHeader::default(),
            reloaded: Vec::new(),
            rate: [(20_000, 5), (200_000, 180)],
        }
    }
}
