//! The views of `schemas/views`: each is read, and gives the rows that the tables' own reader gives.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use vaxloom_clinical::{
    Reading, Views,
    deid::{Gate, Profile},
    read_records,
    tabular::no_parquet,
    view::{Cell, Counts, Output, ViewDefinition},
};

const VIEWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/views");
const CLINICAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/clinical");

fn view(name: &str) -> ViewDefinition {
    ViewDefinition::read(&Path::new(VIEWS).join(format!("{name}.json"))).unwrap()
}

fn rows(name: &str, resources: &[Value]) -> Vec<BTreeMap<String, Value>> {
    let view = view(name);
    let row = |cells: Vec<Cell>| {
        let names = view.columns().iter().map(|column| column.name.clone());
        names.zip(cells.iter().map(Cell::to_json)).filter(|(_, cell)| !cell.is_null()).collect()
    };
    resources.iter().flat_map(|resource| view.rows(resource).unwrap()).map(row).collect()
}

#[test]
fn every_view_is_read_and_says_what_its_columns_are() {
    let mut views = 0;
    for entry in fs::read_dir(VIEWS).unwrap() {
        let path = entry.unwrap().path();
        let view = ViewDefinition::read(&path).unwrap();
        assert_eq!(view.name(), path.file_stem().unwrap().to_str());
        let first_branch =
            view.columns().iter().filter(|column| column.description.is_none()).count();
        assert_eq!(first_branch, 0, "{}", path.display());
        views += 1;
    }
    assert_eq!(views, 10);
}

#[test]
fn results_and_their_components() {
    let observation = json!({
        "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"}, "effectivePeriod": {"start": "2020"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "component": [
            {"code": {"coding": [{"code": "8480-6"}]}, "valueQuantity": {"value": 120, "code": "mm[Hg]", "system": "http://unitsofmeasure.org"}},
            {"code": {"coding": [{"code": "x"}]}, "valueString": "low"}
        ]
    });
    let found = rows("observation", &[observation]);
    let codes: Vec<_> =
        found.iter().map(|row| (row.get("component"), row["code"].as_str().unwrap())).collect();
    assert_eq!(
        codes,
        [(Some(&json!(0)), "85354-9"), (Some(&json!(1)), "8480-6"), (Some(&json!(2)), "x")]
    );
    assert_eq!(
        (&found[1]["value_number"], &found[1]["unit"], &found[0]["effective_date"]),
        (&json!(120.0), &json!("mm[Hg]"), &json!("2020"))
    );
    assert_eq!((&found[2]["value_text"], &found[2]["patient_id"]), (&json!("low"), &json!("p")));
}

/// Resources of a folder as the gate leaves them.
fn through_the_gate(name: &str) -> Option<Vec<Value>> {
    let dir = Path::new(CLINICAL).join(name);
    if !dir.is_dir() {
        println!("skipped: {name} is not there");
        return None;
    }
    let mut gate = Gate::new(Profile::safe_harbor(), None, 2026).unwrap();
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for mut value in
            serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok)
        {
            let entries = value["entry"].as_array_mut().map(std::mem::take);
            let resources = entries.map_or_else(
                || vec![value.take()],
                |entries| entries.into_iter().map(|mut entry| entry["resource"].take()).collect(),
            );
            found.extend(
                resources.into_iter().filter(|resource| resource["resourceType"].is_string()),
            );
        }
    }
    for resource in &mut found {
        gate.pass(resource);
    }
    Some(found)
}

