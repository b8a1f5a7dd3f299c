//! What every patient's inputs are, before any of them is parsed: who is unchanged costs no more than a look at the files.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike, Utc};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vaxloom_clinical::Gated;

use super::Given;
use super::records::{self, Clinical, Folder, RecordCount};
use super::refusal::Refusal;
use super::stamps::{KnownRecords, Stamps, sha256_of};
use crate::sheet::Row;

/// What a patient's inputs hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Content {
    /// SHA-256 of each file by its path in the sheet.
    pub(crate) files: BTreeMap<String, String>,
    /// SHA-256 over the rows of the sheet, the files and the records.
    pub(crate) hash: String,
}

/// What the inputs of the patients of a sheet hold.
#[derive(Debug)]
pub(crate) struct Survey {
    /// By patient.
    pub(crate) patients: BTreeMap<String, Content>,
    /// What was kept out of the records.
    pub(crate) refusals: Vec<Refusal>,
    /// Resources read, kept, refused and passed over.
    pub(crate) records: RecordCount,
    /// What the gate did with them, where they were read.
    pub(crate) gated: Gated,
    /// What is doubtful in records that came in all the same, what was removed of tables, and files that are no records.
    pub(crate) notes: Vec<Refusal>,
    /// Records that have been read and not asked for yet.
    read: Option<BTreeMap<String, Clinical>>,
}

impl Survey {
    /// Looks at every file and at every patient's records. Where the records are as they were, they are not read.
    pub(crate) fn take(given: &Given<'_>, stamps: &Stamps) -> anyhow::Result<Self> {
        let mut survey = Self {
            patients: BTreeMap::new(),
            refusals: Vec::new(),
            records: RecordCount::default(),
            gated: Gated::default(),
            notes: Vec::new(),
            read: None,
        };
        let folder = given.records.folder();
        let known = folder.map(|folder| survey.records(given, folder, stamps)).transpose()?;
        let asked: Vec<(&String, &Vec<Row>)> = given.sheet.patients.iter().collect();
        survey.patients = asked
            .into_par_iter()
            .map(|(id, rows)| {
                let hash = known.as_ref().map(|known| known.get(id).map(String::as_str));
                (id.clone(), Content::of(given, rows, hash, stamps))
            })
            .collect();
        Ok(survey)
    }

    /// SHA-256 of each patient's records.
    fn records(
        &mut self,
        given: &Given<'_>,
        folder: &Path,
        stamps: &Stamps,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        // Whether a patient of the records is in the sheet is a question to the sheet, and what is kept out one to the program.
        let asked: Vec<&String> = given.sheet.patients.keys().collect();
        let withdrawn = given.withdrawn.len();
        // The gate knows what year it is.
        let read_with = (given.records.fingerprint(), Utc::now().year());
        let content = stamps.sha256(folder).ok().map(|files| {
            let elsewhere = &given.sheet.elsewhere;
            sha256_of(&json!([
                files,
                read_with,
                asked,
                elsewhere,
                withdrawn,
                env!("CARGO_PKG_VERSION")
            ]))
        });
        if let Some(known) = content.as_deref().and_then(|content| stamps.records(content)) {
            self.refusals.clone_from(&known.refusals);
            self.records = known.count;
            self.notes.clone_from(&known.notes);
            stamps.keep_records(known.clone());
            return Ok(known.hashes);
        }
        let folder = read(given)?.unwrap_or_default();
        let asked = |id: &str| given.sheet.patients.contains_key(id);
        let hashes: BTreeMap<String, String> = folder
            .patients
            .iter()
            .filter(|(id, _)| asked(id))
            .map(|(id, records)| (id.clone(), records_hash(records)))
            .collect();
        if let Some(content) = content {
            stamps.keep_records(KnownRecords {
                content,
                hashes: hashes.clone(),
                refusals: folder.refusals.clone(),
                count: folder.count,
                notes: folder.notes.clone(),
            });
        }
        self.keep(folder);
        Ok(hashes)
    }

    fn keep(&mut self, folder: Folder) {
        self.refusals = folder.refusals;
        self.records = folder.count;
        self.gated = folder.gated;
        self.notes = folder.notes;
        self.read = Some(folder.patients);
    }

    /// The records of these patients, for good; `None` without a folder of records.
    pub(super) fn clinical(
        &mut self,
        given: &Given<'_>,
        ids: &[&str],
    ) -> anyhow::Result<Option<BTreeMap<String, Clinical>>> {
        if given.records.folder().is_none() {
            return Ok(None);
        }
        if self.read.is_none() && !ids.is_empty() {
            self.keep(read(given)?.unwrap_or_default());
        }
        let read = self.read.as_mut();
        let of = |read: &mut BTreeMap<String, Clinical>| {
            ids.iter().filter_map(|&id| read.remove_entry(id)).collect()
        };
        Ok(Some(read.map(of).unwrap_or_default()))
    }
}

/// What the records say of each patient; of who has withdrawn, nothing is told.
fn read(given: &Given<'_>) -> anyhow::Result<Option<Folder>> {
    let Some(records) = given.records.read()? else { return Ok(None) };
    let mut folder = records::by_patient(records, given.sheet);
    let may_be_told = |row: &Refusal| {
        let text = json!(row).to_string();
        !given.withdrawn.iter().any(|mention| mention.is_in(text.as_bytes()))
    };
    folder.refusals.retain(may_be_told);
    folder.notes.retain(may_be_told);
    Ok(Some(folder))
}

impl Content {
    /// A file that cannot be read has no hash: what reads it says why. Without records, and with records that say nothing of the
    /// patient, are two things.
    #[allow(clippy::option_option, reason = "the two kinds of none are hashed apart")]
    fn of(given: &Given<'_>, rows: &[Row], records: Option<Option<&str>>, stamps: &Stamps) -> Self {
        let hashed = |cell: &str| stamps.sha256(&given.sheet.resolve(cell)).ok();
        let mut files = BTreeMap::new();
        for cell in rows.iter().flat_map(cells) {
            if let Some(hash) = hashed(cell) {
                files.insert(cell.to_owned(), hash);
            }
        }
        // Where a row stands in the sheet is no part of what it says.
        let hash = sha256_of(&json!({ "rows": rows, "files": files, "records": records }));
        Self { files, hash }
    }
}

/// What may name a file; alleles do not.
fn cells(row: &Row) -> impl Iterator<Item = &str> {
    let files = [&row.vcf, &row.expression, &row.rna_bam, &row.fusions, &row.cnv, &row.phased_vcf];
    let hla = row.hla.as_deref().filter(|cell| !cell.contains([';', ',']));
    files.into_iter().flatten().map(String::as_str).chain(hla)
}

/// Over what the records say of a patient, and not over where they say it: a line that another patient gained moves nothing.
fn records_hash(records: &impl Serialize) -> String {
    let mut value = serde_json::to_value(records).unwrap_or_default();
    take_places_away(&mut value);
    sha256_of(&value)
}

fn take_places_away(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("source_file");
            fields.remove("source_line");
            fields.values_mut().for_each(take_places_away);
        }
        Value::Array(values) => values.iter_mut().for_each(take_places_away),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_record_stands_is_no_part_of_what_it_says() {
        let record = |line: i64, code: &str| {
            records_hash(
                &json!({ "conditions": [{ "code": code, "source_file": "a", "source_line": line }] }),
            )
        };
        assert_eq!(record(1, "C50"), record(7, "C50"));
        assert_ne!(record(1, "C50"), record(1, "C51"));
    }
}
