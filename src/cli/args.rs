//! The command line as it is typed.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint, builder::FalseyValueParser};

use crate::{
    config::KeyName,
    domain::{acme::threshold::Threshold, ca::RevocationReason},
};

const AFTER: &str = "\
Keys are never taken from the command line, where other programs can read them: the configuration says where they are.

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 cancelled or no terminal, 4 not authenticated, 5 not permitted,
6 not found, 7 network or TLS, 9 refused by an interlock, 10 rate limited, 130 interrupted.
When a list is not complete, what there is goes to stdout and the exit code says why the rest is missing.
`certdeck check` alone has those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

/// One calm terminal for a DigiCert estate; without a command it opens the dashboard.
#[derive(Debug, Parser)]
#[command(name = "certdeck", version, about, after_help = AFTER, max_term_width = 100)]
pub struct Args {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; the dashboard when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A command line of options alone: it opens the dashboard.
///
/// Whatever it cannot read, help and errors among it, is for [`Args`]. That one builds every command first, which is a
/// good part of the time until the first frame.
#[derive(Debug, Parser)]
#[command(name = "certdeck", disable_help_flag = true, disable_version_flag = true)]
pub struct OptionsAlone {
    /// The options.
    #[command(flatten)]
    pub global: Global,
}

/// Options that every command takes.
#[derive(Debug, Clone, ClapArgs)]
pub struct Global {
    /// Use the built-in simulator; no network, no key, no configuration is read
    #[arg(long, global = true)]
    pub demo: bool,
    /// Context of the configuration
    #[arg(long, global = true, value_name = "C", env = "CERTDECK_CONTEXT", hide_env_values = true)]
    pub context: Option<String>,
    /// Configuration file
    #[arg(long, global = true, value_name = "F", env = "CERTDECK_CONFIG", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// No write is possible, whatever is typed later
    #[arg(long, global = true, env = "CERTDECK_READ_ONLY", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub read_only: bool,
    /// Linear text for screen readers and dumb terminals
    #[arg(long, global = true)]
    pub plain: bool,
    /// auto, dark, light, ansi16, mono or a theme file
    #[arg(long, global = true, value_name = "T", env = "CERTDECK_THEME", hide_env_values = true)]
    pub theme: Option<String>,
    /// Form of the data on stdout; `ics` of a calendar and `nagios` of a check when it is left out, else `table`
    #[arg(short, long, global = true, value_name = "FORM", value_enum)]
    pub output: Option<Form>,
    /// Keep the rows that match, with the grammar of the screens: `expires<14d status:issued name~*.lab.*`
    #[arg(long, global = true, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Sort by a column; a `-` in front reverses
    #[arg(long, global = true, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
}

/// Form of the data on stdout, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Columns for people
    Table,
    /// One object, schema certdeck/v1
    Json,
    /// One object a line, the items alone
    Jsonl,
    /// Comma-separated, safe to open in a spreadsheet
    Csv,
    /// A calendar (RFC 5545); `acme calendar`
    Ics,
    /// The lines of a monitoring plugin; `check`
    Nagios,
    /// Metrics for a textfile collector; `check`
    Openmetrics,
}

/// Form of items on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns for people.
    Table,
    /// One object, schema certdeck/v1.
    Json,
    /// One object a line, the items alone.
    Jsonl,
    /// Comma-separated, safe to open in a spreadsheet.
    Csv,
}