#[test]
fn views_and_tables_agree_on_the_synthea_export() {
    let Some(resources) = through_the_gate("bulk-ndjson-synthea10") else { return };
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    fs::write(dir.path().join("all.ndjson"), lines.join("\n")).unwrap();
    let mut gate = Gate::new(Profile::safe_harbor(), None, 2026).unwrap();
    let mut reading = Reading { gate: &mut gate, views: Views::built_in(), parquet: &no_parquet };
    let records = read_records(dir.path(), &mut reading).unwrap();
    assert_eq!(records.held, 0, "{:?}", records.quarantined.first());
    let patients = rows("patient", &resources);
    assert_eq!((patients.len(), records.patients.len()), (13, 13));
    assert!(patients.iter().all(|row| row["birth_date"].as_str().unwrap().len() == 4));
    let key = |row: &BTreeMap<String, Value>, id: &str| {
        (
            row["patient_id"].as_str().unwrap().to_owned(),
            row[id].as_str().unwrap().to_owned(),
            row["code"].as_str().map(str::to_owned),
        )
    };
    let mut conditions: Vec<_> =
        rows("condition", &resources).iter().map(|row| key(row, "condition_id")).collect();
    conditions.sort();
    let expected: Vec<_> = records
        .conditions
        .iter()
        .map(|row| (row.patient_id.clone(), row.condition_id.clone(), row.code.clone()))
        .collect();
    assert_eq!(conditions, expected);
    let treatments =
        rows("procedure", &resources).len() + rows("medication_request", &resources).len();
    assert_eq!(treatments, records.treatments.len());
    println!(
        "{} patients, {} conditions, {treatments} treatments",
        patients.len(),
        conditions.len()
    );
}

#[test]
fn stages_and_typings_of_the_published_examples() {
    if let Some(resources) = through_the_gate("mcode-4.0.0-examples") {
        let stages = rows("stage", &resources);
        let groups = stages
            .iter()
            .filter(|row| {
                ["399390009", "399537006", "399588009", "21908-9"]
                    .contains(&row["category_code"].as_str().unwrap())
            })
            .count();
        println!("{} stages and categories, {groups} stage groups", stages.len());
        assert!(
            groups >= 4 && stages.iter().all(|row| row.contains_key("value_code")),
            "{stages:?}"
        );
    }
    if let Some(resources) = through_the_gate("genomics-reporting-3.0.0-examples") {
        let typings = rows("hla_observation", &resources);
        let genes = |gene: &str| {
            typings.iter().filter(|row| row.get("gene").is_some_and(|found| found == gene)).count()
        };
        println!("HLA-A {}, -B {}, -C {}", genes("HLA-A"), genes("HLA-B"), genes("HLA-C"));
        assert_eq!((genes("HLA-A"), genes("HLA-B"), genes("HLA-C")), (7, 6, 5));
    }
}

#[test]
fn a_view_over_a_folder_goes_on_past_what_it_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let condition = json!({"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}, "onsetDateTime": "2020-01-02"});
    let refuted = json!({"resourceType": "Condition", "id": "d", "verificationStatus": {"coding": [{"code": "refuted"}]}});
    let modified = json!({"resourceType": "Condition", "id": "e", "modifierExtension": [{"url": "http://x.example", "valueBoolean": true}]});
    let wrong = json!({"resourceType": "Condition", "id": "f", "onsetDateTime": {"Xylander": 1}});
    let lines = format!(
        "{condition}\n{{broken\n{refuted}\n{modified}\n{wrong}\n{{\"resourceType\": \"Patient\", \"id\": \"p\"}}\n"
    );
    fs::write(dir.path().join("a.ndjson"), lines).unwrap();
    let view = view("condition");
    let onset = view.columns().iter().position(|column| column.name == "onset_date").unwrap();
    let run = |gate: Option<&mut Gate>| {
        let (mut onsets, mut refused) = (Vec::new(), Vec::new());
        let counts = view
            .run(dir.path(), gate, |output| {
                match output {
                    Output::Rows { line, rows, .. } => {
                        onsets.extend(rows.into_iter().map(|row| (line, row[onset].clone())));
                    }
                    Output::Refused { line, rule, message, .. } => {
                        assert!(!message.contains("Xylander"));
                        refused.push((line, rule));
                    }
                }
                true
            })
            .unwrap();
        (onsets, refused, counts)
    };
    let (onsets, refused, counts) = run(None);
    assert_eq!(onsets, [(1, Cell::Text("2020-01-02".to_owned())), (4, Cell::Null)]);
    assert_eq!(refused, [(2, "format.json"), (5, "view.data")]);
    assert_eq!(counts, Counts { read: 5, with_rows: 2, without_rows: 1, refused: 2, rows: 2 });
    let mut gate = Gate::new(Profile::safe_harbor(), None, 2026).unwrap();
    let (onsets, refused, _) = run(Some(&mut gate));
    assert_eq!(onsets, [(1, Cell::Text("2020".to_owned())), (5, Cell::Null)]);
    assert_eq!(refused, [(2, "format.json"), (4, "deid.modifier-extension")]);
}
