//! The program as scripts see it: stdout, stderr, exit codes.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

#[path = "cli/acme.rs"]
mod acme;
#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/auth.rs"]
mod auth;
#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/changes.rs"]
mod changes;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/contexts.rs"]
mod contexts;
#[path = "cli/data.rs"]
mod data;
#[path = "cli/decisions.rs"]
mod decisions;
#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/kills.rs"]
mod kills;
#[path = "cli/metrics.rs"]
mod metrics;
#[path = "cli/monitoring.rs"]
mod monitoring;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/revocation.rs"]
mod revocation;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/simulate.rs"]
mod simulate;
#[path = "cli/streams.rs"]
mod streams;
