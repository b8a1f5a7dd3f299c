//! A record that could not be used: where it is, which rule it broke, what to do. Never its value.

use serde::Serialize;

/// One row of the quarantine: everything a person needs to find and mend a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The stage that refused the record; `variants` here.
    pub stage: String,
    /// Pseudonym of the patient; filled in by the caller, who knows the sample sheet.
    pub patient_id: Option<String>,
    /// Name of the input file.
    pub source_file: String,
    /// 1-based line in that file.
    pub source_line: i64,
    /// Place within the line, e.g. `ALT[2]` or `INFO/CSQ`.
    pub path: String,
    /// Stable name of the rule, e.g. `vcf.record`.
    pub rule: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}
