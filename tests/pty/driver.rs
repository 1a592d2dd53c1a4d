//! A program in a pseudo-terminal that records every byte, waits for what the screen shows, and answers nothing.

use std::{
    io::{Read as _, Write},
    num::NonZeroU16,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take to show.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long the program may take to end.
pub const END: Duration = Duration::from_secs(1);

/// What is started, and where.
pub struct Setup {
    command: CommandBuilder,
    size: (u16, u16),
    drip: Option<Duration>,
    home: tempfile::TempDir,
}

/// What the terminal was told besides text.
#[derive(Default)]
pub struct Told {
    pub titles: Vec<String>,
    pub copied: Vec<Vec<u8>>,
}

impl vt100::Callbacks for Told {
    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, name: &[u8]) {
        self.titles.push(String::from_utf8_lossy(name).into_owned());
    }

    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.titles.push(String::from_utf8_lossy(title).into_owned());
    }

    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        self.copied.push(data.to_vec());
    }
}

/// The program while it runs.
pub struct Session {
    master: Option<Box<dyn MasterPty + Send>>,
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    chunks: Receiver<Vec<u8>>,
    deaf: Arc<AtomicBool>,
    /// Every byte so far.
    pub bytes: Vec<u8>,
    pub terminal: vt100::Parser<Told>,
    before: String,
    size: (u16, u16),
    _home: tempfile::TempDir,
}

impl Setup {
    /// The dashboard of the demo on a terminal with 24-bit colours.
    pub fn demo() -> Self {
        Self::program(env!("CARGO_BIN_EXE_certdeck"), &["--demo"])
    }

