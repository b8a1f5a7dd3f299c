//! ViewDefinitions: `vaxloom sof`, and tables made by views of one's own.

use std::fs;

use super::{CLEAN, NAMED};
use crate::harness::{path, vaxloom};

#[test]
fn views_give_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (view, records) = (folder.path().join("view.json"), folder.path().join("a.ndjson"));
    fs::write(&records, format!("{CLEAN}\nbroken\n{NAMED}\n")).unwrap();
    fs::write(
        &view,
        r#"{"resource":"Patient","select":[{"column":[{"name":"id","path":"getResourceKey()","type":"id"},
            {"name":"born","path":"birthDate","type":"date"},{"name":"names","path":"name.family","type":"string","collection":true}]}]}"#,
    )
    .unwrap();
    let words = ["sof", "--view", path(&view), "--data", path(&records)];
    let answer = vaxloom(words).ended_with(3);
    assert_eq!(answer.stdout, "id,born,names\np1,1960,[]\np2,1960-05-17,\"[\"\"Quixote\"\"]\"\n");
    assert!(answer.stderr.contains("line 2"), "{}", answer.stderr);
    let json = vaxloom(words.iter().chain(&["--format", "json"])).ended_with(3).stdout;
    assert_eq!(json.lines().next(), Some(r#"{"id":"p1","born":"1960","names":[]}"#));
    fs::write(&view, r#"{"resource":"Patient","select":[{"column":[{"name":"a","path":"(("}]}]}"#)
        .unwrap();
    let answer = vaxloom(words).ended_with(1);
    assert!(answer.stderr.contains("view.json"), "{}", answer.stderr);
}

#[test]
fn tables_can_be_made_by_other_views() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("views")).unwrap();
    fs::create_dir_all(at("records")).unwrap();
    let view = r#"{"name":"condition","resource":"Condition","select":[{"column":[{"name":"code","path":"code.coding.where(system = 'http://hl7.org/fhir/sid/icd-10').code.first()","type":"code"},{"name":"display","path":"'tumour'","type":"string"}]}]}"#;
    fs::write(at("views/condition.json"), view).unwrap();
    let condition = r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"254837009"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"C50.9"}]}}"#;
    fs::write(at("records/a.ndjson"), format!("{CLEAN}\n{condition}\n")).unwrap();
    let convert = |more: &[&str]| {
        let (records, out) = (at("records"), at("out"));
        let words = ["convert", path(&records), "--to", "csv", "-o", path(&out)];
        vaxloom(words.iter().chain(more)).ended_with(0);
        fs::read_to_string(out.join("condition.csv")).unwrap()
    };
    assert!(convert(&[]).contains("p1,c1,254837009,"));
    assert!(convert(&["--views", path(&at("views"))]).contains("p1,c1,C50.9,,tumour,"));
    fs::write(at("views/other.json"), view.replace("\"condition\"", "\"other\"")).unwrap();
    let (records, views, out) = (at("records"), at("views"), at("out"));
    let answer = vaxloom(["convert", path(&records), "--views", path(&views), "-o", path(&out)])
        .ended_with(1);
    assert!(answer.stderr.contains("other.json"), "{}", answer.stderr);
}
