use std::time::Duration;

use super::{
    contexts::OneAuth,
    demo::{DemoKey, DemoKeys, DemoServers},
    settings::{Clipboard, Theme},
    *,
};

const WHOLE: &str = r#"
default_context = "acme-corp"
ui = { theme = "auto", glyphs = "unicode", time = "utc", refresh = "0" }
io = { mouse = false, clipboard = "osc52", notify = "off" }
approve = { comment_min = 12, hold = "20s", max_impact_age = "30s" }
pace = { per_second = 1.0, burst = 10 }

[context.acme-corp]
environment = "production"
read_only = false

[context.acme-corp.certcentral]
services_url = "https://www.digicert.com/services/v2"
reports_url  = "https://api.digicert.com/reports/v1"
key = { command = "pass show 'digicert/cert central'" }

[context.acme-corp.partner]
url = "https://www.digicert.com/partner-subscription/api/v1"
parent_key = { keyring = "certdeck/partner" }
[[context.acme-corp.partner.subaccount]]
name = "shop"
key = { env = "SHOP_KEY" }
contracts = [12345, "12346"]

[context.acme-corp.one]
url = "https://one.digicert.com"
account_id = "0a1b-2c"
key = { file = "one.key" }
ca_file = "extra-roots.pem"
[context.acme-corp.one.paths]
approve_revocation = { method = "PUT", path = "/ca/{id}/revocation-request/{request_id}/approve", ok = [200, 204] }

[context.lab]
environment = "demo"
[context.lab.one]
client_certificate = { cert = "client.pem", key = "client.key" }

[views.acme.triage]
filter = "expires<45d status!=revoked"
sort = "left"
columns = ["state", "name*", "left", "expires", "sans"]
[keys]
"acme.triage" = ["t"]
"home.open" = "none"
"#;

fn parse(text: &str) -> Result<Config, Failure> {
    Config::parse(text, Path::new("/etc/certdeck/config.toml"))
}

#[test]
fn the_whole_file_is_read() {
    let config = parse(WHOLE).unwrap();
    let context = config.context(None).unwrap();
    assert_eq!((context.name.as_str(), context.environment), ("acme-corp", Environment::Production));
    let one = context.one.as_ref().unwrap();
    assert_eq!(one.auth, OneAuth::Key(KeySource::File("/etc/certdeck/one.key".into())));
    assert_eq!(one.wire.ca_file.as_deref(), Some(Path::new("/etc/certdeck/extra-roots.pem")));
    assert_eq!(one.paths["approve_revocation"].ok, [200, 204]);
    let partner = context.partner.as_ref().unwrap();
    assert_eq!(partner.subaccounts[0].contracts, [12345, 12346]);
    assert_eq!(config.ui.refresh, Duration::ZERO);
    assert_eq!(config.io.clipboard, Clipboard::Osc52);
    assert_eq!(config.approve.comment_min, 12);
    assert_eq!(config.keys["home.open"], Vec::<String>::new());
    assert_eq!(config.views["acme"]["triage"].columns.len(), 5);
    let lab = config.context(Some("lab")).unwrap();
    assert!(matches!(lab.one.as_ref().unwrap().auth, OneAuth::Certificate { .. }));
    assert_eq!(lab.one.as_ref().unwrap().url.as_str(), contexts::ONE_URL);
}

#[test]
fn consoles_are_those_of_the_services_unless_others_are_wanted() {
    let page = |text: &str| Some(crate::domain::page::Page::parse(text).unwrap());
    let config = parse(WHOLE).unwrap();
    let usual = Console::of(config.context(None).unwrap());
    assert_eq!(usual.acme, page("https://www.digicert.com/secure/"));
    assert_eq!(usual.ca, page("https://one.digicert.com/certificate-authority/ca/root"));
    assert_eq!((usual.reports, usual.audit), (usual.acme.clone(), page("https://one.digicert.com/")));
    let lab = Console::of(config.context(Some("lab")).unwrap());
    assert_eq!((lab.acme, lab.reports), (None, None));
    let own = parse(&format!("{WHOLE}[context.lab.console]\nca = \"https://one.example.com/ca/{{id}}\"\n")).unwrap();
    assert_eq!(Console::of(own.context(Some("lab")).unwrap()).ca, page("https://one.example.com/ca/{id}"));
    let here = "[context.a]\nenvironment = \"demo\"\none = { url = \"http://127.0.0.1:8080\", key = { env = \"K\" } }";
    assert_eq!(Console::of(parse(here).unwrap().context(None).unwrap()), Console::default(), "a simulator has none");
}

