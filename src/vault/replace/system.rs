//! What the system does in one step, or makes last.

use std::fs::File;
use std::io;
use std::path::Path;

/// Exchanges two files in one step. `false` where the system or the file system cannot.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn exchange(a: &Path, b: &Path) -> io::Result<bool> {
    #[cfg(test)]
    meddle::run();
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Flushes the names in a folder. Where there is no way to do so, the new bytes are safe all the same: under the old
/// name or the new one.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder).and_then(|f| f.sync_all()) {
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Ok(()),
        done => done,
    }
}

/// What other programs do in the moments before files are exchanged.
#[cfg(test)]
pub(crate) mod meddle {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    type Deed = Box<dyn FnOnce()>;

    thread_local! {
        static DEEDS: RefCell<VecDeque<Deed>> = const { RefCell::new(VecDeque::new()) };
    }

    /// Does each of `deeds` before one exchange that this thread is going to make.
    pub(crate) fn plan(deeds: impl IntoIterator<Item = Deed>) {
        DEEDS.with_borrow_mut(|planned| planned.extend(deeds));
    }

    pub(super) fn run() {
        if let Some(deed) = DEEDS.with_borrow_mut(VecDeque::pop_front) {
            deed();
        }
    }
}
