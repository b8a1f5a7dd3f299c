//! A patient's HLA as a whole: at least one allele that can present, and at most two a gene.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ingest::{PatientInput, Refusal};

/// What the check needs of a row of `hla_typing`.
#[derive(Debug, Deserialize)]
pub(crate) struct Typing {
    patient_id: String,
    allele: String,
    locus: String,
    scored_as: Option<String>,
}

/// One row for each thing that cannot be right; the patient's other rows stay.
pub(crate) fn check(patients: &[&PatientInput], typings: &[Typing]) -> Vec<Refusal> {
    patients.iter().flat_map(|patient| check_one(patient, typings)).collect()
}

fn check_one(patient: &PatientInput, typings: &[Typing]) -> Vec<Refusal> {
    let mut genes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in
        typings.iter().filter(|row| row.patient_id == patient.id() && row.scored_as.is_some())
    {
        genes.entry(&row.locus).or_default().push(&row.allele);
    }
    if genes.is_empty() {
        return vec![refusal(
            patient,
            "hla.no-class-1",
            "no expressed HLA-A, -B or -C allele could be used, so nothing can be scored for this patient".to_owned(),
            "give the patient's class I alleles at two fields",
        )];
    }
    let crowded = genes.into_iter().filter(|(_, alleles)| alleles.len() > 2);
    crowded
        .map(|(gene, alleles)| {
            let message = format!(
                "{} alleles of HLA-{gene} ({}): expected at most two; results rest on all of them",
                alleles.len(),
                alleles.join(", ")
            );
            refusal(
                patient,
                "hla.too-many",
                message,
                "give one typing, or settle which of two samples' typings is right",
            )
        })
        .collect()
}

fn refusal(patient: &PatientInput, rule: &str, message: String, remedy: &str) -> Refusal {
    let place = patient.hla.first();
    Refusal {
        stage: "hla_typing".to_owned(),
        patient_id: Some(patient.id().to_owned()),
        source_file: place.map_or_else(String::new, |report| report.source_file.clone()),
        source_line: place.map_or(0, |report| report.source_line),
        path: "hla".to_owned(),
        rule: rule.to_owned(),
        message,
        remedy: remedy.to_owned(),
    }
}
