//! The built-in themes as values: reading them from their files would be a part of the time until the first frame. The files
//! in `assets/themes` are what a theme of one's own starts from; a test compares the two.

use ratatui::style::{Color, Modifier, Style};

use super::{ROLES, Theme};

pub(super) const DARK: Theme = Theme {
    styles: {
        let mut styles = [Style::new(); ROLES];
        styles[super::Role::Page as usize] = Style::new().bg(Color::Rgb(0x0F, 0x14, 0x19));
        styles[super::Role::Panel as usize] = Style::new().bg(Color::Rgb(0x16, 0x1C, 0x24));
        styles[super::Role::Raised as usize] = Style::new().bg(Color::Rgb(0x1E, 0x26, 0x30));
        styles[super::Role::Rule as usize] = Style::new().fg(Color::Rgb(0x2C, 0x36, 0x44));
        styles[super::Role::Faint as usize] = Style::new().fg(Color::Rgb(0x5C, 0x68, 0x78));
        styles[super::Role::Text as usize] = Style::new().fg(Color::Rgb(0xD5, 0xDC, 0xE6));
        styles[super::Role::Muted as usize] = Style::new().fg(Color::Rgb(0x93, 0xA0, 0xB1));
        styles[super::Role::Accent as usize] = Style::new().fg(Color::Rgb(0x7A, 0xB8, 0xF5));
        styles[super::Role::Selection as usize] = Style::new().bg(Color::Rgb(0x1C, 0x35, 0x50));
        styles[super::Role::Ok as usize] = Style::new().fg(Color::Rgb(0x7F, 0xC8, 0xA0));
        styles[super::Role::Due as usize] = Style::new().fg(Color::Rgb(0xE5, 0xB5, 0x67));
        styles[super::Role::Critical as usize] = Style::new().fg(Color::Rgb(0xF2, 0x8B, 0x82));
        styles[super::Role::Ended as usize] = Style::new().fg(Color::Rgb(0xD9, 0xA0, 0xD8));
        styles[super::Role::Pending as usize] = Style::new().fg(Color::Rgb(0xC3, 0xA6, 0xFF));
        styles[super::Role::Info as usize] = Style::new().fg(Color::Rgb(0x86, 0xB7, 0xE8));
        styles[super::Role::Stale as usize] = Style::new().fg(Color::Rgb(0xBD, 0xA9, 0x8E));
        styles[super::Role::Mark as usize] = Style::new().fg(Color::Rgb(0xF2, 0xC9, 0x7D));
        styles[super::Role::Match as usize] = Style::new().bg(Color::Rgb(0x5A, 0x4A, 0x1E));
        styles[super::Role::Danger as usize] = Style::new().bg(Color::Rgb(0x4A, 0x1F, 0x24));
        styles
    },
};

