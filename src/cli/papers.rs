//! What the program says about itself: completions, manual page, keys.

use clap::CommandFactory as _;

use super::{
    args::Args,
    console::Console,
    exit::{Exit, Outcome},
};
use crate::keymap::Keymap;

/// Prints completions for a shell.
pub fn completions(shell: clap_complete::Shell, console: &mut Console) -> Outcome {
    // The generator does not expect a closed pipe, so it writes into memory.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "certdeck", &mut text);
    console.out().write_all(&text)?;
    Ok(Exit::Done)
}

/// Prints the manual page (roff), commands included.
pub fn man(console: &mut Console) -> Outcome {
    let mut text = Vec::new();
    clap_mangen::Man::new(Args::command()).render(&mut text)?;
    console.out().write_all(&text)?;
    Ok(Exit::Done)
}

/// Prints the key table, from the bindings themselves.
pub fn keys(console: &mut Console) -> Outcome {
    console.out().write_all(Keymap::default().markdown().as_bytes())?;
    Ok(Exit::Done)
}
