//! Synthetic cohorts through the program: made, run, and held against what was planted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::{path, repository, rows, run, vaxloom};

/// Of the published mutations: enough of every kind, and few enough to be run in seconds.
const LOAD: &str = "0.05";

/// A cohort in `folder/cohort`.
fn simulate(folder: &Path, more: &[&str]) -> std::path::PathBuf {
    let out = folder.join("cohort");
    let arguments = ["simulate", "--patients", "20", "--load", LOAD, "--out", path(&out)];
    vaxloom(arguments.iter().chain(more)).ended_with(0);
    out
}

/// A row of the truth by the names of its columns.
fn truth(cohort: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(cohort.join("truth/mutations.000.tsv")).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let header: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

#[test]
fn a_simulated_cohort_runs_and_its_consequences_are_those_planted() {
    let folder = tempfile::tempdir().unwrap();
    let cohort = simulate(folder.path(), &["--seed", "3"]);
    let lake = folder.path().join("lake");
    let reference = cohort.join("reference");
    let records = cohort.join("records");
    let sheet = cohort.join("samples.csv");
    run(&sheet, Some(&records), &lake, &["--reference", path(&reference)]).ended_with(0);

    let truth = truth(&cohort);
    let found = rows(
        &lake,
        "SELECT patient_id, variant_id, transcript, replace(consequence, '&', '+'), coalesce(mutant_protein, '') FROM consequence",
    );
    let found: BTreeMap<String, Vec<&str>> = found
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            (cells[..3].join(" "), cells)
        })
        .collect();
    assert_eq!(found.len(), truth.len());
    for planted in &truth {
        let variant =
            ["chrom", "pos", "ref", "alt"].map(|column| planted[column].as_str()).join(":");
        let key = format!("{} {variant} {}", planted["patient"], planted["transcript"]);
        let told = &found[&key];
        let sorted = |terms: &str, at: char| {
            let mut terms: Vec<String> = terms.split(at).map(str::to_owned).collect();
            terms.sort();
            terms
        };
        assert_eq!(sorted(told[3], '+'), sorted(&planted["consequence"], '&'), "{key}");
        if !told[4].is_empty() && !planted["window"].is_empty() {
            let start: usize = planted["window_start"].parse().unwrap();
            let window = &planted["window"];
            assert_eq!(&told[4][start - 1..start - 1 + window.len()], window, "{key}");
        }
    }
    let count = |query: &str| -> usize { rows(&lake, query)[0].parse().unwrap() };
    let missense = truth.iter().filter(|row| row["consequence"].starts_with("missense")).count();
    let mutations = count("SELECT count(*) FROM neoantigen");
    assert!(mutations >= missense, "{mutations} mutations, {missense} missense");
    assert_eq!(count("SELECT count(*) FROM patient WHERE sex IS NOT NULL"), 20);
    assert_eq!(count("SELECT count(*) FROM hla_typing WHERE scored_as IS DISTINCT FROM allele"), 0);
    assert_eq!(count("SELECT count(*) FROM quarantine"), 0);
}

#[test]
fn the_same_options_give_the_same_files() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let one = simulate(folders[0].path(), &["--threads", "1"]);
    let two = simulate(folders[1].path(), &["--threads", "2"]);
    for name in [
        "samples.csv",
        "vcf/000/SIM-0000020.vcf",
        "truth/mutations.000.tsv",
        "genome/genome.fa",
        "records/Condition.000.ndjson",
    ] {
        let read = |cohort: &Path| fs::read(cohort.join(name)).unwrap();
        assert!(read(&one) == read(&two), "{name} differs");
    }
}

#[test]
fn a_given_reference_is_mutated() {
    let folder = tempfile::tempdir().unwrap();
    let made = simulate(folder.path(), &[]);
    let reference = made.join("reference");
    let out = folder.path().join("other");
    let given = ["--reference", path(&reference), "--out", path(&out), "--patients", "2"];
    vaxloom(["simulate", "--load", LOAD].iter().chain(&given)).ended_with(0);
    // The same genes, and no reference of its own.
    let read = |cohort: &Path| fs::read_to_string(cohort.join("vcf/000/SIM-0000002.vcf")).unwrap();
    assert_eq!(read(&made), read(&out));
    assert!(!out.join("reference").exists());
}

#[test]
fn what_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("cohort");
    let check = |more: &[&str], code: i32, words: &str| {
        let arguments = ["simulate", "--patients", "3", "--out", path(&out)];
        let answer = vaxloom(arguments.iter().chain(more)).ended_with(code);
        assert!(answer.stderr.contains(words), "{}", answer.stderr);
    };
    check(&["--cancer", "lung"], 1, "expected one of mix, BLCA");
    check(&["--population", "martian"], 1, "expected one of mix, african");
    check(&["--load", "0"], 2, "expected a number from");
    check(&["--reference", path(&repository("data-samples"))], 1, "reference");
    assert!(!out.exists(), "nothing was made");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("kept.txt"), "mine").unwrap();
    check(&[], 1, "there are files in this folder already");
    assert_eq!(fs::read_to_string(out.join("kept.txt")).unwrap(), "mine");
}