#[test]
fn the_template_is_sound_with_and_without_its_comments() {
    let config = parse(template::TEMPLATE).unwrap();
    assert_eq!(config.context(None).unwrap().name, "example");
    assert_eq!((config.ui, config.approve, config.pace), (Ui::default(), Approve::default(), Pace::default()));
    assert_eq!(config.io, Io::default());
    let setting = |line: &str| line.contains(" = ") || line.starts_with('[');
    let lines = template::TEMPLATE.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if setting(rest) && !rest.starts_with("client_certificate") && !rest.starts_with(' ') => {
            rest.replace("\"...\"", "\"0a1b\"")
        }
        _ => line.to_owned(),
    });
    let bare = lines.collect::<Vec<_>>().join("\n");
    let config = parse(&bare).unwrap();
    let context = config.context(None).unwrap();
    assert!(context.certcentral.is_some() && context.partner.is_some() && context.one.is_some(), "{bare}");
}

#[test]
fn each_bad_input_is_one_line_with_its_place() {
    let context = "[context.a]\nenvironment = \"demo\"\n";
    let one = "[context.a]\nenvironment = \"demo\"\n[context.a.one]\n";
    let cases = [
        ("ui = { them = \"dark\" }", "line 1, column 8: unknown name \"them\" (did you mean \"theme\"?)"),
        ("[contxt.a]\n", "line 1, column 2: unknown name \"contxt\" (did you mean \"context\"?)"),
        ("ui = { theme = \"drak\" }", "line 1, column 16: a theme is auto"),
        ("ui = { refresh = \"1s\" }", "refresh is 5s or more"),
        ("refresh = { audit = \"1s\" }", "refresh is 5s or more"),
        ("refresh = { audlt = \"1m\" }", "did you mean \"audit\""),
        ("ui = { refresh = 60 }", "line 1, column 18: invalid type: integer"),
        ("io = { mouse = \"canary\" }", "line 1, column 16: a text stands where a boolean is expected"),
        ("io = { clipboard = \"osc51\" }", "unknown name \"osc51\" (did you mean \"osc52\"?)"),
        ("approve = { hold = \"5s\" }", "hold is 10s to 10m"),
        ("approve = { comment_min = 3 }", "comment_min is 10 to 1000"),
        ("approve = { max_impact_age = \"2m\" }", "max_impact_age is 5s to 60s"),
        ("pace = { per_second = 1000 }", "per_second is 0.1 to 20"),
        (
            "default_context = \"b\"\n[context.a]\nenvironment = \"demo\"\none = { key = { env = \"K\" } }",
            "\"b\" is not in the file",
        ),
        ("[context.\"../x\"]\nenvironment = \"demo\"", "a context is called by"),
        ("[context.a]\nenvironment = \"prod\"", "unknown name \"prod\""),
        ("[context.a]\nread_only = true", "missing field `environment`"),
        (context, "no service is configured"),
        (&format!("{context}partner = {{}}"), "neither a parent_key nor a subaccount"),
        (one, "one needs a key or a client_certificate"),
        (&format!("{one}key = \"canary\""), "line 4, column 7: a key never stands in the file"),
        (
            &format!("{one}key = {{ vlue = \"canary\" }}"),
            "unknown name \"vlue\" (known here: env, file, command, keyring)",
        ),
        (&format!("{one}key = {{ fil = \"canary\" }}"), "unknown name \"fil\" (did you mean \"file\"?)"),
        (&format!("{one}key = {{ env = \"ab-canary\" }}"), "the name of a variable, not the key"),
        (&format!("{one}key = {{ env = \"K\", file = \"canary\" }}"), "a key has one source"),
        (&format!("{one}key = {{ command = \"pass 'canary\" }}"), "an open quote"),
        (&format!("{one}key = {{ command = [] }}"), "names no program"),
        (&format!("{one}api_key = \"canary\""), "unknown name \"api_key\""),
        (
            &format!("{one}url = \"http://one.digicert.com\"\nkey = {{ env = \"K\" }}"),
            "line 4, column 7: http is accepted",
        ),
        (
            &format!("{one}key = {{ env = \"K\" }}\nproxy = \"http://u:canary@p\""),
            "a password never stands in the file",
        ),
        (
            &format!("{one}key = {{ env = \"K\" }}\npaths = {{ x = {{ method = \"PUT\", path = \"../canary\" }} }}"),
            "a path starts with /",
        ),
        (
            &format!(
                "{one}key = {{ env = \"K\" }}\npaths = {{ x = {{ method = \"PUT\", path = \"/ca\", ok = [302] }} }}"
            ),
            "200 to 299",
        ),
        (&format!("{one}key = {{ env = \"K\" }}\nkey = {{ env = \"L\" }}"), "duplicate key"),
        (
            &format!("{context}console = {{ ca = \"https://u:canary@one.example.com/\" }}"),
            "line 3, column 18: the address must not hold a user",
        ),
        (&format!("{context}console = {{ cas = \"https://one.example.com/\" }}"), "unknown name \"cas\""),
        ("[views.acm.x]\n", "unknown name \"acm\" (did you mean \"acme\"?)"),
        ("[keys]\n\"a\" = 3", "a list of keys, one key, or \"none\""),
        ("ui = {", "line 1"),
        ("\u{1b}]0;x\u{7}", "line 1"),
    ];
    for (text, message) in cases {
        let failure = parse(text).expect_err(text);
        let line = failure.to_string();
        assert!(line.contains(message), "{text}\n  gave {line}\n  not  {message}");
        assert!(line.starts_with("/etc/certdeck/config.toml"), "{line}");
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(!line.contains(['\n', '\u{1b}']) && !line.contains("canary"), "{line}");
    }
}

