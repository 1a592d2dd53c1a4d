//! The page on which a change of a CA is reviewed: how it looks, whose name it shows, and what it takes to send.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where its stage is not as it should be")]

#[path = "review_page/desk.rs"]
mod desk;
#[path = "review_page/ends.rs"]
mod ends;
#[path = "review_page/evidence.rs"]
mod evidence;
#[path = "review_page/frames.rs"]
mod frames;
#[path = "review_page/impact.rs"]
mod impact;
#[path = "review_page/keys.rs"]
mod keys;
#[path = "review_page/names.rs"]
mod names;
#[path = "support/mod.rs"]
mod support;
