//! Patients that are taken through the stages together.

use vaxloom_lake::pipeline::Part;

use crate::ingest::{Ingested, PatientInput};

/// Some patients from the same part on.
pub(super) struct Batch {
    pub(super) part: Part,
    pub(super) ids: Vec<String>,
    /// What was read of them, where they are run from the inputs on.
    pub(super) read: Ingested,
    /// Patients over whom a stage failed.
    pub(super) failed: Vec<String>,
}

impl Batch {
    /// Patients that nothing is known against.
    pub(super) fn sound_ids(&self) -> Vec<String> {
        let ids: Vec<&str> = match self.part {
            Part::Inputs => self.read.patients.iter().map(PatientInput::id).collect(),
            _ => self.ids.iter().map(String::as_str).collect(),
        };
        let sound = ids.into_iter().filter(|&id| self.failed.iter().all(|failed| failed != id));
        sound.map(str::to_owned).collect()
    }

    /// What was read of these patients.
    pub(super) fn inputs<'b>(
        &'b self,
        ids: &'b [String],
    ) -> impl Iterator<Item = &'b PatientInput> {
        self.read.patients.iter().filter(|patient| ids.iter().any(|id| id == patient.id()))
    }
}
