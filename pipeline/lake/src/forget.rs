//! A patient who has withdrawn is forgotten everywhere, history included, and what was searched is told as proof.
//!
//! The rows go in a run of their own, so that readers see the lake with the patient or without, nothing between. Then each
//! table's history goes: its log begins anew at this version, and every file that this version does not name is removed.
//! Whatever is killed on the way is done again by the next call, which begins at the beginning.

mod history;
mod mention;
mod rows;
mod search;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Lake, LakeError};

pub use mention::Mention;
pub use search::{Found, Searched, search};

/// What is known of the one who forgets.
#[derive(Debug, Clone)]
pub struct Order {
    /// Id of the run that forgets.
    pub run_id: String,
    /// Start of the run, RFC 3339, UTC.
    pub started_at: String,
    /// Account of the operating system.
    pub actor: String,
    /// Version of the program.
    pub program_version: String,
    /// Number and hash of the audit trail's line.
    pub trail: (u64, String),
    /// When the run ends: now, or after this one, which ended last.
    pub end_after: fn(Option<&str>) -> String,
}

/// What was done, and what was searched afterwards. The pseudonym itself is not in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proof {
    /// Id of the run that forgot, and the salt of the next field.
    pub run_id: String,
    /// SHA-256 over `run_id`, a line break and the pseudonym.
    pub pseudonym_sha256: String,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Rows that named the patient, by table, before.
    pub rows_before: BTreeMap<String, usize>,
    /// The same afterwards.
    pub rows_after: BTreeMap<String, usize>,
    /// Cached scores of peptides that only this patient had.
    pub scores_removed: usize,
    /// Files that only earlier versions of tables named, or none.
    pub data_files_removed: usize,
    /// Files of the tables' logs.
    pub log_files_removed: usize,
    /// Pages and other files beside the tables.
    pub other_files_removed: usize,
    /// What was searched when all this was done.
    pub searched: Searched,
}

impl Proof {
    /// Whether this is the proof for a pseudonym.
    pub fn is_of(&self, pseudonym: &str) -> bool {
        self.pseudonym_sha256 == salted(&self.run_id, pseudonym)
    }

    /// Whether nothing was found afterwards.
    pub fn holds(&self) -> bool {
        self.searched.found.is_empty() && self.rows_after.values().all(|rows| *rows == 0)
    }
}

/// SHA-256 of a pseudonym that cannot be looked up in a table made beforehand.
fn salted(salt: &str, pseudonym: &str) -> String {
    search::hex(&Sha256::digest(format!("{salt}\n{pseudonym}")))
}

/// Removes a patient from every table and from their history. `remove` takes away what there is beside the tables, and answers
/// with how many files those were; `places` are searched afterwards.
pub async fn forget(
    lake: &mut Lake,
    patient: &str,
    order: &Order,
    places: &[PathBuf],
    remove: impl FnOnce(&Mention) -> std::io::Result<usize>,
) -> Result<Proof, LakeError> {
    lake.folder()?;
    let patients = rows::patients(lake).await?;
    let mention = Mention::new(patient, &patients);
    let before = rows::naming(lake, &mention).await?;
    let hash = salted(&order.run_id, patient);
    let scores_removed = rows::remove(lake, patient, &mention, &hash, order).await?;
    let unwritable = |source| LakeError::Unwritable { path: lake.root().to_owned(), source };
    let other_files_removed = remove(&mention).map_err(unwritable)?;
    let removed = history::remove(lake).await?;
    let rows_after = rows::naming(lake, &mention).await?;
    Ok(Proof {
        run_id: order.run_id.clone(),
        pseudonym_sha256: hash,
        at: order.started_at.clone(),
        rows_before: before,
        rows_after,
        scores_removed,
        data_files_removed: removed.data,
        log_files_removed: removed.log,
        other_files_removed,
        searched: search(places, &mention)?,
    })
}

/// The lake's proofs, oldest first.
pub fn proofs(lake: &Path) -> Vec<Proof> {
    let Ok(entries) = std::fs::read_dir(lake.join(FOLDER)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: &PathBuf| serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    paths.iter().filter_map(read).collect()
}

/// Keeps a proof, and says where.
pub fn keep(lake: &Path, proof: &Proof) -> Result<PathBuf, LakeError> {
    let path = lake.join(FOLDER).join(format!("{}.json", proof.run_id));
    let text = serde_json::to_string_pretty(proof)?;
    let partial = path.with_extension("partial");
    let written = std::fs::create_dir_all(lake.join(FOLDER))
        .and_then(|()| std::fs::write(&partial, text))
        .and_then(|()| std::fs::rename(&partial, &path));
    written.map_err(|source| LakeError::Unwritable { path: path.clone(), source })?;
    Ok(path)
}

/// Folder of the proofs, in the lake's.
const FOLDER: &str = ".forgotten";
