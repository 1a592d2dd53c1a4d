//! Which palette the dashboard takes, for those who only want its name.

use crate::{config::settings::Theme, ui::theme::Surroundings};

/// The name of the palette for `wanted` on this terminal: `dark`, `light`, `ansi16`, `mono`, or the theme file. A dark
/// one by `auto` may still become light, when the terminal says that its background is.
pub fn palette(wanted: &Theme) -> String {
    let around = Surroundings::of_process();
    match wanted {
        Theme::Auto => around.theme().1.to_owned(),
        _ if around.no_color => "mono".to_owned(),
        Theme::Dark => "dark".to_owned(),
        Theme::Light => "light".to_owned(),
        Theme::Ansi16 => "ansi16".to_owned(),
        Theme::Mono => "mono".to_owned(),
        Theme::File(path) => path.display().to_string(),
    }
}
