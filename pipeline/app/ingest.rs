//! Inputs into rows: records, variant calls, expression and HLA, patient by patient.
//!
//! A patient with an input that cannot be used is kept out whole, with the reason; the others go on.

mod computed;
mod hla;
mod records;
mod refusal;
mod sample;
mod stamps;
mod survey;
mod tumour;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use vaxloom_clinical::{Condition, HlaReport, Observation, Patient, Specimen, Treatment};
use vaxloom_genome::reference::Reference;
use vaxloom_lake::forget::Mention;

use crate::sheet::{Row, Sheet};
use crate::stop::Stop;
use records::Clinical;
use refusal::Faults;

pub(crate) use computed::ComputedRow;
pub(crate) use records::{RecordCount, RecordsFolder};
pub(crate) use refusal::Refusal;
pub(crate) use sample::{Fragments, SampleInput};
pub(crate) use stamps::{Stamps, sha256_of};
pub(crate) use survey::{Content, Survey};
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
}

/// What came of some patients' inputs.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub(crate) patients: Vec<PatientInput>,
    /// Why the others were kept out.
    pub(crate) refusals: Vec<Refusal>,
}

/// What inputs are read with.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) sheet: &'a Sheet,
    /// Folder of records.
    pub(crate) records: &'a RecordsFolder,
    /// What consequences are computed from; without it they are those of the VCF's CSQ.
    pub(crate) reference: Option<&'a Reference>,
    /// Patients of whom nothing may be kept.
    pub(crate) withdrawn: &'a [Mention],
    /// Whether to go on: once not, patients are passed over.
    pub(crate) stop: &'a Stop,
}

/// Reads these patients of the sheet, in parallel. `done` is told after each.
pub(crate) fn ingest(
    given: &Given<'_>,
    survey: &mut Survey,
    ids: &[&str],
    done: impl Fn() + Sync,
) -> anyhow::Result<Ingested> {
    let mut clinical = survey.clinical(given, ids)?;
    let asked: Vec<(&str, &Vec<Row>, Option<Clinical>)> = ids
        .iter()
        .filter_map(|&id| Some((id, given.sheet.patients.get(id)?)))
        .map(|(id, rows)| (id, rows, clinical.as_mut().map(|c| c.remove(id).unwrap_or_default())))
        .collect();
    let results: Vec<Result<PatientInput, Vec<Refusal>>> = asked
        .into_par_iter()
        .map(|(id, rows, clinical)| {
            if given.stop.now().is_some() {
                return Err(Vec::new());
            }
            // A mistake of a reader is one patient's misfortune, not everyone's.
            let read = AssertUnwindSafe(|| patient(given, id, rows, clinical));
            let result = catch_unwind(read)
                .unwrap_or_else(|_| Err(vec![Refusal::of_reader(given.sheet, id)]));
            done();
            result
        })
        .collect();
    let mut ingested = Ingested::default();
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
    };
    hla::typings(&mut input, rows, &mut faults);
    for row in rows {
        sample::read(given, &mut input, row, &mut faults);
    }
    if faults.list.is_empty() { Ok(input) } else { Err(faults.list) }
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
}
