//! Whether another program is writing a file at the moment.
//!
//! Linux tells: it grants a lease for reading only on a file that nobody has open for writing. The lease is asked for and
//! given back at once, so that no program waits for it longer than that takes. Other systems, file systems on other
//! machines, and files of other owners do not tell; there, a file that was changed in the last seconds may be in the
//! middle of being written.

#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "fcntl(2) with F_SETLEASE"))]

use std::fs::{File, Metadata};
use std::time::{Duration, SystemTime};

/// A file that was not changed for so long is not being saved.
const STILL: Duration = Duration::from_secs(2);
/// A file server's clock may be ahead of ours; by more than this it is an accident of long ago.
const AHEAD: Duration = Duration::from_secs(3600);

/// Whether another program has a file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// None has.
    None,
    /// Some program has.
    Some,
    /// The system does not tell.
    Unknown,
}

/// What tells a file from what it was a moment ago, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self { size: meta.len(), changed: changed(meta) }
    }

    /// Whether the file was changed within the last seconds.
    pub(super) fn is_recent(&self) -> bool {
        match self.changed.map(|at| at.elapsed()) {
            Some(Ok(age)) => age < STILL,
            Some(Err(ahead)) => ahead.duration() < AHEAD,
            None => false,
        }
    }
}

/// When the system last saw the file change: no program can set that back, as copies and synchronisers do with the time
/// of modification.
#[cfg(unix)]
fn changed(meta: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let since = Duration::new(u64::try_from(meta.ctime()).ok()?, u32::try_from(meta.ctime_nsec()).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since)
}

#[cfg(not(unix))]
fn changed(meta: &Metadata) -> Option<SystemTime> {
    meta.modified().ok()
}

/// Whether another program has `file` open for writing, which is open here for reading alone.
#[cfg(target_os = "linux")]
pub(super) fn writers(file: &File) -> Writers {
    /// fcntl(2): which signal to send. The crate has it for some systems only.
    const F_SETSIG: libc::c_int = 10;
    // A program that opens the file in this moment breaks the lease, and the system sends a signal, by default one that
    // ends the process. This one is ignored by all that do not ask for it.
    if fcntl(file, F_SETSIG, libc::SIGURG).is_err() {
        return Writers::Unknown;
    }
    match fcntl(file, libc::F_SETLEASE, libc::F_RDLCK) {
        Ok(()) => {
            let _ = fcntl(file, libc::F_SETLEASE, libc::F_UNLCK);
            Writers::None
        }
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Writers::Some,
        Err(_) => Writers::Unknown,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn writers(_: &File) -> Writers {
    Writers::Unknown
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_local(_: &File) -> bool {
    true
}

/// Whether only this machine writes to the file system: of what others have open, a lease says nothing.
#[cfg(target_os = "linux")]
pub(super) fn is_local(file: &File) -> bool {
    // statfs(2): 9p, AFS, Ceph, CIFS, Coda, FUSE (and virtiofs), GFS2, GPFS, Lustre, NFS, OCFS2, SMB, SMB2, VirtualBox.
    const SHARED: [u32; 14] = [
        0x0102_1997,
        0x5346_414f,
        0x00c3_6400,
        0xff53_4d42,
        0x7375_7245,
        0x6573_5546,
        0x0116_1970,
        0x4750_4653,
        0x0bd0_0bd0,
        0x0000_6969,
        0x7461_636f,
        0x0000_517b,
        0xfe53_4d42,
        0x786f_4256,
    ];
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the numbers have 32 bits")]
    rustix::fs::fstatfs(file).is_ok_and(|system| !SHARED.contains(&(system.f_type as u32)))
}

#[cfg(target_os = "linux")]
fn fcntl(file: &File, what: libc::c_int, value: libc::c_int) -> std::io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: with these commands the system call takes a number, and reads and writes no memory. `file` is open.
    match unsafe { libc::fcntl(file.as_raw_fd(), what, value) } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_open_for_writing_is_known_until_it_is_closed() {
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let reading = File::open(&file).unwrap();
        if writers(&reading) == Writers::Unknown {
            eprintln!("skipped: this file system knows no leases");
            return;
        }
        for options in [OpenOptions::new().write(true), OpenOptions::new().append(true)] {
            let writing = options.open(&file).unwrap();
            assert_eq!(writers(&reading), Writers::Some);
            drop(writing);
            // A process that another test starts holds what is open here until it runs its own program.
            while writers(&reading) == Writers::Some {
                std::thread::yield_now();
            }
            assert_eq!(writers(&reading), Writers::None);
        }
        let second = File::open(&file).unwrap();
        assert_eq!((writers(&reading), writers(&second)), (Writers::None, Writers::None));
    }

    #[test]
    fn what_was_just_written_is_recent_and_what_was_written_long_ago_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Stamp::of(&fs::metadata(file.path()).unwrap()).is_recent());
        let at = |changed| Stamp { size: 0, changed: Some(changed) };
        let now = SystemTime::now();
        assert!(!at(now - STILL).is_recent() && !at(SystemTime::UNIX_EPOCH).is_recent());
        assert!(at(now + AHEAD / 2).is_recent() && !at(now + AHEAD * 2).is_recent());
    }
}
