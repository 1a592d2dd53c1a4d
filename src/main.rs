//! The `certdeck` program.

fn main() {}
