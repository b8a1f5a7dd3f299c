//! What comes of a run when members fail in its middle.

use std::fs;

use crate::harness::{path, rows, run_samples, same, sample_lake};

use super::members::{Members, Process};

#[test]
fn an_executor_that_stands_still_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let cluster = Members::start(&home, &["--executor-timeout", "10"], &[&[], &[]]);
    let lake = home.path().join("lake");
    let run = Process::run(&lake, &["--cluster", &cluster.url]);
    cluster.wait_for_job("");
    cluster.executors[0].signal("STOP");
    run.answer().ended_with(0);
    same(&lake, sample_lake());
}

#[test]
fn a_scheduler_that_is_started_again_is_asked_again() {
    let home = tempfile::tempdir().unwrap();
    let mut cluster = Members::start(&home, &[], &[&[]]);
    let lake = home.path().join("lake");
    let run = Process::run(&lake, &["--cluster", &cluster.url]);
    cluster.wait_for_job("");
    cluster.restart_scheduler();
    let answer = run.answer().ended_with(0);
    assert!(answer.stderr.contains("asked again"), "{}", answer.stderr);
    same(&lake, sample_lake());
    // Executors have found the new one by themselves.
    run_samples(&home.path().join("next"), &["--cluster", &cluster.url]).ended_with(0);
}

/// A rule over a function that executors compute, which cannot be computed of one mutation.
const RULE: &str = "mhc1_presentation_of(best_peptide, \
    CASE WHEN 10 / (dna_depth - DEPTH) > 1000 THEN NULL ELSE best_allele END) IS NOT NULL";

const POLICY: &str = r#"
name = "broken"
description = "A rule that one patient's rows break"
[[tier]]
name = "Deep"
meaning = "Covered well"
candidate = true
when = "RULE"
[[tier]]
name = "Other"
meaning = "Everything else"
candidate = true
when = "TRUE"
[[sort]]
by = "mt_percentile"
"#;

#[test]
fn a_patient_whose_tasks_fail_stops_no_one() {
    let home = tempfile::tempdir().unwrap();
    let one = "SELECT any_value(patient_id), dna_depth FROM neoantigen GROUP BY dna_depth \
               HAVING count(DISTINCT patient_id) = 1 ORDER BY 2 LIMIT 1";
    let one = rows(sample_lake(), one);
    let (patient, depth) = one[0].split_once(',').unwrap();
    let policy = home.path().join("broken.toml");
    fs::write(&policy, POLICY.replace("RULE", &RULE.replace("DEPTH", depth))).unwrap();
    let cluster = Members::start(&home, &[], &[&[]]);
    let [lake, alone] = ["lake", "alone"].map(|name| home.path().join(name));
    let with = ["--policy", path(&policy)];
    let answer = run_samples(&lake, &[&["--cluster", &cluster.url], &with[..]].concat());
    let answer = answer.ended_with(3);
    assert!(cluster.get("/api/jobs").contains("Failed"), "it was an executor that failed");
    let refused = rows(&lake, "SELECT patient_id, rule FROM quarantine WHERE stage = 'inputs'");
    assert!(refused.contains(&format!("{patient},stages.failed")), "{}", answer.stderr);
    assert!(!rows(&lake, "SELECT patient_id FROM patient").is_empty(), "the others are made");
    run_samples(&alone, &with).ended_with(3);
    same(&lake, &alone);
}
