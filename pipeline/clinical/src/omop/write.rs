//! OMOP tables out.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{CONCEPTS, EHR, FEMALE, MALE, fields::fields};
use crate::records::Records;

/// Tables that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: the OMOP table cannot be written ({kind}); give a folder that can be written to", .path.display())]
pub struct OmopError {
    path: PathBuf,
    kind: io::ErrorKind,
}

/// What was written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OmopCounts {
    /// Rows by table.
    pub rows: BTreeMap<&'static str, usize>,
    /// Rows that OMOP cannot hold, since they lack a year or their person: by table.
    pub left_out: BTreeMap<&'static str, usize>,
}

type Cells = BTreeMap<&'static str, String>;

/// Writes the rows of `records` as OMOP tables, one `.csv` each, with every field of the specification in its order.
///
/// A person's number is the place of the pseudonym among all pseudonyms in order, from 1; the pseudonym, or its first 50 characters,
/// is `person_source_value`.
pub fn write_omop(records: &Records, dir: &Path) -> Result<OmopCounts, OmopError> {
    fs::create_dir_all(dir)
        .map_err(|error| OmopError { path: dir.to_owned(), kind: error.kind() })?;
    let mut writer = Writer {
        dir,
        records,
        numbers: BTreeMap::new(),
        years: BTreeMap::new(),
        counts: OmopCounts::default(),
    };
    writer.people()?;
    writer.conditions()?;
    writer.treatments("medication", "drug_exposure", "drug")?;
    writer.treatments("procedure", "procedure_occurrence", "procedure")?;
    writer.specimens()?;
    writer.results("measurement", "measurement_type_concept_id")?;
    writer.results("observation", "observation_type_concept_id")?;
    writer.deaths()?;
    writer.periods()?;
    Ok(writer.counts)
}

struct Writer<'r> {
    dir: &'r Path,
    records: &'r Records,
    /// Number of each person that OMOP can hold.
    numbers: BTreeMap<&'r str, usize>,
    /// First and last year in which something is known of a person.
    years: BTreeMap<usize, (i32, i32)>,
    counts: OmopCounts,
}

