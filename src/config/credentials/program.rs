//! Which file a key command runs, and whether others could have put it there.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::Refusal;

/// Where programs are looked for without a `PATH`, as `execvp(3)` does.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The file that `program` names: as it stands when there is a `/` in it, else the first in `path` (a `PATH`).
///
/// # Errors
/// There is no such program, or it or its folder could be replaced by somebody other than root and this user.
pub(super) fn find(program: &str, path: Option<&OsStr>) -> Result<PathBuf, Refusal> {
    let named = if program.contains(std::path::MAIN_SEPARATOR) {
        std::path::absolute(program).ok().filter(|file| is_program(file))
    } else {
        let path = path.unwrap_or(OsStr::new(DEFAULT_PATH));
        // An entry that is not absolute means another program in each folder.
        let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(program)).find(|file| is_program(file))
    };
    let named = named.ok_or("no such program")?;
    // A link can be replaced where it stands, and what it leads to where that stands.
    let real = std::fs::canonicalize(&named).map_err(|error| format!("cannot be looked at ({})", error.kind()))?;
    for file in [named.parent(), Some(&*real), real.parent()].into_iter().flatten() {
        check(file)?;
    }
    Ok(named)
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(unix)]
fn check(file: &Path) -> Result<(), Refusal> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(file).map_err(|error| format!("cannot be looked at ({})", error.kind()))?;
    let what = if found.is_dir() { "its folder" } else { "the program" };
    if found.uid() != 0 && found.uid() != rustix::process::geteuid().as_raw() {
        let cause = format!("was not run: {what} {} belongs to another user", file.display());
        return Err(Refusal::new(cause).hint("name a program of yours or of the system"));
    }
    if found.mode() & 0o002 != 0 {
        let mode = found.mode() & 0o7777;
        let cause = format!("was not run: every user may change {what} {} (mode {mode:04o})", file.display());
        return Err(Refusal::new(cause).hint(format!("chmod o-w {}", file.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file() || file.with_extension("exe").is_file()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the form of the other systems, which can refuse")]
fn check(_: &Path) -> Result<(), Refusal> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// A folder of this user's alone with a program in it.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("give-key");
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        mode(&program, 0o700);
        (folder, program)
    }

    fn mode(file: &Path, mode: u32) {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn search(folders: &[&Path]) -> Result<PathBuf, Refusal> {
        find("give-key", Some(&std::env::join_paths(folders).unwrap()))
    }

    #[test]
    fn the_first_program_of_the_path_is_found_by_its_full_name() {
        let (folder, program) = folder();
        let other = tempfile::tempdir().unwrap();
        std::fs::write(other.path().join("give-key"), "no program").unwrap();
        assert_eq!(search(&[Path::new("."), other.path(), folder.path()]), Ok(program.clone()));
        assert_eq!(find(program.to_str().unwrap(), None), Ok(program));
        assert_eq!(find("give-key", None).unwrap_err().cause, "no such program");
        assert_eq!(search(&[other.path()]).unwrap_err().cause, "no such program");
        let shell = find("sh", None).unwrap();
        assert!(shell.is_absolute() && shell.ends_with("sh"), "{}", shell.display());
    }

    #[test]
    fn c05_a_key_command_that_others_could_replace_is_not_run() {
        let (safe, program) = folder();
        mode(&program, 0o777);
        let refusal = search(&[safe.path()]).unwrap_err();
        let whole = format!("was not run: every user may change the program {} (mode 0777)", program.display());
        assert_eq!(refusal.cause, whole);
        assert_eq!(refusal.hint, Some(format!("chmod o-w {}", program.display())));
        mode(&program, 0o700);
        mode(safe.path(), 0o1777);
        let refusal = search(&[safe.path()]).unwrap_err();
        assert!(refusal.cause.contains("its folder") && refusal.cause.ends_with("(mode 1777)"), "{refusal:?}");
        // A link elsewhere: the folder it leads to counts, and so does its own.
        let links = tempfile::tempdir().unwrap();
        symlink(&program, links.path().join("give-key")).unwrap();
        assert!(search(&[links.path()]).unwrap_err().cause.contains("its folder"));
        mode(safe.path(), 0o700);
        assert!(search(&[links.path()]).is_ok());
        mode(links.path(), 0o777);
        assert!(search(&[links.path()]).unwrap_err().cause.contains("its folder"));
        // Only root can give a file away.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&program, Some(65_534), None).unwrap();
            assert!(search(&[safe.path()]).unwrap_err().cause.ends_with("belongs to another user"));
        }
    }
}
