use super::bench::{Home, Run};

const CANARY: &str = "canary-7b1e44";

fn context(key: &str) -> String {
    format!("[context.a]\nenvironment = \"demo\"\n[context.a.one]\nkey = {key}\n")
}

#[test]
fn the_path_follows_the_flag_the_environment_and_the_home() {
    let home = Home::new();
    let run = home.run(&["config", "path"]);
    assert_eq!(run.out, format!("{}\n", home.path().join("config/certdeck/config.toml").display()));
    assert!(run.err.contains("config template"), "{}", run.err);
    assert_eq!(home.run(&["config", "path", "--config", "x.toml"]).out, "x.toml\n");
    let output = home.command().env("CERTDECK_CONFIG", "y.toml").args(["config", "path"]).output().unwrap();
    assert_eq!(Run::of(&output).out, "y.toml\n");
    let output =
        home.command().env("CERTDECK_CONFIG", "y.toml").args(["config", "path", "--config", "x.toml"]).output();
    assert_eq!(Run::of(&output.unwrap()).out, "x.toml\n");
}

#[test]
fn the_template_passes_its_own_check_once_the_key_is_there() {
    let home = Home::new();
    let template = home.run(&["config", "template"]);
    assert_eq!((template.code, template.err.as_str()), (0, ""));
    home.file("c.toml", &template.out, 0o600);
    let missing = home.run(&["config", "check", "--config", "c.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.out.contains("variable CERTCENTRAL_KEY: is not set"), "{}", missing.out);
    let mut command = home.command();
    let output = command.env("CERTCENTRAL_KEY", CANARY).args(["config", "check", "--config", "c.toml"]).output();
    let run = Run::of(&output.unwrap());
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY));
}

#[test]
fn a_mistake_is_named_with_its_line_and_the_nearest_name() {
    let home = Home::new();
    let cases = [
        (
            "[context.a]\nenviroment = \"demo\"\n",
            "c.toml line 2, column 1: unknown name \"enviroment\" (did you mean \"environment\"?)",
        ),
        ("ui = { theme = \"blue\" }", "line 1, column 16: a theme is auto"),
        (&context("\"canary-7b1e44\""), "line 4, column 7: a key never stands in the file"),
        (
            "[context.a]\nenvironment = \"demo\"\n[context.a.one]\nurl = \"http://one.digicert.com\"\nkey = { env = \"K\" }",
            "line 4, column 7: http is accepted",
        ),
    ];
    for (text, words) in cases {
        home.file("c.toml", text, 0o600);
        for words_of in [["config", "check"], ["ca", "tree"]] {
            let run = home.run(&[&words_of[..], &["--config", "c.toml"]].concat());
            run.refused(2, words);
            assert!(!run.err.contains(CANARY), "{}", run.err);
        }
    }
    home.file("c.toml", &context("{ env = \"K\" }"), 0o666);
    home.run(&["ca", "tree", "--config", "c.toml"]).refused(2, "other users may change it (mode 0666)");
    home.run(&["ca", "tree", "--config", "none.toml"]).refused(2, "none.toml: cannot be read");
    home.file("c.toml", &context("{ env = \"K\" }"), 0o600);
    home.run(&["ca", "tree", "--config", "c.toml", "--context", "b"]).refused(2, "no context is called \"b\"");
    home.run(&["acme", "list", "--config", "c.toml"]).refused(2, "not configured");
}

#[test]
fn a_key_that_cannot_be_used_is_named_by_its_source() {
    let home = Home::new();
    home.file("open.key", CANARY, 0o644);
    home.file("broken.key", &format!("{CANARY}\u{e9}"), 0o600);
    let cases = [
        ("{ env = \"NOT_SET\" }", "variable NOT_SET: is not set"),
        ("{ file = \"open.key\" }", "open.key: other users may open it (mode 0644)"),
        ("{ file = \"broken.key\" }", "broken.key: the key holds a character that is not ASCII"),
        ("{ file = \"none.key\" }", "none.key: cannot be read"),
        ("{ command = \"sh -c 'echo canary-7b1e44 >&2; exit 4'\" }", "key command sh: ended with code 4"),
        ("{ keyring = \"certdeck/one\" }", "keyring entry \"certdeck/one\": there is no key store in this session"),
        ("{ keyring = \"one\" }", "keyring takes the name of an entry, service/name"),
    ];
    for (key, words) in cases {
        home.file("c.toml", &context(key), 0o600);
        let run = home.run(&["ca", "tree", "--config", "c.toml"]);
        run.refused(2, words);
        assert!(!run.err.contains(CANARY), "{}", run.err);
        let json = home.run(&["ca", "tree", "--config", "c.toml", "-o", "json"]);
        json.refused(2, "{\"error\":{");
        let error: serde_json::Value = serde_json::from_str(&json.err).unwrap();
        assert_eq!(error["error"]["kind"], "configuration");
        assert!(error["error"]["title"].as_str().unwrap().contains(words), "{error}");
    }
}
