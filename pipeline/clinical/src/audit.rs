//! The audit trail: an append-only file of JSON lines, each of which holds the hash of the one before.
//!
//! A line is an event with `seq` (from 1), `previous` (the hash of the line before; zeros for the first) and `hash`: the SHA-256 of the
//! line without its own hash. A line that was changed, taken out, added or moved breaks the chain where it stands, and [`verify`]
//! says where. Lines cut off at the end break nothing: whoever must notice that keeps `seq` and `hash` of the last line elsewhere, such
//! as in the lake's `audit` table, and gives them to [`verify`].
//!
//! An event of this program's own acts tells no value of any record. A [`Trail`] takes what its owner writes: a server's
//! has the queries that it was asked.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::pseudonym::hex;

/// `previous` of the first line.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Longest line.
const LONGEST: u64 = 8 << 20;

/// One action: who, when, what, over what, and how many rows.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// When: RFC 3339, UTC.
    pub at: String,
    /// Account of the operating system.
    pub actor: String,
    /// Command, such as `check`.
    pub command: String,
    /// Version of the program.
    pub version: String,
    /// Inputs and their SHA-256.
    pub inputs: BTreeMap<String, String>,
    /// Profile of the gate.
    pub profile: String,
    /// Id of the project key, where there was one.
    pub key_id: Option<String>,
    /// Breaches by rule.
    pub rules: BTreeMap<String, usize>,
    /// Rows read.
    pub rows_in: usize,
    /// Rows that went on.
    pub rows_out: usize,
    /// Rows that were reduced.
    pub rows_transformed: usize,
    /// Rows kept out.
    pub rows_quarantined: usize,
}

/// A line without its hash: what the hash is of.
#[derive(Serialize)]
struct Body<'a, E> {
    seq: u64,
    previous: &'a str,
    #[serde(flatten)]
    event: &'a E,
}

/// What ties a line to the one before, whatever its event.
#[derive(Deserialize)]
struct Link {
    seq: u64,
    previous: String,
}

#[derive(Deserialize)]
struct Sealed {
    hash: String,
}

/// The end of a chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// Number of the last line; 0 for none.
    pub seq: u64,
    /// Its hash; zeros for none.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: START.to_owned() }
    }
}

/// A trail that cannot be read, written or believed.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The operating system refused.
    #[error(
        "{file}: the audit trail cannot be read or written ({kind}); check the path and its permissions"
    )]
    Io {
        /// The file.
        file: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// Another process holds the trail.
    #[error("{file}: another program is writing this audit trail; end it, or give another file")]
    Held {
        /// The file.
        file: String,
    },
    /// The chain is broken.
    #[error(
        "{file}: line {line}: {what}; restore the file from a copy, and find out who could write to it"
    )]
    Broken {
        /// The file.
        file: String,
        /// 1-based line.
        line: u64,
        /// What is wrong there.
        what: &'static str,
    },
}

/// Adds an event to the end of the trail, which is made where there is none. The last line is checked first: nothing is added to a
/// broken end. One process at a time may do this: the lake's lock sees to it.
pub fn append(path: &Path, event: &Event) -> Result<Head, AuditError> {
    let name = path.display().to_string();
    let fault = |error: io::Error| AuditError::Io { file: name.clone(), kind: error.kind() };
    let mut file =
        OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fault)?;
    let before = last_line(&mut file).map_err(fault)?;
    let head = match before.map(|line| read_line(&line)) {
        None => Head::default(),
        Some(Ok((_, head))) => head,
        // The whole trail says which line it is.
        Some(Err(_)) => verify(path, None)?,
    };
    let end = file.metadata().map_err(fault)?.len();
    let next = add(&mut file, &head, event).map_err(fault)?;
    if let Err(error) = file.sync_data() {
        file.set_len(end).ok();
        return Err(fault(error));
    }
    Ok(next)
}

/// A trail that one process adds to for as long as it runs.
#[derive(Debug)]
pub struct Trail {
    name: String,
    file: File,
    head: Head,
}

impl Trail {
    /// The trail in a file, which is made where there is none, for its owner alone. The whole chain is checked: nothing is added
    /// to a broken one.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        use std::os::unix::fs::OpenOptionsExt;
        let name = path.display().to_string();
        let fault = |error: io::Error| AuditError::Io { file: name.clone(), kind: error.kind() };
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(0o600).open(path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(AuditError::Held { file: name }),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        let head = verify(path, None)?;
        Ok(Self { name, file, head })
    }

