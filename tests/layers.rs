//! The layer table: imports point down only.
#![expect(clippy::expect_used, reason = "a test ends where the sources cannot be read")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What a module may import of the crate. Tests of a module may use more.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("priority", &[]),
    ("config", &["domain"]),
    ("client", &["config", "domain"]),
    ("present", &["domain"]),
    ("table", &["domain"]),
    ("flow", &["table", "present", "domain"]),
    ("store", &["priority", "domain"]),
    ("writes", &["client", "store", "domain"]),
    ("downloads", &["client", "table", "domain"]),
    ("audit", &["client", "store", "downloads", "table", "domain"]),
    ("keymap", &["flow", "present", "domain"]),
    ("ui", &["flow", "present", "domain"]),
    ("screens", &["ui", "flow", "table", "present", "domain"]),
    ("app", &["screens", "keymap", "ui", "flow", "table", "present", "domain"]),
    (
        "runtime",
        &[
            "app",
            "screens",
            "keymap",
            "ui",
            "flow",
            "table",
            "present",
            "audit",
            "writes",
            "downloads",
            "client",
            "store",
            "config",
            "priority",
            "domain",
        ],
    ),
    (
        "cli",
        &[
            "runtime",
            "keymap",
            "table",
            "present",
            "audit",
            "writes",
            "downloads",
            "client",
            "store",
            "config",
            "domain",
            "simulator",
        ],
    ),
    ("simulator", &[]),
];

/// Crates that only some modules may name.
const CRATES: &[(&str, &[&str])] = &[
    ("reqwest", &["client/transport", "client/tls"]),
    // Its queues alone, which need no runtime.
    ("tokio", &["client", "audit", "writes", "downloads", "runtime", "simulator", "cli", "store/thread"]),
    ("rusqlite", &["store"]),
    ("ratatui", &["ui", "screens", "app", "runtime"]),
    ("crossterm", &["runtime"]),
    ("clap", &["cli"]),
    ("axum", &["simulator"]),
    ("rcgen", &["simulator"]),
    ("calamine", &["table"]),
    ("rayon", &["flow/arrange", "present/column", "priority", "table/sort"]),
    // The simulator has a module of that name.
    ("zip", &["table", "simulator"]),
];

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The program text of a file: no comments, and nothing of its tests.
fn program(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let tests = ["#[cfg(test)]", "#[cfg(all(test"].iter().filter_map(|mark| text.find(mark)).min();
    let end = tests.unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths
        .iter()
        .filter(|path| path.file_stem().is_none_or(|stem| stem != "tests"))
        .map(|path| (path.strip_prefix(&root).expect("below src").to_string_lossy().into_owned(), program(path)))
        .collect()
}

/// Modules of the crate that a text names, in `crate::x` and in `use crate::{x, y::z}`.
fn named(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + 7..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => out.push(std::mem::take(&mut item)),
                    _ if depth == 0 => item.push(c),
                    _ => {}
                }
            }
            out.push(item);
        } else {
            out.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    out.into_iter().map(|item| item.trim().split("::").next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn imports_point_down() {
    let sources = sources();
    assert!(sources.len() > 100, "the sources were found: {}", sources.len());
    let mut seen = BTreeMap::new();
    for (file, text) in &sources {
        let module = file.split(['/', '.']).next().unwrap_or_default();
        if matches!(module, "main" | "lib") {
            continue;
        }
        let allowed = LAYERS.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("{module} has no line in the table"));
        for target in named(text) {
            if target.is_empty() || target == module || !LAYERS.iter().any(|(name, _)| *name == target) {
                continue;
            }
            assert!(allowed.contains(&target.as_str()), "{file} imports {target}, which lies above {module}");
            *seen.entry((module.to_owned(), target)).or_insert(0) += 1;
        }
    }
    assert!(seen.contains_key(&("runtime".to_owned(), "client".to_owned())), "the reader finds imports: {seen:?}");
}

#[test]
fn screens_do_not_know_each_other() {
    let screens = ["home", "acme", "cas", "reports", "audit", "changes"];
    for (file, text) in sources() {
        let Some(of) = screens.iter().find(|screen| file.starts_with(&format!("screens/{screen}/"))) else { continue };
        for other in screens.iter().filter(|other| *other != of) {
            assert!(!text.contains(&format!("screens::{other}")), "{file} knows {other}");
            assert!(!text.contains(&format!("super::{other}::")), "{file} knows {other}");
        }
    }
}

#[test]
fn crates_stay_behind_their_doors() {
    for (file, text) in sources() {
        for (name, doors) in CRATES {
            let names = text.contains(&format!("{name}::")) && !text.contains(&format!("_{name}::"));
            assert!(!names || doors.iter().any(|door| file.starts_with(door)), "{file} names {name}");
        }
    }
}

/// Invariant: text reaches a cell only by calls that drop controls, and the terminal only by the frame writer.
#[test]
fn raw_ways_to_the_terminal_are_not_used() {
    for (file, text) in sources() {
        for call in [".set_symbol(", ".set_char(", "SetTitle"] {
            assert!(!text.contains(call), "{file} calls {call}");
        }
        if !file.starts_with("cli/") && !file.starts_with("simulator/") {
            for call in ["print!(", "println!(", "eprint!(", "eprintln!(", "dbg!("] {
                assert!(!text.contains(call), "{file} calls {call}");
            }
        }
    }
}

#[test]
fn unsafe_code_stands_in_one_place() {
    let sources = sources();
    let has = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
    let places: Vec<&String> = sources.iter().filter(|(_, text)| has(text)).map(|(path, _)| path).collect();
    assert_eq!(places, ["cli/sys.rs"]);
}

/// Invariant: time, transport and randomness are injected; functions have no second form for tests.
#[test]
fn functions_have_no_form_for_tests() {
    for (file, text) in sources() {
        assert!(!text.contains("cfg!(test)"), "{file} asks whether it is tested");
    }
}

/// Invariant: the same state and the same moment give the same frame, so what draws reads no clock.
#[test]
fn what_draws_reads_no_clock() {
    for (file, text) in sources() {
        if ["ui/", "screens/", "app/", "flow/", "present/", "domain/"].iter().any(|part| file.starts_with(part)) {
            for call in ["Timestamp::now(", "Instant::now(", "SystemTime::now(", "Mutex<", "RefCell<", "Cell<"] {
                let allowed = call == "Cell<" && text.matches("Cell<").count() == text.matches("RefCell<").count();
                assert!(allowed || !text.contains(call), "{file} uses {call}");
            }
        }
    }
}

/// The documentation names the test that guards each invariant; a test that was renamed or removed shows here.
#[test]
fn every_test_that_the_documentation_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(&root.join("src"), &mut paths);
    files(&root.join("tests"), &mut paths);
    let all: String = paths.iter().map(|path| fs::read_to_string(path).expect("a source file")).collect();
    let documentation = fs::read_to_string(root.join("src/lib.rs")).expect("the documentation");
    let invariants = documentation.split("# Invariants").nth(1).expect("the invariants");
    let mut named = 0;
    for line in invariants.lines().filter(|line| line.starts_with("//!     ") || line.starts_with("//!    `")) {
        for test in line.split('`').skip(1).step_by(2) {
            assert!(all.contains(&format!("fn {test}()")), "{test} is named, and is not there");
            named += 1;
        }
    }
    for number in 1..=14 {
        assert!(invariants.contains(&format!("//! {number}. ")), "invariant {number} is missing");
    }
    assert!(named > 20, "the names were found: {named}");
}
