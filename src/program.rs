//! Other programs that are started: an editor on the terminal, and the system's opener beside it.
//!
//! Always a program and its arguments, never a line for a shell. The program is the one that the user named, looked up in
//! the folders of PATH that are absolute: what lies in the working directory, which may be the vault, is never found.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// A program to start: never a line for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its absolute path.
    pub program: PathBuf,
    /// What it is given.
    pub arguments: Vec<OsString>,
    /// The value of PATH that it gets.
    pub path: OsString,
}

/// The program `name`, looked up in `path`, the value of PATH.
///
/// # Errors
/// A sentence when there is none, or `name` is a relative path.
pub fn find(name: &OsStr, path: &OsStr) -> Result<Launch, String> {
    let folders: Vec<PathBuf> = std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect();
    let named = Path::new(name);
    let shown = named.display();
    let program = if named.is_absolute() {
        named.to_owned()
    } else if named.file_name() != Some(name) {
        return Err(format!("`{shown}` is no name of a program and no absolute path"));
    } else {
        in_folders(name, &folders).ok_or_else(|| format!("there is no program `{shown}` in the folders of PATH"))?
    };
    let path = std::env::join_paths(folders).unwrap_or_default();
    Ok(Launch { program, arguments: Vec::new(), path })
}

#[cfg(unix)]
fn in_folders(name: &OsStr, folders: &[PathBuf]) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let is_program = |file: &PathBuf| file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    folders.iter().map(|folder| folder.join(name)).find(is_program)
}

/// The library looks it up in the PATH of the new process, under all endings of programs, and not in the working directory.
#[cfg(not(unix))]
fn in_folders(name: &OsStr, _: &[PathBuf]) -> Option<PathBuf> {
    Some(name.into())
}

/// The command, with the folders of PATH in which it was looked up for all that it starts in turn.
fn command(launch: &Launch) -> Command {
    let mut command = Command::new(&launch.program);
    command.args(&launch.arguments).env("PATH", &launch.path);
    // Nor does what it starts look into the working directory.
    #[cfg(windows)]
    command.env("NoDefaultCurrentDirectoryInExePath", "1");
    command
}

/// Runs a program on the terminal and waits for its end.
///
/// # Errors
/// A sentence when it cannot be started, or ends with a failure.
pub fn run(launch: &Launch) -> Result<(), String> {
    outcome(&launch.program, command(launch).status())
}

fn outcome(program: &Path, ended: io::Result<ExitStatus>) -> Result<(), String> {
    let name = program.display();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{name}` ended with {status}")),
        Err(error) => Err(format!("cannot start `{name}`: {}", crate::vault::plain(&error))),
    }
}

/// A program that was started beside this one.
#[derive(Debug)]
pub struct Started {
    ended: Receiver<io::Result<ExitStatus>>,
    program: PathBuf,
}

/// Starts a program beside this one: without the terminal, in no folder of the user, and not told of a Ctrl-C that is typed
/// here.
///
/// # Errors
/// A sentence when it cannot be started.
pub fn start(launch: &Launch) -> Result<Started, String> {
    let mut command = command(launch);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0).current_dir("/");
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot start `{}`: {}", launch.program.display(), crate::vault::plain(&error)))?;
    let (tell, ended) = mpsc::channel();
    // It may run for hours; whenever it ends, nothing is left behind.
    let waiting = std::thread::Builder::new().spawn(move || {
        let _ = tell.send(child.wait());
    });
    // Without the thread nobody can tell how it ends.
    drop(waiting);
    Ok(Started { ended, program: launch.program.clone() })
}

impl Started {
    /// How the program ended, if it does before `patience` is over; `None` when it runs on.
    pub fn outcome(&self, patience: Duration) -> Option<Result<(), String>> {
        match self.ended.recv_timeout(patience) {
            Ok(ended) => Some(outcome(&self.program, ended)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn script(folder: &Path, name: &str, body: &str) -> PathBuf {
        let file = folder.join(name);
        fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    #[test]
    fn programs_are_found_in_absolute_folders_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir_all(one.join("folder")).unwrap();
        fs::create_dir_all(&two).unwrap();
        let ed = script(&two, "ed", "");
        fs::write(one.join("ed"), "no program").unwrap();
        let path = format!(":.:bin:..:{}:{}:", one.display(), two.display());
        let find = |name: &str| find(OsStr::new(name), OsStr::new(&path));
        let found = find("ed").unwrap();
        assert_eq!(
            (&found.program, found.path.to_str().unwrap()),
            (&ed, &*format!("{}:{}", one.display(), two.display()))
        );
        assert_eq!(find(ed.to_str().unwrap()).unwrap().program, ed);
        for bad in ["", ".", "..", "./ed", "two/ed", "ed/", "folder", "gone", "Cargo.toml"] {
            assert!(find(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn how_a_program_ended_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = OsStr::new("/usr/bin:/bin");
        let launch = |body: &str| find(script(dir.path(), "program", body).as_os_str(), path).unwrap();
        let hour = Duration::from_secs(3600);
        assert_eq!(run(&launch("exit 0")), Ok(()));
        assert!(run(&launch("exit 3")).unwrap_err().ends_with("program` ended with exit status: 3"));
        assert_eq!(start(&launch("exit 0")).unwrap().outcome(hour), Some(Ok(())));
        let failed = start(&launch("exit 3")).unwrap().outcome(hour).unwrap();
        assert!(failed.unwrap_err().ends_with("program` ended with exit status: 3"));
        // Without input, in a folder of nobody, with a PATH of absolute folders.
        let said = dir.path().join("said");
        let body = format!("{{ pwd; cat; echo \"$PATH\"; }} > '{}'", said.display());
        assert_eq!(start(&launch(&body)).unwrap().outcome(hour), Some(Ok(())));
        assert_eq!(fs::read_to_string(&said).unwrap(), "/\n/usr/bin:/bin\n");
        let gone = Launch { program: dir.path().join("gone"), arguments: Vec::new(), path: path.into() };
        assert!(start(&gone).unwrap_err().starts_with("cannot start `"));
        // One that runs on is not waited for.
        let fifo = dir.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let started = start(&launch(&format!("cat '{}'", fifo.display()))).unwrap();
        assert_eq!(started.outcome(Duration::ZERO), None);
        fs::write(&fifo, "").unwrap();
        assert_eq!(started.outcome(hour), Some(Ok(())));
    }
}
