//! Published examples: they arrive, and what identifies people stays out.
//!
//! mCODE 4.0.0 and Genomics Reporting 3.0.0 examples (HL7, CC0) and a Synthea bulk export (Apache-2.0).

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use vaxloom_clinical::Records;

use vaxloom_clinical::pseudonym::ProjectKey;

use crate::{read_dir, read_dir_with};

const CLINICAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/clinical");

pub(crate) fn examples(name: &str) -> Option<PathBuf> {
    let path = Path::new(CLINICAL).join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {name} is not there");
    None
}

fn read(dir: &Path) -> Records {
    let records = read_dir(dir).unwrap();
    records.check_balance().unwrap();
    println!(
        "read {} = kept {} + held {} + ignored {}",
        records.read, records.kept, records.held, records.ignored
    );
    records
}

/// All resources of a folder, as JSON.
fn resources(dir: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        for value in values.map_while(Result::ok) {
            match value["entry"].as_array() {
                Some(entries) => {
                    found.extend(entries.iter().map(|entry| entry["resource"].clone()));
                }
                None => found.push(value),
            }
        }
    }
    found
}

/// Names and values of identifiers of all patients.
fn identifying_values(resources: &[Value]) -> BTreeSet<String> {
    let patients = resources.iter().filter(|r| r["resourceType"] == "Patient");
    let mut values = BTreeSet::new();
    for patient in patients {
        for name in patient["name"].as_array().into_iter().flatten() {
            values.extend(name["family"].as_str().map(str::to_owned));
        }
        for identifier in patient["identifier"].as_array().into_iter().flatten() {
            values.extend(identifier["value"].as_str().map(str::to_owned));
        }
        // Some exports use the pseudonym as an identifier too.
        values.remove(patient["id"].as_str().unwrap());
    }
    // Ids of the examples are made of the names, in lower case; one-letter names occur in any word, and short numbers in many codes.
    let number = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    values.retain(|value| value.len() > if number(value) { 7 } else { 2 });
    values
}

fn check_what_enters(name: &str, patients: usize) {
    let Some(dir) = examples(name) else { return };
    // Ids of some examples are made of names: under a key they are pseudonyms.
    let records = read_dir_with(&dir, ProjectKey::from_bytes(&[7; 32], "p")).unwrap();
    records.check_balance().unwrap();
    assert_eq!(records.patients.len(), patients);
    assert!(records.gated.transformed > 0, "{:?}", records.gated);
    let values = identifying_values(&resources(&dir));
    assert!(!values.is_empty());
    let text = format!("{records:?}");
    for value in values {
        // Whole words: one of the family names is the beginning of "Does".
        let through = text
            .match_indices(&value)
            .any(|(at, _)| !text[at + value.len()..].starts_with(|c: char| c.is_ascii_lowercase()));
        assert!(!through, "an identifying value of {name} got through: {value}");
    }
}

#[test]
fn patients_of_the_mcode_examples_enter_without_names() {
    check_what_enters("mcode-4.0.0-examples", 7);
}

#[test]
fn ids_that_are_made_of_names_do_not_pass_without_a_key() {
    let Some(dir) = examples("mcode-4.0.0-examples") else { return };
    let records = read_dir(&dir).unwrap();
    assert!(records.gated.rules["deid.id"] > 5, "{:?}", records.gated);
    let text = format!("{records:?}").to_lowercase();
    assert!(!text.contains("anyperson") && !text.contains("jenny"), "{text}");
}

#[test]
fn patients_of_the_synthea_export_enter_without_names() {
    check_what_enters("bulk-ndjson-synthea10", 13);
}

#[test]
fn patients_of_the_genomics_examples_enter_without_names() {
    check_what_enters("genomics-reporting-3.0.0-examples", 14);
}

/// Takes out what the gate looks for.
fn de_identify(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let person = map.get("resourceType").is_some_and(|kind| kind == "Patient");
            if map.get("resourceType").is_some_and(|kind| kind == "Practitioner") {
                map.remove("name");
            }
            if map.get("text").is_some_and(Value::is_object) {
                map.remove("text");
            }
            map.retain(|key, _| key != "identifier" && !key.ends_with("Identifier"));
            if person {
                map.retain(|key, _| ["resourceType", "id", "gender"].contains(&key.as_str()));
            }
            for (key, value) in map {
                if let ("subject", Some(subject)) = (key.as_str(), value.as_object_mut()) {
                    subject.remove("display");
                }
                de_identify(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(de_identify),
        _ => {}
    }
}

fn read_de_identified(name: &str, wanted: impl Fn(&str) -> bool) -> Option<Records> {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(examples(name)?).unwrap() {
        let path = entry.unwrap().path();
        let file_name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|ending| ending == "json") && wanted(file_name) {
            let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            de_identify(&mut value);
            fs::write(dir.path().join(file_name), value.to_string()).unwrap();
        }
    }
    Some(read(dir.path()))
}

