//! The rows that leave this room, and the count that proves that no resource was lost.

use crate::{
    collect::Collected,
    rule::{Finding, Source},
    settle,
};

/// A person under a pseudonym.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Patient {
    /// Pseudonym: `Patient.id`.
    pub patient_id: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Administrative gender: male, female, other or unknown.
    pub sex: Option<String>,
    /// Whether the person has died, where the record says.
    pub deceased: Option<bool>,
    /// File, relative to the folder of records.
    pub source_file: String,
    /// Line of an NDJSON file; in a Bundle the 1-based index of the entry; 1 for a single resource.
    pub source_line: i64,
}

/// A diagnosis, with the stage of the disease where an Observation or the Condition itself gives one.
///
/// Free text of the record (`CodeableConcept.text`) is never taken over, here or in the other rows.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Condition {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// `Condition.id`.
    pub condition_id: String,
    /// First code of the diagnosis.
    pub code: Option<String>,
    /// URL of the code system of `code`.
    pub code_system: Option<String>,
    /// Name of `code` as its coding gives it.
    pub display: Option<String>,
    /// Year of onset.
    pub onset_year: Option<i32>,
    /// Stage: name of the coded value, or its code where it has no name.
    pub stage_group: Option<String>,
    /// Code of the stage.
    pub stage_code: Option<String>,
    /// Staging system: the method of the observation; without one, the code system of the stage.
    pub stage_system: Option<String>,
    /// File, relative to the folder of records.
    pub source_file: String,
    /// As in [`Patient`].
    pub source_line: i64,
}

/// A sample taken from a patient.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Specimen {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// `Specimen.id`.
    pub specimen_id: String,
    /// Name of the coded type, or its code where it has no name.
    pub specimen_type: Option<String>,
    /// Name of the coded body site, or its code where it has no name.
    pub body_site: Option<String>,
    /// Year of collection.
    pub collected_year: Option<i32>,
    /// File, relative to the folder of records.
    pub source_file: String,
    /// As in [`Patient`].
    pub source_line: i64,
}

/// A procedure or a medication.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Treatment {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// `TYPE/id`: four resource types share this table, and an id is unique in its type only.
    pub treatment_id: String,
    /// `procedure` or `medication`.
    pub kind: String,
    /// First code of the procedure or medication.
    pub code: Option<String>,
    /// URL of the code system of `code`.
    pub code_system: Option<String>,
    /// Name of `code` as its coding gives it.
    pub display: Option<String>,
    /// FHIR status, such as completed, active, stopped or not-done.
    pub status: Option<String>,
    /// Year of the start, or of the order.
    pub start_year: Option<i32>,
    /// File, relative to the folder of records.
    pub source_file: String,
    /// As in [`Patient`].
    pub source_line: i64,
}

/// One HLA allele text as the laboratory reported it, not yet normalised.
///
/// A text stands twice for a patient only where one genotype reports it twice (homozygous). Repeated
/// genotypes add nothing new, nor does a haplotype whose text a genotype has already reported.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct HlaReport {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// The text, such as `HLA-A*02:01`; ambiguous parts of a GL String are left whole.
    pub reported: String,
    /// File, relative to the folder of records.
    pub source_file: String,
    /// As in [`Patient`].
    pub source_line: i64,
}

/// One reason why a resource was not taken in. A resource may have several. Holds no value of the record.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Quarantined {
    /// Always `records`.
    pub stage: String,
    /// Pseudonym, where the resource leads to a Patient of the folder.
    pub patient_id: Option<String>,
    /// File, relative to the folder of records.
    pub source_file: String,
    /// As in [`Patient`]; for a file that is not JSON, the line of the error.
    pub source_line: i64,
    /// Path of the element, such as `Patient.name[0]`.
    pub path: String,
    /// Stable name of the rule, such as `deid.name`.
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

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
    pub(crate) collected: Collected,
}

/// Resources were lost or counted twice: a defect of the program, or [`Records::settle`] was not called.
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
    /// [`read_dir`](crate::read_dir) does this itself; call it once after the last
    /// [`read_file`](crate::read_file).
    pub fn settle(&mut self) {
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

    pub(crate) fn note(&mut self, source: &Source, patient_id: &str, finding: &Finding) {
        self.noted.push(Quarantined::new(source, Some(patient_id), finding));
    }

    fn sort(&mut self) {
        self.patients.sort_by(|a, b| a.patient_id.cmp(&b.patient_id));
        self.conditions.sort_by(|a, b| {
            (&a.patient_id, &a.condition_id).cmp(&(&b.patient_id, &b.condition_id))
        });
        self.specimens
            .sort_by(|a, b| (&a.patient_id, &a.specimen_id).cmp(&(&b.patient_id, &b.specimen_id)));
        self.treatments.sort_by(|a, b| {
            (&a.patient_id, &a.treatment_id).cmp(&(&b.patient_id, &b.treatment_id))
        });
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
