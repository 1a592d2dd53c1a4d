//! What the program says about itself: completions, manual page, keys, a configuration to start from.

use std::io::{self, Write as _};

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

/// Prints the manual page (roff), all commands on one page.
pub fn man(console: &mut Console) -> Outcome {
    let mut program = Args::command();
    program.build();
    let page = clap_mangen::Man::new(program.clone());
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    writeln!(text, ".SH COMMANDS")?;
    commands(&program, &mut text)?;
    page.render_extra_section(&mut text)?;
    console.out().write_all(&text)?;
    Ok(Exit::Done)
}

/// Each command that does something: its usage, what it does, its own options.
fn commands(of: &clap::Command, text: &mut Vec<u8>) -> io::Result<()> {
    for command in of.get_subcommands().filter(|command| command.get_name() != "help") {
        if command.has_subcommands() {
            commands(command, text)?;
            continue;
        }
        let arguments = command.get_arguments().filter(|argument| !argument.is_global_set());
        let arguments: Vec<&clap::Arg> = arguments.filter(|argument| argument.get_id() != "help").collect();
        let path = command.get_bin_name().unwrap_or_else(|| command.get_name());
        let usage: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        writeln!(text, ".TP\n\\fB{}\\fR {}", roff(path), roff(&usage.join(" ")))?;
        writeln!(text, "{}", roff(&command.get_about().map_or_else(String::new, ToString::to_string)))?;
        for argument in arguments {
            let help = argument.get_help().map_or_else(String::new, ToString::to_string);
            writeln!(text, ".br\n{}: {}", roff(&argument.to_string()), roff(&help))?;
        }
    }
    Ok(())
}

/// Text as roff takes it: no escapes, hyphens that can be searched for.
fn roff(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// Prints a configuration to start from.
pub fn template(console: &mut Console) -> Outcome {
    console.out().write_all(crate::config::template::TEMPLATE.as_bytes())?;
    Ok(Exit::Done)
}

/// Prints the key table, from the bindings themselves.
pub fn keys(console: &mut Console) -> Outcome {
    console.out().write_all(Keymap::default().markdown().as_bytes())?;
    Ok(Exit::Done)
}