#[test]
fn hla_reports_of_the_full_bundle() {
    let wanted = |name: &str| name == "Bundle-bundle-CG-IG-HLA-FullBundle-01.json";
    let Some(records) = read_de_identified("genomics-reporting-3.0.0-examples", wanted) else {
        return;
    };
    assert_eq!(records.held, 0, "{:?}", records.quarantined);
    let reported: Vec<_> =
        records.hla_reports.iter().map(|row| (row.reported.as_str(), row.source_line)).collect();
    // The genotype of HLA-A has a slip of the pen, and its haplotype names the allele in full.
    assert_eq!(
        reported,
        [
            ("HLA-A*01:01:01G", 10),
            ("HLA-A*01:02", 12),
            ("HLA-A:01:01G", 12),
            ("HLA-B*15:01:01G", 19),
            ("HLA-B*57:01:01G", 19),
            ("HLA-C*01:02:01G", 26),
            ("HLA-C*03:04:01G", 26),
        ]
    );
    assert_eq!(records.patients[0].patient_id, records.hla_reports[0].patient_id);
    // The two faults of the example: an allele without its asterisk, and a genotype that its haplotypes do not bear out.
    let noted: Vec<_> = records
        .noted
        .iter()
        .filter(|row| row.rule.starts_with("hla"))
        .map(|row| (row.source_line, row.rule.as_str()))
        .collect();
    assert_eq!(noted, [(12, "hla.spelling"), (26, "hla.conflict")]);
}

#[test]
fn every_hla_example_is_read() {
    // The pharmacogenomic haplotypes `*2` stand under the system of HLA by mistake.
    let mistaken = |name: &str| name.starts_with("Bundle-bundle-cgexample");
    let Some(records) =
        read_de_identified("genomics-reporting-3.0.0-examples", |name| !mistaken(name))
    else {
        return;
    };
    let wrong: Vec<_> =
        records.quarantined.iter().filter(|row| row.rule.starts_with("format.hla")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let reported: BTreeSet<_> =
        records.hla_reports.iter().map(|row| row.reported.as_str()).collect();
    for allele in [
        "A*24:02",
        "A*02:06",
        "B*35:01",
        "C*03:03",
        "C*15:02",
        "HLA-B*15:02",
        "HLA-A*03:01:01:01",
        "HLA-A*30:01:01",
    ] {
        assert!(reported.contains(allele), "{allele} is not among {reported:?}");
    }
}

#[test]
fn stages_of_the_mcode_examples() {
    let Some(records) = read_de_identified("mcode-4.0.0-examples", |_| true) else {
        return;
    };
    let stages: Vec<_> = records
        .conditions
        .iter()
        .filter_map(|row| Some((row.condition_id.as_str(), row.stage_code.as_deref()?)))
        .collect();
    assert_eq!(
        stages,
        [
            ("primary-cancer-condition-cll", "C80135"),
            ("primary-cancer-condition-breast", "1222806003"),
            ("primary-cancer-condition-jenny-m", "1222769001"),
            ("primary-cancer-condition-nsclc", "1222806003"),
        ]
    );
    let nsclc = records.conditions.iter().find(|row| row.condition_id.ends_with("nsclc")).unwrap();
    assert_eq!(
        nsclc.stage_group.as_deref(),
        Some("American Joint Committee on Cancer stage IIIC (qualifier value)")
    );
    assert!(
        nsclc
            .stage_system
            .as_deref()
            .unwrap()
            .ends_with("8th edition neoplasm staging system (tumor staging)")
    );
    // 13 other stages have one patient as subject and another patient's condition in focus; ids of four resources hold a date.
    let held = |rule: &str| records.quarantined.iter().filter(|row| row.rule == rule).count();
    assert_eq!((held("format.stage-condition"), held("deid.id"), records.held), (13, 4, 17));
    assert_eq!(records.read, 242);
}
