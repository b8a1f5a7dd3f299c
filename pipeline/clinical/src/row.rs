//! The rows that leave this room, one struct a table.
//!
//! Every row says where it came from: `source_file` is relative to the folder of records, `source_line` is the line of an NDJSON file or a
//! table, in a Bundle the 1-based index of the entry, and 1 for a single resource. Free text of a record (`CodeableConcept.text`) is never
//! taken over.

use serde::Serialize;

/// A person under a pseudonym.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Patient {
    /// Pseudonym: `Patient.id`.
    pub patient_id: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Administrative gender: male, female, other or unknown.
    pub sex: Option<String>,
    /// Whether the person has died, where the record says.
    pub deceased: Option<bool>,
    /// Year of death.
    pub death_year: Option<i32>,
    /// File.
    pub source_file: String,
    /// Place in it.
    pub source_line: i64,
}

/// A diagnosis, with the stage of the disease where an Observation or the Condition itself gives one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
    /// ICD-10 code, with the dot.
    pub icd10_code: Option<String>,
    /// ICD-O-3 morphology, such as `8500/3`.
    pub icdo3_morphology: Option<String>,
    /// ICD-O-3 topography, such as `C50.9`.
    pub icdo3_topography: Option<String>,
    /// Code of the histology.
    pub histology_code: Option<String>,
    /// URL of its code system.
    pub histology_system: Option<String>,
    /// Name of the histology.
    pub histology: Option<String>,
    /// Code of the body site.
    pub body_site_code: Option<String>,
    /// URL of its code system.
    pub body_site_system: Option<String>,
    /// Name of the body site.
    pub body_site: Option<String>,
    /// active, recurrence, remission, resolved ...
    pub clinical_status: Option<String>,
    /// Year of onset.
    pub onset_year: Option<i32>,
    /// Stage: name of the coded value, or its code where it has no name.
    pub stage_group: Option<String>,
    /// Code of the stage.
    pub stage_code: Option<String>,
    /// URL of the code system of `stage_code`.
    pub stage_code_system: Option<String>,
    /// Staging system: the method of the observation; without one, the code system of the stage.
    pub stage_system: Option<String>,
    /// clinical or pathologic, where the observation of the stage group says.
    pub stage_kind: Option<String>,
    /// T category: name of the coded value, or its code.
    pub t_category: Option<String>,
    /// N category.
    pub n_category: Option<String>,
    /// M category.
    pub m_category: Option<String>,
    /// File.
    pub source_file: String,
    /// Place in it.
    pub source_line: i64,
}

/// A sample taken from a patient.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Specimen {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// `Specimen.id`.
    pub specimen_id: String,
    /// Code of the type.
    pub type_code: Option<String>,
    /// URL of its code system.
    pub type_system: Option<String>,
    /// Name of the coded type, or its code where it has no name.
    pub specimen_type: Option<String>,
    /// Code of the body site.
    pub body_site_code: Option<String>,
    /// URL of its code system.
    pub body_site_system: Option<String>,
    /// Name of the coded body site, or its code where it has no name.
    pub body_site: Option<String>,
    /// Specimen that this one was made of.
    pub parent_id: Option<String>,
    /// Year of collection.
    pub collected_year: Option<i32>,
    /// File.
    pub source_file: String,
    /// Place in it.
    pub source_line: i64,
}

/// A procedure or a medication.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
    /// Intent, such as curative or palliative, in the words of its code.
    pub intent: Option<String>,
    /// Line of therapy, from 1, where the source says.
    pub line_of_therapy: Option<i32>,
    /// Regimen that the treatment is part of.
    pub regimen: Option<String>,
    /// How it ended: outcome, or the reason why it was stopped.
    pub outcome: Option<String>,
    /// Condition that it is for.
    pub condition_id: Option<String>,
    /// Dose.
    pub dose_value: Option<f64>,
    /// Unit of the dose (UCUM).
    pub dose_unit: Option<String>,
    /// Year of the start, or of the order.
    pub start_year: Option<i32>,
    /// Year of the end.
    pub end_year: Option<i32>,
    /// File.
    pub source_file: String,
    /// Place in it.
    pub source_line: i64,
}

/// A result: one Observation, or one component of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Observation {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// `Observation.id`.
    pub observation_id: String,
    /// Place of the component, from 1; 0 for the observation itself.
    pub component: i32,
    /// laboratory, vital-signs ...
    pub category: Option<String>,
    /// FHIR status.
    pub status: Option<String>,
    /// What was observed.
    pub code: Option<String>,
    /// URL of the code system of `code`.
    pub code_system: Option<String>,
    /// Name of `code`.
    pub display: Option<String>,
    /// Numeric value.
    pub value_number: Option<f64>,
    /// `<`, `<=`, `>=` or `>` where the value is a limit.
    pub comparator: Option<String>,
    /// Unit: a code of UCUM where `unit_system` says so.
    pub unit: Option<String>,
    /// URL of the system of `unit`.
    pub unit_system: Option<String>,
    /// Coded value.
    pub value_code: Option<String>,
    /// URL of its code system.
    pub value_system: Option<String>,
    /// Name of the coded value.
    pub value_display: Option<String>,
    /// Value as text, where it has the shape of a result.
    pub value_text: Option<String>,
    /// Why there is no value.
    pub absent_reason: Option<String>,
    /// Specimen that was examined.
    pub specimen_id: Option<String>,
    /// Year.
    pub effective_year: Option<i32>,
    /// File.
    pub source_file: String,
    /// Place in it.
    pub source_line: i64,
}

/// One HLA allele text as the laboratory reported it, not yet normalised.
///
/// A text stands twice for a patient only where one genotype reports it twice (homozygous). Repeated
/// genotypes add nothing new, nor does a haplotype whose text a genotype has already reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HlaReport {
    /// Pseudonym of the patient.
    pub patient_id: String,
    /// The text, such as `HLA-A*02:01`; ambiguous parts of a GL String are left whole.
    pub reported: String,
    /// Id of the Observation; `None` for what is no record.
    pub resource_id: Option<String>,
    /// File.
    pub source_file: String,
    /// Place in it.
    pub source_line: i64,
}

/// One reason why a resource was not taken in. A resource may have several. Holds no value of the record.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Quarantined {
    /// Always `records`.
    pub stage: String,
    /// Pseudonym, where the resource leads to a Patient of the folder.
    pub patient_id: Option<String>,
    /// File.
    pub source_file: String,
    /// Place in it; for a file that is not JSON, the line of the error.
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