pub(super) const LIGHT: Theme = Theme {
    styles: {
        let mut styles = [Style::new(); ROLES];
        styles[super::Role::Page as usize] = Style::new().bg(Color::Rgb(0xFA, 0xFA, 0xF7));
        styles[super::Role::Panel as usize] = Style::new().bg(Color::Rgb(0xF1, 0xF2, 0xEE));
        styles[super::Role::Raised as usize] = Style::new().bg(Color::Rgb(0xE6, 0xE9, 0xE6));
        styles[super::Role::Rule as usize] = Style::new().fg(Color::Rgb(0xCD, 0xD3, 0xD3));
        styles[super::Role::Faint as usize] = Style::new().fg(Color::Rgb(0x7A, 0x86, 0x91));
        styles[super::Role::Text as usize] = Style::new().fg(Color::Rgb(0x1F, 0x29, 0x33));
        styles[super::Role::Muted as usize] = Style::new().fg(Color::Rgb(0x53, 0x60, 0x6C));
        styles[super::Role::Accent as usize] = Style::new().fg(Color::Rgb(0x1F, 0x5F, 0xA8));
        styles[super::Role::Selection as usize] = Style::new().bg(Color::Rgb(0xD3, 0xE4, 0xF6));
        styles[super::Role::Ok as usize] = Style::new().fg(Color::Rgb(0x1E, 0x6B, 0x45));
        styles[super::Role::Due as usize] = Style::new().fg(Color::Rgb(0x82, 0x53, 0x08));
        styles[super::Role::Critical as usize] = Style::new().fg(Color::Rgb(0xA8, 0x26, 0x1F));
        styles[super::Role::Ended as usize] = Style::new().fg(Color::Rgb(0x7A, 0x2E, 0x78));
        styles[super::Role::Pending as usize] = Style::new().fg(Color::Rgb(0x5B, 0x3F, 0xA8));
        styles[super::Role::Info as usize] = Style::new().fg(Color::Rgb(0x2A, 0x5E, 0x94));
        styles[super::Role::Stale as usize] = Style::new().fg(Color::Rgb(0x6B, 0x57, 0x39));
        styles[super::Role::Mark as usize] = Style::new().fg(Color::Rgb(0x82, 0x53, 0x08));
        styles[super::Role::Match as usize] = Style::new().bg(Color::Rgb(0xF5, 0xE4, 0xB0));
        styles[super::Role::Danger as usize] = Style::new().bg(Color::Rgb(0xF9, 0xDE, 0xDC));
        styles
    },
};

pub(super) const ANSI16: Theme = Theme {
    styles: {
        let mut styles = [Style::new(); ROLES];
        styles[super::Role::Rule as usize] = Style::new().fg(Color::DarkGray);
        styles[super::Role::Faint as usize] = Style::new().fg(Color::DarkGray);
        styles[super::Role::Muted as usize] = Style::new().fg(Color::Gray);
        styles[super::Role::Accent as usize] = Style::new().fg(Color::Blue);
        styles[super::Role::Selection as usize] = Style::new().add_modifier(Modifier::REVERSED);
        styles[super::Role::Ok as usize] = Style::new().fg(Color::Green);
        styles[super::Role::Due as usize] = Style::new().fg(Color::Yellow);
        styles[super::Role::Critical as usize] = Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD);
        styles[super::Role::Ended as usize] = Style::new().fg(Color::Magenta);
        styles[super::Role::Pending as usize] = Style::new().fg(Color::Cyan);
        styles[super::Role::Info as usize] = Style::new().fg(Color::LightBlue);
        styles[super::Role::Stale as usize] = Style::new().fg(Color::Yellow).add_modifier(Modifier::DIM);
        styles[super::Role::Mark as usize] = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
        styles[super::Role::Match as usize] = Style::new().add_modifier(Modifier::REVERSED);
        styles[super::Role::Danger as usize] = Style::new().bg(Color::Red);
        styles
    },
};

pub(super) const MONO: Theme = Theme {
    styles: {
        let mut styles = [Style::new(); ROLES];
        styles[super::Role::Rule as usize] = Style::new().add_modifier(Modifier::DIM);
        styles[super::Role::Faint as usize] = Style::new().add_modifier(Modifier::DIM);
        styles[super::Role::Accent as usize] = Style::new().add_modifier(Modifier::UNDERLINED);
        styles[super::Role::Selection as usize] = Style::new().add_modifier(Modifier::REVERSED);
        styles[super::Role::Critical as usize] = Style::new().add_modifier(Modifier::BOLD);
        styles[super::Role::Stale as usize] = Style::new().add_modifier(Modifier::DIM);
        styles[super::Role::Mark as usize] = Style::new().add_modifier(Modifier::BOLD);
        styles[super::Role::Match as usize] = Style::new().add_modifier(Modifier::UNDERLINED);
        styles[super::Role::Danger as usize] =
            Style::new().add_modifier(Modifier::BOLD).add_modifier(Modifier::REVERSED);
        styles
    },
};
