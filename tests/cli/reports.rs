//! Reports by command: made from a file, edited, run, downloaded, removed.

use certdeck::simulator::{FaultPlan, Options, Simulator, Switches, demo_keys};

use super::{
    bench::Home,
    data::valid,
    decisions::{item, text, writes},
    failures::{home, run, simulator},
};

/// A home that reaches a simulator, and a definition in it.
fn bench() -> (Simulator, Home, String) {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let template = run(&home, &["report", "template"]).out;
    (simulator, home, template)
}

#[test]
fn a_report_is_made_edited_run_fetched_and_removed() {
    let (simulator, home, template) = bench();
    home.file("r.toml", &template.replace("Weekly orders", "Harbor weekly"), 0o600);
    let new = ["report", "new", "-f", "r.toml", "--yes"];
    let dry = item(&home, &["report", "new", "-f", "r.toml", "--dry-run"]);
    assert_eq!((text(&dry, "method"), text(&dry, "path")), ("POST", "/reports/v1/report"));
    assert_eq!(writes(&simulator.control()), 0, "a dry run sends nothing");
    let made = item(&home, &new);
    assert_eq!((text(&made, "outcome"), made["sent"].as_bool()), ("done", Some(true)));
    let id = text(&made, "report_identifier").to_owned();
    let again = run(&home, &new);
    assert!(again.code == 9 && again.err.contains("already"), "{}", again.err);
    let own = run(&home, &["report", "template", &id]).out;
    assert!(own.contains("name = \"Harbor weekly\""), "{own}");
    home.file("e.toml", &own.replace("every = 1", "every = 2"), 0o600);
    let edit = ["report", "edit", "harbor weekly", "-f", "e.toml", "--yes"];
    let edited = run(&home, &edit);
    assert_eq!(edited.code, 0, "{}", edited.err);
    assert!(edited.err.contains("- every = 1") && edited.err.contains("+ every = 2"), "{}", edited.err);
    let same = run(&home, &edit);
    assert!(same.code == 0 && same.err.contains("nothing was changed"), "{}", same.err);
    let ran = item(&home, &["report", "run", &id]);
    let run_id = text(&ran, "report_run_identifier").to_owned();
    run(&home, &["report", "download", &run_id]).refused(1, "no files");
    simulator.control().advance(60);
    let fetched = item(&home, &["report", "download", &run_id]);
    assert_eq!((fetched["complete"].as_bool(), fetched["parts"].as_u64()), (Some(true), Some(1)));
    let file = std::fs::read_to_string(home.path().join(text(&fetched["files"][0], "path"))).unwrap();
    assert!(file.starts_with("order_id,common_name,order_status,validity_end_date\r\n"), "{}", &file[..60]);
    assert_eq!(item(&home, &["report", "download", "Harbor weekly"])["files"], fetched["files"], "it is here already");
    assert_eq!(item(&home, &["report", "kept"]), fetched);
    let kept = valid(&run(&home, &["report", "prune", "-o", "json"]).out);
    assert_eq!(kept["total"], 0, "it is not old");
    assert_eq!(item(&home, &["report", "prune", "--older", "0"]), fetched);
    assert_eq!(valid(&run(&home, &["report", "kept", "-o", "json"]).out)["total"], 0);
    run(&home, &["report", "delete", &id, "--name", "harbor weekly"]).refused(9, "not the name");
    assert_eq!(text(&item(&home, &["report", "delete", &id, "--name", "Harbor weekly"]), "outcome"), "done");
    assert_eq!(writes(&simulator.control()), 4, "made, edited, run, removed");
    evidence_tells(&home, &id);
}

/// What was made, edited, run and removed stands in the journal of this machine, and so does what was not sent again.
fn evidence_tells(home: &Home, report: &str) {
    let list = valid(&run(home, &["evidence", "list", "-o", "json"]).out);
    let changes = list["items"].as_array().unwrap();
    let told: Vec<_> = changes.iter().map(|item| (text(item, "operation"), item["sent"].as_bool().unwrap())).collect();
    let (made, again) = (("create_report", true), ("create_report", false));
    assert_eq!(told, [made, again, ("edit_report", true), ("run_report", true), ("delete_report", true)]);
    for item in changes {
        assert_eq!(text(item, "report_display_name"), "Harbor weekly", "{item}");
        assert_eq!(item["settled"].as_bool(), Some(true), "{item}");
        let of_one = text(item, "operation") == "create_report" || text(item, "report_identifier") == report;
        assert!(of_one && !text(item, "at").is_empty(), "{item}");
        let shown = valid(&run(home, &["evidence", "show", text(item, "intent"), "-o", "json"]).out);
        let kinds: Vec<&str> = shown["items"].as_array().unwrap().iter().map(|entry| text(entry, "kind")).collect();
        if item["sent"].as_bool() == Some(true) {
            assert_eq!(kinds, ["report_intent", "report_sent", "report_answer", "report_outcome"], "{item}");
        } else {
            assert!(kinds.first() == Some(&"report_intent") && !kinds.contains(&"report_sent"), "{kinds:?}");
        }
    }
}

