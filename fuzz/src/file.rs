//! Files in memory, for readers that take paths.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

/// Which of the files to write; each holds what was last written to it.
#[derive(Clone, Copy)]
pub enum Slot {
    /// The file that is read.
    First,
    /// One beside it.
    Second,
}

/// Whether to print what is written, so that an input can be read.
static SHOW: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_SHOW").is_some());

static FILES: LazyLock<[Mutex<File>; 2]> = LazyLock::new(|| [0, 1].map(|_| Mutex::new(file())));

/// Without a name, so that nothing is left of it after a crash.
fn file() -> File {
    tempfile::tempfile_in("/dev/shm").expect("Linux has a file system in memory at /dev/shm")
}

/// The path of a file of these bytes.
pub fn written(slot: Slot, bytes: &[u8]) -> PathBuf {
    if *SHOW {
        eprintln!("{}", String::from_utf8_lossy(bytes));
    }
    let mut file = FILES[slot as usize].lock().expect("no other thread writes");
    file.set_len(0).expect("the file can be emptied");
    file.seek(SeekFrom::Start(0)).expect("the file has a beginning");
    file.write_all(bytes).expect("the file can be written");
    // Opened anew from there, the file is read from its beginning.
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}
