//! A patient who has withdrawn is forgotten everywhere, history included, and what was searched is told as proof.
//!
//! The rows go in a run of their own, so that readers see the lake with the patient or without, nothing between. Then each
//! table's history goes: its log begins anew at this version, and every file that this version does not name is removed.
//! Whatever is killed on the way is done again by the next call, which begins at the beginning.

mod beyond;
mod history;
mod mention;
mod rows;
mod search;

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Lake, LakeError};

pub use mention::Mention;
pub use search::{Found, Searched};

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
    /// Of a lake in an object store: what the bucket itself may still have, and how to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<String>,
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
/// with how many files those were; the lake and the folders `beside` it are searched afterwards.
pub async fn forget(
    lake: &mut Lake,
    patient: &str,
    order: &Order,
    beside: &[PathBuf],
    remove: impl FnOnce(&Mention) -> std::io::Result<usize>,
) -> Result<Proof, LakeError> {
    let patients = rows::patients(lake).await?;
    let mention = Mention::new(patient, &patients);
    let before = rows::naming(lake, &mention).await?;
    let hash = salted(&order.run_id, patient);
    let scores_removed = rows::remove(lake, patient, &mention, &hash, order).await?;
    let unwritable = |source| LakeError::Unwritable { path: lake.root().to_owned(), source };
    let other_files_removed = remove(&mention).map_err(unwritable)?;
    let other_files_removed = other_files_removed + remove_copies(lake, &mention).await?;
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
        searched: search::search(lake.place(), beside, &mention).await?,
        beyond: beyond::told(lake.place()).await,
    })
}

/// Takes away what names the patient beside the tables of a lake that was copied from a folder into an object store: pages and the
/// like, which nothing writes there anew. What is not this program's is left to be found.
async fn remove_copies(lake: &Lake, mention: &Mention) -> Result<usize, LakeError> {
    let place = lake.place();
    if place.folder().is_some() {
        return Ok(0);
    }
    let mut copies = place.everything("").await?;
    copies.retain(|item| {
        let first = item.path.strip_prefix(lake.root()).ok().and_then(|path| path.iter().next());
        let first = first.unwrap_or_default().to_string_lossy();
        ["reports", ".cluster", ".part.json"].contains(&&*first) || first.starts_with(".stamps.")
    });
    let mut naming = Vec::new();
    let mut read = std::pin::pin!(place.read(copies));
    while let Some((item, bytes)) = read.try_next().await? {
        if mention.is_in(item.name().as_bytes()) || mention.is_in(&bytes) {
            naming.push(item);
        }
    }
    lake.check_held()?;
    place.remove(naming).await
}

/// The lake's proofs, oldest first.
pub async fn proofs(lake: &Lake) -> Result<Vec<Proof>, LakeError> {
    let place = lake.place();
    let mut read = std::pin::pin!(place.read(place.everything(FOLDER).await?));
    let mut proofs = Vec::new();
    while let Some((_, text)) = read.try_next().await? {
        proofs.extend(serde_json::from_slice::<Proof>(&text));
    }
    Ok(proofs)
}

/// Keeps a proof in its lake, and says where.
pub async fn keep(lake: &Lake, proof: &Proof) -> Result<PathBuf, LakeError> {
    let text = serde_json::to_vec_pretty(proof)?;
    lake.place().put(FOLDER, &format!("{}.json", proof.run_id), text).await
}

/// Folder of the proofs, in the lake.
const FOLDER: &str = ".forgotten";
