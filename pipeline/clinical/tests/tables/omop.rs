//! OMOP tables out and in again, and the field list of the specification.

use std::{collections::BTreeMap, fs};

use serde_json::json;
use vaxloom_clinical::{
    Reading, Records, Views,
    deid::{Gate, Profile},
    omop::{read_omop, validate_file, write_omop},
    read_records,
    tabular::no_parquet,
};

use crate::{examples, folder};

const TABLES: [&str; 9] = [
    "person",
    "observation_period",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "specimen",
    "measurement",
    "observation",
    "death",
];

fn records() -> Records {
    let of = |kind: &str, id: &str, patient: &str| json!({"resourceType": kind, "id": id, "subject": {"reference": format!("Patient/{patient}")}});
    let with = |mut resource: serde_json::Value, elements: serde_json::Value| {
        for (key, value) in elements.as_object().unwrap() {
            resource[key] = value.clone();
        }
        resource
    };
    let code = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    let resources = [
        json!({"resourceType": "Patient", "id": "b", "gender": "female", "birthDate": "1965"}),
        json!({"resourceType": "Patient", "id": "a", "gender": "male", "birthDate": "1970", "deceasedDateTime": "2023"}),
        json!({"resourceType": "Patient", "id": "c"}),
        with(
            of("Condition", "c1", "b"),
            json!({"code": code("http://snomed.info/sct", "254837009"), "onsetDateTime": "2020"}),
        ),
        with(of("Condition", "c2", "b"), json!({"code": code("http://snomed.info/sct", "1")})),
        with(
            of("Procedure", "p1", "b"),
            json!({"code": code("http://snomed.info/sct", "2"), "performedDateTime": "2021"}),
        ),
        with(
            of("MedicationRequest", "m1", "a"),
            json!({"medicationCodeableConcept": code("rx", "3"), "authoredOn": "2019"}),
        ),
        with(of("Specimen", "s1", "a"), json!({"collection": {"collectedDateTime": "2022"}})),
        with(of("Condition", "c3", "c"), json!({"onsetDateTime": "2020"})),
        with(
            of("Observation", "o1", "b"),
            json!({"code": code("http://loinc.org", "29463-7"), "effectiveDateTime": "2020",
                "valueQuantity": {"value": 70.5, "unit": "kg", "code": "kg", "system": "http://unitsofmeasure.org"}}),
        ),
        with(
            of("Observation", "o2", "b"),
            json!({"code": code("http://loinc.org", "85337-4"), "effectiveDateTime": "2020", "valueString": "positive"}),
        ),
    ];
    let lines: Vec<String> = resources.iter().map(ToString::to_string).collect();
    let mut gate = Gate::new(Profile::safe_harbor(), None, 2026).unwrap();
    let mut reading = Reading { gate: &mut gate, views: Views::built_in(), parquet: &no_parquet };
    read_records(folder(&[("a.ndjson", &lines.join("\n"))]).path(), &mut reading).unwrap()
}

#[test]
fn tables_that_are_written_are_those_of_the_specification() {
    let out = tempfile::tempdir().unwrap();
    let counts = write_omop(&records(), out.path()).unwrap();
    let expected = BTreeMap::from([
        ("person", 2),
        ("observation_period", 2),
        ("condition_occurrence", 1),
        ("drug_exposure", 1),
        ("procedure_occurrence", 1),
        ("specimen", 1),
        ("measurement", 1),
        ("observation", 1),
        ("death", 1),
    ]);
    assert_eq!(counts.rows, expected);
    assert_eq!(counts.left_out, BTreeMap::from([("person", 1), ("condition_occurrence", 2)]));
    for table in TABLES {
        assert_eq!(
            validate_file(&out.path().join(format!("{table}.csv")), table).unwrap(),
            [],
            "{table}"
        );
    }
    let person = fs::read_to_string(out.path().join("person.csv")).unwrap();
    assert_eq!(person.lines().nth(1).unwrap(), "1,8507,1970,,,,0,0,,,,a,male,,,,,");
}

