//! A configuration to start from.

/// A commented configuration; it is sound as it stands, and names no key.
pub const TEMPLATE: &str = include_str!("../../assets/config/template.toml");