impl Writer<'_> {
    /// OMOP holds no person without a year of birth.
    fn people(&mut self) -> Result<(), OmopError> {
        let mut people: Vec<_> =
            self.records.patients.iter().filter_map(|row| Some((row, row.birth_year?))).collect();
        people.sort_by(|(a, _), (b, _)| a.patient_id.cmp(&b.patient_id));
        self.numbers = people
            .iter()
            .zip(1..)
            .map(|((row, _), number)| (row.patient_id.as_str(), number))
            .collect();
        let rows: Vec<Cells> = people
            .iter()
            .map(|(row, born)| {
                let gender = match row.sex.as_deref() {
                    Some("male") => MALE,
                    Some("female") => FEMALE,
                    _ => "0",
                };
                Cells::from([
                    (
                        "person_id",
                        self.numbers
                            .get(row.patient_id.as_str())
                            .map_or_else(String::new, usize::to_string),
                    ),
                    ("gender_concept_id", gender.to_owned()),
                    ("year_of_birth", born.to_string()),
                    ("race_concept_id", "0".to_owned()),
                    ("ethnicity_concept_id", "0".to_owned()),
                    ("person_source_value", row.patient_id.chars().take(50).collect()),
                    ("gender_source_value", row.sex.clone().unwrap_or_default()),
                ])
            })
            .collect();
        self.table("person", &rows, self.records.patients.len())
    }

    fn conditions(&mut self) -> Result<(), OmopError> {
        let mut rows = Vec::new();
        for row in &self.records.conditions {
            let Some((person, date)) = self.occurrence(&row.patient_id, row.onset_year) else {
                continue;
            };
            let mut cells = coded("condition", row.code.as_deref(), row.code_system.as_deref());
            cells.extend([
                ("condition_occurrence_id", (rows.len() + 1).to_string()),
                ("person_id", person),
                ("condition_start_date", date),
                ("condition_type_concept_id", EHR.to_owned()),
            ]);
            rows.push(cells);
        }
        self.table("condition_occurrence", &rows, self.records.conditions.len())
    }

    fn treatments(&mut self, kind: &str, table: &'static str, stem: &str) -> Result<(), OmopError> {
        let names: [&'static str; 3] = if stem == "drug" {
            ["drug_exposure_id", "drug_exposure_start_date", "drug_type_concept_id"]
        } else {
            ["procedure_occurrence_id", "procedure_date", "procedure_type_concept_id"]
        };
        let records = self.records;
        let of_kind = || records.treatments.iter().filter(|row| row.kind == kind);
        let mut rows = Vec::new();
        for row in of_kind() {
            let Some((person, date)) = self.occurrence(&row.patient_id, row.start_year) else {
                continue;
            };
            let mut cells = coded(stem, row.code.as_deref(), row.code_system.as_deref());
            if stem == "drug" {
                cells.insert("drug_exposure_end_date", date.clone());
            }
            let number = (rows.len() + 1).to_string();
            cells.extend([
                (names[0], number),
                ("person_id", person),
                (names[1], date),
                (names[2], EHR.to_owned()),
            ]);
            rows.push(cells);
        }
        self.table(table, &rows, of_kind().count())
    }

    fn specimens(&mut self) -> Result<(), OmopError> {
        let mut rows = Vec::new();
        for row in &self.records.specimens {
            let Some((person, date)) = self.occurrence(&row.patient_id, row.collected_year) else {
                continue;
            };
            let text = |value: &Option<String>| {
                value.clone().filter(|value| value.chars().count() <= 50).unwrap_or_default()
            };
            rows.push(Cells::from([
                ("specimen_id", (rows.len() + 1).to_string()),
                ("person_id", person),
                ("specimen_concept_id", "0".to_owned()),
                ("specimen_type_concept_id", EHR.to_owned()),
                ("specimen_date", date),
                ("specimen_source_value", text(&row.specimen_type)),
                ("anatomic_site_source_value", text(&row.body_site)),
            ]));
        }
        self.table("specimen", &rows, self.records.specimens.len())
    }

    /// Results: numbers are measurements, all others observations, as far as that can be told without a vocabulary.
    fn results(&mut self, table: &'static str, kind: &'static str) -> Result<(), OmopError> {
        let records = self.records;
        let number = table == "measurement";
        let of_table =
            || records.observations.iter().filter(|row| row.value_number.is_some() == number);
        let names: [&'static str; 4] = if number {
            [
                "measurement_id",
                "measurement_date",
                "measurement_concept_id",
                "measurement_source_value",
            ]
        } else {
            [
                "observation_id",
                "observation_date",
                "observation_concept_id",
                "observation_source_value",
            ]
        };
        let mut rows = Vec::new();
        for row in of_table() {
            let Some((person, date)) = self.occurrence(&row.patient_id, row.effective_year) else {
                continue;
            };
            let [concept, source] =
                concept_or_source(row.code.as_deref(), row.code_system.as_deref());
            let [unit, unit_source] =
                concept_or_source(row.unit.as_deref(), row.unit_system.as_deref());
            let [value, value_source] =
                concept_or_source(row.value_code.as_deref(), row.value_system.as_deref());
            let mut cells = Cells::from([
                (names[0], (rows.len() + 1).to_string()),
                ("person_id", person),
                (names[1], date),
                (names[2], concept),
                (names[3], source),
                (kind, EHR.to_owned()),
                ("unit_concept_id", unit),
                ("unit_source_value", unit_source),
                ("value_as_concept_id", value),
                ("value_source_value", value_source),
            ]);
            if let Some(number) = row.value_number {
                cells.insert("value_as_number", number.to_string());
            } else if let Some(text) =
                row.value_text.as_ref().filter(|text| text.chars().count() <= 60)
            {
                cells.insert("value_as_string", text.clone());
            }
            rows.push(cells);
        }
        self.table(table, &rows, of_table().count())
    }

    fn deaths(&mut self) -> Result<(), OmopError> {
        let records = self.records;
        let dead = || records.patients.iter().filter(|row| row.deceased == Some(true));
        let mut rows = Vec::new();
        for row in dead() {
            let Some((person, date)) = self.occurrence(&row.patient_id, row.death_year) else {
                continue;
            };
            rows.push(Cells::from([
                ("person_id", person),
                ("death_date", date),
                ("death_type_concept_id", EHR.to_owned()),
            ]));
        }
        self.table("death", &rows, dead().count())
    }

    /// From the first year to the last in which something is known of a person.
    fn periods(&mut self) -> Result<(), OmopError> {
        let period = |((person, (first, last)), number): ((&usize, &(i32, i32)), usize)| {
            Cells::from([
                ("observation_period_id", number.to_string()),
                ("person_id", person.to_string()),
                ("observation_period_start_date", format!("{first:04}-01-01")),
                ("observation_period_end_date", format!("{last:04}-12-31")),
                ("period_type_concept_id", EHR.to_owned()),
            ])
        };
        let rows: Vec<Cells> = self.years.iter().zip(1..).map(period).collect();
        self.table("observation_period", &rows, rows.len())
    }

    /// Number of the person and the date that stands for the year; `None` for what OMOP cannot hold.
    fn occurrence(&mut self, patient: &str, year: Option<i32>) -> Option<(String, String)> {
        let (number, year) = (*self.numbers.get(patient)?, year?);
        let span = self.years.entry(number).or_insert((year, year));
        *span = (span.0.min(year), span.1.max(year));
        Some((number.to_string(), format!("{year:04}-01-01")))
    }

    /// Writes a table; of `all` rows, those that are not in it are counted.
    fn table(&mut self, table: &'static str, rows: &[Cells], all: usize) -> Result<(), OmopError> {
        let path = self.dir.join(format!("{table}.csv"));
        let fault = |error: io::Error| OmopError { path: path.clone(), kind: error.kind() };
        let fields = fields(table);
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut record = |cells: Vec<&str>| {
            writer.write_record(cells).map_err(|error| fault(io::Error::other(error)))
        };
        record(fields.iter().map(|field| field.name).collect())?;
        for row in rows {
            record(
                fields.iter().map(|field| row.get(field.name).map_or("", String::as_str)).collect(),
            )?;
        }
        let bytes = writer.into_inner().map_err(|error| fault(error.into_error()))?;
        fs::write(&path, bytes).map_err(fault)?;
        self.counts.rows.insert(table, rows.len());
        if all > rows.len() {
            self.counts.left_out.insert(table, all - rows.len());
        }
        Ok(())
    }
}

/// The concept where the code is one, else the code as its source value.
fn coded(stem: &str, code: Option<&str>, system: Option<&str>) -> Cells {
    let [concept, source] = concept_or_source(code, system);
    let names: [&'static str; 2] = match stem {
        "condition" => ["condition_concept_id", "condition_source_value"],
        "drug" => ["drug_concept_id", "drug_source_value"],
        _ => ["procedure_concept_id", "procedure_source_value"],
    };
    Cells::from([(names[0], concept), (names[1], source)])
}

fn concept_or_source(code: Option<&str>, system: Option<&str>) -> [String; 2] {
    let code = code.filter(|code| code.chars().count() <= 50).unwrap_or_default();
    let (concept, source) = if system == Some(CONCEPTS) { (code, "") } else { ("0", code) };
    [concept.to_owned(), source.to_owned()]
}
