//! SHA-256 of input files, remembered by what the system says of a file, so that an unchanged one is not read again.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::records::RecordCount;
use super::refusal::Refusal;
use crate::patience::Patience;

/// File in the lake's folder. It can be removed: then every input is read once more.
const FILE: &str = ".stamps.json";

/// A file that was written this shortly before it was hashed may be written again without a sign: clocks of file systems are coarse.
const TOO_NEW: i128 = 2_000_000_000;

/// What the system says of a file. `changed` is set by the system at every change and by no program, so a file that was
/// written and given its old time back is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    inode: u64,
    /// Nanoseconds since 1970, as the next two.
    modified: i128,
    changed: i128,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hashed {
    stamp: Stamp,
    taken: i128,
    sha256: String,
}

/// What a folder of records was found to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct KnownRecords {
    /// SHA-256 over the files, and over all else that the rest depends on.
    pub(super) content: String,
    /// SHA-256 of each patient's records.
    pub(super) hashes: BTreeMap<String, String>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) count: RecordCount,
    pub(super) notes: Vec<Refusal>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Known {
    /// By the SHA-256 of their paths, which may hold ids of the source.
    files: BTreeMap<String, Hashed>,
    records: Option<KnownRecords>,
}

/// Hashes of the inputs as the last run took them, and as this one does.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    before: Known,
    now: Mutex<Known>,
    patience: Patience,
}

impl Stamps {
    /// Those of a lake; none where they cannot be read, or when nothing is to be trusted.
    pub(crate) fn of(lake: &Path, trust: bool, patience: Patience) -> Self {
        let text = fs::read(lake.join(FILE)).ok().filter(|_| trust);
        let before = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { before, patience, ..Self::default() }
    }

    /// Keeps what was asked for, for the next run; no more than a warning where that cannot be done.
    pub(crate) fn save(&self, lake: &Path) {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if *now == self.before {
            return;
        }
        let path = lake.join(FILE);
        let partial = path.with_extension("json.partial");
        let saved = serde_json::to_vec(&*now)
            .map_err(io::Error::from)
            .and_then(|text| fs::write(&partial, text))
            .and_then(|()| fs::rename(&partial, &path));
        if let Err(error) = saved {
            fs::remove_file(&partial).ok();
            tracing::warn!(
                "{}: cannot be written: {error}; the next run reads every input again",
                path.display()
            );
        }
    }

    pub(super) fn records(&self, content: &str) -> Option<KnownRecords> {
        self.before.records.clone().filter(|known| known.content == content)
    }

    pub(super) fn keep_records(&self, known: KnownRecords) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).records = Some(known);
    }

    /// SHA-256 of a file; of a folder, over the names and contents of what is in it.
    pub(super) fn sha256(&self, path: &Path) -> io::Result<String> {
        if !fs::metadata(path)?.is_dir() {
            return self.of_file(path);
        }
        let mut entries: Vec<_> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        entries.sort();
        let mut hasher = Sha256::new();
        for entry in entries {
            hasher.update(entry.file_name().unwrap_or_default().as_encoded_bytes());
            hasher.update(self.sha256(&entry)?);
        }
        Ok(hex(&hasher.finalize()))
    }

    fn of_file(&self, path: &Path) -> io::Result<String> {
        let key = std::path::absolute(path)?;
        let key = hex(&Sha256::digest(key.as_os_str().as_encoded_bytes()));
        let found = self.patience.reading(&path.display().to_string(), || {
            let stamp = Stamp::of(&fs::metadata(path)?);
            if let Some(known) = self.before.files.get(&key).filter(|known| known.holds(&stamp)) {
                return Ok(known.clone());
            }
            let taken = nanoseconds(SystemTime::now());
            Ok(Hashed { stamp, taken, sha256: content_hash(path)? })
        })?;
        let sha256 = found.sha256.clone();
        self.now.lock().unwrap_or_else(PoisonError::into_inner).files.insert(key, found);
        Ok(sha256)
    }
}

impl Hashed {
    /// Whether the file is still as it was when it was hashed.
    fn holds(&self, stamp: &Stamp) -> bool {
        let newest = stamp.modified.max(stamp.changed);
        self.stamp == *stamp && newest + TOO_NEW <= self.taken
    }
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        let time = |seconds, nanos| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            size: file.size(),
            inode: file.ino(),
            modified: time(file.mtime(), file.mtime_nsec()),
            changed: time(file.ctime(), file.ctime_nsec()),
        }
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128)
}

/// SHA-256 of a file, read some at a time.
fn content_hash(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

/// SHA-256 of a value's JSON.
pub(crate) fn sha256_of(value: &serde_json::Value) -> String {
    hex(&Sha256::digest(value.to_string()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    /// Files here are older than what is too new to be trusted.
    fn file(folder: &Path, text: &str) -> std::path::PathBuf {
        let path = folder.join("a.vcf");
        fs::write(&path, text).unwrap();
        path
    }

    fn saved(lake: &Path, path: &Path) -> (Stamps, String) {
        let stamps = Stamps::of(lake, true, Patience::default());
        let hash = stamps.sha256(path).unwrap();
        stamps.save(lake);
        (stamps, hash)
    }

    #[test]
    fn a_stamp_is_trusted_when_it_is_old_enough_and_the_same() {
        let stamp = |modified, changed| Stamp { size: 1, inode: 2, modified, changed };
        let known = |taken| Hashed { stamp: stamp(10, 20), taken, sha256: String::new() };
        assert!(known(20 + TOO_NEW).holds(&stamp(10, 20)));
        assert!(!known(19 + TOO_NEW).holds(&stamp(10, 20)), "written again without a sign");
        assert!(!known(20 + TOO_NEW).holds(&stamp(10, 21)), "an old time was given back");
        assert!(!known(20 + TOO_NEW).holds(&Stamp { size: 3, ..stamp(10, 20) }));
    }

    #[test]
    fn another_content_is_seen_whatever_its_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "first");
        let (_, first) = saved(folder.path(), &path);
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        file(folder.path(), "other");
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let (_, second) = saved(folder.path(), &path);
        assert_ne!(first, second);
        // With a stamp that may be trusted, the file is not read.
        let (stamps, _) = saved(folder.path(), &path);
        let mut known = stamps.now.into_inner().unwrap();
        for hashed in known.files.values_mut() {
            hashed.taken += Duration::from_secs(5).as_nanos() as i128;
            hashed.sha256 = "remembered".to_owned();
        }
        fs::write(folder.path().join(FILE), serde_json::to_vec(&known).unwrap()).unwrap();
        assert_eq!(saved(folder.path(), &path).1, "remembered");
        let distrustful = Stamps::of(folder.path(), false, Patience::default());
        assert_eq!(distrustful.sha256(&path).unwrap(), second);
    }

    #[test]
    fn a_folder_is_its_names_and_contents() {
        let folder = tempfile::tempdir().unwrap();
        let typing = folder.path().join("typing");
        fs::create_dir(&typing).unwrap();
        let hash = || Stamps::default().sha256(&typing).unwrap();
        let empty = hash();
        let path = file(&typing, "one");
        let one = hash();
        fs::rename(&path, typing.join("b.vcf")).unwrap();
        assert!(empty != one && one != hash());
        assert_eq!(
            Stamps::default().sha256(&folder.path().join("none")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
