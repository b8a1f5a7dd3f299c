//! Studies and clinical tables that are no FHIR: cBioPortal's folders (AACR GENIE's too) and GDC's clinical TSV, as the same rows.
//!
//! Only the columns named here are read: an allow-list, as that of the gate. Dates, ages and names of the tables do not get into rows;
//! GENIE's `cannotReleaseHIPAA`, `withheld`, `<18` and `>89` are no year.
//!
//! Ids are read as they are: with a project key they become pseudonyms ([`Study::pseudonymise`]).
//!
//! Sources: cBioPortal's file formats; GENIE's data guide; GDC's data dictionary.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{
    element::year,
    pseudonym::ProjectKey,
    read::ReadError,
    records::{Condition, Patient, Records, Specimen, Treatment},
    rule::{Finding, MISSING_ID, Rule, Source},
    tabular::{ClinicalTable, TableRow},
};

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

impl Study {
    /// Replaces the ids of patients, samples and conditions by pseudonyms.
    pub fn pseudonymise(&mut self, key: &ProjectKey) {
        let patient = |id: &mut String| *id = key.pseudonym("Patient", id);
        let records = &mut self.records;
        records.patients.iter_mut().for_each(|row| patient(&mut row.patient_id));
        for row in &mut records.specimens {
            patient(&mut row.patient_id);
            row.specimen_id = key.pseudonym("Specimen", &row.specimen_id);
        }
        for row in &mut records.conditions {
            patient(&mut row.patient_id);
            row.condition_id = key.pseudonym("Condition", &row.condition_id);
        }
        for row in &mut records.treatments {
            patient(&mut row.patient_id);
            row.treatment_id = key.pseudonym("Treatment", &row.treatment_id);
        }
        let quarantined = records.quarantined.iter_mut().filter_map(|row| row.patient_id.as_mut());
        quarantined.for_each(patient);
    }
}

/// Reads a cBioPortal study folder by its meta files: names of data files are those that they give.
pub fn read_cbioportal(dir: &Path) -> Result<Study, ReadError> {
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
    if let Some((name, path)) = clinical.get("PATIENT_ATTRIBUTES") {
        let table = ClinicalTable::read(path)?;
        read_patients(&table, name, &mut study.records, &mut patients);
    }
    if let Some((name, path)) = clinical.get("SAMPLE_ATTRIBUTES") {
        let table = ClinicalTable::read(path)?;
        read_samples(&table, name, &mut study.records, &mut patients);
    }
    Ok(study)
}