#[test]
fn a_context_is_chosen_or_asked_for() {
    let two = parse(WHOLE.replace("default_context = \"acme-corp\"", "").as_str()).unwrap();
    assert_eq!(
        two.context(None).unwrap_err().to_string(),
        "several contexts, and none is the default (name one with --context or default_context: acme-corp, lab)"
    );
    assert!(two.context(Some("x\u{1b}")).unwrap_err().to_string().starts_with("no context is called \"x^[\""));
    let one = parse("[context.a]\nenvironment = \"demo\"\none = { key = { env = \"K\" } }").unwrap();
    assert_eq!(one.context(None).unwrap().name, "a");
    assert!(parse("").unwrap().context(None).unwrap_err().to_string().contains("config template"));
}

#[cfg(unix)]
#[test]
fn c03_a_configuration_that_others_can_change_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, WHOLE).unwrap();
    for (mode, sound) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false), (0o620, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let result = Config::load(&path);
        assert_eq!(result.is_ok(), sound, "{mode:o}");
        if let Err(failure) = result {
            assert!(failure.to_string().contains("chmod go-w"), "{failure}");
        }
    }
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(Config::load(&path).unwrap_err().to_string().ends_with("is not UTF-8 text"));
    assert!(Config::load(dir.path()).unwrap_err().to_string().contains("not a regular file"));
    assert!(Config::load(&dir.path().join("none")).unwrap_err().to_string().contains("config template"));
}

#[test]
fn the_demo_needs_no_file_and_stays_on_this_machine() {
    let keys = DemoKeys {
        certcentral: DemoKey::new("canary-a"),
        partner_parent: DemoKey::new("canary-b"),
        subaccounts: vec![("shop".into(), DemoKey::new("canary-c"), vec![1])],
        one: DemoKey::new("canary-d"),
    };
    let servers = || DemoServers { names: Vec::new(), directories: vec![(1, "/acme/directory".to_owned())] };
    let context = Context::demo("http://127.0.0.1:8080", keys.clone(), servers()).unwrap();
    assert_eq!(context.one.as_ref().unwrap().url.as_str(), "http://127.0.0.1:8080");
    let directory = context.partner.as_ref().unwrap().ari.get(&1).unwrap();
    assert_eq!(directory.as_str(), "http://127.0.0.1:8080/acme/directory");
    assert!(context.probe.named_only, "no name is looked up");
    assert!(!format!("{context:?}").contains("canary"));
    assert!(Context::demo("https://one.digicert.com", keys, servers()).is_err());
}

#[test]
fn themes_are_names_or_files() {
    assert_eq!(Theme::parse("my.toml"), Ok(Theme::File("my.toml".into())));
    assert!(Theme::parse("my").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_is_more_than_one_safe_line_of_complaint(
        text in proptest::prelude::prop_oneof![
            ".{0,80}",
            "(\\[(ui|io|context|views|keys)[a-z.\"]{0,8}\\]\n)?([a-z_]{1,8} = [\"{}\\[\\]a-z0-9=,]{0,12}\n?){0,4}",
        ],
    ) {
        if let Err(failure) = parse(&text) {
            let line = failure.to_string();
            proptest::prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
            proptest::prop_assert!(line.starts_with("/etc/certdeck/config.toml"));
        }
    }
}