    /// Another program, in an environment that holds nothing else.
    pub fn program(path: &str, words: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(path);
        command.env_clear();
        command.args(words);
        command.cwd(home.path());
        let folders = [("HOME", ""), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")];
        for (name, folder) in folders.into_iter().chain([("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")]) {
            command.env(name, home.path().join(folder));
        }
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")] {
            command.env(name, value);
        }
        command.env("PATH", "/usr/bin:/bin");
        Self { command, size: (120, 40), drip: None, home }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Another folder to start in.
    #[cfg(target_os = "linux")]
    pub fn folder(mut self, path: &Path) -> Self {
        self.command.cwd(path);
        self
    }

    pub const fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// The reader takes 64 bytes and then rests this long.
    pub const fn drip(mut self, rest: Duration) -> Self {
        self.drip = Some(rest);
        self
    }

    /// No signal tells the program that its terminal is gone.
    pub fn not_controlling(mut self) -> Self {
        self.command.set_controlling_tty(false);
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn start(self) -> Session {
        let Self { command, size, drip, home } = self;
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let before = format!("{:?}", pair.master.get_termios());
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, chunks) = channel();
        let deaf = Arc::new(AtomicBool::new(false));
        let ear = Arc::clone(&deaf);
        thread::spawn(move || {
            let mut buffer = vec![0; if drip.is_some() { 64 } else { 1 << 16 }];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if ear.load(Ordering::SeqCst) || sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
                if let Some(rest) = drip {
                    thread::sleep(rest);
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        Session {
            master: Some(pair.master),
            slave: Some(pair.slave),
            writer: Some(writer),
            child,
            chunks,
            deaf,
            bytes: Vec::new(),
            terminal: fresh(size),
            before,
            size,
            _home: home,
        }
    }
}

const fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn fresh((columns, rows): (u16, u16)) -> vt100::Parser<Told> {
    let cells = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    vt100::Parser::new_with_callbacks(cells(rows), cells(columns), 0, Told::default())
}

impl Session {
    /// Types.
    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Takes what was written until `end`; true when anything was.
    fn take(&mut self, end: Instant) -> bool {
        match self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(chunk) => {
                self.terminal.process(&chunk);
                self.bytes.extend(chunk);
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(Duration::from_millis(5));
                false
            }
        }
    }

    /// Waits until `shown` holds.
    pub fn until(&mut self, what: &str, shown: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !shown(self) {
            let next = Instant::now() + Duration::from_millis(20);
            self.take(next);
            assert!(Instant::now() < end, "{what} never came:\n{}", self.text());
        }
    }

    /// Waits until the screen shows `text`.
    pub fn wait(&mut self, text: &str) {
        self.until(text, |session| session.text().contains(text));
    }

    /// Waits until the header stands.
    pub fn open(mut self) -> Self {
        self.until("the header", |session| session.line(0).contains("DEMO"));
        self
    }

    /// Waits until everything has been read; any key takes the greeting away, which stands in the same line.
    pub fn read(self) -> Self {
        let mut session = self.open();
        session.send("1");
        session.wait("All sources read");
        session
    }

    /// Waits until every key sent before has been acted on: `key` has no meaning, and the screen says so.
    pub fn settle(&mut self, key: char) {
        self.send(&key.to_string());
        self.wait(&format!("{key} has no meaning here"));
    }

    /// Leaves what lies above the screen; a key that follows at once would be one with Esc.
    pub fn escape(&mut self, title: &str) {
        self.send("\u{1b}");
        self.until("the overlay to close", |session| !session.text().contains(title));
    }

    pub fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    pub fn line(&self, row: u16) -> String {
        let (_, columns) = self.terminal.screen().size();
        self.terminal.screen().rows(0, columns.get()).nth(usize::from(row)).unwrap_or_default()
    }

    /// The lines between header and notice, which no clock changes.
    pub fn body(&self) -> Vec<String> {
        (1..self.size.1.saturating_sub(3)).map(|row| self.line(row)).collect()
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.terminal = fresh(size);
        self.master.as_ref().unwrap().resize(pty_size(size)).unwrap();
    }

    /// Forgets the screen: what shows from now on was drawn from now on.
    pub fn forget(&mut self) {
        while self.take(Instant::now()) {}
        self.terminal = fresh(self.size);
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap().try_into().unwrap()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// A file of the process in `/proc`.
    pub fn proc(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.pid().as_raw_nonzero())).unwrap_or_default()
    }

    /// The modes of the terminal.
    pub fn modes(&self) -> String {
        format!("{:?}", self.master.as_ref().unwrap().get_termios())
    }

    /// Whether the terminal is as it was before.
    pub fn is_restored(&self) -> bool {
        let screen = self.terminal.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && self.modes() == self.before
            && self.bytes.ends_with(b"\x1b[?25h") | !self.bytes.contains(&0x1b)
    }

    /// Waits for the end, and takes the rest of what was written.
    pub fn ended(&mut self, limit: Duration) -> u32 {
        let end = Instant::now() + limit;
        loop {
            let next = Instant::now() + Duration::from_millis(5);
            self.take(next);
            if let Some(status) = self.child.try_wait().unwrap() {
                // The reader may be behind the program.
                while self.take(Instant::now() + Duration::from_millis(50)) {}
                assert_eq!(status.signal(), None, "killed");
                return status.exit_code();
            }
            assert!(Instant::now() < end, "still running after {limit:?}:\n{}", self.text());
        }
    }

    /// Waits for the end with this code and a terminal as before.
    pub fn ends(&mut self, code: u32) {
        assert_eq!(self.ended(END), code, "{}", self.text());
        assert!(self.is_restored(), "not restored: {:?}", &self.bytes[self.bytes.len().saturating_sub(200)..]);
    }

    /// Takes the terminal away; a key makes the reader let go of it.
    pub fn hang_up(&mut self) {
        self.deaf.store(true, Ordering::SeqCst);
        self.send("Z");
        let end = Instant::now() + PATIENCE;
        while !matches!(self.chunks.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected)) {
            assert!(Instant::now() < end, "no byte after a key");
        }
        (self.writer, self.slave, self.master) = (None, None, None);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
