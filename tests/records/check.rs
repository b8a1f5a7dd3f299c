//! `vaxloom check` and `vaxloom audit`.

use std::fs;

use serde_json::Value;

use super::{CLEAN, Cohort, NAMED};
use crate::harness::{path, shared, vaxloom};

#[test]
fn records_are_checked_and_what_may_be_used_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (records, out) = (folder.path().join("records"), folder.path().join("out"));
    fs::create_dir(&records).unwrap();
    fs::write(records.join("Patient.ndjson"), format!("{CLEAN}\n{NAMED}\n")).unwrap();
    let trail = folder.path().join("audit.jsonl");
    let words = ["check", path(&records), "--out", path(&out), "--audit", path(&trail)];
    let answer = vaxloom(words).ended_with(0);
    let lines: Vec<Value> =
        answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!((&summary["passed"], &summary["transformed"]), (&1.into(), &1.into()));
    let written = fs::read_to_string(out.join("Patient.ndjson")).unwrap();
    assert_eq!(written.lines().count(), 2);
    for text in [&answer.stdout, &answer.stderr, &written, &fs::read_to_string(&trail).unwrap()] {
        assert!(!text.contains("Quixote") && !text.contains("1960-05-17"), "{text}");
    }
    let head = vaxloom(["audit", "verify", path(&trail)]).ended_with(0).stdout;
    assert!(head.starts_with("1:"), "{head}");
    let text = fs::read_to_string(&trail).unwrap();
    fs::write(&trail, text.replace("\"rows_in\":2", "\"rows_in\":3")).unwrap();
    let answer = vaxloom(["audit", "verify", path(&trail)]).ended_with(1);
    assert!(answer.stderr.contains("line 1"), "{}", answer.stderr);
    let answer = vaxloom(["check", "/nowhere"]).ended_with(1);
    assert!(answer.stderr.contains("no such folder"), "{}", answer.stderr);
}

#[test]
fn a_batch_of_identifying_records_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.ndjson"), "{\"resourceType\":\"Patient\"\n".repeat(3)).unwrap();
    vaxloom(["check", path(folder.path())]).ended_with(4);
}

#[test]
fn records_of_an_export_are_read_whole() {
    let Some(data) = shared("acceptance/clinical/bulk-ndjson-synthea10") else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.jsonl");
    let answer = vaxloom(["check", path(&data), "-o", path(&report)]);
    assert!(fs::read_to_string(&report).unwrap().contains("\"summary\""));
    assert!([0, 3, 4].contains(&answer.code), "{}", answer.stderr);
    assert!(answer.stderr.contains("resources in"), "{}", answer.stderr);
}

#[test]
fn a_check_gives_a_page() {
    let cohort = Cohort::new();
    let (records, page) = (cohort.at("records"), cohort.at("page.html"));
    let answer = vaxloom(["check", path(&records), "--page", path(&page)]);
    assert!([3, 4].contains(&answer.code), "{}", answer.stderr);
    let html = fs::read_to_string(&page).unwrap();
    for word in ["deid.name", "Patient.name[0]", "PATIENT_NAME", "samples.txt"] {
        assert!(html.contains(word), "{word}: {html}");
    }
    for word in ["Quixote", "1960-05-17", "Q-77-1"] {
        assert!(
            !html.contains(word) && !answer.stdout.contains(word) && !answer.stderr.contains(word),
            "{word}"
        );
    }
}