impl Form {
    /// The form of items; `None` for the form of one command.
    pub const fn items(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Jsonl => Some(Format::Jsonl),
            Self::Csv => Some(Format::Csv),
            Self::Ics | Self::Nagios | Self::Openmetrics => None,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// ACME certificates
    #[command(subcommand)]
    Acme(Acme),
    /// Holds ACME certificates against thresholds, for monitoring: exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// CA hierarchy, and requests about CAs
    #[command(subcommand)]
    Ca(CaCommand),
    /// CertCentral reports
    #[command(subcommand)]
    Report(Report),
    /// Audit events
    #[command(subcommand)]
    Audit(Audit),
    /// What this program did to CAs: intents, answers, outcomes. Proves nothing of what the services did
    #[command(subcommand)]
    Evidence(Evidence),
    /// The built-in simulator of the four services, until ctrl-c
    Simulator(SimulatorArgs),
    /// Asks each service whether it is reachable, knows the key and permits; the output can be shared
    Doctor,
    /// The keys of a context: store one, ask the services about all, delete one
    #[command(subcommand)]
    Auth(Auth),
    /// Contexts: which there are, what their keys may do, a new one
    #[command(subcommand)]
    Context(Contexts),
    /// The configuration file
    #[command(subcommand)]
    Config(Config),
    /// Completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page
    Man,
    /// All keys of the dashboard, as a Markdown table
    Keys,
    /// Reads the sheets of the XLSX file that is stdin; of use to this program alone
    #[command(hide = true)]
    ReadSheets,
}

/// ACME certificates.
#[derive(Debug, Subcommand)]
pub enum Acme {
    /// All certificates of all contracts that a key reaches
    List,
    /// The certificates with a name or serial number
    Show {
        /// A name, in any case or script, or a serial number in any spelling
        #[arg(value_name = "NAME_OR_SERIAL")]
        subject: String,
        /// Connect to their servers and compare what is served
        #[arg(long)]
        probe: bool,
    },
    /// Ends in the next 12 weeks with nothing newer, and the renewals that shorter lifetimes bring
    Forecast,
    /// When renewals are due and certificates end, as a calendar (iCalendar) unless -o says otherwise
    Calendar,
    /// Which certificates cover names and until when; exit 6 when nothing covers one
    Match {
        /// Names in any case or script, or wildcards; `-` reads them from stdin, one a line
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
}

const CHECK: &str = "\
A threshold is `overdue`, a time that is left (20d, 72h), a part of the lifetime (30%), or min(30d,33%) and max(...) of \
these. What ended with nothing newer, and what a probe finds to be broken or replaced and still served, is always below \
it; what is superseded, revoked, snoozed or retired never is.

Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. What was not read is never OK: with a part missing, an end that \
cannot be read, or no certificate at all, a known CRITICAL stays CRITICAL, and OK and WARNING become UNKNOWN. A command \
line, key or connection that does not work is UNKNOWN too. A server that --probe cannot reach is counted and changes \
nothing.

-o nagios prints a line with figures and up to 20 lines of what and why; openmetrics what a textfile collector reads; \
json and table the same for other programs and people.";

/// Holds ACME certificates against thresholds, for monitoring: exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
#[derive(Debug, Clone, ClapArgs)]
pub struct CheckArgs {
    /// Below this it is WARNING
    #[arg(long, value_name = "T", default_value = "overdue")]
    pub warn: Threshold,
    /// Below this it is CRITICAL
    #[arg(long, value_name = "T", default_value = "72h")]
    pub crit: Threshold,
    /// Connect to the servers of the certificates and compare what is served
    #[arg(long)]
    pub probe: bool,
}

const VERIFY: &str = "\
What the service names as CRLs and OCSP responders of the CA is about the certificates that it issued; what its own \
certificate names is about the CA itself. All of it is asked from here, without a key, by http or https, each within \
10 s, a CRL of up to 64 MiB; private addresses only where allow_private under probe is set.

Exit codes: 0 what was asked is of now and signed by who may, and the CA is not revoked; 1 something is late, dated in \
the future, wrongly signed, not readable, refused or not to be verified, nothing could be asked, or the CA is revoked; \
7 the rest is in order, and an address could not be reached; 4, 5, 6 and 10 as everywhere.";

/// CAs.
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// The hierarchy, issuers before what they issued
    Tree,
    /// One CA with what its certificate says
    Show {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        ca: String,
    },
    /// Fetches and judges the CRLs and OCSP answers of a CA, and looks for the CA in those of its issuer
    #[command(after_help = VERIFY)]
    Verify {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        ca: String,
    },
    /// The certificate of a CA as PEM
    Pem {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        ca: String,
        /// Also the certificates of its issuers, up to the root
        #[arg(long)]
        chain: bool,
        /// The bytes of the certificate (DER), whatever -o says
        #[arg(long, conflicts_with = "chain")]
        der: bool,
    },
    /// What a revocation or reinstatement of a CA would touch, with the hash that an approval asks for
    Impact {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        ca: String,
    },
    /// Revocation and reinstatement requests
    #[command(subcommand)]
    Requests(Requests),
    /// Asks for the revocation of a CA, which a second person approves or rejects
    #[command(after_help = CHANGE)]
    RequestRevocation {
        /// Why: the word or number of RFC 5280, `superseded` or 4
        #[arg(long, value_name = "REASON", value_parser = reason)]
        reason: RevocationReason,
        /// What every change needs
        #[command(flatten)]
        change: Change,
    },
    /// Asks to take the revocation of a CA back, which a second person approves or rejects
    #[command(after_help = CHANGE)]
    RequestReinstatement {
        /// What every change needs
        #[command(flatten)]
        change: Change,
    },
    /// Switches a CA off at once: it issues nothing
    #[command(after_help = CHANGE)]
    Disable {
        /// What every change needs
        #[command(flatten)]
        change: Change,
    },
    /// Switches a CA on again at once
    #[command(after_help = CHANGE)]
    Enable {
        /// What every change needs
        #[command(flatten)]
        change: Change,
    },
}

const CHANGE: &str = "\
On a terminal and without --yes it is a review line by line: what it touches, the checks, the name, a comment, a last \
word, and a countdown that ctrl-c ends. Else the options say all of it, and nothing is asked.

Exit codes: 9 when a check refuses or something changed meanwhile; then nothing was sent.";

/// What every change of a CA needs.
#[derive(Debug, Clone, ClapArgs)]
pub struct Change {
    /// The name of the CA in full, as `ca tree` shows it; its id where the name is not its own
    #[arg(value_name = "NAME")]
    pub ca: String,
    /// Why; 10 characters or more
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// The hash that `ca impact` printed; nothing is sent when it is another one now
    #[arg(long, value_name = "HASH")]
    pub impact: Option<String>,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    pub yes: bool,
    /// Check everything and print what would be sent; nothing is
    #[arg(long)]
    pub dry_run: bool,
}

/// Reads a reason to revoke; `remove_from_crl` is none (RFC 5280, 5.3.1).
fn reason(text: &str) -> Result<RevocationReason, String> {
    let reasons = || RevocationReason::ALL.iter().filter(|reason| **reason != RevocationReason::RemoveFromCrl);
    let read = RevocationReason::read(text);
    if reasons().any(|known| *known == read) {
        return Ok(read);
    }
    let words: Vec<&str> = reasons().map(RevocationReason::as_str).collect();
    Err(format!("one of {}", words.join(", ")))
}

/// Requests about CAs.
#[derive(Debug, Subcommand)]
pub enum Requests {
    /// All requests that are known
    List,
    /// One request, with what was answered to it
    Show {
        /// The id of the request
        #[arg(value_name = "ID")]
        request: String,
    },
    /// Approves a request: it takes effect at once
    #[command(after_help = CHANGE)]
    Approve {
        /// The id of the request
        #[arg(value_name = "ID")]
        request: String,
        /// The name of the CA in full, as `ca tree` shows it
        #[arg(long, value_name = "NAME")]
        ca_name: Option<String>,
        /// Why it is approved; 10 characters or more
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
        /// The hash that `ca impact` printed; it must still be that of the CA
        #[arg(long, value_name = "HASH")]
        impact: Option<String>,
        /// Ask nothing, even on a terminal: name, comment and impact are given
        #[arg(long)]
        yes: bool,
        /// Check everything and print what would be sent; nothing is
        #[arg(long)]
        dry_run: bool,
    },
    /// Rejects a request: the CA stays as it is
    #[command(after_help = CHANGE)]
    Reject {
        /// The id of the request
        #[arg(value_name = "ID")]
        request: String,
        /// Why it is rejected; 10 characters or more
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
        /// Ask nothing, even on a terminal: the comment is given
        #[arg(long)]
        yes: bool,
        /// Check everything and print what would be sent; nothing is
        #[arg(long)]
        dry_run: bool,
    },
}

/// What this program did.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Each change that was decided here, and what became of it
    List,
    /// All entries about one change
    Show {
        /// The id that `evidence list` shows
        #[arg(value_name = "ID")]
        intent: String,
    },
    /// Follows the hashes of the whole journal; exit 1 when one does not fit
    Verify,
    /// All entries of the journal of this machine, with their hashes
    Export,
}

