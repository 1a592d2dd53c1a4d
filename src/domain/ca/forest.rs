//! The hierarchy of CAs.
