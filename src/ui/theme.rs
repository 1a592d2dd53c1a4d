//! A few named colours; every style of the program is one of them.

mod built_in;

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::present::Tone;

/// A named style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Background of everything.
    Page,
    /// Background of panes.
    Panel,
    /// Background of what lies above.
    Raised,
    /// Lines.
    Rule,
    /// Disabled.
    Faint,
    /// Reading.
    Text,
    /// Labels.
    Muted,
    /// Focus and the active tab.
    Accent,
    /// The row under the cursor.
    Selection,
    /// Fine.
    Ok,
    /// Soon.
    Due,
    /// Needs somebody now.
    Critical,
    /// Expired, revoked, failed.
    Ended,
    /// Waiting.
    Pending,
    /// A note.
    Info,
    /// Old data.
    Stale,
    /// Marked rows.
    Mark,
    /// A filter hit.
    Match,
    /// What cannot be taken back, and production.
    Danger,
}

impl Role {
    /// Roles of text that is read; each must stand out from every background (a test computes it).
    pub const READ: [Self; 11] = [
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Ok,
        Self::Due,
        Self::Critical,
        Self::Ended,
        Self::Pending,
        Self::Info,
        Self::Stale,
        Self::Mark,
    ];
}

impl From<Tone> for Role {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Text => Self::Text,
            Tone::Muted => Self::Muted,
            Tone::Faint => Self::Faint,
            Tone::Ok => Self::Ok,
            Tone::Due => Self::Due,
            Tone::Critical => Self::Critical,
            Tone::Ended => Self::Ended,
            Tone::Pending => Self::Pending,
            Tone::Info => Self::Info,
            Tone::Stale => Self::Stale,
            Tone::Accent => Self::Accent,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Add {
    Bold,
    Dim,
    Underline,
    Reverse,
}

/// A built-in theme that is read when it is needed.
pub type BuiltIn = fn() -> Theme;

/// How many roles there are.
const ROLES: usize = Role::Danger as usize + 1;

/// Styles by role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; ROLES],
}

impl Theme {
    /// Reads a theme: `role = { fg = "#rrggbb", bg = "...", add = ["bold"] }`. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Entry {
            fg: Option<Color>,
            bg: Option<Color>,
            #[serde(default)]
            add: Vec<Add>,
        }
        let entries: BTreeMap<Role, Entry> =
            toml::from_str(text).map_err(|error| format!("theme: {}", error.message()))?;
        let mut styles = [Style::new(); ROLES];
        for (role, entry) in entries {
            let modifier = entry.add.iter().fold(Modifier::empty(), |all, add| {
                all | match add {
                    Add::Bold => Modifier::BOLD,
                    Add::Dim => Modifier::DIM,
                    Add::Underline => Modifier::UNDERLINED,
                    Add::Reverse => Modifier::REVERSED,
                }
            });
            if let Some(style) = styles.get_mut(role as usize) {
                *style = Style { fg: entry.fg, bg: entry.bg, add_modifier: modifier, ..Style::new() };
            }
        }
        Ok(Self { styles })
    }

    /// For dark terminals.
    pub fn dark() -> Self {
        built_in::DARK
    }

    /// For light terminals.
    pub fn light() -> Self {
        built_in::LIGHT
    }

    /// The terminal's own 16 colours.
    pub fn ansi16() -> Self {
        built_in::ANSI16
    }

    /// No colour.
    pub fn mono() -> Self {
        built_in::MONO
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The style of a cell's meaning.
    pub fn tone(&self, tone: Tone) -> Style {
        self.style(tone.into())
    }
}

/// What the environment says about the terminal.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `NO_COLOR` is set and not empty (no-color.org).
    pub no_color: bool,
    /// `TERM`.
    pub term: String,
    /// `COLORTERM`.
    pub color_term: String,
    /// `COLORFGBG`, `foreground;background` of some terminals.
    pub color_fg_bg: String,
}

impl Surroundings {
    /// Reads the environment of this process.
    pub fn of_process() -> Self {
        let var = |name| std::env::var(name).unwrap_or_default();
        Self {
            no_color: !var("NO_COLOR").is_empty(),
            term: var("TERM"),
            color_term: var("COLORTERM"),
            color_fg_bg: var("COLORFGBG"),
        }
    }

    /// The built-in theme that suits, and its name.
    pub fn theme(&self) -> (Theme, &'static str) {
        let true_color = matches!(self.color_term.as_str(), "truecolor" | "24bit");
        let many = true_color || self.term.contains("256color") || self.term.contains("kitty");
        let light = self.color_fg_bg.rsplit(';').next().is_some_and(|bg| matches!(bg, "7" | "15"));
        if self.no_color {
            (Theme::mono(), "mono")
        } else if !many {
            (Theme::ansi16(), "ansi16")
        } else if light {
            (Theme::light(), "light")
        } else {
            (Theme::dark(), "dark")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(color: Color) -> f64 {
        let Color::Rgb(r, g, b) = color else { panic!("{color:?} is no 24-bit colour") };
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn read_text_holds_4_5_to_1_on_every_background() {
        let backgrounds = [Role::Page, Role::Panel, Role::Raised, Role::Selection];
        for (name, theme) in [("dark", Theme::dark()), ("light", Theme::light())] {
            for role in Role::READ {
                let text = luminance(theme.style(role).fg.unwrap());
                for background in backgrounds {
                    let ground = luminance(theme.style(background).bg.unwrap());
                    let ratio = (text.max(ground) + 0.05) / (text.min(ground) + 0.05);
                    assert!(ratio >= 4.5, "{name}: {role:?} on {background:?} is {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn the_files_of_the_built_in_themes_say_what_they_are() {
        let files = [
            (include_str!("../../assets/themes/dark.toml"), Theme::dark()),
            (include_str!("../../assets/themes/light.toml"), Theme::light()),
            (include_str!("../../assets/themes/ansi16.toml"), Theme::ansi16()),
            (include_str!("../../assets/themes/mono.toml"), Theme::mono()),
        ];
        for (file, theme) in files {
            assert_eq!(Theme::parse(file), Ok(theme));
        }
    }

    #[test]
    fn themes_without_24_bit_colour_send_none() {
        for role in Role::READ {
            let style = Theme::mono().style(role);
            assert_eq!((style.fg, style.bg), (None, None));
            assert!(!matches!(Theme::ansi16().style(role).fg, Some(Color::Rgb(..))));
        }
    }

    #[test]
    fn the_environment_decides() {
        let name = |no_color, term: &str, color_term: &str, fg_bg: &str| {
            let around =
                Surroundings { no_color, term: term.into(), color_term: color_term.into(), color_fg_bg: fg_bg.into() };
            around.theme().1
        };
        assert_eq!(name(true, "xterm-256color", "truecolor", ""), "mono");
        assert_eq!(name(false, "linux", "", ""), "ansi16");
        assert_eq!(name(false, "xterm-256color", "", ""), "dark");
        assert_eq!(name(false, "xterm-256color", "truecolor", "0;15"), "light");
    }

    #[test]
    fn a_bad_theme_is_one_line() {
        assert!(Theme::parse("text = { fg = \"#D5DCE6\" }\nnot = 1").is_err_and(|e| !e.contains('\n')));
    }
}
