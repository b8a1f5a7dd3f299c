//! The suite of FHIR/sql-on-fhir.js (MIT) and the example views of the specification (HL7, CC0).

use std::{collections::BTreeMap, fs};

use serde_json::{Map, Value, json};
use vaxloom_clinical::view::{Cell, ViewDefinition};

use crate::suite;

/// Runs every test and writes `test_report.json` in the suite's format, beside the other build products.
#[test]
fn every_test_of_the_official_suite_passes() {
    let Some(suite) = suite() else { return };
    let mut report = BTreeMap::new();
    for entry in fs::read_dir(suite.join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let tests: Vec<Value> = file["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|test| outcome(test, &file["resources"]))
            .collect();
        report.insert(
            path.file_name().unwrap().to_str().unwrap().to_owned(),
            json!({"tests": tests}),
        );
    }
    fs::write(
        concat!(env!("CARGO_TARGET_TMPDIR"), "/test_report.json"),
        serde_json::to_string_pretty(&report).unwrap(),
    )
    .unwrap();
    let results: Vec<&Value> =
        report.values().flat_map(|file| file["tests"].as_array().unwrap()).collect();
    let failed: Vec<_> = results.iter().filter(|test| test["result"]["passed"] != true).collect();
    println!("{} of {} tests pass", results.len() - failed.len(), results.len());
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!((report.len(), results.len()), (22, 144));
}

fn outcome(test: &Value, resources: &Value) -> Value {
    let result = match run(&test["view"], resources) {
        Ok((columns, rows)) => compare(test, &columns, &rows),
        Err(_) if test["expectError"] == true => Ok(()),
        Err(error) => Err(error),
    };
    let result = match result {
        Ok(()) => json!({"passed": true}),
        Err(error) => json!({"passed": false, "error": error}),
    };
    json!({"name": test["title"], "result": result})
}

type Table = (Vec<String>, Vec<Value>);

fn run(view: &Value, resources: &Value) -> Result<Table, String> {
    let view = ViewDefinition::from_json(view, "view").map_err(|error| error.to_string())?;
    let columns: Vec<String> = view.columns().iter().map(|column| column.name.clone()).collect();
    let mut rows = Vec::new();
    for resource in resources.as_array().unwrap() {
        for row in view.rows(resource).map_err(|error| error.to_string())? {
            assert_eq!(row.len(), columns.len());
            let cells = columns.iter().cloned().zip(row.iter().map(Cell::to_json));
            rows.push(Value::Object(cells.collect::<Map<_, _>>()));
        }
    }
    Ok((columns, rows))
}

/// Rows in any order; numbers by value.
fn compare(test: &Value, columns: &[String], rows: &[Value]) -> Result<(), String> {
    if test["expectError"] == true {
        return Err("expected an error".to_owned());
    }
    if let Some(expected) = test["expectColumns"].as_array()
        && !expected.iter().map(|name| name.as_str().unwrap()).eq(columns)
    {
        return Err(format!("columns are {columns:?}"));
    }
    if let Some(expected) = test["expectCount"].as_u64() {
        return if rows.len() as u64 == expected {
            Ok(())
        } else {
            Err(format!("{} rows", rows.len()))
        };
    }
    let expected = sorted(test["expect"].as_array().unwrap());
    let found = sorted(rows);
    if found == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
}

fn sorted(rows: &[Value]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(|row| canonical(row).to_string()).collect();
    rows.sort();
    rows
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> =
                map.iter().map(|(key, value)| (key.clone(), canonical(value))).collect();
            json!(sorted)
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

#[test]
fn examples_of_the_specification_are_read_and_run() {
    let Some(suite) = suite() else { return };
    let bundle: Value =
        serde_json::from_slice(&fs::read(suite.join("examples/test-bundle.json")).unwrap())
            .unwrap();
    let mut views = 0;
    for entry in fs::read_dir(suite.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("ViewDefinition") {
            continue;
        }
        let view = ViewDefinition::read(&path).unwrap();
        let resources = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
        let rows: usize = resources.map(|resource| view.rows(resource).unwrap().len()).sum();
        println!("{}: {rows} rows", view.name().unwrap());
        assert!(rows > 0, "{}", path.display());
        views += 1;
    }
    assert_eq!(views, 10);
}
