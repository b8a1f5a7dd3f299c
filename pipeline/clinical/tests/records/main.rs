//! Folders of records, read through the public door. Cases are written out here; published examples are read where
//! they are at hand. Tables of cases may be long.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::too_many_lines
)]

mod acceptance;
mod formats;
mod gated;
mod quarantines;
mod rows;
mod sources;
mod stages;

use std::{fs, path::Path};

use serde_json::{Value, json};
use vaxloom_clinical::{
    ReadError, Reading, Records, Views,
    deid::{Gate, Profile},
    pseudonym::ProjectKey,
    read_records,
    tabular::no_parquet,
};

pub(crate) const SNOMED: &str = "http://snomed.info/sct";

pub(crate) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

/// Reads a folder through the gate of Safe Harbor.
pub(crate) fn read_dir_with(dir: &Path, key: Option<ProjectKey>) -> Result<Records, ReadError> {
    let mut gate = Gate::new(Profile::safe_harbor(), key, 2026).unwrap();
    let views = Views::built_in();
    read_records(dir, &mut Reading { gate: &mut gate, views, parquet: &no_parquet })
}

pub(crate) fn read_dir(dir: &Path) -> Result<Records, ReadError> {
    read_dir_with(dir, None)
}

pub(crate) fn read(files: &[(&str, &[u8])]) -> Records {
    let records = read_dir(folder(files).path()).unwrap();
    records.check_balance().unwrap();
    records
}

pub(crate) fn lines(resources: &[Value]) -> Vec<u8> {
    let lines: Vec<_> = resources.iter().map(Value::to_string).collect();
    (lines.join("\n") + "\n").into_bytes()
}

pub(crate) fn read_lines(resources: &[Value]) -> Records {
    read(&[("a.ndjson", &lines(resources))])
}

pub(crate) fn bundle(entries: &[(&str, Value)]) -> Vec<u8> {
    let entry: Vec<_> = entries
        .iter()
        .map(|(url, resource)| json!({"fullUrl": url, "resource": resource}))
        .collect();
    serde_json::to_vec_pretty(
        &json!({"resourceType": "Bundle", "type": "collection", "entry": entry}),
    )
    .unwrap()
}

pub(crate) fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1965"})
}

pub(crate) fn of(kind: &str, id: &str, patient: &str) -> Value {
    json!({"resourceType": kind, "id": id, "subject": {"reference": format!("Patient/{patient}")}})
}

pub(crate) fn with(mut resource: Value, elements: &Value) -> Value {
    for (key, value) in elements.as_object().unwrap() {
        resource[key] = value.clone();
    }
    resource
}

pub(crate) fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}]})
}

pub(crate) fn stage(id: &str, patient: &str, group: &str, more: &Value) -> Value {
    let code = coded(SNOMED, "399537006", "Clinical TNM stage grouping");
    let value = coded(SNOMED, "1222806003", group);
    with(
        with(of("Observation", id, patient), &json!({"code": code, "valueCodeableConcept": value})),
        more,
    )
}

pub(crate) fn genotype(id: &str, patient: &str, text: &str) -> Value {
    let code = coded("http://loinc.org", "57290-9", "");
    with(of("Observation", id, patient), &json!({"code": code, "valueString": text}))
}

/// `(line, path, rule, patient)` of each row of the quarantine.
pub(crate) fn quarantine(records: &Records) -> Vec<(i64, &str, &str, Option<&str>)> {
    let rows = records.quarantined.iter();
    rows.map(|row| {
        (row.source_line, row.path.as_str(), row.rule.as_str(), row.patient_id.as_deref())
    })
    .collect()
}
