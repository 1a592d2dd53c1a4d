//! The real loop with the real client against a server on the loopback: keys in, frames out, never a sleep.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where its stage is not as it should be")]

#[path = "app_loop/accounts.rs"]
mod accounts;
#[path = "app_loop/canary.rs"]
mod canary;
#[path = "app_loop/changes.rs"]
mod changes;
#[path = "app_loop/checks.rs"]
mod checks;
#[path = "app_loop/console.rs"]
mod console;
#[path = "app_loop/contexts.rs"]
mod contexts;
#[path = "app_loop/diff.rs"]
mod diff;
#[path = "app_loop/evidence.rs"]
mod evidence;
#[path = "app_loop/follow.rs"]
mod follow;
#[path = "app_loop/home.rs"]
mod home;
#[path = "app_loop/jumps.rs"]
mod jumps;
#[path = "app_loop/kept.rs"]
mod kept;
#[path = "app_loop/key_end.rs"]
mod key_end;
#[path = "app_loop/leaves.rs"]
mod leaves;
#[path = "app_loop/left_alone.rs"]
mod left_alone;
#[path = "app_loop/machine.rs"]
mod machine;
#[path = "app_loop/network.rs"]
mod network;
#[path = "app_loop/notes.rs"]
mod notes;
#[path = "app_loop/other_server.rs"]
mod other_server;
#[path = "app_loop/papers.rs"]
mod papers;
#[path = "app_loop/refusals.rs"]
mod refusals;
#[path = "app_loop/reports.rs"]
mod reports;
#[path = "app_loop/review.rs"]
mod review;
#[path = "app_loop/rotated.rs"]
mod rotated;
#[path = "app_loop/scene.rs"]
mod scene;
#[path = "app_loop/screens.rs"]
mod screens;
#[path = "app_loop/served.rs"]
mod served;
#[path = "support/mod.rs"]
mod support;
#[path = "app_loop/text.rs"]
mod text;
#[path = "app_loop/triage.rs"]
mod triage;
