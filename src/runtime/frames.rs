//! Frames: drawn into a buffer, sent as one write. What a slow terminal does not take at once is sent by a thread of its
//! own, and frames are dropped meanwhile.

use std::{
    fmt, io,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crossterm::{
    Command,
    clipboard::CopyToClipboard,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{TerminalOptions, Viewport, backend::TestBackend, buffer::Buffer, layout::Rect};
use tokio::sync::Notify;

use super::{ink::Ink, tty};
use crate::{app::App, domain::Clean, flow::Alert};

/// Where frames go.
pub trait Frames {
    /// False while the last frame is still on its way: the next one is drawn later.
    fn is_ready(&mut self) -> bool;

    /// Draws a frame with `render`.
    fn draw(&mut self, render: &mut dyn FnMut(Rect, &mut Buffer)) -> io::Result<()>;

    /// Puts text on the clipboard of the terminal.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Asks the terminal to tell its desktop something.
    fn alert(&mut self, how: Alert, text: &Clean) -> io::Result<()>;

    /// The terminal has this size now.
    fn resize(&mut self, size: (u16, u16)) -> io::Result<()>;

    /// The screen holds something else now; the next frame is drawn in full.
    fn clear(&mut self) -> io::Result<()>;
}

/// Draws the app and tells it what the frame looked like.
pub fn draw(app: &mut App, frames: &mut dyn Frames) {
    let mut geometry = None;
    let drawn = frames.draw(&mut |area, buf| geometry = Some(app.render(area, buf)));
    // A terminal that takes no frame is gone; the signal that ends the program is on its way.
    if let (Ok(()), Some(geometry)) = (drawn, geometry) {
        app.drawn(geometry);
    }
}

/// The real terminal.
pub struct Screen {
    terminal: ratatui::Terminal<Ink>,
    /// Takes frames that wait for the terminal, with how much of them is written. It starts with the first one.
    writer: Option<SyncSender<(String, usize)>>,
    returned: SyncSender<String>,
    done: Receiver<String>,
    spare: String,
    idle: bool,
    /// The newest text to be copied; it goes with the next frame, so that one writer sends whole sequences.
    copy: Option<String>,
    /// What the desktop is to be told with the next frame, as the terminal takes it.
    alert: String,
    /// The terminal is asked for its background behind the next frame.
    asks_background: bool,
    /// The size that the next frame has, when it is another.
    size: Option<(u16, u16)>,
    /// Wakes the loop when a frame has been written that had to wait.
    pub written: Arc<Notify>,
}

impl Screen {
    /// A screen of that size; `ascii` when the terminal takes nothing else.
    pub fn new(size: (u16, u16), ascii: bool) -> Self {
        let viewport = Viewport::Fixed(area(size));
        let Ok(terminal) = ratatui::Terminal::with_options(Ink::new(size, ascii), TerminalOptions { viewport });
        let (returned, done) = sync_channel::<String>(2);
        Self {
            terminal,
            writer: None,
            returned,
            done,
            spare: String::new(),
            idle: true,
            copy: None,
            alert: String::new(),
            asks_background: false,
            size: None,
            written: Arc::new(Notify::new()),
        }
    }

    /// Sends a frame; what the terminal does not take now is left to the writer.
    fn send(&mut self, mut frame: String) -> io::Result<()> {
        let written = tty::write_some(frame.as_bytes())?;
        if written == frame.len() {
            frame.clear();
            self.spare = frame;
            return Ok(());
        }
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => writer(self.returned.clone(), Arc::clone(&self.written))?,
        };
        self.idle = false;
        let sent = writer.send((frame, written));
        self.writer = Some(writer);
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Asks the terminal for its background (xterm, OSC 11) behind the next frame; the answer comes as input.
    pub const fn ask_background(&mut self) {
        self.asks_background = true;
    }

    /// The size that the next frame has.
    pub fn size(&self) -> (u16, u16) {
        self.size.unwrap_or_else(|| self.terminal.backend().extent())
    }

    fn returned(&mut self, buffer: String) {
        self.spare = buffer;
        self.idle = true;
    }

    /// Waits at most `limit` for the last frame to be written.
    pub fn finish(&mut self, limit: Duration) {
        if !self.idle
            && let Ok(buffer) = self.done.recv_timeout(limit)
        {
            self.returned(buffer);
        }
    }
}

/// Starts the thread that waits for the terminal.
fn writer(returned: SyncSender<String>, wake: Arc<Notify>) -> io::Result<SyncSender<(String, usize)>> {
    let (writer, frames) = sync_channel::<(String, usize)>(1);
    thread::Builder::new().name("screen".to_owned()).spawn(move || {
        while let Ok((mut frame, written)) = frames.recv() {
            // The other end may be gone; then there is nobody to tell.
            let _ = tty::write(frame.as_bytes().get(written..).unwrap_or_default());
            frame.clear();
            if returned.send(frame).is_err() {
                return;
            }
            wake.notify_one();
        }
    })?;
    Ok(writer)
}

const fn area((width, height): (u16, u16)) -> Rect {
    Rect { x: 0, y: 0, width, height }
}

impl Frames for Screen {
    fn is_ready(&mut self) -> bool {
        if let Ok(buffer) = self.done.try_recv() {
            self.returned(buffer);
        }
        self.idle
    }

    fn draw(&mut self, render: &mut dyn FnMut(Rect, &mut Buffer)) -> io::Result<()> {
        if let Some(text) = self.copy.take() {
            self.terminal.backend_mut().put(Ansi(CopyToClipboard::to_clipboard_from(text)));
        }
        self.terminal.backend_mut().put(std::mem::take(&mut self.alert));
        self.terminal.backend_mut().put(Ansi(BeginSynchronizedUpdate));
        if let Some(size) = self.size.take() {
            self.terminal.backend_mut().resize(size);
            let Ok(()) = self.terminal.resize(area(size));
        }
        let Ok(_) = self.terminal.draw(|frame| render(frame.area(), frame.buffer_mut()));
        self.terminal.backend_mut().put(Ansi(EndSynchronizedUpdate));
        if std::mem::take(&mut self.asks_background) {
            self.terminal.backend_mut().put("\u{1b}]11;?\u{1b}\\");
        }
        let frame = self.terminal.backend_mut().take(std::mem::take(&mut self.spare));
        self.send(frame)
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copy = Some(text.to_owned());
        Ok(())
    }

    fn alert(&mut self, how: Alert, text: &Clean) -> io::Result<()> {
        // Several of one frame would flood the desktop: the newest is told.
        self.alert = sequence(how, text);
        Ok(())
    }

    fn resize(&mut self, size: (u16, u16)) -> io::Result<()> {
        self.size = Some(size);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        let Ok(()) = self.terminal.clear();
        Ok(())
    }
}

/// Longest text for the desktop, characters.
const ALERT: usize = 160;

/// The sequence that tells the desktop; the text has no controls, and no sign that divides the fields of one.
fn sequence(how: Alert, text: &Clean) -> String {
    let text: String = text.chars().map(|c| if c == ';' { ',' } else { c }).take(ALERT).collect();
    match how {
        Alert::Osc9 => format!("\u{1b}]9;certdeck: {text}\u{1b}\\"),
        Alert::Osc777 => format!("\u{1b}]777;notify;certdeck;{text}\u{1b}\\"),
        Alert::Bell => "\u{7}".to_owned(),
    }
}

/// A command of the terminal library as its bytes.
struct Ansi<C>(C);

impl<C: Command> fmt::Display for Ansi<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_ansi(f)
    }
}

