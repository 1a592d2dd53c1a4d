//! The two sides of a dialogue: a person at a terminal, or a script.

mod terminal;

use std::time::Duration;

use zeroize::Zeroizing;

pub use self::terminal::Terminal;

/// The person stopped: ctrl-c, or the end of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Somebody who answers, line by line; what a screen reader says is what is written.
pub trait Talk {
    /// Shows a line.
    fn say(&mut self, line: &str);

    /// Asks for a line, without its end.
    ///
    /// # Errors
    /// The person stopped.
    fn ask(&mut self, prompt: &str) -> Result<String, Stopped>;

    /// Asks for a line that is shown nowhere.
    ///
    /// # Errors
    /// The person stopped.
    fn hidden(&mut self, prompt: &str) -> Result<Zeroizing<String>, Stopped>;

    /// Drops lines that were typed or pasted before they were asked for; whether there were any.
    ///
    /// # Errors
    /// The person stopped.
    fn drop_typed_ahead(&mut self) -> Result<bool, Stopped>;

    /// Waits.
    ///
    /// # Errors
    /// The person stopped meanwhile.
    fn pause(&mut self, wait: Duration) -> Result<(), Stopped>;
}

/// Asks for a line; an empty one is `usual`.
///
/// # Errors
/// The person stopped.
pub fn line(talk: &mut dyn Talk, question: &str, usual: &str) -> Result<String, Stopped> {
    let prompt = if usual.is_empty() { format!("{question}: ") } else { format!("{question} [{usual}]: ") };
    let answer = talk.ask(&prompt)?;
    let answer = answer.trim();
    Ok(if answer.is_empty() { usual } else { answer }.to_owned())
}

/// Asks until the answer is the number of one of `choices`; the first is taken for an empty line. The place in `choices`.
///
/// # Errors
/// The person stopped.
pub fn choose(talk: &mut dyn Talk, question: &str, choices: &[&str]) -> Result<usize, Stopped> {
    talk.say(question);
    for (at, choice) in choices.iter().enumerate() {
        talk.say(&format!("  {}  {choice}", at + 1));
    }
    loop {
        let answer = line(talk, "Number", "1")?;
        match answer.parse::<usize>() {
            Ok(number) if (1..=choices.len()).contains(&number) => return Ok(number - 1),
            _ => talk.say(&format!("Please give a number from 1 to {}.", choices.len())),
        }
    }
}

/// Asks until the answer is yes or no; `usual` is taken for an empty line.
///
/// # Errors
/// The person stopped.
pub fn agree(talk: &mut dyn Talk, question: &str, usual: &str) -> Result<bool, Stopped> {
    loop {
        match line(talk, &format!("{question} (yes or no)"), usual)?.to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => talk.say("Please say yes or no."),
        }
    }
}
