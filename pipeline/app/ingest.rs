//! Inputs into rows: records, variant calls, expression and HLA, patient by patient.
//!
//! A patient with an input that cannot be used is kept out whole, with the reason; the others go on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vaxloom_clinical::{Condition, HlaReport, Patient, Records, Specimen, Treatment};
use vaxloom_genome::{Expression, SampleNames, SomaticVariant, VcfContent};
use vaxloom_immune::typing_files::{self, TypingError};

use crate::sheet::{Row, Sheet};

/// Why something was kept out: a row of the table `quarantine`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) stage: String,
    pub(crate) patient_id: Option<String>,
    pub(crate) source_file: String,
    pub(crate) source_line: i64,
    pub(crate) path: String,
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

/// Everything that one patient's results depend on.
#[derive(Debug)]
pub(crate) struct PatientInput {
    pub(crate) patient: Patient,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) specimens: Vec<Specimen>,
    pub(crate) treatments: Vec<Treatment>,
    pub(crate) hla: Vec<HlaReport>,
    pub(crate) samples: Vec<SampleInput>,
    /// Calls that were kept out of a file that could be read.
    pub(crate) refusals: Vec<Refusal>,
    /// SHA-256 of each file by its path in the sheet.
    pub(crate) files: BTreeMap<String, String>,
    /// SHA-256 over all of the above and the settings' fingerprint.
    pub(crate) hash: String,
}

/// Calls and expression of one sample.
#[derive(Debug)]
pub(crate) struct SampleInput {
    pub(crate) sample: String,
    pub(crate) csq_format: String,
    pub(crate) variants: Vec<SomaticVariant>,
    pub(crate) expression: Vec<Expression>,
    /// Alternate alleles in the file: kept, refused, or not carried by the tumour.
    pub(crate) alleles: usize,
    pub(crate) quarantined: usize,
    pub(crate) not_in_tumor: usize,
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
}

/// Balance of the records folder.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct RecordCount {
    pub(crate) read: usize,
    pub(crate) kept: usize,
    pub(crate) quarantined: usize,
    pub(crate) ignored: usize,
}