    /// Adds an event: an object whose keys are none of the chain's. The system has it then; the disk may not.
    pub fn add(&mut self, event: &impl Serialize) -> Result<&Head, AuditError> {
        let added = add(&mut self.file, &self.head, event);
        self.head = added.map_err(|error| self.fault(&error))?;
        Ok(&self.head)
    }

    /// A handle by which another thread can wait for the disk.
    pub fn file(&self) -> Result<File, AuditError> {
        self.file.try_clone().map_err(|error| self.fault(&error))
    }

    fn fault(&self, error: &io::Error) -> AuditError {
        AuditError::Io { file: self.name.clone(), kind: error.kind() }
    }
}

/// Adds a line to the end of an open trail.
fn add(file: &mut File, head: &Head, event: &impl Serialize) -> io::Result<Head> {
    let body = Body { seq: head.seq + 1, previous: &head.hash, event };
    let (line, hash) = seal(&body)?;
    if line.len() as u64 > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let end = file.metadata()?.len();
    if let Err(error) = file.write_all(line.as_bytes()) {
        // Half a line, as a full disk leaves it, would break the chain for good.
        file.set_len(end).ok();
        return Err(error);
    }
    Ok(Head { seq: body.seq, hash })
}

/// Reads the whole trail and gives its end, or the first line where the chain is broken. `expected` is an end that was kept elsewhere:
/// the trail must reach it and have it at its place.
pub fn verify(path: &Path, expected: Option<&Head>) -> Result<Head, AuditError> {
    let name = path.display().to_string();
    let fault = |error: io::Error| AuditError::Io { file: name.clone(), kind: error.kind() };
    let broken =
        |line: u64, what: &'static str| AuditError::Broken { file: name.clone(), line, what };
    let mut reader = BufReader::new(File::open(path).map_err(fault)?);
    let mut head = Head::default();
    let mut line = Vec::new();
    let mut found = expected.is_none_or(|expected| expected.seq == 0);
    for number in 1.. {
        line.clear();
        if reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(fault)? == 0 {
            break;
        }
        if line.pop() != Some(b'\n') {
            return Err(broken(number, "the line has no end"));
        }
        let (previous, next) = read_line(&line).map_err(|what| broken(number, what))?;
        if next.seq != head.seq + 1 {
            return Err(broken(number, "a line before this one is missing or was moved"));
        }
        if previous != head.hash {
            return Err(broken(number, "the line before this one was changed"));
        }
        if let Some(expected) = expected.filter(|expected| expected.seq == next.seq) {
            if expected.hash != next.hash {
                return Err(broken(
                    number,
                    "the trail was written anew: the hash is not the one that was kept",
                ));
            }
            found = true;
        }
        head = next;
    }
    if found { Ok(head) } else { Err(broken(head.seq + 1, "lines are missing at the end")) }
}

/// The line with its end, and its hash.
fn seal(body: &Body<'_, impl Serialize>) -> io::Result<(String, String)> {
    let text = serde_json::to_string(body)?;
    let hash = hex(&Sha256::digest(text.as_bytes()));
    let open = text.strip_suffix('}').unwrap_or(&text);
    Ok((format!("{open},\"hash\":\"{hash}\"}}\n"), hash))
}

/// `previous` of a line and the end that the chain has with it; what is wrong with it otherwise.
fn read_line(line: &[u8]) -> Result<(String, Head), &'static str> {
    let line = str::from_utf8(line).map_err(|_| "the line is not valid UTF-8")?;
    let no_json = |_| "the line is not one of an audit trail";
    let Sealed { hash } = serde_json::from_str(line).map_err(no_json)?;
    let open = line
        .strip_suffix(&format!(",\"hash\":\"{hash}\"}}"))
        .ok_or("the line is not one of an audit trail")?;
    let text = format!("{open}}}");
    if hex(&Sha256::digest(text.as_bytes())) != hash {
        return Err("the line was changed");
    }
    let Link { seq, previous } = serde_json::from_str(&text).map_err(no_json)?;
    Ok((previous, Head { seq, hash }))
}

