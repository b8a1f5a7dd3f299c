//! Inputs into rows: records, variant calls, expression and HLA, patient by patient.
//!
//! A patient with an input that cannot be used is kept out whole, with the reason; the others go on.

mod computed;
mod hla;
mod records;
mod refusal;
mod sample;
mod tumour;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use vaxloom_clinical::{Condition, Gated, HlaReport, Observation, Patient, Specimen, Treatment};
use vaxloom_genome::reference::Reference;

use crate::sheet::{Row, Sheet};
use records::{Clinical, RecordCount};
use refusal::Faults;

pub(crate) use computed::ComputedRow;
pub(crate) use records::RecordsFolder;
pub(crate) use refusal::Refusal;
pub(crate) use sample::{Fragments, SampleInput};
pub(crate) use tumour::{CellFraction, HlaLosses};

/// Everything that one patient's results depend on.
#[derive(Debug)]
pub(crate) struct PatientInput {
    pub(crate) patient: Patient,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) specimens: Vec<Specimen>,
    pub(crate) treatments: Vec<Treatment>,
    pub(crate) observations: Vec<Observation>,
    pub(crate) hla: Vec<HlaReport>,
    pub(crate) samples: Vec<SampleInput>,
    /// Calls that were kept out of a file that could be read.
    pub(crate) refusals: Vec<Refusal>,
    /// SHA-256 of each file by its path in the sheet.
    pub(crate) files: BTreeMap<String, String>,
    /// SHA-256 over all of the above and the settings' fingerprint.
    pub(crate) hash: String,
}

/// What came of the inputs.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub(crate) patients: Vec<PatientInput>,
    pub(crate) refusals: Vec<Refusal>,
    /// Patients of the sheet.
    pub(crate) asked: usize,
    /// Resources read, kept, refused and passed over.
    pub(crate) records: RecordCount,
    /// What the gate did with them.
    pub(crate) gated: Gated,
    /// What is doubtful in records that came in all the same, what was removed of tables, and files that are no records.
    pub(crate) notes: Vec<Refusal>,
}

/// What inputs are read with.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) sheet: &'a Sheet,
    /// Folder of records.
    pub(crate) records: &'a RecordsFolder,
    /// What consequences are computed from; without it they are those of the VCF's CSQ.
    pub(crate) reference: Option<&'a Reference>,
    /// Of the settings: a patient read under another one is run again.
    pub(crate) fingerprint: &'a str,
}

/// Reads every patient of the sheet, in parallel. `done` is told after each.
pub(crate) fn ingest(given: &Given<'_>, done: impl Fn() + Sync) -> anyhow::Result<Ingested> {
    let Given { sheet, records, .. } = *given;
    let mut ingested = Ingested { asked: sheet.patients.len(), ..Ingested::default() };
    let mut clinical =
        records.read()?.map(|records| records::by_patient(records, sheet, &mut ingested));
    let asked: Vec<(&String, &Vec<Row>, Option<Clinical>)> = sheet
        .patients
        .iter()
        .map(|(id, rows)| (id, rows, clinical.as_mut().map(|c| c.remove(id).unwrap_or_default())))
        .collect();
    let results: Vec<Result<PatientInput, Vec<Refusal>>> = asked
        .into_par_iter()
        .map(|(id, rows, clinical)| {
            let result = patient(given, id, rows, clinical);
            done();
            result
        })
        .collect();
    for result in results {
        match result {
            Ok(patient) => ingested.patients.push(patient),
            Err(refusals) => ingested.refusals.extend(refusals),
        }
    }
    ingested.refusals.sort();
    Ok(ingested)
}

fn patient(
    given: &Given<'_>,
    id: &str,
    rows: &[Row],
    clinical: Option<Clinical>,
) -> Result<PatientInput, Vec<Refusal>> {
    let sheet = given.sheet;
    let mut faults = Faults { sheet, id, list: Vec::new() };
    duplicate_samples(rows, &mut faults);
    let clinical = records::settled(sheet, id, rows, clinical, &mut faults);
    let mut input = PatientInput {
        patient: clinical.patient.unwrap_or_else(|| records::from_sheet(sheet, id, rows)),
        conditions: clinical.conditions,
        specimens: clinical.specimens,
        treatments: clinical.treatments,
        observations: clinical.observations,
        hla: clinical.hla,
        samples: Vec::new(),
        refusals: Vec::new(),
        files: BTreeMap::new(),
        hash: String::new(),
    };
    hla::typings(&mut input, rows, &mut faults);
    for row in rows {
        sample::read(given, &mut input, row, &mut faults);
    }
    if faults.list.is_empty() {
        input.hash = input.fingerprint(rows, given.fingerprint);
        Ok(input)
    } else {
        Err(faults.list)
    }
}

impl Ingested {
    /// Files that were read, and their SHA-256.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let files = self.patients.iter().flat_map(|patient| &patient.files);
        files.map(|(path, hash)| (path.clone(), hash.clone())).collect()
    }
}

fn duplicate_samples(rows: &[Row], faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for row in rows {
        if !seen.insert(&row.sample) {
            faults.add(
                row,
                "sample",
                "sheet.duplicate-sample",
                &format!("two rows for sample {}", row.sample),
                "keep one row a sample; two samples of a patient need two names",
            );
        }
    }
}

impl PatientInput {
    /// Pseudonym.
    pub(crate) fn id(&self) -> &str {
        &self.patient.patient_id
    }

    /// Remembers what a file, or every file of a folder, held, for the run's row and for the next run.
    fn remember(&mut self, cell: &str, path: &Path) {
        if let Some(hash) = content_hash(path) {
            self.files.insert(cell.to_owned(), hash);
        }
    }

    fn fingerprint(&self, rows: &[Row], settings: &str) -> String {
        // Where a row stands in the sheet is no part of what it says.
        let hla: Vec<&str> = self.hla.iter().map(|h| h.reported.as_str()).collect();
        let person = (&self.patient.birth_year, &self.patient.sex, &self.patient.deceased);
        let clinical = serde_json::json!({
            "rows": rows, "files": self.files, "settings": settings, "patient": person,
            "conditions": self.conditions, "specimens": self.specimens, "treatments": self.treatments,
            "observations": self.observations, "hla": hla,
        });
        hex(&Sha256::digest(clinical.to_string()))
    }
}

/// SHA-256 of a file, read some at a time; of a folder, over the names and contents of its files.
fn content_hash(path: &Path) -> Option<String> {
    let mut hasher = Sha256::new();
    if path.is_dir() {
        let mut files: Vec<_> = fs::read_dir(path).ok()?.flatten().map(|e| e.path()).collect();
        files.sort();
        for file in files {
            hasher.update(file.file_name()?.as_encoded_bytes());
            hasher.update(content_hash(&file)?);
        }
    } else {
        let mut file = BufReader::with_capacity(1 << 20, File::open(path).ok()?);
        loop {
            let bytes = file.fill_buf().ok()?;
            if bytes.is_empty() {
                break;
            }
            hasher.update(bytes);
            let read = bytes.len();
            file.consume(read);
        }
    }
    Some(hex(&hasher.finalize()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
