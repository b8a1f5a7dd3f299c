//! The audit trail of a server: every statement that was asked, what came of it, and every refusal, in a chain of hashes
//! ([`vaxloom_clinical::audit`]). Queries stand in it as they were asked: they may name patients' properties, and the file is its
//! owner's alone.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use vaxloom_clinical::audit::Trail;

use super::ServeError;

/// What happened.
#[allow(clippy::struct_field_names, reason = "the name of the key in the file")]
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Event {
    /// `asked`, `answered`, `failed`, `cancelled` or `refused`.
    pub(super) event: &'static str,
    /// Whose statement it is; none where nobody was let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<String>,
    /// Address of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peer: Option<String>,
    /// Number of the statement: of what was asked, and of what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    /// Tables that the statement reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tables: Vec<String>,
    /// Rows that were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) milliseconds: Option<u64>,
    /// Cells of a researcher's answer that were like none before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new_cells: Option<usize>,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

#[derive(Serialize)]
struct Line {
    at: String,
    #[serde(flatten)]
    event: Event,
}

/// What counts against a researcher's new questions of a day.
#[derive(Deserialize)]
struct Asked {
    at: String,
    user: String,
    #[serde(rename = "new_cells")]
    _new_cells: usize,
}

/// The trail of one server.
#[derive(Debug)]
pub(super) struct Audit {
    trail: Mutex<Trail>,
    file: Arc<File>,
}

impl Audit {
    /// The trail in a file, which is made where there is none. Nothing is added to a broken one.
    pub(super) fn open(path: &Path) -> Result<Self, ServeError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(ServeError::io(path))?;
        }
        let trail = Trail::open(path)?;
        let file = Arc::new(trail.file()?);
        Ok(Self { trail: Mutex::new(trail), file })
    }

    /// Adds an event, before what it tells of goes on.
    pub(super) fn write(&self, event: Event) -> Result<(), ServeError> {
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut trail = self.trail.lock().unwrap_or_else(PoisonError::into_inner);
        trail.add(&Line { at, event })?;
        Ok(())
    }

    /// Adds an event of which nothing more can be stopped; a trail that cannot be written is told to the log.
    pub(super) fn note(&self, event: Event) {
        if let Err(error) = self.write(event) {
            tracing::error!("{error}");
        }
    }

    /// The file, for a thread that waits for the disk.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}

/// Statements of a day that asked something new, by user: a server that is started again goes on counting.
pub(super) fn new_questions(
    path: &Path,
    day: NaiveDate,
) -> Result<HashMap<String, usize>, ServeError> {
    let lines = BufReader::new(File::open(path).map_err(ServeError::io(path))?).lines();
    let day = day.to_string();
    let mut counts = HashMap::new();
    for line in lines {
        let line = line.map_err(ServeError::io(path))?;
        let asked = Some(line).filter(|line| line.contains("\"new_cells\":"));
        let asked = asked.and_then(|line| serde_json::from_str::<Asked>(&line).ok());
        if let Some(asked) = asked.filter(|asked| asked.at.starts_with(&day)) {
            *counts.entry(asked.user).or_default() += 1;
        }
    }
    Ok(counts)
}

/// Two letters a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
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

    #[test]
    fn new_questions_are_counted_anew_from_the_trail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/audit.jsonl");
        let audit = Audit::open(&path).unwrap();
        let cells = [("rosalind", Some(2)), ("rosalind", Some(1)), ("anna", None)];
        for (user, new_cells) in cells {
            let user = Some(user.to_owned());
            // Whoever writes the key into a query has asked nothing new.
            let query = Some("SELECT '\"new_cells\":1'".to_owned());
            audit
                .write(Event { event: "answered", user, query, new_cells, ..Event::default() })
                .unwrap();
        }
        let today = Utc::now().date_naive();
        assert_eq!(
            new_questions(&path, today).unwrap(),
            HashMap::from([("rosalind".to_owned(), 2)])
        );
        let tomorrow = today.succ_opt().unwrap();
        assert!(new_questions(&path, tomorrow).unwrap().is_empty());
        assert!(
            Audit::open(&path).is_err_and(|error| error.to_string().contains("another program"))
        );
    }
}