/// Reads every patient of the sheet, in parallel. `done` is told after each.
pub(crate) fn ingest(
    sheet: &Sheet,
    records: Option<&Path>,
    fingerprint: &str,
    done: impl Fn() + Sync,
) -> anyhow::Result<Ingested> {
    let mut ingested = Ingested {
        asked: sheet.patients.len(),
        ..Ingested::default()
    };
    let folder = records.map(vaxloom_clinical::read_dir).transpose()?;
    let mut clinical = folder.map(|records| by_patient(records, sheet, &mut ingested));
    let asked: Vec<(&String, &Vec<Row>, Option<Clinical>)> = sheet
        .patients
        .iter()
        .map(|(id, rows)| {
            (
                id,
                rows,
                clinical.as_mut().map(|c| c.remove(id).unwrap_or_default()),
            )
        })
        .collect();
    let results: Vec<Result<PatientInput, Vec<Refusal>>> = asked
        .into_par_iter()
        .map(|(id, rows, clinical)| {
            let result = patient(sheet, id, rows, clinical, fingerprint);
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

/// The records of one patient. Without `patient`, the records folder has none of this patient.
#[derive(Debug, Default)]
struct Clinical {
    patient: Option<Patient>,
    refused: bool,
    conditions: Vec<Condition>,
    specimens: Vec<Specimen>,
    treatments: Vec<Treatment>,
    hla: Vec<HlaReport>,
}

fn by_patient(
    records: Records,
    sheet: &Sheet,
    ingested: &mut Ingested,
) -> BTreeMap<String, Clinical> {
    ingested.records = RecordCount {
        read: records.read,
        kept: records.kept,
        quarantined: records.held,
        ignored: records.ignored,
    };
    let mut patients: BTreeMap<String, Clinical> = BTreeMap::new();
    for row in &records.quarantined {
        if let Some(id) = &row.patient_id {
            patients.entry(id.clone()).or_default().refused = true;
        }
    }
    for row in records.patients {
        if !sheet.patients.contains_key(&row.patient_id) {
            ingested.refusals.push(no_sample(&row));
        }
        let id = row.patient_id.clone();
        patients.entry(id).or_default().patient = Some(row);
    }
    for row in records.conditions {
        patients
            .entry(row.patient_id.clone())
            .or_default()
            .conditions
            .push(row);
    }
    for row in records.specimens {
        patients
            .entry(row.patient_id.clone())
            .or_default()
            .specimens
            .push(row);
    }
    for row in records.treatments {
        patients
            .entry(row.patient_id.clone())
            .or_default()
            .treatments
            .push(row);
    }
    for row in records.hla_reports {
        patients
            .entry(row.patient_id.clone())
            .or_default()
            .hla
            .push(row);
    }
    ingested
        .refusals
        .extend(records.quarantined.into_iter().map(Refusal::from));
    patients
}

fn no_sample(patient: &Patient) -> Refusal {
    Refusal {
        stage: "records".to_owned(),
        patient_id: Some(patient.patient_id.clone()),
        source_file: patient.source_file.clone(),
        source_line: patient.source_line,
        path: "Patient".to_owned(),
        rule: "records.no-sample".to_owned(),
        message: "a patient with records but no row in the sample sheet: found none, expected one or more".to_owned(),
        remedy: "add the patient's sample to the sheet, or take the records out of the folder".to_owned(),
    }
}

fn patient(
    sheet: &Sheet,
    id: &str,
    rows: &[Row],
    clinical: Option<Clinical>,
    fingerprint: &str,
) -> Result<PatientInput, Vec<Refusal>> {
    let mut faults = Faults {
        sheet,
        id,
        list: Vec::new(),
    };
    duplicate_samples(rows, &mut faults);
    let clinical = settled(sheet, id, rows, clinical, &mut faults);
    let mut input = PatientInput {
        patient: clinical
            .patient
            .unwrap_or_else(|| from_sheet(sheet, id, rows)),
        conditions: clinical.conditions,
        specimens: clinical.specimens,
        treatments: clinical.treatments,
        hla: clinical.hla,
        samples: Vec::new(),
        refusals: Vec::new(),
        files: BTreeMap::new(),
        hash: String::new(),
    };
    typings(&mut input, rows, &mut faults);
    for row in rows {
        sample(&mut input, row, &mut faults);
    }
    if faults.list.is_empty() {
        input.hash = input.fingerprint(rows, fingerprint);
        Ok(input)
    } else {
        Err(faults.list)
    }
}

/// The patient's records; a patient whose record is missing or was refused is a fault.
fn settled(
    sheet: &Sheet,
    id: &str,
    rows: &[Row],
    clinical: Option<Clinical>,
    faults: &mut Faults,
) -> Clinical {
    let Some(clinical) = clinical else {
        return Clinical {
            patient: Some(from_sheet(sheet, id, rows)),
            ..Clinical::default()
        };
    };
    if clinical.patient.is_none() && clinical.refused {
        faults.add(&rows[0], "patient", "records.refused",
            "the patient's record is in quarantine, so the sample was not run",
            "see the rows of stage records in table quarantine; de-identify the record and run again");
    } else if clinical.patient.is_none() {
        faults.add(
            &rows[0],
            "patient",
            "sheet.no-record",
            "no Patient with this id in the records folder",
            "add the record, correct the pseudonym, or run without --records",
        );
    }
    clinical
}

fn from_sheet(sheet: &Sheet, id: &str, rows: &[Row]) -> Patient {
    Patient {
        patient_id: id.to_owned(),
        birth_year: None,
        sex: None,
        deceased: None,
        source_file: sheet.name.clone(),
        source_line: rows.first().map_or(0, |row| row.line as i64),
    }
}

/// Faults of a patient's inputs, each with its place in the sheet.
struct Faults<'a> {
    sheet: &'a Sheet,
    id: &'a str,
    list: Vec<Refusal>,
}

impl Faults<'_> {
    fn add(&mut self, row: &Row, column: &str, rule: &str, message: &str, remedy: &str) {
        self.list.push(Refusal {
            stage: "inputs".to_owned(),
            patient_id: Some(self.id.to_owned()),
            source_file: self.sheet.name.clone(),
            source_line: row.line as i64,
            path: column.to_owned(),
            rule: rule.to_owned(),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    /// An error of a room, whose words end with the remedy.
    fn add_error(&mut self, row: &Row, column: &str, rule: &str, error: &dyn std::error::Error) {
        let text = error.to_string();
        let (message, remedy) = text.rsplit_once("; ").unwrap_or((&text, "see the message"));
        self.add(row, column, rule, message, remedy);
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

/// HLA from the sheet where it is given, else from the records.
fn typings(input: &mut PatientInput, rows: &[Row], faults: &mut Faults) {
    let given: Vec<&Row> = rows.iter().filter(|row| row.hla.is_some()).collect();
    if given.is_empty() {
        if input.hla.is_empty() {
            faults.add(&rows[0], "hla", "hla.missing",
                "no HLA alleles: the cell is empty and the records have none",
                "give the alleles (HLA-A*02:01;HLA-A*24:02;...), a typing file, or an HLA Observation in the records");
        }
        return;
    }
    input.hla.clear();
    for row in given {
        let cell = row.hla.as_deref().unwrap_or_default();
        let (reported, source) = match alleles_of(input, faults.sheet, cell) {
            Ok(found) => found,
            Err(error) => {
                faults.add_error(row, "hla", "hla.typing-file", &error);
                continue;
            }
        };
        if reported.is_empty() {
            faults.add(
                row,
                "hla",
                "hla.missing",
                "no alleles in the cell or its file",
                "give at least one class I allele",
            );
        }
        input
            .hla
            .extend(reported.into_iter().map(|reported| HlaReport {
                patient_id: row.patient.clone(),
                reported,
                source_file: source.clone(),
                source_line: row.line as i64,
            }));
    }
}

/// A cell is a list of alleles, or else the path of a typing file.
fn alleles_of(
    input: &mut PatientInput,
    sheet: &Sheet,
    cell: &str,
) -> Result<(Vec<String>, String), TypingError> {
    let list = cell.contains('*') || cell.contains(';');
    if list && !sheet.resolve(cell).is_file() {
        return Ok((typing_files::parse_list(cell), sheet.name.clone()));
    }
    let path = sheet.resolve(cell);
    let reported = typing_files::read_typing(&path)?;
    input.remember(cell, &path);
    Ok((reported, cell.to_owned()))
}

fn sample(input: &mut PatientInput, row: &Row, faults: &mut Faults) {
    for (column, cell) in [
        ("rna_bam", &row.rna_bam),
        ("fusions", &row.fusions),
        ("cnv", &row.cnv),
    ] {
        if cell.is_some() {
            tracing::warn!(
                patient = row.patient,
                column,
                "this version does not read the column: its file is not used"
            );
        }
    }
    let Some(cell) = &row.vcf else {
        return faults.add(
            row,
            "vcf",
            "sheet.no-vcf",
            "the cell is empty",
            "give the path of an annotated VCF",
        );
    };
    let names = SampleNames {
        tumor: row.tumor_sample.clone(),
        normal: row.normal_sample.clone(),
    };
    let path = faults.sheet.resolve(cell);
    let content = match vaxloom_genome::read_vcf(&path, cell, &names) {
        Ok(content) => content,
        Err(error) => return faults.add_error(row, "vcf", "vcf.file", &error),
    };
    for warning in &content.warnings {
        tracing::warn!(patient = row.patient, "{warning}");
    }
    input.remember(cell, &path);
    let measured = match &row.expression {
        None => Vec::new(),
        Some(cell) => match vaxloom_genome::read_expression(&faults.sheet.resolve(cell), cell) {
            Ok(rows) => {
                input.remember(cell, &faults.sheet.resolve(cell));
                rows
            }
            Err(error) => return faults.add_error(row, "expression", "expression.file", &error),
        },
    };
    input.add_sample(row, content, measured);
}

impl PatientInput {
    /// A table of expression stands before what the VCF carries.
    fn add_sample(&mut self, row: &Row, content: VcfContent, measured: Vec<Expression>) {
        let refusals = content.quarantined.into_iter().map(|quarantined| Refusal {
            patient_id: Some(row.patient.clone()),
            ..Refusal::from(quarantined)
        });
        let refusals: Vec<Refusal> = refusals.collect();
        self.samples.push(SampleInput {
            sample: row.sample.clone(),
            csq_format: content.csq_format.as_str().to_owned(),
            alleles: content.alleles,
            quarantined: refusals.len(),
            variants: content.variants,
            expression: if measured.is_empty() {
                content.expression
            } else {
                measured
            },
            not_in_tumor: content.not_in_tumor,
        });
        self.refusals.extend(refusals);
    }

    /// Remembers what a file held, for the run's row and for the next run.
    fn remember(&mut self, cell: &str, path: &Path) {
        if let Ok(bytes) = fs::read(path) {
            self.files
                .insert(cell.to_owned(), hex(&Sha256::digest(bytes)));
        }
    }

    fn fingerprint(&self, rows: &[Row], settings: &str) -> String {
        let clinical = serde_json::json!({
            "rows": rows, "files": self.files, "settings": settings, "patient": self.patient,
            "conditions": self.conditions, "specimens": self.specimens, "treatments": self.treatments,
            "hla": self.hla,
        });
        hex(&Sha256::digest(clinical.to_string()))
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

macro_rules! refusal_from {
    ($($room:ident),*) => {$(
        impl From<$room::Quarantined> for Refusal {
            fn from(row: $room::Quarantined) -> Self {
                let $room::Quarantined { stage, patient_id, source_file, source_line, path, rule, message, remedy } = row;
                Self { stage, patient_id, source_file, source_line, path, rule, message, remedy }
            }
        }
    )*};
}

refusal_from!(vaxloom_clinical, vaxloom_genome);
