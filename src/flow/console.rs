//! Pages of web consoles, by screen.

use super::ScreenId;
use crate::domain::page::Page;

/// The web consoles of a context: a page for each screen that has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consoles(Vec<(ScreenId, Page)>);

impl Consoles {
    /// Consoles with these pages.
    pub fn new(pages: impl IntoIterator<Item = (ScreenId, Page)>) -> Self {
        Self(pages.into_iter().collect())
    }

    /// The address of the page of a screen, about the row with this id.
    ///
    /// # Errors
    /// Why there is none.
    pub fn address(&self, screen: ScreenId, id: Option<&str>) -> Result<String, &'static str> {
        if self.0.is_empty() {
            return Err("this context has no web console");
        }
        let (_, page) = self.0.iter().find(|(of, _)| *of == screen).ok_or("no web console has this screen")?;
        page.about(id).ok_or("no row is selected")
    }
}