#[test]
fn what_is_written_is_read_again() {
    let out = tempfile::tempdir().unwrap();
    write_omop(&records(), out.path()).unwrap();
    let again = read_omop(out.path(), None, &no_parquet).unwrap();
    again.check_balance().unwrap();
    let patients: Vec<_> = again
        .patients
        .iter()
        .map(|row| (row.patient_id.as_str(), row.sex.as_deref(), row.birth_year))
        .collect();
    assert_eq!(patients, [("1", Some("male"), Some(1970)), ("2", Some("female"), Some(1965))]);
    let condition = &again.conditions[0];
    // Without a vocabulary there is no concept, and source values are not read.
    assert_eq!(
        (condition.patient_id.as_str(), condition.onset_year, condition.code.as_deref()),
        ("2", Some(2020), None)
    );
    assert_eq!((again.treatments.len(), again.specimens[0].collected_year), (2, Some(2022)));
}

#[test]
fn bad_rows_are_kept_out_and_the_rest_is_read() {
    let dir = folder(&[
        (
            "PERSON.csv",
            "person_id,gender_concept_id,year_of_birth\n1,8507,1970\n1,8507,1971\nx,8507,1970\n2,8532\n",
        ),
        (
            "condition_occurrence.csv",
            "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n7,1,4112853,2020-05-01\n8,9,4112853,2020-05-01\n,1,1,2020-05-01\n",
        ),
        ("death.csv", "person_id,death_date\n1,2021-01-01\n"),
    ]);
    let records = read_omop(dir.path(), None, &no_parquet).unwrap();
    records.check_balance().unwrap();
    assert_eq!(
        (records.patients.len(), records.patients[0].deceased, records.conditions.len()),
        (1, Some(true), 1)
    );
    assert_eq!(records.conditions[0].code.as_deref(), Some("4112853"));
    let held: Vec<_> = records
        .quarantined
        .iter()
        .map(|row| (row.source_file.as_str(), row.source_line, row.rule.as_str()))
        .collect();
    assert_eq!(
        held,
        [
            ("PERSON.csv", 5, "format.columns"),
            ("PERSON.csv", 3, "format.duplicate"),
            ("PERSON.csv", 4, "format.missing-id"),
            ("condition_occurrence.csv", 3, "format.dangling-reference"),
            ("condition_occurrence.csv", 4, "format.missing-id"),
        ]
    );
    assert!(read_omop(folder(&[]).path(), None, &no_parquet).is_err());
}

#[test]
fn faults_of_a_table_are_found() {
    let dir = folder(&[(
        "death.csv",
        "person_id,death_date,death_datetime,death_type_concept_id,cause_concept_id,cause_source_value,extra\nx,2021-13-01,,,,,\n,2021-01-01,,,,,\n1,2021-01-01\n",
    )]);
    let faults: Vec<String> = validate_file(&dir.path().join("death.csv"), "death")
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        faults,
        [
            "line 0, header: a column that the table does not have",
            "line 4, row: a number of cells that is not that of the columns, or not UTF-8",
            "line 2, person_id: not of type integer",
            "line 3, person_id: a required value is missing",
            "line 2, death_date: not of type date",
            "line 0, cause_source_concept_id: the column is missing",
        ]
    );
}

#[test]
fn the_field_list_is_that_of_the_specification() {
    let Some(dir) = examples("omop-cdm-5.4-spec") else { return };
    let ours = include_str!("../../src/omop/fields.txt");
    let mut list: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut table = "";
    for line in ours.lines().filter(|line| !line.starts_with('#')) {
        if let Some(field) = line.strip_prefix("  ") {
            list.get_mut(table).unwrap().push(field);
        } else {
            table = line;
            list.insert(table, Vec::new());
        }
    }
    assert_eq!(list.len(), 12);
    let mut theirs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(dir.join("OMOP_CDMv5.4_Field_Level.csv")).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let required = if record[2].eq_ignore_ascii_case("yes") { "!" } else { "" };
        let field = format!(
            "{} {}{required}",
            record[1].to_lowercase().trim_matches('"'),
            record[3].to_lowercase().replace(' ', "")
        );
        theirs.entry(record[0].to_lowercase()).or_default().push(field);
    }
    for (table, fields) in list {
        assert_eq!(theirs[table], fields, "{table}");
    }
}
