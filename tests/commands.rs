//! The other commands, each as its help shows it.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::Command;

use crate::harness::{path, rows, sample_lake, vaxloom};

#[test]
fn help_has_an_example_for_every_command() {
    for name in [
        "run",
        "reference",
        "consequence",
        "predict",
        "rank",
        "compare",
        "design",
        "fold",
        "optimize",
        "check",
        "sof",
        "convert",
        "key",
        "audit",
        "sql",
        "serve",
        "lake",
        "report",
        "simulate",
        "train",
        "evaluate",
        "completions",
        "scheduler",
        "executor",
        "nightly",
        "lake",
    ] {
        let help = vaxloom([name, "--help"]).ended_with(0).stdout;
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{help}"));
        assert!(examples.contains(&format!("vaxloom {name} ")), "{help}");
    }
    assert!(vaxloom(["--help"]).ended_with(0).stdout.contains("Research use only"));
}

#[test]
fn wrong_use_ends_with_2() {
    for arguments in [vec!["nothing"], vec!["run"], vec!["lake"], vec!["run", "--threads", "0"]] {
        vaxloom(arguments).ended_with(2);
    }
}

#[test]
fn functions_can_be_called_without_a_lake() {
    let query = "SELECT mhc1_presentation('GADGVGKSAL', 'HLA-C*08:02') AS score, \
                 mhc1_presentation_percentile('GADGVGKSAL', 'HLA-C*08:02') < 1 AS strong, \
                 mhc1_presentation('GADGVGKSAL', 'C0802') = mhc1_presentation('GADGVGKSAL', 'HLA-C*08:02:01') AS same, \
                 mhc1_presentation('GADGVGKSAX', 'HLA-C*08:02') IS NULL AS unknown";
    let answer = vaxloom(["sql", "--format", "csv", query]).ended_with(0).stdout;
    let row: Vec<&str> = answer.lines().nth(1).unwrap().split(',').collect();
    let score: f32 = row[0].parse().unwrap();
    assert!((0.5..=1.0).contains(&score), "{answer}");
    assert_eq!(row[1..], ["true", "true", "true"], "{answer}");
}

#[test]
fn answers_come_in_four_formats() {
    let lake = path(sample_lake());
    let query = "SELECT patient_id, rank FROM neoantigen ORDER BY rank, patient_id LIMIT 1";
    let read = |format: &str| {
        vaxloom(["sql", "--lake", lake, "--format", format, query]).ended_with(0).stdout
    };
    assert!(read("table").contains("| patient_id"));
    assert!(read("csv").starts_with("patient_id,rank\n"));
    assert!(read("json").starts_with("{\"patient_id\":"));
    assert!(read("parquet").starts_with("PAR1"));
}

#[test]
fn writing_through_sql_is_refused() {
    for statement in [
        "DROP TABLE patient",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO patient SELECT * FROM patient",
        "SET datafusion.execution.batch_size = 1",
    ] {
        let answer = vaxloom(["sql", "--lake", path(sample_lake()), statement]).ended_with(1);
        assert!(answer.stderr.contains("queries only read"), "{}", answer.stderr);
    }
}

#[test]
fn an_allele_that_does_not_exist_is_named() {
    let answer =
        vaxloom(["sql", "SELECT mhc1_presentation('GILGFVFTL', 'HLA-A*99:99')"]).ended_with(1);
    assert!(answer.stderr.contains("HLA-A*99:99"), "{}", answer.stderr);
}

#[test]
fn pages_can_be_made_again() {
    let out = tempfile::tempdir().unwrap();
    let patient = &rows(sample_lake(), "SELECT min(patient_id) FROM patient")[0];
    let arguments =
        ["report", "--lake", path(sample_lake()), "--patient", patient, "-o", path(out.path())];
    vaxloom(arguments).ended_with(0);
    let name = format!("{patient}.html");
    let (first, again) = (sample_lake().join("reports").join(&name), out.path().join(&name));
    assert!(std::fs::read(first).unwrap() == std::fs::read(again).unwrap(), "the page is the same");
}

#[test]
fn completions_are_written() {
    assert!(vaxloom(["completions", "bash"]).ended_with(0).stdout.contains("_vaxloom"));
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
