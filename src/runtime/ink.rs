//! Cells as bytes for a terminal. Nothing is ever asked of the terminal, and named colours keep the codes of 16-colour
//! terminals, which take `38;5;n` for "blink".

use std::{
    convert::Infallible,
    fmt::{Display, Write as _},
};

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr as _;

const MODIFIERS: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::CROSSED_OUT, 9),
];

/// Collects the bytes of frames.
#[derive(Debug, Default)]
pub struct Ink {
    out: String,
    size: Size,
    ascii: bool,
}

/// The style that the terminal has now.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Ink {
    /// For a terminal of this size, which may take nothing but ASCII.
    pub fn new(size: (u16, u16), ascii: bool) -> Self {
        Self { out: String::new(), size: size.into(), ascii }
    }

    /// Adds a sequence of this program's own.
    pub fn put(&mut self, sequence: impl Display) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{sequence}");
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size.into();
    }

    /// Columns and rows.
    pub const fn extent(&self) -> (u16, u16) {
        (self.size.width, self.size.height)
    }

    /// Gives away what was collected, and goes on with `empty`.
    pub fn take(&mut self, empty: String) -> String {
        std::mem::replace(&mut self.out, empty)
    }

    fn turn(&mut self, from: Pen, to: Pen) {
        let afresh = !to.modifier.contains(from.modifier);
        let from = if afresh { Pen::default() } else { from };
        self.out.push_str("\x1b[");
        let start = self.out.len();
        if afresh {
            self.out.push_str("0;");
        }
        for (modifier, code) in MODIFIERS {
            if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
                self.put(format_args!("{code};"));
            }
        }
        if to.fg != from.fg {
            self.colour(to.fg, 30);
        }
        if to.bg != from.bg {
            self.colour(to.bg, 40);
        }
        if self.out.len() > start {
            self.out.pop();
        }
        self.out.push('m');
    }

    fn colour(&mut self, colour: Color, base: u8) {
        let named = match colour {
            Color::Rgb(r, g, b) => return self.put(format_args!("{};2;{r};{g};{b};", base + 8)),
            Color::Indexed(n) => return self.put(format_args!("{};5;{n};", base + 8)),
            Color::Reset => 9,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 60,
            Color::LightRed => 61,
            Color::LightGreen => 62,
            Color::LightYellow => 63,
            Color::LightBlue => 64,
            Color::LightMagenta => 65,
            Color::LightCyan => 66,
            Color::White => 67,
        };
        self.put(format_args!("{};", base + named));
    }
}

impl Backend for Ink {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut pen = Pen::default();
        let mut here = None;
        // Terminals differ in how wide other characters are: only behind these is the column known.
        let mut only_ascii = false;
        for (x, y, cell) in content {
            match here {
                Some((column, row)) if (column, row) == (x, y) => {}
                Some((column, row)) if only_ascii && row == y && column < x => match x - column {
                    1 => self.put("\x1b[C"),
                    columns => self.put(format_args!("\x1b[{columns}C")),
                },
                _ => {
                    self.put(format_args!("\x1b[{};{}H", u32::from(y) + 1, u32::from(x) + 1));
                    only_ascii = true;
                }
            }
            here = x.checked_add(1).map(|x| (x, y));
            only_ascii &= cell.symbol().len() == 1;
            let wanted = Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
            if wanted != pen {
                self.turn(pen, wanted);
                pen = wanted;
            }
            // Text is made clean where it is read; whatever slips through must not act on the terminal.
            if cell.symbol().chars().any(char::is_control) {
                self.out.push('?');
            } else if self.ascii && !cell.symbol().is_ascii() {
                // As wide as what it stands for.
                self.out.push_str(
                    if cell.symbol() == "…" { "." } else { "??" }.get(..cell.symbol().width()).unwrap_or("?"),
                );
            } else {
                self.out.push_str(cell.symbol());
            }
        }
        if pen != Pen::default() {
            self.out.push_str("\x1b[0m");
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        // It is hidden as long as the dashboard has the terminal.
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        // To ask the terminal would wait for an answer that the reader of keys gets.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _: P) -> Result<(), Infallible> {
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.out.push_str("\x1b[0m\x1b[2J");
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        self.clear()
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn drawn(cells: &[(u16, u16, &str, Style)]) -> String {
        drawn_on(Ink::new((80, 24), false), cells)
    }

    fn drawn_on(mut ink: Ink, cells: &[(u16, u16, &str, Style)]) -> String {
        let cells: Vec<(u16, u16, Cell)> = cells
            .iter()
            .map(|(x, y, symbol, style)| {
                let mut cell = Cell::new("x");
                cell.set_style(*style);
                // As a widget that does not look would leave it.
                cell.set_symbol(symbol);
                (*x, *y, cell)
            })
            .collect();
        let Ok(()) = ink.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell)));
        ink.take(String::new())
    }

    #[test]
    fn neighbours_and_equal_styles_cost_nothing() {
        let style = Style::new().fg(Color::LightBlue).bg(Color::Red).add_modifier(Modifier::BOLD);
        let shown = drawn(&[(0, 0, "a", style), (1, 0, "b", style), (0, 2, "c", Style::new())]);
        assert_eq!(shown, "\x1b[1;1H\x1b[1;94;41mab\x1b[3;1H\x1b[0mc");
        let dim = Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::DIM);
        let more = dim.add_modifier(Modifier::REVERSED).bg(Color::Indexed(7));
        let shown = drawn(&[(65_535, 0, "a", dim), (1, 0, "b", more), (2, 0, "c", dim.fg(Color::Reset))]);
        assert_eq!(shown, "\x1b[1;65536H\x1b[2;38;2;1;2;3ma\x1b[1;2H\x1b[7;48;5;7mb\x1b[0;2mc\x1b[0m");
    }

    #[test]
    fn what_stays_between_two_cells_is_passed_over_where_the_column_is_known() {
        let cells = |symbols: [&'static str; 4]| {
            let at = [0, 2, 7, 30].map(|x| (x, 3));
            at.into_iter().zip(symbols).map(|((x, y), symbol)| (x, y, symbol, Style::new())).collect::<Vec<_>>()
        };
        assert_eq!(drawn(&cells(["a", "b", "c", "d"])), "\x1b[4;1Ha\x1b[Cb\x1b[4Cc\x1b[22Cd");
        assert_eq!(drawn(&cells(["a", "京", "c", "d"])), "\x1b[4;1Ha\x1b[C京\x1b[4;8Hc\x1b[22Cd");
        assert_eq!(drawn(&[(9, 0, "a", Style::new()), (4, 0, "b", Style::new())]), "\x1b[1;10Ha\x1b[1;5Hb");
    }

    #[test]
    fn g5_a_symbol_that_acts_is_not_sent() {
        let shown = drawn(&[(0, 0, "\x1b]0;x\x07", Style::new()), (1, 0, "\u{9b}", Style::new())]);
        assert_eq!(shown, "\x1b[1;1H??");
    }

    #[test]
    fn u13_a_terminal_for_ascii_gets_no_other_byte() {
        let plain = Style::new();
        let cells = [(0, 0, "a", plain), (1, 0, "…", plain), (2, 0, "ü", plain), (3, 0, "京", plain)];
        assert_eq!(drawn_on(Ink::new((80, 24), true), &cells), "\x1b[1;1Ha.???");
        assert_eq!(drawn(&cells), "\x1b[1;1Ha…ü京");
    }
}
