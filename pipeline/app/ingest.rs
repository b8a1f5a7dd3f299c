//! Inputs into rows: records, variant calls, expression and HLA, patient by patient.
//!
//! A patient with an input that cannot be used is kept out whole, with the reason; the others go on.

mod hla;
mod records;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use vaxloom_clinical::{Condition, HlaReport, Patient, Specimen, Treatment};
use vaxloom_genome::{Expression, SampleNames, SomaticVariant, VcfContent};

use crate::sheet::{Row, Sheet};
use records::{Clinical, RecordCount};
use refusal::Faults;

pub(crate) use refusal::Refusal;

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

/// Reads every patient of the sheet, in parallel. `done` is told after each.
pub(crate) fn ingest(
    sheet: &Sheet,
    records: Option<&Path>,
    fingerprint: &str,
    done: impl Fn() + Sync,
) -> anyhow::Result<Ingested> {
    let mut ingested = Ingested { asked: sheet.patients.len(), ..Ingested::default() };
    let folder = records.map(vaxloom_clinical::read_dir).transpose()?;
    let mut clinical = folder.map(|records| records::by_patient(records, sheet, &mut ingested));
    let asked: Vec<(&String, &Vec<Row>, Option<Clinical>)> = sheet
        .patients
        .iter()
        .map(|(id, rows)| (id, rows, clinical.as_mut().map(|c| c.remove(id).unwrap_or_default())))
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

fn patient(
    sheet: &Sheet,
    id: &str,
    rows: &[Row],
    clinical: Option<Clinical>,
    fingerprint: &str,
) -> Result<PatientInput, Vec<Refusal>> {
    let mut faults = Faults { sheet, id, list: Vec::new() };
    duplicate_samples(rows, &mut faults);
    let clinical = records::settled(sheet, id, rows, clinical, &mut faults);
    let mut input = PatientInput {
        patient: clinical.patient.unwrap_or_else(|| records::from_sheet(sheet, id, rows)),
        conditions: clinical.conditions,
        specimens: clinical.specimens,
        treatments: clinical.treatments,
        hla: clinical.hla,
        samples: Vec::new(),
        refusals: Vec::new(),
        files: BTreeMap::new(),
        hash: String::new(),
    };
    hla::typings(&mut input, rows, &mut faults);
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

fn sample(input: &mut PatientInput, row: &Row, faults: &mut Faults) {
    for (column, cell) in [("rna_bam", &row.rna_bam), ("fusions", &row.fusions), ("cnv", &row.cnv)]
    {
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
    let names = SampleNames { tumor: row.tumor_sample.clone(), normal: row.normal_sample.clone() };
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
            Ok(rows) if rows.is_empty() => {
                return faults.add(
                    row,
                    "expression",
                    "expression.empty",
                    "the table has a header and no rows",
                    "give the quantifier's whole table, or leave the cell empty",
                );
            }
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
    /// Pseudonym.
    pub(crate) fn id(&self) -> &str {
        &self.patient.patient_id
    }

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
            expression: if measured.is_empty() { content.expression } else { measured },
            not_in_tumor: content.not_in_tumor,
        });
        self.refusals.extend(refusals);
    }

    /// Remembers what a file held, for the run's row and for the next run.
    fn remember(&mut self, cell: &str, path: &Path) {
        if let Ok(bytes) = fs::read(path) {
            self.files.insert(cell.to_owned(), hex(&Sha256::digest(bytes)));
        }
    }

    fn fingerprint(&self, rows: &[Row], settings: &str) -> String {
        // Where a row stands in the sheet is no part of what it says.
        let hla: Vec<&str> = self.hla.iter().map(|h| h.reported.as_str()).collect();
        let person = (&self.patient.birth_year, &self.patient.sex, &self.patient.deceased);
        let clinical = serde_json::json!({
            "rows": rows, "files": self.files, "settings": settings, "patient": person,
            "conditions": self.conditions, "specimens": self.specimens, "treatments": self.treatments,
            "hla": hla,
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
