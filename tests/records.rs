//! `vaxloom check`, `sof` and `audit`.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{path, shared, vaxloom};

const CLEAN: &str = r#"{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1960"}"#;
const NAMED: &str = r#"{"resourceType":"Patient","id":"p2","name":[{"family":"Quixote"}],"birthDate":"1960-05-17"}"#;

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
fn an_answer_replaces_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (pipe, file, link) = (at("pipe"), at("file"), at("link"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let show = |out: &Path| vaxloom(["rank", "--show", "pvac-7", "-o", path(out)]).ended_with(0);
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    show(&pipe);
    let text = reader.join().unwrap();
    assert!(text.contains("[limits]") && fs::metadata(&pipe).unwrap().file_type().is_fifo());
    show(&link);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    assert!(fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left beside");
}
