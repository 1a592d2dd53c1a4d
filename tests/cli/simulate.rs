use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use super::bench::{Home, Run};

/// Ends the simulator with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(home: &Home, words: &[&str]) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certdeck"));
    command.args(["simulator", "--listen", "127.0.0.1:0"]).args(words).env_clear().current_dir(home.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    let running = Running(child);
    let mut text = String::new();
    for line in BufReader::new(out).lines() {
        let line = line.unwrap();
        text.extend([line.as_str(), "\n"]);
        // The last line of the file.
        if line.contains("CERTDECK_SIM_ONE") && !line.starts_with('#') {
            break;
        }
    }
    (running, text)
}

fn run(home: &Home, file: &str, words: &[&str]) -> Run {
    let mut command = home.command();
    for line in file.lines() {
        if let Some((name, key)) = line.strip_prefix("#   export ").and_then(|line| line.split_once('=')) {
            command.env(name, key);
        }
    }
    Run::of(&command.args(words).args(["--config", "sim.toml"]).output().unwrap())
}

#[test]
fn what_the_simulator_prints_is_a_configuration_for_it() {
    let home = Home::new();
    let (_running, file) = start(&home, &[]);
    home.file("sim.toml", &file, 0o600);
    let check = run(&home, &file, &["config", "check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let doctor = run(&home, &file, &["doctor"]);
    assert_eq!(doctor.code, 0, "{}{}", doctor.out, doctor.err);
    let list = run(&home, &file, &["acme", "list", "-o", "csv"]);
    assert_eq!(list.code, 0, "{}", list.err);
    assert!(list.out.lines().count() > 100);
}

#[test]
fn a_fault_file_makes_the_simulator_misbehave() {
    let home = Home::new();
    let faults = "[switches]\nlist_shape = \"bare\"\n[[rule]]\npath = \"/certificate-authority/api/v1/ca\"\nfault = { kind = \"status\", status = 403 }\n";
    home.file("faults.toml", faults, 0o600);
    let (_running, file) = start(&home, &["--faults", "faults.toml"]);
    home.file("sim.toml", &file, 0o600);
    run(&home, &file, &["ca", "tree"]).refused(5, "");
    assert_eq!(run(&home, &file, &["report", "list"]).code, 0);
    home.file("faults.toml", "[[rule]]\npth = \"/\"\n", 0o600);
    home.run(&["simulator", "--listen", "127.0.0.1:0", "--faults", "faults.toml"])
        .refused(2, "faults.toml: line 2: unknown field");
    home.run(&["simulator", "--faults", "none.toml"]).refused(2, "none.toml: cannot be read");
    home.run(&["simulator", "--listen", "203.0.113.9:0"]).refused(7, "the simulator cannot listen on 203.0.113.9:0");
}
