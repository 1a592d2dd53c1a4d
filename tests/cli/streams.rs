use std::io::Read as _;

use super::bench::{Home, Run};

#[test]
fn a_command_line_that_cannot_be_read_is_exit_2() {
    let home = Home::new();
    for words in [
        &["acmee"][..],
        &["acme"],
        &["acme", "show"],
        &["--nope"],
        &["audit", "list", "--since", "yesterday", "--demo"],
    ] {
        let run = home.run(words);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{words:?}: {}", run.err);
        assert!(!run.err.is_empty());
    }
    let run = home.run(&["acme", "nothing", "-o", "json"]);
    run.refused(2, "{\"error\":{");
    let run = home.run(&["\u{1b}]0;x\u{7}"]);
    assert_eq!(run.code, 2);
}

#[test]
fn c07_no_key_is_taken_from_the_command_line() {
    let home = Home::new();
    let lines = [
        &["--api-key", "canary-7b1e44"][..],
        &["--api-key=canary-7b1e44"],
        &["acme", "list", "--key", "canary-7b1e44"],
        &["auth", "set", "one", "--token", "canary-7b1e44"],
        &["auth", "set", "one", "canary-7b1e44"],
        &["auth", "set", "canary-7b1e44"],
        &["auth", "canary-7b1e44"],
    ];
    for words in lines {
        for form in ["table", "json"] {
            let run = home.run(&[words, &["-o", form]].concat());
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{words:?}");
            assert!(run.err.contains("a key is never taken from the command line"), "{}", run.err);
            assert!(!run.err.contains("canary"), "{}", run.err);
        }
    }
    assert!(home.run(&["--help"]).out.contains("Keys are never taken from the command line"));
}

#[test]
fn the_papers_are_data() {
    let home = Home::new();
    for (words, start) in [
        (&["completions", "bash"][..], "_certdeck"),
        (&["completions", "zsh"], "#compdef certdeck"),
        (&["man"], ".ie"),
        (&["keys"], "| keys"),
        (&["--version"], "certdeck "),
        (&["--help"], "One calm terminal"),
    ] {
        let run = home.run(words);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{words:?}");
        assert!(run.out.starts_with(start), "{words:?}: {:?}", run.out.get(..60));
    }
}

#[test]
fn u01_the_dashboard_needs_three_terminals() {
    let home = Home::new();
    let run = home.run(&[]);
    run.refused(3, "the dashboard needs a terminal, and stdin is none");
    for (redirect, name) in [("</dev/null", "stdin"), ("| cat", "stdout"), ("2>err", "stderr")] {
        let shown = in_terminal(&home, &format!("{} {redirect}; cat err 2>/dev/null", env!("CARGO_BIN_EXE_certdeck")));
        assert!(shown.contains(&format!("needs a terminal, and {name} is none")), "{redirect}: {shown:?}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
    let code = in_terminal(&home, &format!("{} --demo </dev/null; echo code=$?", env!("CARGO_BIN_EXE_certdeck")));
    assert!(code.contains("code=3"), "{code:?}");
}

/// What a shell line shows in a terminal.
fn in_terminal(home: &Home, line: &str) -> String {
    let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut command = portable_pty::CommandBuilder::new("/bin/sh");
    command.env_clear();
    command.env("HOME", home.path());
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm-256color");
    command.cwd(home.path());
    command.args(["-c", line]);
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut shown = Vec::new();
    // The terminal ends with an error on Linux (EIO).
    let _ = pty.master.try_clone_reader().unwrap().read_to_end(&mut shown);
    child.wait().unwrap();
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn u07_a_closed_pipe_ends_quietly() {
    let home = Home::new();
    for words in [&["config", "template"][..], &["completions", "bash"], &["man"], &["keys"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certdeck"));
        let child = command.args(words).env_clear().env("HOME", home.path()).stdout(writer);
        let output = child.stderr(std::process::Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        let run = Run::of(&output);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{words:?}");
    }
}
