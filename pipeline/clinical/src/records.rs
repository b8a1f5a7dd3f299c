//! What a folder of records gave, and the count that proves that no resource was lost.

use std::collections::BTreeMap;

use crate::{
    collect::Collected,
    row::{Condition, HlaReport, Observation, Patient, Quarantined, Specimen, Treatment},
    rule::{Finding, NOT_FHIR, Rule, Source},
    settle,
};

impl Quarantined {
    fn new(source: &Source, patient_id: Option<&str>, finding: &Finding) -> Self {
        Self {
            stage: "records".to_owned(),
            patient_id: patient_id.map(str::to_owned),
            source_file: source.file.clone(),
            source_line: source.line,
            path: finding.path.clone(),
            rule: finding.rule.id.to_owned(),
            message: finding.rule.message.to_owned(),
            remedy: finding.rule.remedy.to_owned(),
        }
    }
}

/// What a folder of records gave. Rows are sorted by patient, own id and source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    /// One row a patient.
    pub patients: Vec<Patient>,
    /// One row a Condition.
    pub conditions: Vec<Condition>,
    /// One row a Specimen.
    pub specimens: Vec<Specimen>,
    /// One row a Procedure, MedicationRequest, MedicationAdministration or MedicationStatement.
    pub treatments: Vec<Treatment>,
    /// One row an Observation and one a component of it.
    pub observations: Vec<Observation>,
    /// One row an allele text.
    pub hla_reports: Vec<HlaReport>,
    /// One row a reason.
    pub quarantined: Vec<Quarantined>,
    /// What is doubtful in resources that were taken in all the same: HLA typings that disagree, or are misspelt.
    pub noted: Vec<Quarantined>,
    /// Resources read; a line or file that is not JSON counts as one.
    pub read: usize,
    /// Resources that gave at least one row, or the stage of a condition.
    pub kept: usize,
    /// Resources in quarantine (each has one row or more in `quarantined`).
    pub held: usize,
    /// Resources that are not wanted: other types and codes, identical repeats, results that a later or
    /// more precise one replaces, and what the source has marked as an error or refuted.
    pub ignored: usize,
    /// What the gate did.
    pub gated: Gated,
    /// By file, path and rule: first line, how often.
    pub(crate) removed: BTreeMap<(String, String, &'static str), (i64, usize, &'static Rule)>,
    pub(crate) collected: Collected,
}

/// What the gate did with resources and rows of tables, before anything was made of them.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Gated {
    /// Nothing had to be removed or reduced.
    pub passed: usize,
    /// Something was.
    pub transformed: usize,
    /// They could not be read, or must not be used.
    pub quarantined: usize,
    /// More are in quarantine than the profile allows: none of the batch may be used.
    pub refused: bool,
    /// Breaches by rule.
    pub rules: BTreeMap<&'static str, usize>,
    /// Resources of types of which nothing is taken, by type; those that FHIR R4 does not have under `?`.
    pub aside: BTreeMap<String, usize>,
}

impl Gated {
    pub(crate) fn count(&mut self, rule: &'static Rule) {
        *self.rules.entry(rule.id).or_default() += 1;
    }
}

/// Resources were lost or counted twice: a defect of the program, or records were not read to their end.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "{read} resources read, but {kept} kept + {held} in quarantine + {ignored} ignored = {}; report this as a defect",
    kept + held + ignored
)]
pub struct Unbalanced {
    read: usize,
    kept: usize,
    held: usize,
    ignored: usize,
}

impl Records {
    /// Resolves references among everything read so far and fills the tables.
    ///
    /// Called once, after the last resource.
    pub(crate) fn settle(&mut self) {
        settle::settle(self);
        self.sort();
    }

    /// Checks that resources read = kept + in quarantine + ignored.
    pub fn check_balance(&self) -> Result<(), Unbalanced> {
        let &Self { read, kept, held, ignored, .. } = self;
        if read == kept + held + ignored {
            return Ok(());
        }
        Err(Unbalanced { read, kept, held, ignored })
    }

    pub(crate) fn hold(&mut self, source: &Source, patient_id: Option<&str>, findings: &[Finding]) {
        self.held += 1;
        self.quarantined
            .extend(findings.iter().map(|finding| Quarantined::new(source, patient_id, finding)));
    }

    pub(crate) fn note(&mut self, source: &Source, patient_id: Option<&str>, finding: &Finding) {
        self.noted.push(Quarantined::new(source, patient_id, finding));
    }

    /// Faults of files that are JSON but no FHIR, such as those of a folder of something else.
    pub(crate) fn not_fhir(&self) -> usize {
        self.quarantined.iter().filter(|row| row.rule == NOT_FHIR.id).count()
    }

    pub(crate) fn sort(&mut self) {
        self.patients.sort_by(|a, b| a.patient_id.cmp(&b.patient_id));
        self.conditions.sort_by(|a, b| {
            (&a.patient_id, &a.condition_id).cmp(&(&b.patient_id, &b.condition_id))
        });
        self.specimens
            .sort_by(|a, b| (&a.patient_id, &a.specimen_id).cmp(&(&b.patient_id, &b.specimen_id)));
        self.treatments.sort_by(|a, b| {
            (&a.patient_id, &a.treatment_id).cmp(&(&b.patient_id, &b.treatment_id))
        });
        let observation =
            |row: &Observation| (row.patient_id.clone(), row.observation_id.clone(), row.component);
        self.observations.sort_by_cached_key(observation);
        let hla = |row: &HlaReport| {
            (row.patient_id.clone(), row.reported.clone(), row.source_file.clone(), row.source_line)
        };
        self.hla_reports.sort_by_cached_key(hla);
        let place = |row: &Quarantined| {
            (row.source_file.clone(), row.source_line, row.path.clone(), row.rule.clone())
        };
        self.quarantined.sort_by_cached_key(place);
        self.noted.sort_by_cached_key(place);
    }
}