/// Reports.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// Reports and their runs
    List,
    /// One report: its definition and runs
    Show {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        report: String,
    },
    /// Files of reports, several as one table: CSV, JSON, JSON lines, XLSX, ZIP. On a terminal the viewer, else rows
    View {
        /// The files; no service is asked
        #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// The columns to print, in order
        #[arg(long, value_name = "A,B", value_delimiter = ',')]
        columns: Vec<String>,
        /// The sheet of a workbook; without it the first one that has rows, and others with the same columns
        #[arg(long, value_name = "NAME")]
        sheet: Option<String>,
    },
    /// What is other in one file than in another: rows that were added, are gone or have changed
    Diff {
        /// The older file
        #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
        before: PathBuf,
        /// The newer file
        #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
        after: PathBuf,
        /// The columns that tell rows apart
        #[arg(long, value_name = "COL", required = true, value_delimiter = ',')]
        key: Vec<String>,
    },
    /// A definition as a file to start from: that of a report, or an example
    Template {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        report: Option<String>,
    },
    /// Makes a report from a file; one on demand runs at once
    New {
        /// The definition (TOML), as `report template` prints one; `-` reads stdin
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// How it is sent
        #[command(flatten)]
        sending: Sending,
    },
    /// Edits a definition in `$VISUAL` or `$EDITOR`, shows what changed and asks before it is sent
    Edit {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        report: String,
        /// Take the definition from a file in place of an editor; `-` reads stdin
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
        /// How it is sent
        #[command(flatten)]
        sending: Sending,
    },
    /// Runs a report now
    Run {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        report: String,
        /// Wait until the run ends; exit 1 when it failed
        #[arg(long)]
        wait: bool,
    },
    /// Fetches the files of a run and checks them; goes on where it broke off
    Download {
        /// The id of the run, or a report: its newest run that is ready
        #[arg(value_name = "RUN")]
        run: String,
        /// One file of a split run, from 0
        #[arg(long, value_name = "N")]
        part: Option<u32>,
    },
    /// Removes a report
    Delete {
        /// The id, or the name when it is unique
        #[arg(value_name = "ID_OR_NAME")]
        report: String,
        /// The name of the report in full; it is asked for when it is left out
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// The runs whose files are on this machine
    Kept,
    /// Removes files of runs from this machine, not at the service
    Prune {
        /// Those that were fetched at least so long ago: `90d`, `12h`
        #[arg(long, value_name = "TIME", default_value = "90d", value_parser = crate::config::settings::duration)]
        older: std::time::Duration,
    },
}

