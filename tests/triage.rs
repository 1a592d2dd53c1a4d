//! Triage of ACME certificates: a table of situations, properties, and what is odd.
#![expect(clippy::expect_used, reason = "a test ends where its data cannot be made")]

#[path = "triage/estate.rs"]
mod estate;
#[path = "triage/odd.rs"]
mod odd;
#[path = "triage/outlook.rs"]
mod outlook;
#[path = "triage/properties.rs"]
mod properties;
#[path = "triage/table.rs"]
mod table;
