//! A question on the terminal before something is done.

use std::io::{self, IsTerminal as _, Write as _};

use crate::domain::{Clean, Failure, FailureKind};

/// What is asked, and what is said when the answer is no.
pub struct Question<'a> {
    /// The question, with its choices.
    pub text: &'a str,
    /// What did not happen then: `nothing was deleted`.
    pub otherwise: &'a str,
    /// How to go without a question.
    pub without: &'a str,
}

impl Question<'_> {
    /// Asks for a yes; anything else is no.
    ///
    /// # Errors
    /// `Cancelled` for a no, and where there is no terminal to ask on.
    pub fn agree(&self) -> Result<(), Failure> {
        match self.answer()?.to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(cancelled(self.otherwise)),
        }
    }

    /// Asks for a line.
    ///
    /// # Errors
    /// `Cancelled` where there is no terminal to ask on.
    pub fn answer(&self) -> Result<String, Failure> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let title = format!("{}: there is no terminal to ask on", self.otherwise);
            return Err(cancelled(&title).hint(self.without));
        }
        let mut stderr = io::stderr().lock();
        let mut answer = String::new();
        let asked = write!(stderr, "{}", Clean::new(self.text)).and_then(|()| stderr.flush());
        let read = asked.and_then(|()| io::stdin().read_line(&mut answer));
        read.map_err(|_| cancelled("the terminal cannot be read"))?;
        Ok(answer.trim().to_owned())
    }
}

fn cancelled(title: &str) -> Failure {
    Failure::new(FailureKind::Cancelled, title)
}
