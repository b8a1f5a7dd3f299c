//! The audit trail: an append-only file of JSON lines, each with the hash of the one before.
//!
//! A line that was changed, taken out or moved breaks the chain where it stands; lines cut off at the end do not, so their number is
//! worth keeping elsewhere. Queries are written as they were asked: they may name patients' properties, and the file is its owner's alone.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ServeError;

/// `previous` of the first line.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Event {
    /// `asked`, `answered`, `failed`, `cancelled` or `refused`.
    pub(crate) event: String,
    /// Whose statement it is; none where nobody was let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// Address of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<String>,
    /// Number of the statement: of what was asked, and of what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statement: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<String>,
    /// Tables that the statement reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tables: Vec<String>,
    /// Rows that were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milliseconds: Option<u64>,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: String,
    previous: String,
    #[serde(flatten)]
    event: Event,
}

#[derive(Deserialize)]
struct Sealed {
    seq: u64,
    previous: String,
    hash: String,
}

/// The trail of one server.
#[derive(Debug)]
pub(crate) struct Audit {
    path: PathBuf,
    end: Mutex<End>,
}

#[derive(Debug)]
struct End {
    file: File,
    seq: u64,
    hash: String,
}

impl Audit {
    /// The trail in a file, which is made where there is none. Nothing is added to a broken one.
    pub(crate) fn open(path: &Path) -> Result<Self, ServeError> {
        let failed = ServeError::io(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(&failed)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        let file = file.map_err(&failed)?;
        let (seq, hash) = verify(path)?;
        Ok(Self { path: path.to_owned(), end: Mutex::new(End { file, seq, hash }) })
    }

    /// Adds an event, before what it tells of goes on.
    pub(crate) fn write(&self, event: Event) -> Result<(), ServeError> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let line = Line { seq: end.seq + 1, at, previous: end.hash.clone(), event };
        let failed = ServeError::io(&self.path);
        let body = serde_json::to_string(&line).map_err(|error| failed(error.into()))?;
        let hash = hash(&body);
        // The hash is the last key of its line.
        let sealed = format!("{},\"hash\":\"{hash}\"}}\n", &body[..body.len() - 1]);
        end.file.write_all(sealed.as_bytes()).map_err(failed)?;
        (end.seq, end.hash) = (line.seq, hash);
        Ok(())
    }
}

/// Reads a whole trail: the number and hash of its last line, or the first line where the chain is broken.
pub fn verify(path: &Path) -> Result<(u64, String), ServeError> {
    let file = BufReader::new(File::open(path).map_err(ServeError::io(path))?);
    let (mut seq, mut last) = (0, START.to_owned());
    for (place, line) in file.lines().enumerate() {
        let line = line.map_err(ServeError::io(path))?;
        let broken = |what| ServeError::Audit { path: path.to_owned(), line: place + 1, what };
        let sealed: Sealed =
            serde_json::from_str(&line).map_err(|_| broken("no line of an audit trail"))?;
        let Some((body, _)) = line.rsplit_once(",\"hash\":") else {
            return Err(broken("no hash at its end"));
        };
        if hash(&format!("{body}}}")) != sealed.hash {
            return Err(broken("the line was changed"));
        }
        if sealed.previous != last || sealed.seq != seq + 1 {
            return Err(broken("the line before it was taken out, added or moved"));
        }
        (seq, last) = (sealed.seq, sealed.hash);
    }
    Ok((seq, last))
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Two letters a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn trail(folder: &Path, reasons: &[&str]) -> PathBuf {
        let path = folder.join("audit.jsonl");
        for reason in reasons {
            let audit = Audit::open(&path).unwrap();
            let reason = Some((*reason).to_owned());
            audit.write(Event { event: "refused".to_owned(), reason, ..Event::default() }).unwrap();
        }
        path
    }

    #[test]
    fn a_chain_goes_on_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = trail(folder.path(), &["a", "b \",\"hash\":\"", "c"]);
        assert_eq!(verify(&path).unwrap().0, 3);
    }

    #[test]
    fn a_changed_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = trail(folder.path(), &["one", "two", "three"]);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let cases = [
            (text.replace("two", "owt"), "line 2: the line was changed"),
            ([lines[0], lines[2]].join("\n"), "line 2: the line before it"),
            ([lines[1], lines[0]].join("\n"), "line 1: the line before it"),
            (format!("{text}nothing"), "line 4: no line of an audit trail"),
        ];
        for (changed, expected) in cases {
            fs::write(&path, changed).unwrap();
            let error = Audit::open(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
