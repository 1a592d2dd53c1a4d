//! Definitions in the editor of the user, and files that are bombs in the viewer.

use super::{
    book::{sheet, strings, workbook},
    bytes::assert_own,
    driver::Setup,
};

/// What the editor does: it tells the modes of the terminal and its own environment, takes a line, and changes the text.
const EDITOR: &str = "\
stty -a < /dev/tty > modes
env > environment
printf 'EDITING\\n'
read -r line < /dev/tty
printf '%s' \"$line\" > typed
sed -i 's/^every = .*/every = 2/' \"$1\"
";

#[test]
fn the_editor_has_the_terminal_to_itself_and_certdeck_has_it_back() {
    let setup = Setup::demo().env("EDITOR", "sh editor.sh").env("VISUAL", "");
    let home = setup.home().to_owned();
    std::fs::write(home.join("editor.sh"), EDITOR).unwrap();
    let mut session = setup.start().read();
    session.send("4/Weekly\r");
    session.wait("Weekly orders");
    session.send("e");
    session.wait("Edit report");
    for (times, round) in [(1, "first"), (2, "second")] {
        session.send("\u{5}");
        // What the first one said still stands on the screen that the second one finds.
        session.until("the editor", |session| session.text().matches("EDITING").count() == times);
        assert!(!session.terminal.screen().alternate_screen() && !session.terminal.screen().bracketed_paste());
        // Every key is of the editor, q and Esc too.
        session.send(&format!("q {round}\r"));
        session.until("the form", |session| session.terminal.screen().alternate_screen());
        assert_eq!(std::fs::read_to_string(home.join("typed")).unwrap(), format!("q {round}"));
        let modes = std::fs::read_to_string(home.join("modes")).unwrap();
        assert!(modes.contains(" icanon") && modes.contains(" echo "), "{modes}");
        session.wait("+ every = 2");
        assert!(session.terminal.screen().hide_cursor() && session.terminal.screen().bracketed_paste());
        session.escape("edit report: Weekly orders");
        session.wait("Edit report");
    }
    // Keys are read here again.
    session.send("\u{1b}");
    session.wait("Esc again leaves the form");
    session.send("\u{1b}");
    session.until("the list", |session| !session.text().contains("Edit report"));
    session.settle('Z');
    session.send("Q");
    session.ends(0);
    let left: Vec<_> = std::fs::read_dir(std::env::temp_dir())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("certdeck-report-"))
        .collect();
    assert!(left.is_empty(), "no definition stays behind: {left:?}");
}

#[test]
fn f14_a_workbook_that_ends_its_reader_leaves_the_viewer_alive() {
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["report", "view", "book.xlsx"]);
    let cell = "<c r=\"A2\" t=\"s\"><v>2</v></c>";
    let bomb = workbook(&sheet("", "", cell), &strings(3, 100_000_000_000)).unwrap();
    let path = setup.home().join("book.xlsx");
    std::fs::write(&path, &bomb).unwrap();
    let mut session = setup.start();
    session.wait("more memory or time");
    // Mended beside the program, it is read by the same one.
    std::fs::write(&path, workbook(&sheet("", "", cell), &strings(3, 3)).unwrap()).unwrap();
    session.send("r");
    session.wait("s2");
    session.send("?");
    session.wait("All keys");
    session.escape("All keys");
    session.send("Q");
    session.ends(0);
    // A frame may be cut before that.
    assert_own(&session.bytes);
}

#[test]
fn files_of_the_demonstration_are_fetched_shown_and_gone_at_its_end() {
    let setup = Setup::demo();
    let place = setup.home().join("place");
    std::fs::create_dir(&place).unwrap();
    let mut session = setup.env("TMPDIR", &place.to_string_lossy()).start().read();
    session.send("4/\"Users and roles\"\r");
    session.wait("1 of ");
    session.send("w");
    session.wait("Users and roles, 28 Oct run");
    session.wait("318 rows");
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1);
    session.send("Q");
    session.ends(0);
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0, "nothing stays behind");
}
