//! Patients that are taken through the stages together.

use std::collections::VecDeque;
use std::time::Instant;

use vaxloom_lake::pipeline::Part;

use super::Course;
use crate::ingest::{Ingested, PatientInput, ingest};
use crate::progress::Progress;

/// Patients whose inputs are read in parallel before it is seen whether a batch has room for more.
const READ_AT_A_TIME: usize = 32;

/// Calls that are taken through the stages together: with its peptides and their scores a call takes some 170 KB until the commit.
const CALLS: usize = 10_000;

/// Rows of expression that are taken through together: a table of all genes a patient is large without many calls.
const EXPRESSION: usize = 5_000_000;

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
    /// Of nobody yet.
    pub(super) fn new(part: Part) -> Self {
        Self { part, ids: vec![], read: Ingested::default(), failed: vec![] }
    }

    /// Adds patients, with what was read of them.
    pub(super) fn add(&mut self, ids: Vec<String>, read: Ingested) {
        self.ids.extend(ids);
        self.read.patients.extend(read.patients);
        self.read.refusals.extend(read.refusals);
    }

    /// Whether there is work enough for one time.
    pub(super) fn is_full(&self) -> bool {
        let samples = || self.read.patients.iter().flat_map(|patient| &patient.samples);
        samples().map(|sample| sample.variants.len()).sum::<usize>() >= CALLS
            || samples().map(|sample| sample.expression.len()).sum::<usize>() >= EXPRESSION
    }

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

impl Course<'_> {
    /// The patients that are taken through the stages next: as many as may be, or as have work for one time.
    pub(super) fn next(
        &mut self,
        part: Part,
        waiting: &mut VecDeque<String>,
        progress: &mut Progress,
    ) -> anyhow::Result<Batch> {
        let most = waiting.len().min(usize::from(self.job.args.batch));
        let mut batch = Batch::new(part);
        if part != Part::Inputs {
            batch.ids.extend(waiting.drain(..most));
            return Ok(batch);
        }
        let clock = Instant::now();
        let bar = progress.counted("inputs", most, "patients");
        while batch.ids.len() < most && !batch.is_full() {
            let some: Vec<String> =
                waiting.drain(..READ_AT_A_TIME.min(most - batch.ids.len())).collect();
            let ids: Vec<&str> = some.iter().map(String::as_str).collect();
            let read = ingest(&self.job.given(self.stop), &mut self.survey, &ids, || bar.inc(1))?;
            batch.add(some, read);
        }
        progress.end(batch.ids.len(), batch.read.refusals.len(), clock.elapsed());
        self.summary.records(&self.survey);
        Ok(batch)
    }
}