/// Frames in memory, for tests.
pub struct Headless {
    terminal: ratatui::Terminal<TestBackend>,
    /// What was copied.
    pub copied: Vec<String>,
    /// What the desktop was told.
    pub alerts: Vec<(Alert, Clean)>,
    /// How many frames were drawn.
    pub frames: usize,
}

impl Headless {
    /// A screen of that size.
    pub fn new((width, height): (u16, u16)) -> io::Result<Self> {
        let terminal = ratatui::Terminal::new(TestBackend::new(width, height)).map_err(io::Error::other)?;
        Ok(Self { terminal, copied: Vec::new(), alerts: Vec::new(), frames: 0 })
    }

    /// The last frame.
    pub fn buffer(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }
}

impl Frames for Headless {
    fn is_ready(&mut self) -> bool {
        true
    }

    fn draw(&mut self, render: &mut dyn FnMut(Rect, &mut Buffer)) -> io::Result<()> {
        self.frames += 1;
        self.terminal.draw(|frame| render(frame.area(), frame.buffer_mut())).map_err(io::Error::other)?;
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.push(text.to_owned());
        Ok(())
    }

    fn alert(&mut self, how: Alert, text: &Clean) -> io::Result<()> {
        self.alerts.push((how, text.clone()));
        Ok(())
    }

    fn resize(&mut self, (width, height): (u16, u16)) -> io::Result<()> {
        self.terminal.backend_mut().resize(width, height);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.terminal.clear().map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_desktop_is_told_has_one_beginning_and_one_end() {
        let hostile = Clean::new("Weekly\u{1b}\\\u{7};orders\u{9c}\n is READY");
        let text = "Weekly^[\\^G,orders<U+009C>^J is READY";
        assert_eq!(sequence(Alert::Osc9, &hostile), format!("\u{1b}]9;certdeck: {text}\u{1b}\\"));
        assert_eq!(sequence(Alert::Osc777, &hostile), format!("\u{1b}]777;notify;certdeck;{text}\u{1b}\\"));
        assert_eq!(sequence(Alert::Bell, &hostile), "\u{7}");
        let long = Clean::new(&"n".repeat(4_000));
        assert!(sequence(Alert::Osc9, &long).len() < 200);
    }
}
