//! The performance reference: the least that a terminal program with a table of 1,000,000 rows does.
//!
//! It stands beside the dashboard in every comparison, since absolute times drift with the machine. `q` quits,
//! `j` and `k` or the arrows move.

use std::io;

use ratatui::{
    crossterm::event::{self, Event, KeyCode},
    layout::Constraint,
    style::{Modifier, Style},
    widgets::{Row, Table},
};

const ROWS: usize = 1_000_000;

fn main() -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let result = run(&mut terminal);
    ratatui::try_restore()?;
    result
}

fn run(terminal: &mut ratatui::DefaultTerminal) -> io::Result<()> {
    let (mut cursor, mut first) = (0_usize, 0_usize);
    loop {
        terminal.draw(|frame| {
            let height = usize::from(frame.area().height.saturating_sub(1));
            first = first.min(cursor).max((cursor + 1).saturating_sub(height));
            let rows = (first..ROWS.min(first + height)).map(|i| {
                let style = if i == cursor { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
                Row::new([format!("row {i}"), format!("name-{i}.example.com"), format!("{}", i * 7 % 365)]).style(style)
            });
            let widths = [Constraint::Length(14), Constraint::Fill(1), Constraint::Length(6)];
            let table = Table::new(rows, widths).header(Row::new(["HELLO", "NAME", "LEFT"]));
            frame.render_widget(table, frame.area());
        })?;
        if let Event::Key(key) = event::read()? {
            match key.code {
                KeyCode::Char('q') => return Ok(()),
                KeyCode::Char('j') | KeyCode::Down => cursor = (cursor + 1).min(ROWS - 1),
                KeyCode::Char('k') | KeyCode::Up => cursor = cursor.saturating_sub(1),
                KeyCode::Char('G') => cursor = ROWS - 1,
                KeyCode::Char('g') => cursor = 0,
                _ => {}
            }
        }
    }
}
