//! Frames: drawn into a buffer, sent as one write by a thread of their own, dropped while the terminal is slow.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
    sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    thread,
    time::Duration,
};

use crossterm::{
    clipboard::CopyToClipboard,
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    TerminalOptions, Viewport,
    backend::{CrosstermBackend, TestBackend},
    buffer::Buffer,
    layout::Rect,
};
use tokio::sync::Notify;

use crate::app::App;

/// Where frames go.
pub trait Frames {
    /// False while the last frame is still on its way: the next one is drawn later.
    fn is_ready(&mut self) -> bool;

    /// Draws a frame with `render`.
    fn draw(&mut self, render: &mut dyn FnMut(Rect, &mut Buffer)) -> io::Result<()>;

    /// Puts text on the clipboard of the terminal.
    fn copy(&mut self, text: &str) -> io::Result<()>;

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

/// Collects the bytes of a frame.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The real terminal.
pub struct Screen {
    terminal: ratatui::Terminal<CrosstermBackend<Bytes>>,
    bytes: Bytes,
    writer: SyncSender<Vec<u8>>,
    done: Receiver<Vec<u8>>,
    spare: Option<Vec<u8>>,
    idle: Rc<RefCell<bool>>,
    /// Wakes the loop when a frame has been written.
    pub written: std::sync::Arc<Notify>,
}

impl Screen {
    /// A screen of that size, and its writer.
    pub fn new((width, height): (u16, u16)) -> io::Result<Self> {
        let bytes = Bytes::default();
        let viewport = Viewport::Fixed(Rect { x: 0, y: 0, width, height });
        let terminal =
            ratatui::Terminal::with_options(CrosstermBackend::new(bytes.clone()), TerminalOptions { viewport })?;
        let (writer, frames) = sync_channel::<Vec<u8>>(1);
        let (returned, done) = sync_channel::<Vec<u8>>(2);
        let written = std::sync::Arc::new(Notify::new());
        let wake = std::sync::Arc::clone(&written);
        thread::Builder::new().name("screen".to_owned()).spawn(move || {
            while let Ok(mut frame) = frames.recv() {
                let mut stdout = io::stdout().lock();
                // The other end may be gone; then there is nobody to tell.
                let _ = stdout.write_all(&frame).and_then(|()| stdout.flush());
                drop(stdout);
                frame.clear();
                if returned.send(frame).is_err() {
                    return;
                }
                wake.notify_one();
            }
        })?;
        let idle = Rc::new(RefCell::new(true));
        Ok(Self { terminal, bytes, writer, done, spare: Some(Vec::new()), idle, written })
    }

    fn send(&mut self) -> io::Result<()> {
        let mut out = self.spare.take().unwrap_or_default();
        std::mem::swap(&mut out, &mut *self.bytes.0.borrow_mut());
        *self.idle.borrow_mut() = false;
        self.writer.send(out).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Waits at most `limit` for the last frame to be written.
    pub fn finish(&mut self, limit: Duration) {
        if !*self.idle.borrow() {
            let _ = self.done.recv_timeout(limit);
        }
    }
}

impl Frames for Screen {
    fn is_ready(&mut self) -> bool {
        match self.done.try_recv() {
            Ok(buffer) => {
                self.spare = Some(buffer);
                *self.idle.borrow_mut() = true;
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
        }
        *self.idle.borrow()
    }

    fn draw(&mut self, render: &mut dyn FnMut(Rect, &mut Buffer)) -> io::Result<()> {
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| render(frame.area(), frame.buffer_mut()))?;
        queue!(self.bytes, EndSynchronizedUpdate)?;
        self.send()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        // Waits for its turn with the next frame: one writer, whole sequences.
        queue!(self.bytes, CopyToClipboard::to_clipboard_from(text))
    }

    fn resize(&mut self, (width, height): (u16, u16)) -> io::Result<()> {
        self.terminal.resize(Rect { x: 0, y: 0, width, height })
    }

    fn clear(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }
}

/// Frames in memory, for tests.
pub struct Headless {
    terminal: ratatui::Terminal<TestBackend>,
    /// What was copied.
    pub copied: Vec<String>,
    /// How many frames were drawn.
    pub frames: usize,
}

impl Headless {
    /// A screen of that size.
    pub fn new((width, height): (u16, u16)) -> io::Result<Self> {
        let terminal = ratatui::Terminal::new(TestBackend::new(width, height)).map_err(io::Error::other)?;
        Ok(Self { terminal, copied: Vec::new(), frames: 0 })
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

    fn resize(&mut self, (width, height): (u16, u16)) -> io::Result<()> {
        self.terminal.backend_mut().resize(width, height);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.terminal.clear().map_err(io::Error::other)
    }
}