/// Reads one clinical table of any portal: GDC's `clinical.tsv`, or a table with a row a sample or patient.
pub fn read_clinical_table(path: &Path) -> Result<Study, ReadError> {
    let table = ClinicalTable::read(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut study = Study::default();
    let mut patients = HashSet::new();
    if table.column(&["SAMPLE_ID", "Tumor_Sample_Barcode", "sample_submitter_id"]).is_some() {
        read_samples(&table, &name, &mut study.records, &mut patients);
    } else {
        read_patients(&table, &name, &mut study.records, &mut patients);
    }
    Ok(study)
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

const PATIENT_ID: [&str; 6] = [
    "PATIENT_ID",
    "case_submitter_id",
    "submitter_id",
    "bcr_patient_barcode",
    "case_id",
    "Tumor_Sample_Barcode",
];

/// Counts the rows that could not be read.
fn take_faults(table: &ClinicalTable, file: &str, records: &mut Records) {
    for (line, finding) in &table.faults {
        records.read += 1;
        records.hold(
            &Source { file: file.to_owned(), line: *line },
            None,
            std::slice::from_ref(finding),
        );
    }
}

/// One row a patient, or (GDC) one row a treatment of a patient.
fn read_patients(
    table: &ClinicalTable,
    file: &str,
    records: &mut Records,
    patients: &mut HashSet<String>,
) {
    take_faults(table, file, records);
    let id = table.column(&PATIENT_ID);
    let columns = Columns::new(table);
    let mut conditions = HashSet::new();
    for row in &table.rows {
        records.read += 1;
        let source = Source { file: file.to_owned(), line: row.line };
        let Some(patient) = row.get(id) else {
            records.hold(&source, None, &[Finding::new("PATIENT_ID", &MISSING_ID)]);
            continue;
        };
        let mut kept = false;
        if patients.insert(patient.to_owned()) {
            records.patients.push(columns.patient(row, patient, &source));
            kept = true;
        }
        if let Some(condition) = columns.condition(row, patient, &source) {
            let known = (
                condition.condition_id.clone(),
                condition.code.clone(),
                condition.display.clone(),
                condition.stage_group.clone(),
            );
            if conditions.insert(known) {
                records.conditions.push(condition);
                kept = true;
            }
        }
        if let Some(treatment) = columns.treatment(row, patient, &source) {
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
    take_faults(table, file, records);
    let sample = table.column(&["SAMPLE_ID", "Tumor_Sample_Barcode", "sample_submitter_id"]);
    let id = table.column(&PATIENT_ID).or(sample);
    let columns = Columns::new(table);
    let kind = table.column(&["SAMPLE_TYPE", "sample_type"]);
    let site = table.column(&["PRIMARY_SITE", "TUMOR_TISSUE_SITE", "SAMPLE_SITE"]);
    for row in &table.rows {
        records.read += 1;
        let source = Source { file: file.to_owned(), line: row.line };
        let (Some(patient), Some(specimen)) = (row.get(id), row.get(sample)) else {
            records.hold(&source, None, &[Finding::new("SAMPLE_ID", &MISSING_ID)]);
            continue;
        };
        if patients.insert(patient.to_owned()) {
            records.patients.push(columns.patient(row, patient, &source));
        }
        records.specimens.push(Specimen {
            patient_id: patient.to_owned(),
            specimen_id: specimen.to_owned(),
            specimen_type: row.get(kind).map(str::to_owned),
            body_site: row.get(site).map(str::to_owned),
            collected_year: None,
            source_file: source.file.clone(),
            source_line: source.line,
        });
        if let Some(mut condition) = columns.condition(row, patient, &source) {
            specimen.clone_into(&mut condition.condition_id);
            records.conditions.push(condition);
        }
        records.kept += 1;
    }
}

/// Where a table has what rows are made of.
struct Columns {
    sex: Option<usize>,
    birth: Option<usize>,
    dead: Option<usize>,
    code: Option<usize>,
    icd10: Option<usize>,
    display: Option<usize>,
    onset: Option<usize>,
    stage: Option<usize>,
    treatment: Option<usize>,
    agents: Option<usize>,
}

impl Columns {
    fn new(table: &ClinicalTable) -> Self {
        Self {
            sex: table.column(&["SEX", "GENDER"]),
            birth: table.column(&["BIRTH_YEAR", "YEAR_OF_BIRTH"]),
            dead: table.column(&["OS_STATUS", "VITAL_STATUS", "DEAD", "Overall_Survival_Status"]),
            code: table.column(&["ONCOTREE_CODE"]),
            icd10: table.column(&["ICD_10_CODE", "ICD_10"]),
            display: table.column(&[
                "CANCER_TYPE_DETAILED",
                "CANCER_TYPE",
                "primary_diagnosis",
                "FAB_classification",
            ]),
            onset: table.column(&["year_of_diagnosis", "INITIAL_PATHOLOGIC_DX_YEAR"]),
            stage: table.column(&[
                "AJCC_PATHOLOGIC_TUMOR_STAGE",
                "ajcc_pathologic_stage",
                "TUMOR_STAGE",
                "STAGE",
                "ajcc_clinical_stage",
            ]),
            treatment: table.column(&["treatment_type"]),
            agents: table.column(&["therapeutic_agents"]),
        }
    }

    fn patient(&self, row: &TableRow, id: &str, source: &Source) -> Patient {
        Patient {
            patient_id: id.to_owned(),
            // What is no plain year, such as GENIE's `>89`, is none.
            birth_year: row.get(self.birth).filter(|text| text.len() == 4).and_then(year),
            sex: row.get(self.sex).and_then(sex).map(str::to_owned),
            deceased: row.get(self.dead).and_then(deceased),
            source_file: source.file.clone(),
            source_line: source.line,
        }
    }

    fn condition(&self, row: &TableRow, patient: &str, source: &Source) -> Option<Condition> {
        let text = |column| row.get(column).map(str::to_owned);
        let (code, system) = match (text(self.code), text(self.icd10)) {
            (Some(code), _) => (Some(code), Some("http://oncotree.mskcc.org")),
            (None, Some(code)) => (Some(code), Some("http://hl7.org/fhir/sid/icd-10")),
            _ => (None, None),
        };
        let condition = Condition {
            patient_id: patient.to_owned(),
            condition_id: patient.to_owned(),
            code,
            code_system: system.map(str::to_owned),
            display: text(self.display),
            onset_year: row.get(self.onset).filter(|text| text.len() == 4).and_then(year),
            stage_group: text(self.stage),
            stage_code: None,
            stage_system: None,
            source_file: source.file.clone(),
            source_line: source.line,
        };
        let says_something = condition.code.is_some()
            || condition.display.is_some()
            || condition.stage_group.is_some();
        says_something.then_some(condition)
    }

    fn treatment(&self, row: &TableRow, patient: &str, source: &Source) -> Option<Treatment> {
        let kind = row.get(self.treatment)?;
        let agents = row.get(self.agents);
        Some(Treatment {
            patient_id: patient.to_owned(),
            treatment_id: format!("{patient}/{}", source.line),
            kind: if agents.is_some() { "medication" } else { "procedure" }.to_owned(),
            code: None,
            code_system: None,
            display: Some(agents.unwrap_or(kind).to_owned()),
            status: None,
            start_year: None,
            source_file: source.file.clone(),
            source_line: source.line,
        })
    }
}

fn sex(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "male" | "m" => Some("male"),
        "female" | "f" => Some("female"),
        "other" => Some("other"),
        "unknown" => Some("unknown"),
        _ => None,
    }
}

/// `1:DECEASED`, `DECEASED`, `Dead`, `True`, `1`, and their opposites.
fn deceased(text: &str) -> Option<bool> {
    let status = text.split_once(':').map_or(text, |(_, status)| status);
    match status.to_ascii_lowercase().as_str() {
        "deceased" | "dead" | "true" | "1" | "yes" => Some(true),
        "living" | "alive" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}
