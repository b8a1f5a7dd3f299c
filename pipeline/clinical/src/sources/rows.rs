//! Rows of several sources: through the gate where they are a table's, under pseudonyms, and met.

use std::collections::HashMap;

use crate::{
    deid::{Column, Gate},
    pseudonym::ProjectKey,
    records::Records,
    row::Patient,
    rule::{Finding, PATIENT_DIFFERS, Source},
    tabular::ClinicalTable,
};

impl Records {
    /// Counts the rows of a table that could not be read.
    pub(crate) fn take_faults(&mut self, table: &ClinicalTable, file: &str) {
        for (line, finding) in &table.faults {
            self.read += 1;
            self.gated.quarantined += 1;
            let source = Source { file: file.to_owned(), line: *line };
            self.hold(&source, None, std::slice::from_ref(finding));
        }
    }

    /// Takes a table through the gate; rows that must not be used are held, and what was removed is noted by column.
    pub(crate) fn take_table(
        &mut self,
        gate: &mut Gate,
        table: &mut ClinicalTable,
        file: &str,
        kind: impl Fn(&str) -> Option<Column>,
    ) {
        let outcome = gate.table(table, kind);
        for (line, findings) in &outcome.quarantined {
            self.read += 1;
            self.gated.quarantined += 1;
            for finding in findings {
                self.gated.count(finding.rule);
            }
            let source = Source { file: file.to_owned(), line: *line };
            self.hold(&source, None, findings);
        }
        self.gated.transformed += outcome.transformed.len();
        self.gated.passed += table.rows.len() - outcome.transformed.len();
        for (column, rule, count, line) in outcome.findings {
            *self.gated.rules.entry(rule.id).or_default() += count;
            let source = Source { file: file.to_owned(), line };
            self.note_count(&source, &Finding::new(column, rule), count);
        }
    }

    /// Notes what was removed of resources: a row a file, path and rule, with the first line and how often.
    pub(super) fn note_removed(&mut self) {
        for ((file, path, _), (line, count, rule)) in std::mem::take(&mut self.removed) {
            self.note_count(&Source { file, line }, &Finding::new(path, rule), count);
        }
    }

    fn note_count(&mut self, source: &Source, finding: &Finding, count: usize) {
        self.note(source, None, finding);
        if let Some(row) = self.noted.last_mut() {
            row.message = format!("{}: removed or reduced {count} times", row.message);
        }
    }

    /// Replaces the ids of rows that have none of a gate's pseudonyms yet: those of tables.
    pub fn pseudonymise(&mut self, key: &ProjectKey) {
        self.replace_ids(|kind, id| Some(key.pseudonym(kind, id)));
    }

    pub(super) fn replace_ids(&mut self, mut new: impl FnMut(&str, &str) -> Option<String>) {
        let mut of = |kind: &str, id: &mut String| {
            if let Some(new) = new(kind, id) {
                *id = new;
            }
        };
        self.patients.iter_mut().for_each(|row| of("Patient", &mut row.patient_id));
        for row in &mut self.specimens {
            of("Patient", &mut row.patient_id);
            of("Specimen", &mut row.specimen_id);
            row.parent_id.iter_mut().for_each(|id| of("Specimen", id));
        }
        for row in &mut self.conditions {
            of("Patient", &mut row.patient_id);
            of("Condition", &mut row.condition_id);
        }
        for row in &mut self.treatments {
            of("Patient", &mut row.patient_id);
            of("Treatment", &mut row.treatment_id);
            row.condition_id.iter_mut().for_each(|id| of("Condition", id));
        }
        for row in &mut self.observations {
            of("Patient", &mut row.patient_id);
            of("Observation", &mut row.observation_id);
            row.specimen_id.iter_mut().for_each(|id| of("Specimen", id));
        }
        let told = self.quarantined.iter_mut().chain(&mut self.noted);
        told.filter_map(|row| row.patient_id.as_mut()).for_each(|id| of("Patient", id));
    }

