//! Commands of the palette: `:q`, `:acme expires<7d`, `:diff 7d`, `:context NAME`, `:account ID`, `:view NAME`.

use super::App;
use crate::{
    flow::{Effect, ScreenId, ScreenMsg},
    screens::Notice,
};

impl App {
    /// Runs a typed command; an unknown one says so and changes nothing.
    pub(super) fn run(&mut self, text: &str) -> Vec<Effect> {
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if matches!(word, "q" | "quit" | "q!") {
            return self.quit();
        }
        if word == "context" {
            let name = rest.trim();
            return if name.is_empty() { self.choose_context() } else { self.switch(name) };
        }
        if word == "account" {
            let name = rest.trim();
            return if name.is_empty() { self.choose_account() } else { self.take_account(name) };
        }
        if word == "write" {
            return self.write_mode(rest);
        }
        if self.viewer.is_some()
            && let Some(effects) = self.table_command(word, rest)
        {
            return effects;
        }
        if word == "evidence" {
            return self.evidence();
        }
        if word == ScreenId::Changes.word() {
            return self.diff(rest);
        }
        if word == "view" {
            return self.show_view(rest.trim());
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

    /// Shows the saved view of that name.
    fn show_view(&mut self, name: &str) -> Vec<Effect> {
        let Some(view) = self.setting.views.iter().find(|view| view.name == name).cloned() else {
            let known: Vec<&str> = self.setting.views.iter().map(|view| view.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let name = crate::domain::text::escape(name).into_owned();
            let title = format!("no saved view {name:?}; the configuration has below [views]: {known}");
            self.notice = Some(Notice::fault(title));
            return Vec::new();
        };
        let mut effects = self.show(view.screen, None);
        let step = self.tell(view.screen, ScreenMsg::View(&view));
        effects.extend(self.follow(step));
        effects
    }
}
