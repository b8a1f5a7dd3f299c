//! OMOP tables in.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{CONCEPTS, FEMALE, MALE};
use crate::{
    element::year,
    read::ReadError,
    records::{Condition, Patient, Records, Specimen, Treatment},
    rule::{DANGLING, DUPLICATE, Finding, MISSING_ID, Source},
    tabular::{ClinicalTable, TableRow},
};

/// Reads the OMOP tables of a folder: files of the tables' names with `.csv`, whatever their case. `person` must be there.
///
/// Every row ends as one of kept, in quarantine or ignored. `person_id` is the patient's id, as a number; give it a pseudonym afterwards.
pub fn read_omop(dir: &Path) -> Result<Records, ReadError> {
    if !dir.is_dir() {
        return Err(ReadError::NoFolder(dir.to_owned()));
    }
    let mut reader = Reader { dir, records: Records::default(), people: HashMap::new() };
    if reader.path("person").is_none() {
        return Err(ReadError::Io {
            path: dir.join("person.csv"),
            source: std::io::ErrorKind::NotFound.into(),
        });
    }
    reader.people()?;
    reader.deaths()?;
    reader.conditions()?;
    reader.treatments("drug_exposure", "drug", "drug_exposure_start_date", "medication")?;
    reader.treatments("procedure_occurrence", "procedure", "procedure_date", "procedure")?;
    reader.specimens()?;
    Ok(reader.records)
}

struct Reader<'d> {
    dir: &'d Path,
    records: Records,
    /// Place of each person among the patients.
    people: HashMap<String, usize>,
}

impl Reader<'_> {
    fn path(&self, table: &str) -> Option<PathBuf> {
        let wanted = format!("{table}.csv");
        let mut entries =
            std::fs::read_dir(self.dir).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        entries.find(|path| path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(&wanted)))
    }

    /// Calls `take` with each row of a table whose person is known.
    fn rows(
        &mut self,
        table: &str,
        mut take: impl FnMut(&mut Self, &ClinicalTable, &TableRow, &str, Source),
    ) -> Result<(), ReadError> {
        let Some(path) = self.path(table) else { return Ok(()) };
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let data = ClinicalTable::read(&path)?;
        for (line, finding) in &data.faults {
            self.records.read += 1;
            self.records.hold(
                &Source { file: file.clone(), line: *line },
                None,
                std::slice::from_ref(finding),
            );
        }
        let id = data.column(&["person_id"]);
        for row in &data.rows {
            self.records.read += 1;
            let source = Source { file: file.clone(), line: row.line };
            match row.get(id).filter(|id| id.bytes().all(|b| b.is_ascii_digit())) {
                None => self.records.hold(&source, None, &[Finding::new("person_id", &MISSING_ID)]),
                Some(person) if table != "person" && !self.people.contains_key(person) => {
                    self.records.hold(&source, None, &[Finding::new("person_id", &DANGLING)]);
                }
                Some(person) => take(self, &data, row, person, source),
            }
        }
        Ok(())
    }

    fn people(&mut self) -> Result<(), ReadError> {
        self.rows("person", |reader, data, row, person, source| {
            if reader.people.contains_key(person) {
                reader.records.hold(
                    &source,
                    Some(person),
                    &[Finding::new("person_id", &DUPLICATE)],
                );
                return;
            }
            let sex = match row.get(data.column(&["gender_concept_id"])) {
                Some(MALE) => Some("male"),
                Some(FEMALE) => Some("female"),
                _ => None,
            };
            reader.people.insert(person.to_owned(), reader.records.patients.len());
            reader.records.patients.push(Patient {
                patient_id: person.to_owned(),
                birth_year: row.get(data.column(&["year_of_birth"])).and_then(year),
                sex: sex.map(str::to_owned),
                deceased: None,
                source_file: source.file,
                source_line: source.line,
            });
            reader.records.kept += 1;
        })
    }

    fn deaths(&mut self) -> Result<(), ReadError> {
        self.rows("death", |reader, _, _, person, _| {
            if let Some(patient) =
                reader.people.get(person).and_then(|place| reader.records.patients.get_mut(*place))
            {
                patient.deceased = Some(true);
            }
            reader.records.kept += 1;
        })
    }

    fn conditions(&mut self) -> Result<(), ReadError> {
        self.rows("condition_occurrence", |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let code = concept(text("condition_concept_id"));
            let Some(id) = text("condition_occurrence_id") else {
                reader.records.hold(
                    &source,
                    Some(person),
                    &[Finding::new("condition_occurrence_id", &MISSING_ID)],
                );
                return;
            };
            reader.records.conditions.push(Condition {
                patient_id: person.to_owned(),
                condition_id: id.to_owned(),
                code_system: code.as_ref().map(|_| CONCEPTS.to_owned()),
                code,
                display: None,
                onset_year: text("condition_start_date").and_then(year),
                stage_group: None,
                stage_code: None,
                stage_system: None,
                source_file: source.file,
                source_line: source.line,
            });
            reader.records.kept += 1;
        })
    }

    fn treatments(
        &mut self,
        table: &str,
        stem: &str,
        start: &str,
        kind: &str,
    ) -> Result<(), ReadError> {
        self.rows(table, |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let code = concept(text(&format!("{stem}_concept_id")));
            let Some(id) = text(&format!("{table}_id")) else {
                reader.records.hold(
                    &source,
                    Some(person),
                    &[Finding::new(format!("{table}_id"), &MISSING_ID)],
                );
                return;
            };
            reader.records.treatments.push(Treatment {
                patient_id: person.to_owned(),
                treatment_id: format!("{table}/{id}"),
                kind: kind.to_owned(),
                code_system: code.as_ref().map(|_| CONCEPTS.to_owned()),
                code,
                display: None,
                status: None,
                start_year: text(start).and_then(year),
                source_file: source.file,
                source_line: source.line,
            });
            reader.records.kept += 1;
        })
    }

    fn specimens(&mut self) -> Result<(), ReadError> {
        self.rows("specimen", |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let Some(id) = text("specimen_id") else {
                reader.records.hold(
                    &source,
                    Some(person),
                    &[Finding::new("specimen_id", &MISSING_ID)],
                );
                return;
            };
            reader.records.specimens.push(Specimen {
                patient_id: person.to_owned(),
                specimen_id: id.to_owned(),
                specimen_type: concept(text("specimen_concept_id")),
                body_site: concept(text("anatomic_site_concept_id")),
                collected_year: text("specimen_date").and_then(year),
                source_file: source.file,
                source_line: source.line,
            });
            reader.records.kept += 1;
        })
    }
}

/// A concept id; 0 is "no matching concept".
fn concept(text: Option<&str>) -> Option<String> {
    text.filter(|id| *id != "0" && id.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
}
