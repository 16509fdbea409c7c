//! Reading a piece of a file.

use std::fs::File;
use std::io;

/// Reads at `at` without moving anything; fewer bytes than there is room for only at the end of the file.
pub(super) fn read_at(file: &File, mut at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        #[cfg(unix)]
        let got = std::os::unix::fs::FileExt::read_at(file, room, at);
        #[cfg(windows)]
        let got = std::os::windows::fs::FileExt::seek_read(file, room, at);
        match got {
            Ok(0) => break,
            Ok(got) => {
                filled += got;
                at = at.saturating_add(got as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
