//! Studies and clinical tables that are no FHIR: cBioPortal's folders (AACR GENIE's too) and GDC's clinical TSV, as the same rows.
//!
//! Only the columns named here are read: an allow-list, as that of the gate. Dates, ages and names of the tables do not get into rows;
//! GENIE's `cannotReleaseHIPAA`, `withheld`, `<18` and `>89` are no year.
//!
//! Ids are read as they are: with a project key they become pseudonyms afterwards ([`Records::pseudonymise`]).
//!
//! Sources: cBioPortal's file formats; GENIE's data guide; GDC's data dictionary.

mod columns;

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{
    deid::Gate,
    read::ReadError,
    records::Records,
    rule::{Finding, MISSING_ID, Rule, Source},
    tabular::ClinicalTable,
};
pub(crate) use columns::{Columns, PATIENT_ID, SAMPLE_ID, kind};

const META: Rule = Rule {
    id: "format.meta",
    message: "a meta file whose data_filename is not there, or that names none",
    remedy: "give data_filename, the name of the data file beside the meta file",
};

/// A file of a study that another room reads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataFile {
    /// `genetic_alteration_type`, such as `MUTATION_EXTENDED` or `MRNA_EXPRESSION`.
    pub alteration: String,
    /// `datatype`, such as `MAF` or `CONTINUOUS`.
    pub datatype: String,
    /// Where it is.
    pub path: PathBuf,
}

/// What a study folder gave.
#[derive(Debug, Default)]
pub struct Study {
    /// `cancer_study_identifier`.
    pub id: Option<String>,
    /// Rows of the clinical files; every row read is kept, in quarantine or ignored.
    pub records: Records,
    /// Data files by their meta files, the clinical ones left out.
    pub files: Vec<DataFile>,
}

/// Reads a cBioPortal study folder by its meta files: names of data files are those that they give. With a gate, every clinical table goes
/// through it first.
pub fn read_cbioportal(dir: &Path, mut gate: Option<&mut Gate>) -> Result<Study, ReadError> {
    let mut study = Study::default();
    let mut clinical = BTreeMap::new();
    for (name, path) in meta_files(dir)? {
        let meta = meta(&path)?;
        let get = |key: &str| meta.get(key).cloned().unwrap_or_default();
        study.id = study.id.take().or_else(|| meta.get("cancer_study_identifier").cloned());
        let (alteration, datatype) = (get("genetic_alteration_type"), get("datatype"));
        if alteration.is_empty() {
            continue;
        }
        let data = dir.join(get("data_filename"));
        if !data.is_file() {
            study.records.read += 1;
            study.records.hold(
                &Source { file: name, line: 0 },
                None,
                &[Finding::new("data_filename", &META)],
            );
        } else if alteration == "CLINICAL" {
            clinical.insert(datatype, (get("data_filename"), data));
        } else {
            study.files.push(DataFile { alteration, datatype, path: data });
        }
    }
    let mut patients = HashSet::new();
    for datatype in ["PATIENT_ATTRIBUTES", "SAMPLE_ATTRIBUTES"] {
        if let Some((name, path)) = clinical.get(datatype) {
            let mut table = ClinicalTable::read(path)?;
            read_table(&mut table, name, gate.as_deref_mut(), &mut study.records, &mut patients);
        }
    }
    Ok(study)
}

/// Reads one clinical table of any portal: GDC's `clinical.tsv`, or a table with a row a sample or patient.
pub fn read_clinical_table(path: &Path) -> Result<Study, ReadError> {
    let mut table = ClinicalTable::read(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut study = Study::default();
    read_table(&mut table, &name, None, &mut study.records, &mut HashSet::new());
    Ok(study)
}

/// Rows of a table with a row a sample, or else a row a patient.
pub(crate) fn read_table(
    table: &mut ClinicalTable,
    file: &str,
    gate: Option<&mut Gate>,
    records: &mut Records,
    patients: &mut HashSet<String>,
) {
    records.take_faults(table, file);
    if let Some(gate) = gate {
        records.take_table(gate, table, file, kind);
    }
    if table.column(&SAMPLE_ID).is_some() {
        read_samples(table, file, records, patients);
    } else {
        read_patients(table, file, records, patients);
    }
}

fn meta_files(dir: &Path) -> Result<Vec<(String, PathBuf)>, ReadError> {
    if !dir.is_dir() {
        return Err(ReadError::NoFolder(dir.to_owned()));
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(ReadError::io(dir))? {
        let path = entry.map_err(ReadError::io(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("meta") && path.is_file() {
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}

/// `key: value` of each line.
fn meta(path: &Path) -> Result<BTreeMap<String, String>, ReadError> {
    let text = fs::read_to_string(path).map_err(ReadError::io(path))?;
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    Ok(lines.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect())
}

/// One row a patient, or (GDC) one row a treatment of a patient.
fn read_patients(
    table: &ClinicalTable,
    file: &str,
    records: &mut Records,
    patients: &mut HashSet<String>,
) {
    let id = table.column(&PATIENT_ID);
    let columns = Columns::new(table, file);
    let mut conditions = HashSet::new();
    for row in &table.rows {
        records.read += 1;
        let Some(patient) = row.get(id) else {
            records.hold(&columns.source(row), None, &[Finding::new("PATIENT_ID", &MISSING_ID)]);
            continue;
        };
        let mut kept = false;
        if patients.insert(patient.to_owned()) {
            records.patients.push(columns.patient(row, patient));
            records.observations.extend(columns.results(row, patient, None));
            kept = true;
        }
        if let Some(condition) = columns.condition(row, patient, patient) {
            let known = (
                patient,
                condition.code.clone(),
                condition.display.clone(),
                condition.stage_group.clone(),
            );
            if conditions.insert(known) {
                records.conditions.push(condition);
                kept = true;
            }
        }
        if let Some(treatment) = columns.treatment(row, patient) {
            records.treatments.push(treatment);
            kept = true;
        }
        *if kept { &mut records.kept } else { &mut records.ignored } += 1;
    }
}

/// One row a sample: a specimen, and the diagnosis that it was taken for.
fn read_samples(
    table: &ClinicalTable,
    file: &str,
    records: &mut Records,
    patients: &mut HashSet<String>,
) {
    let sample = table.column(&SAMPLE_ID);
    let id = table.column(&PATIENT_ID).or(sample);
    let columns = Columns::new(table, file);
    for row in &table.rows {
        records.read += 1;
        let (Some(patient), Some(specimen)) = (row.get(id), row.get(sample)) else {
            records.hold(&columns.source(row), None, &[Finding::new("SAMPLE_ID", &MISSING_ID)]);
            continue;
        };
        if patients.insert(patient.to_owned()) {
            records.patients.push(columns.patient(row, patient));
        }
        records.specimens.push(columns.specimen(row, patient, specimen));
        records.conditions.extend(columns.condition(row, patient, specimen));
        records.treatments.extend(columns.treatment(row, patient));
        records.observations.extend(columns.results(row, patient, Some(specimen)));
        records.kept += 1;
    }
}
