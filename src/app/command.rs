//! Commands of the palette: `:q`, `:acme expires<7d`, `:context NAME`, `:account ID`.

use super::App;
use crate::{
    flow::{Effect, ScreenId},
    screens::Notice,
};

impl App {
    /// Runs a typed command; an unknown one says so and changes nothing.
    pub(super) fn run(&mut self, text: &str) -> Vec<Effect> {
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if matches!(word, "q" | "quit" | "q!") {
            return vec![Effect::Quit];
        }
        if word == "context" {
            let name = rest.trim();
            return if name.is_empty() { self.choose_context() } else { self.switch(name) };
        }
        if word == "account" {
            let name = rest.trim();
            return if name.is_empty() { self.choose_account() } else { self.take_account(name) };
        }
        let screen =
            ScreenId::ALL.into_iter().find(|screen| screen.word() == word || format!("{}s", screen.word()) == word);
        if let Some(screen) = screen {
            let filter = rest.trim();
            return self.show(screen, (!filter.is_empty()).then_some(filter));
        }
        let word = crate::domain::text::escape(word).into_owned();
        self.notice = Some(Notice::fault(format!("no action or command {word:?}; ? shows all keys")));
        Vec::new()
    }
}