#[test]
fn what_would_be_refused_and_what_nobody_agreed_to_is_not_sent() {
    let (simulator, home, template) = bench();
    home.file("r.toml", &template, 0o600);
    home.file("odd.toml", &template.replace("every = 1", "every = 7"), 0o600);
    home.file("no.toml", "name = 7", 0o600);
    let new = |file| ["report", "new", "-f", file];
    run(&home, &[&new("odd.toml")[..], &["--yes"]].concat()).refused(2, "Every: every 1 or 2 weeks");
    run(&home, &new("no.toml")).refused(2, "line 1");
    run(&home, &new("there-is-none.toml")).refused(2, "there-is-none.toml");
    run(&home, &new("-")).refused(2, "cannot be read");
    let asked = run(&home, &new("r.toml"));
    assert!(asked.code == 3 && asked.err.contains("no terminal to ask on"), "{}", asked.err);
    run(&home, &["report", "delete", "Users and roles"]).refused(3, "no terminal");
    run(&home, &["report", "edit", "Users and roles"]).refused(3, "no terminal");
    run(&home, &["report", "run", "no such report"]).refused(6, "no such report");
    for words in [&["report", "run", "Users and roles"][..], &new("r.toml")] {
        run(&home, &[words, &["--read-only"]].concat()).refused(9, "read-only");
    }
    assert_eq!(writes(&simulator.control()), 0);
}

#[test]
fn the_service_refuses_and_the_column_is_named() {
    let (simulator, home, template) = bench();
    home.file("r.toml", &template.replace("order_id", "no_such_column").replace("Weekly", "Harbor"), 0o600);
    let refused = run(&home, &["report", "new", "-f", "r.toml", "--yes", "-o", "json"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    let item = valid(&refused.out)["items"][0].clone();
    assert!(item["complaints"][0].as_str().unwrap().contains("no_such_column"), "{item}");
    assert_eq!(writes(&simulator.control()), 1);
}

#[test]
fn a_run_is_waited_for_until_it_ends() {
    let switches = Switches { run_seconds: 1, ..Switches::default() };
    let options = Options { switches, start: jiff::Timestamp::now(), ..Options::default() };
    let simulator = Simulator::spawn(options).unwrap();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let waited = run(&home, &["report", "run", "Users and roles", "--wait"]);
    assert_eq!(waited.code, 0, "{}", waited.err);
    assert!(waited.err.contains("the run is READY"), "{}", waited.err);
}

/// The disk takes nine tenths: a limit of the size of files, which the system tells as an error.
#[cfg(target_os = "linux")]
#[test]
fn f12_a_disk_that_is_full_at_nine_tenths_leaves_no_file_and_says_so() {
    let (_simulator, home, _) = bench();
    let list = run(&home, &["report", "download", "Users and roles", "-o", "json"]);
    let bytes = valid(&list.out)["items"][0]["bytes"].as_u64().unwrap();
    run(&home, &["report", "prune", "--older", "0"]);
    // Blocks of 512 bytes; the signal that says so too would end the program.
    let limited = |words: &str| {
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" {words}", bytes * 9 / 10 / 512);
        let mut command = std::process::Command::new("/bin/sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_certdeck")]).env_clear().current_dir(home.path());
        command.env("HOME", home.path()).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.env("CC", demo_keys().certcentral).env("PARENT", demo_keys().partner_parent);
        super::bench::Run::of(&command.env("XDG_CONFIG_HOME", home.path().join("config")).output().unwrap())
    };
    let full = limited("--config c.toml report download 'Users and roles' -o json");
    assert_ne!(full.code, 0);
    assert!(full.err.contains("too large after") && full.err.contains(" bytes"), "{}", full.err);
    assert_eq!(valid(&run(&home, &["report", "kept", "-o", "json"]).out)["total"], 0);
    let state = home.path().join(".local/state/certdeck/reports");
    let left: Vec<_> =
        std::fs::read_dir(state).unwrap().flat_map(|of| std::fs::read_dir(of.unwrap().path()).unwrap()).collect();
    assert!(left.is_empty(), "{left:?}");
    // What is written for others fails as loudly.
    let rows = "10,\n".repeat(usize::try_from(bytes / 4).unwrap());
    home.file("rows.csv", &format!("a,b\n{rows}"), 0o600);
    let export = limited("report view rows.csv -o csv > out.csv");
    assert!(export.code == 1 && export.err.contains("stdout cannot be written"), "{} {}", export.code, export.err);
}
