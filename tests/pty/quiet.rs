use std::time::{Duration, Instant};

use certdeck::simulator::{Options, Simulator, demo_keys};

use super::driver::{PATIENCE, Session, Setup};

/// The inodes of the process's sockets.
fn sockets(session: &Session) -> Vec<String> {
    let folder = format!("/proc/{}/fd", session.pid().as_raw_nonzero());
    let links = std::fs::read_dir(folder).unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let inode = |link: std::path::PathBuf| {
        let name = link.to_string_lossy().into_owned();
        Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    };
    links.filter_map(inode).collect()
}

#[test]
fn the_demo_reads_no_configuration_and_reaches_only_the_loopback() {
    let setup = Setup::demo();
    let folder = setup.home().join("config/certdeck");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "this is = = no configuration").unwrap();
    let mut session =
        setup.env("HTTPS_PROXY", "http://192.0.2.1:3128").env("CERTDECK_CONFIG", "/nowhere").start().read();
    for screen in ["2", "3", "4", "5"] {
        session.send(screen);
        let own = sockets(&session);
        assert!(!own.is_empty());
        for (table, loopback) in [("net/tcp", "0100007F:"), ("net/tcp6", "00000000000000000000000001000000:")] {
            for line in session.proc(table).lines().skip(1) {
                let fields: Vec<&str> = line.split_whitespace().collect();
                if own.iter().any(|inode| inode == fields[9]) {
                    assert!(fields[1].starts_with(loopback), "listens elsewhere: {line}");
                    let listens = fields[3] == "0A";
                    assert!(listens || fields[2].starts_with(loopback), "reaches elsewhere: {line}");
                }
            }
        }
        for line in session.proc("net/udp").lines().skip(1) {
            let inode = line.split_whitespace().nth(9).unwrap_or_default();
            assert!(own.iter().all(|own| own != inode), "a datagram socket: {line}");
        }
    }
    session.send("Q");
    session.ends(0);
}

/// A configuration for the simulator that never reads by itself.
fn configuration(simulator: &Simulator) -> String {
    let (urls, keys) = (simulator.urls(), demo_keys());
    let mut text = format!(
        "default_context = \"still\"\nui = {{ refresh = \"0\" }}\n[context.still]\nenvironment = \"demo\"\n\
         [context.still.certcentral]\nservices_url = \"{}\"\nreports_url = \"{}\"\nkey = {{ env = \"KEY_CC\" }}\n\
         [context.still.one]\nurl = \"{}\"\nkey = {{ env = \"KEY_ONE\" }}\n\
         [context.still.partner]\nurl = \"{}\"\nparent_key = {{ env = \"KEY_PARENT\" }}\n",
        urls.services, urls.reports, urls.one, urls.partner
    );
    for (number, account) in keys.partner_subaccounts.iter().enumerate() {
        let account = format!(
            "[[context.still.partner.subaccount]]\nname = \"{}\"\nkey = {{ env = \"KEY_{number}\" }}\ncontracts = {:?}\n",
            account.name, account.contracts
        );
        text.push_str(&account);
    }
    text
}

/// How often any task of the process gave up or lost the processor.
fn switches(session: &Session) -> u64 {
    let folder = format!("/proc/{}/task", session.pid().as_raw_nonzero());
    let tasks = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("status"));
    let count = |status: String| {
        let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
        lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum::<u64>()
    };
    // A task may end between the two looks.
    tasks.filter_map(|path| std::fs::read_to_string(path).ok()).map(count).sum()
}

#[test]
fn an_idle_dashboard_writes_nothing_and_never_wakes() {
    let options = Options { listen: ([127, 0, 0, 1], 0).into(), limits: false, ..Options::default() };
    let simulator = Simulator::spawn(options).unwrap();
    let mut setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["--config", "still.toml"]);
    std::fs::write(setup.home().join("still.toml"), configuration(&simulator)).unwrap();
    let keys = demo_keys();
    setup = setup.env("KEY_CC", &keys.certcentral).env("KEY_ONE", &keys.one).env("KEY_PARENT", &keys.partner_parent);
    for (number, account) in keys.partner_subaccounts.iter().enumerate() {
        setup = setup.env(&format!("KEY_{number}"), &account.key);
    }
    let mut session = setup.start();
    session.wait("All sources read");
    for screen in ["2", "3", "4", "5", "2"] {
        session.send(screen);
    }
    session.settle('Z');
    // Details of the row and the last thread of the sorting come after the screen.
    let (mut seen, mut since) = (switches(&session), Instant::now());
    let end = Instant::now() + PATIENCE;
    while since.elapsed() < Duration::from_secs(2) {
        session.forget();
        std::thread::sleep(Duration::from_millis(50));
        let now = switches(&session);
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        assert!(Instant::now() < end, "never at rest");
    }
    let written = session.bytes.len();
    std::thread::sleep(Duration::from_secs(3));
    session.forget();
    assert_eq!((session.bytes.len() - written, switches(&session) - seen), (0, 0), "bytes and wake-ups in 3 s");
    session.send("Q");
    session.ends(0);
}
