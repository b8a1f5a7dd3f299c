//! `vaxloom convert`.

use std::fs;

use super::Cohort;
use crate::harness::{path, vaxloom};

#[test]
fn records_of_any_source_become_omop_tables() {
    let cohort = Cohort::new();
    cohort.key("a.key");
    let (records, key, out) = (cohort.at("records"), cohort.at("a.key"), cohort.at("omop"));
    let convert = |to: &str| {
        vaxloom([
            "convert",
            path(&records),
            "--key",
            path(&key),
            "--project",
            "T1",
            "--to",
            to,
            "-o",
            path(&out),
        ])
        .ended_with(0)
    };
    let answer = convert("omop");
    let person = fs::read_to_string(out.join("person.csv")).unwrap();
    assert_eq!(person.lines().count(), 3);
    assert!(person.contains(",8532,1960,") && person.contains(",8507,1955,"), "{person}");
    convert("csv");
    let patients = fs::read_to_string(out.join("patient.csv")).unwrap();
    assert!(patients.starts_with("patient_id,birth_year,sex,"), "{patients}");
    for file in fs::read_dir(&out).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for word in ["MRN48213", "Quixote", "1960-05-17", "Q-77-1"] {
            assert!(!text.contains(word) && !answer.stderr.contains(word), "{word}: {text}");
        }
    }
}
