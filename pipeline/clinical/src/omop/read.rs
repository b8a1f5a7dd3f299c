//! OMOP tables in.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{CONCEPTS, FEMALE, MALE, REGIMEN, TABLES, fields::column};
use crate::{
    deid::Gate,
    element::year,
    read::ReadError,
    records::Records,
    row::{Condition, Observation, Patient, Specimen, Treatment},
    rule::{DANGLING, DUPLICATE, Finding, MISSING_ID, Source},
    tabular::{ClinicalTable, OpenTable, TableRow},
};

/// Reads the OMOP tables of a folder: files of the tables' names with `.csv`, `.tsv` or `.parquet`, whatever their case. `person` must be
/// there. `parquet` opens the last kind, of which this room knows nothing; with a gate, every table goes through it first.
///
/// Every row ends as one of kept, in quarantine or ignored. `person_id` is the patient's id, as a number; give it a pseudonym afterwards.
pub fn read_omop(
    dir: &Path,
    gate: Option<&mut Gate>,
    parquet: &OpenTable<'_>,
) -> Result<Records, ReadError> {
    if !dir.is_dir() {
        return Err(ReadError::NoFolder(dir.to_owned()));
    }
    let mut reader =
        Reader { dir, gate, parquet, records: Records::default(), people: HashMap::new() };
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
    reader.regimens()?;
    reader.specimens()?;
    reader.results("measurement")?;
    reader.results("observation")?;
    Ok(reader.records)
}

/// The table that a file of OMOP is by its name; `None` for other files.
pub(crate) fn table_of(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let stem = path.file_stem()?.to_str()?;
    let known = ["csv", "tsv", "txt", "parquet"].contains(&ending.as_str());
    TABLES.into_iter().find(|table| known && stem.eq_ignore_ascii_case(table))
}

struct Reader<'d> {
    dir: &'d Path,
    gate: Option<&'d mut Gate>,
    parquet: &'d OpenTable<'d>,
    records: Records,
    /// Place of each person among the patients.
    people: HashMap<String, usize>,
}

