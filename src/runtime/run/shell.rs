//! The loop on the real terminal: its signals, its size, and giving it to the shell and back.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        Contexts, Editor,
        frames::{Frames as _, Screen},
        hangup::Line,
        input,
        input::Gate,
        signals::{self, Caught, Signals},
        terminal,
    },
    Ending, Runtime,
};
use crate::{
    app::App,
    domain::{Failure, FailureKind},
    flow::Msg,
};

/// How long the last frame may take to be written before it is given up.
const LAST_FRAME: Duration = Duration::from_millis(300);
/// The number of the signal that says so.
const HANGUP: u8 = 1;

/// What the loop needs before the terminal is touched: a signal that came in between would leave it in its modes.
pub struct Here {
    runtime: tokio::runtime::Runtime,
    signals: Signals,
}

impl Here {
    /// The runtime of the loop and its signals.
    pub fn new() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| internal(&e))?;
        let context = runtime.enter();
        let signals = Signals::new().map_err(|error| internal(&error))?;
        drop(context);
        Ok(Self { runtime, signals })
    }
}

fn internal(error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Internal, format!("the loop cannot start ({})", error.kind()))
}

/// The thread of the calls. Calls only read: none is worth waiting for, not even after a panic.
struct Worker(Option<tokio::runtime::Runtime>);

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The loop on the real terminal.
pub fn terminal_loop(app: App, screen: Screen, contexts: Arc<dyn Contexts>, here: Here) -> Result<Ending, Failure> {
    let worker = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("calls")
        .thread_stack_size(1 << 20)
        // A thread of the sorting that waits longer would wake an idle program only to end.
        .thread_keep_alive(Duration::from_secs(1))
        .enable_all()
        .build()
        .map_err(|error| internal(&error))?;
    let calls = worker.handle().clone();
    let worker = Worker(Some(worker));
    let written = Arc::clone(&screen.written);
    let Here { runtime: here, mut signals } = here;
    let ending = here.block_on(async {
        let mut runtime = Runtime::new(app, screen, calls, contexts);
        // First what others have to do, then what waits for the user.
        runtime.start();
        let mut line = Line::new().map_err(|error| internal(&error))?;
        let gate = Gate::default();
        let mut reader = input::spawn(runtime.queue(), gate.clone()).map_err(|error| internal(&error))?;
        // A change between the first frame and the watch for it.
        if terminal::size().is_ok_and(|size| size != runtime.frames.size()) {
            resize(&mut runtime);
        }
        loop {
            let caught = tokio::select! {
                biased;
                caught = signals.next() => Some(caught),
                () = line.cut() => Some(Caught::End(HANGUP)),
                _ = &mut reader => return Err(Failure::new(FailureKind::Internal, "keys cannot be read any more")),
                () = runtime.step() => None,
                () = written.notified() => {
                    runtime.draw_if_due();
                    None
                }
            };
            match caught {
                Some(Caught::End(number)) => runtime.ending = Some(Ending::Signal(number)),
                Some(Caught::Stop) => runtime.suspend = true,
                Some(Caught::Continue) => resume(&mut runtime),
                Some(Caught::Resize) => {
                    resize(&mut runtime);
                    runtime.draw_if_due();
                }
                None => {}
            }
            if std::mem::take(&mut runtime.suspend) {
                suspend(&mut runtime, &mut signals).await;
            }
            if let Some(text) = runtime.edit.take() {
                edit(&mut runtime, &mut signals, &gate, &text).await;
            }
            if let Some(ending) = runtime.ending {
                runtime.frames.finish(LAST_FRAME);
                return Ok(ending);
            }
        }
    });
    terminal::restore();
    drop(worker);
    here.shutdown_background();
    ending
}

/// Gives the terminal back and stops; draws nothing until the program is continued.
async fn suspend(runtime: &mut Runtime<Screen>, signals: &mut Signals) {
    runtime.frames.finish(LAST_FRAME);
    terminal::restore();
    signals::stop_here();
    loop {
        match signals.next().await {
            Caught::Continue => return resume(runtime),
            Caught::End(number) => {
                runtime.ending = Some(Ending::Signal(number));
                return;
            }
            Caught::Stop => signals::stop_here(),
            Caught::Resize => {}
        }
    }
}

/// Gives the terminal to the editor of the user until it ends, and takes it back.
async fn edit(runtime: &mut Runtime<Screen>, signals: &mut Signals, gate: &Gate, text: &str) {
    let editor = match Editor::of(text, runtime.contexts.key_variables()) {
        Ok(editor) if gate.close() => editor,
        Ok(_) => {
            let failure = Failure::new(FailureKind::Internal, "the editor was not opened: keys are still being read");
            return runtime.handle(Msg::Edited(Err(failure.hint("the same key tries again"))));
        }
        Err(failure) => return runtime.handle(Msg::Edited(Err(failure))),
    };
    runtime.frames.finish(LAST_FRAME);
    terminal::restore();
    let ended = wait(&editor, runtime, signals).await;
    gate.open();
    if runtime.ending.is_none() {
        resume(runtime);
        runtime.handle(Msg::Edited(editor.text(ended)));
    }
}

/// Waits for the editor. Keys that interrupt or stop are of the editor; what ends the program ends it too.
async fn wait(
    editor: &Editor,
    runtime: &mut Runtime<Screen>,
    signals: &mut Signals,
) -> std::io::Result<std::process::ExitStatus> {
    let mut child = tokio::process::Command::from(editor.command()).kill_on_drop(true).spawn()?;
    loop {
        let caught = tokio::select! {
            ended = child.wait() => return ended,
            caught = signals.next() => caught,
        };
        match caught {
            Caught::End(2 | 3) | Caught::Continue | Caught::Resize => {}
            Caught::Stop => signals::stop_here(),
            Caught::End(number) => {
                runtime.ending = Some(Ending::Signal(number));
                return Err(std::io::ErrorKind::Interrupted.into());
            }
        }
    }
}

/// Continued: whoever had the terminal meanwhile may have changed its modes and what stands on it.
fn resume(runtime: &mut Runtime<Screen>) {
    terminal::restore();
    let entered = terminal::enter();
    let _ = runtime.frames.clear();
    if entered.is_ok() {
        resize(runtime);
    }
    runtime.handle(Msg::Resumed);
}

/// Asks the system for the size, which a signal does not tell. Also the same size is drawn anew: the terminal may have
/// had another one in between, which took cells away.
fn resize(runtime: &mut Runtime<Screen>) {
    if let Ok((columns, rows)) = terminal::size() {
        runtime.handle(Msg::Resize(columns, rows));
    }
}
