//! What becomes of keys when things go wrong.

use std::{os::unix::process::ExitStatusExt as _, process::Stdio};

use certdeck::simulator::{Fault, FaultPlan, Options, Simulator};

use super::bench::Home;

const CANARY: &str = "canary-3fd07be1";

fn one(base: &str, key: &str) -> String {
    format!("[context.lab]\nenvironment = \"demo\"\n[context.lab.one]\nurl = \"{base}\"\nkey = {key}\n")
}

#[cfg(target_os = "linux")]
#[test]
fn c08_an_abnormal_end_leaves_no_core_and_no_key() {
    let silent = Options { faults: FaultPlan::always("/", Fault::Silence), ..Options::default() };
    let simulator = Simulator::spawn(silent).unwrap();
    let home = Home::new();
    home.file("c.toml", &one(&format!("http://{}", simulator.addr()), "{ env = \"ONE\" }"), 0o600);
    // A shell that allows cores, as far as this machine lets it.
    let line =
        format!("ulimit -S -c \"$(ulimit -H -c)\"; exec {} ca tree --config c.toml", env!("CARGO_BIN_EXE_certdeck"));
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &line]).env_clear().env("PATH", "/usr/bin:/bin").env("ONE", CANARY).env("RUST_LOG", "trace");
    shell.env("RUST_BACKTRACE", "full").current_dir(home.path());
    let child = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while simulator.control().requests().is_empty() {
        std::thread::yield_now();
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::ABORT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{}", output.status);
    assert!(!output.status.core_dumped());
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(CANARY), "{}", String::from_utf8_lossy(text));
    }
    let files: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["c.toml"]);
}