    /// Every place where a row names its file.
    pub(super) fn each_file(&mut self, mut change: impl FnMut(&mut String)) {
        self.patients.iter_mut().for_each(|row| change(&mut row.source_file));
        self.conditions.iter_mut().for_each(|row| change(&mut row.source_file));
        self.specimens.iter_mut().for_each(|row| change(&mut row.source_file));
        self.treatments.iter_mut().for_each(|row| change(&mut row.source_file));
        self.observations.iter_mut().for_each(|row| change(&mut row.source_file));
        self.hla_reports.iter_mut().for_each(|row| change(&mut row.source_file));
        let told = self.quarantined.iter_mut().chain(&mut self.noted);
        told.for_each(|row| change(&mut row.source_file));
    }

    pub(super) fn append(&mut self, other: Self) {
        self.patients.extend(other.patients);
        self.conditions.extend(other.conditions);
        self.specimens.extend(other.specimens);
        self.treatments.extend(other.treatments);
        self.observations.extend(other.observations);
        self.hla_reports.extend(other.hla_reports);
        self.quarantined.extend(other.quarantined);
        self.noted.extend(other.noted);
        self.read += other.read;
        self.kept += other.kept;
        self.held += other.held;
        self.ignored += other.ignored;
        self.gated.passed += other.gated.passed;
        self.gated.transformed += other.gated.transformed;
        self.gated.quarantined += other.gated.quarantined;
        for (rule, count) in other.gated.rules {
            *self.gated.rules.entry(rule).or_default() += count;
        }
    }

    /// Sorts all rows; rows of one patient from several sources become one, and rows that share an id are told apart.
    pub(super) fn meet(&mut self) {
        self.sort();
        let mut met: Vec<Patient> = Vec::with_capacity(self.patients.len());
        let mut differ = Vec::new();
        for row in std::mem::take(&mut self.patients) {
            match met.last_mut().filter(|first| first.patient_id == row.patient_id) {
                Some(first) => {
                    if !first.take(&row) {
                        differ.push(row);
                    }
                }
                None => met.push(row),
            }
        }
        self.patients = met;
        for row in differ {
            let source = Source { file: row.source_file, line: row.source_line };
            self.note(&source, Some(&row.patient_id), &Finding::new("patient", &PATIENT_DIFFERS));
        }
        tell_apart(&mut self.conditions, |row| (row.patient_id.clone(), &mut row.condition_id));
        tell_apart(&mut self.specimens, |row| (row.patient_id.clone(), &mut row.specimen_id));
        tell_apart(&mut self.treatments, |row| (row.patient_id.clone(), &mut row.treatment_id));
        tell_apart(&mut self.observations, |row| {
            (format!("{}/{}", row.patient_id, row.component), &mut row.observation_id)
        });
        self.sort();
    }
}

/// The second row of an id is `id#2`.
fn tell_apart<R>(rows: &mut [R], id: impl Fn(&mut R) -> (String, &mut String)) {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for row in rows {
        let (owner, id) = id(row);
        let count = seen.entry((owner, id.clone())).or_default();
        *count += 1;
        if *count > 1 {
            *id = format!("{id}#{count}");
        }
    }
}

impl Patient {
    /// Takes what another source knows of the same person; false where the two do not agree.
    fn take(&mut self, other: &Self) -> bool {
        fn one<T: Clone + PartialEq>(own: &mut Option<T>, other: Option<&T>) -> bool {
            match (&own, other) {
                (Some(own), Some(other)) => own == other,
                (None, _) => {
                    *own = other.cloned();
                    true
                }
                _ => true,
            }
        }
        // A later source may know of a death that an earlier one does not.
        if other.deceased == Some(true) {
            self.deceased = other.deceased;
        }
        let same = [
            one(&mut self.birth_year, other.birth_year.as_ref()),
            one(&mut self.sex, other.sex.as_ref()),
            one(&mut self.death_year, other.death_year.as_ref()),
        ];
        one(&mut self.deceased, other.deceased.as_ref());
        same.iter().all(|same| *same)
    }
}
