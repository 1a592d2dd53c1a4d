//! The filter grammar.
