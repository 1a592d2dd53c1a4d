//! The real loop with the real client against a server on the loopback: keys in, frames out, never a sleep.

#![expect(clippy::expect_used, reason = "a test ends where its stage is not as it should be")]

#[path = "support/mod.rs"]
mod support;

#[path = "app_loop/screens.rs"]
mod screens;