/// The last line without its end; `None` in an empty file.
fn last_line(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let size = file.seek(SeekFrom::End(0))?;
    if size == 0 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(size.saturating_sub(LONGEST)))?;
    let mut end = Vec::new();
    file.take(LONGEST).read_to_end(&mut end)?;
    let text = end.strip_suffix(b"\n").unwrap_or(&end);
    let begin = text.iter().rposition(|b| *b == b'\n').map_or(0, |place| place + 1);
    Ok(Some(text[begin..].to_vec()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::fs;

    use super::*;

    fn trail(events: usize) -> (tempfile::TempDir, std::path::PathBuf, Vec<Head>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let event = |n: usize| Event {
            at: "2026-11-24T10:00:00Z".to_owned(),
            command: "check".to_owned(),
            rows_in: n,
            ..Event::default()
        };
        let heads = (0..events).map(|n| append(&path, &event(n)).unwrap()).collect();
        (dir, path, heads)
    }

    #[test]
    fn an_untouched_trail_is_believed() {
        let (_dir, path, heads) = trail(5);
        assert_eq!(verify(&path, None).unwrap(), heads[4]);
        assert_eq!(verify(&path, Some(&heads[2])).unwrap().seq, 5);
    }

    #[test]
    fn every_change_is_found_where_it_is() {
        let (_dir, path, heads) = trail(5);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let other = trail(1);
        let foreign = fs::read_to_string(&other.1).unwrap();
        for (case, changed, line, wanted) in [
            ("changed", text.replace("\"rows_in\":2", "\"rows_in\":3"), 3, "was changed"),
            ("a blank put in", text.replacen("\"seq\":2", "\"seq\": 2", 1), 2, "was changed"),
            ("taken out", [lines[0], lines[1], lines[3], lines[4]].join("\n") + "\n", 3, "missing"),
            ("first taken out", lines[1..].join("\n") + "\n", 1, "missing"),
            (
                "moved",
                [lines[0], lines[2], lines[1], lines[3], lines[4]].join("\n") + "\n",
                2,
                "missing",
            ),
            ("twice", [lines[0], lines[0]].join("\n") + "\n", 2, "missing"),
            ("another trail's", foreign.clone() + &lines[1..].join("\n") + "\n", 0, ""),
            ("cut in the middle of a line", text[..text.len() - 10].to_owned(), 5, "has no end"),
            ("no JSON", format!("{text}x\n"), 6, "not one of an audit trail"),
        ] {
            fs::write(&path, changed).unwrap();
            match verify(&path, None) {
                Err(AuditError::Broken { line: found, what, .. }) => {
                    assert_eq!((found, what.contains(wanted)), (line, true), "{case}: {what}");
                }
                // The same event under the same hash is the same line.
                Ok(head) => assert_eq!((case, head), ("another trail's", heads[4].clone())),
                Err(error) => panic!("{case}: {error}"),
            }
        }
    }

    #[test]
    fn lines_cut_off_at_the_end_are_missed_with_the_end_that_was_kept() {
        let (_dir, path, heads) = trail(5);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.lines().take(3).map(|line| line.to_owned() + "\n").collect::<String>(),
        )
        .unwrap();
        assert_eq!(verify(&path, None).unwrap().seq, 3);
        assert!(matches!(verify(&path, Some(&heads[4])), Err(AuditError::Broken { line: 4, .. })));
        // A trail that goes on from there is another one.
        for _ in 0..2 {
            append(&path, &Event::default()).unwrap();
        }
        assert!(matches!(verify(&path, Some(&heads[4])), Err(AuditError::Broken { line: 5, .. })));
    }

    #[test]
    fn a_trail_of_other_events_is_one_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        for query in ["SELECT 1", "SELECT '\",\"hash\":\"'"] {
            let mut trail = Trail::open(&path).unwrap();
            assert!(matches!(Trail::open(&path), Err(AuditError::Held { .. })));
            trail.add(&BTreeMap::from([("query", query)])).unwrap();
            trail.add(&BTreeMap::from([("rows", 3)])).unwrap();
        }
        assert_eq!(verify(&path, None).unwrap().seq, 4);
        fs::write(&path, fs::read_to_string(&path).unwrap().replace("SELECT 1", "SELECT 2"))
            .unwrap();
        assert!(matches!(Trail::open(&path), Err(AuditError::Broken { line: 1, .. })));
    }

    #[test]
    fn nothing_is_added_to_a_broken_end() {
        let (_dir, path, _) = trail(2);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"rows_in\":1", "\"rows_in\":9")).unwrap();
        assert!(append(&path, &Event::default()).is_err());
        assert!(matches!(verify(Path::new("no-such-trail"), None), Err(AuditError::Io { .. })));
    }
}