/// How a definition is sent.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct Sending {
    /// Send without asking
    #[arg(long)]
    pub yes: bool,
    /// Check everything and print what would be sent; nothing is
    #[arg(long)]
    pub dry_run: bool,
}

/// Audit events.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Events, newest first
    List {
        /// How far back: `7d`, `12h`, `30m`
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = crate::config::settings::duration)]
        since: std::time::Duration,
        /// Most events to read
        #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        limit: u32,
        /// Those that are kept on this machine; nothing is asked
        #[arg(long)]
        kept: bool,
    },
    /// Read all logs into the kept events: what is new, what is missing, back to `audit.keep`
    Sync,
    /// Write kept events to a new file, .csv or .jsonl, with a manifest: SHA-256, sources, gaps
    Export {
        /// The file
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// How far back: `7d`, `12h`, `30m`; all that is kept when it is left out
        #[arg(long, value_name = "TIME", value_parser = crate::config::settings::duration)]
        since: Option<std::time::Duration>,
    },
}

/// The simulator.
#[derive(Debug, Clone, ClapArgs)]
pub struct SimulatorArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Every invented value follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Size of the world
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub scale: u32,
    /// Scripted misbehaviour: TOML with `[[rule]]` and `[switches]`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub faults: Option<PathBuf>,
}

/// The keys of a context.
#[derive(Debug, Subcommand)]
pub enum Auth {
    /// Stores a key in the keyring entry or file that the configuration names; asks for it, or reads stdin
    Set {
        /// certcentral, partner-parent, partner:NAME or one; not needed when there is one key only
        #[arg(value_name = "SERVICE")]
        key: Option<KeyName>,
    },
    /// Fetches each key and asks its service whose it is and what it may do
    Status {
        /// certcentral, partner-parent, partner:NAME or one; all when it is left out
        #[arg(value_name = "SERVICE")]
        key: Option<KeyName>,
    },
    /// Deletes a key from its keyring entry or file, not at the service
    Clear {
        /// certcentral, partner-parent, partner:NAME or one; not needed when there is one key only
        #[arg(value_name = "SERVICE")]
        key: Option<KeyName>,
        /// Delete without asking
        #[arg(long)]
        yes: bool,
    },
}

/// Contexts.
#[derive(Debug, Subcommand)]
pub enum Contexts {
    /// Each context with its services, and where their keys come from
    List,
    /// Asks each service about each key of a context: reachable, accepted, whose, and what it may read
    Test {
        /// The context; the one that would be used when it is left out
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Adds a context by questions and answers, and tries each key
    New,
}

/// The configuration file.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Where it is looked for
    Path,
    /// A commented file to start from
    Template,
    /// Reads it and looks whether each key is there; runs no key command
    Check,
}