impl Reader<'_> {
    fn path(&self, table: &str) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.dir).ok()?.filter_map(Result::ok);
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| table_of(path) == Some(table) && path.is_file())
            .collect();
        paths.sort();
        paths.into_iter().next()
    }

    /// Calls `take` with each row of a table whose person is known.
    fn rows(
        &mut self,
        table: &str,
        mut take: impl FnMut(&mut Self, &ClinicalTable, &TableRow, &str, Source),
    ) -> Result<(), ReadError> {
        let Some(path) = self.path(table) else { return Ok(()) };
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let parquet = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        let mut data = if parquet { (self.parquet)(&path)? } else { ClinicalTable::read(&path)? };
        self.records.take_faults(&data, &file);
        if let Some(gate) = self.gate.as_deref_mut() {
            self.records.take_table(gate, &mut data, &file, |id| column(table, id));
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

    /// The id of a row; without one it is held.
    fn id_of(
        &mut self,
        field: &str,
        id: Option<&str>,
        person: &str,
        source: &Source,
    ) -> Option<String> {
        if id.is_none() {
            self.records.hold(source, Some(person), &[Finding::new(field, &MISSING_ID)]);
        }
        id.map(str::to_owned)
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
                source_file: source.file,
                source_line: source.line,
                ..Patient::default()
            });
            reader.records.kept += 1;
        })
    }

    fn deaths(&mut self) -> Result<(), ReadError> {
        self.rows("death", |reader, data, row, person, _| {
            if let Some(patient) =
                reader.people.get(person).and_then(|place| reader.records.patients.get_mut(*place))
            {
                patient.deceased = Some(true);
                patient.death_year = row.get(data.column(&["death_date"])).and_then(year);
            }
            reader.records.kept += 1;
        })
    }

    fn conditions(&mut self) -> Result<(), ReadError> {
        let field = "condition_occurrence_id";
        self.rows("condition_occurrence", |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let code = concept(text("condition_concept_id"));
            let Some(id) = reader.id_of(field, text(field), person, &source) else { return };
            reader.records.conditions.push(Condition {
                patient_id: person.to_owned(),
                condition_id: id,
                code_system: code.as_ref().map(|_| CONCEPTS.to_owned()),
                code,
                onset_year: text("condition_start_date").and_then(year),
                source_file: source.file,
                source_line: source.line,
                ..Condition::default()
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
        let field = format!("{table}_id");
        self.rows(table, |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let code = concept(text(&format!("{stem}_concept_id")));
            let Some(id) = reader.id_of(&field, text(&field), person, &source) else { return };
            reader.records.treatments.push(Treatment {
                patient_id: person.to_owned(),
                treatment_id: format!("{table}/{id}"),
                kind: kind.to_owned(),
                code_system: code.as_ref().map(|_| CONCEPTS.to_owned()),
                code,
                outcome: text("stop_reason").map(str::to_owned),
                dose_value: text("quantity").and_then(|text| text.parse().ok()),
                start_year: text(start).and_then(year),
                end_year: text(&start.replace("start_date", "end_date"))
                    .filter(|_| start.contains("start"))
                    .and_then(year),
                source_file: source.file,
                source_line: source.line,
                ..Treatment::default()
            });
            reader.records.kept += 1;
        })
    }

    /// Episodes that are regimens: their number is the line of therapy. Others are ignored.
    fn regimens(&mut self) -> Result<(), ReadError> {
        self.rows("episode", |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let Some(id) = reader.id_of("episode_id", text("episode_id"), person, &source) else {
                return;
            };
            if text("episode_concept_id") != Some(REGIMEN) {
                reader.records.ignored += 1;
                return;
            }
            let code = concept(text("episode_object_concept_id"));
            reader.records.treatments.push(Treatment {
                patient_id: person.to_owned(),
                treatment_id: format!("episode/{id}"),
                kind: "regimen".to_owned(),
                code_system: code.as_ref().map(|_| CONCEPTS.to_owned()),
                code,
                line_of_therapy: text("episode_number").and_then(|text| text.parse().ok()),
                start_year: text("episode_start_date").and_then(year),
                end_year: text("episode_end_date").and_then(year),
                source_file: source.file,
                source_line: source.line,
                ..Treatment::default()
            });
            reader.records.kept += 1;
        })
    }

    fn specimens(&mut self) -> Result<(), ReadError> {
        self.rows("specimen", |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let Some(id) = reader.id_of("specimen_id", text("specimen_id"), person, &source) else {
                return;
            };
            let kind = concept(text("specimen_concept_id"));
            let site = concept(text("anatomic_site_concept_id"));
            reader.records.specimens.push(Specimen {
                patient_id: person.to_owned(),
                specimen_id: id,
                type_system: kind.as_ref().map(|_| CONCEPTS.to_owned()),
                type_code: kind.clone(),
                specimen_type: kind,
                body_site_system: site.as_ref().map(|_| CONCEPTS.to_owned()),
                body_site_code: site.clone(),
                body_site: site,
                collected_year: text("specimen_date").and_then(year),
                source_file: source.file,
                source_line: source.line,
                ..Specimen::default()
            });
            reader.records.kept += 1;
        })
    }

    /// Measurements and observations.
    fn results(&mut self, table: &str) -> Result<(), ReadError> {
        let field = format!("{table}_id");
        self.rows(table, |reader, data, row, person, source| {
            let text = |name: &str| row.get(data.column(&[name]));
            let Some(id) = reader.id_of(&field, text(&field), person, &source) else { return };
            let system = |code: &Option<String>| code.as_ref().map(|_| CONCEPTS.to_owned());
            let code = concept(text(&format!("{table}_concept_id")));
            let value = concept(text("value_as_concept_id"));
            let unit = concept(text("unit_concept_id"));
            reader.records.observations.push(Observation {
                patient_id: person.to_owned(),
                observation_id: format!("{table}/{id}"),
                code_system: system(&code),
                code,
                value_number: text("value_as_number").and_then(|text| text.parse().ok()),
                comparator: text("operator_concept_id").and_then(comparator).map(str::to_owned),
                unit_system: system(&unit),
                unit,
                value_system: system(&value),
                value_code: value,
                value_text: text("value_as_string").map(str::to_owned),
                effective_year: text(&format!("{table}_date")).and_then(year),
                source_file: source.file,
                source_line: source.line,
                ..Observation::default()
            });
            reader.records.kept += 1;
        })
    }
}

/// Concepts of the domain "Meas Value Operator".
fn comparator(concept: &str) -> Option<&'static str> {
    Some(match concept {
        "4171756" => "<",
        "4171754" => "<=",
        "4171755" => ">=",
        "4172704" => ">",
        _ => return None,
    })
}

/// A concept id; 0 is "no matching concept".
fn concept(text: Option<&str>) -> Option<String> {
    text.filter(|id| *id != "0" && id.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
}
