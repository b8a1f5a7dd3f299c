//! `vaxloom nightly`: what a night does, what it leaves alone, and what it survives.

mod cohort;
mod forgotten;
mod stored;
mod survives;

use std::fs;

use cohort::{Cohort, report, tables};

use crate::harness::rows;

#[test]
fn an_unchanged_night_writes_nothing() {
    let cohort = Cohort::of(6);
    cohort.night().ended_with(0);
    let before = cohort.table_files();
    let answer = cohort.night().ended_with(0);
    assert_eq!(before, cohort.table_files(), "{}", answer.stderr);
    let told = report(&cohort.lake());
    assert_eq!(told["counts"]["unchanged"], 6, "{told}");
    assert_eq!(told["counts"]["changed"], 0);
    assert!(told["new_top"].as_array().unwrap().is_empty());
}

#[test]
fn one_changed_patient_is_one_patients_rows() {
    let cohort = Cohort::of(4);
    cohort.night().ended_with(0);
    let before = tables(&cohort.lake());
    let versions = cohort.versions();
    cohort.change("P0002");
    cohort.night().ended_with(0);
    let told = report(&cohort.lake());
    assert_eq!(told["patients"], serde_json::json!([{ "patient_id": "P0002", "why": ["inputs"] }]));
    let after = tables(&cohort.lake());
    for (table, rows) in &before {
        let others = |rows: &[String]| -> Vec<String> {
            rows.iter().filter(|row| !row.contains("\"P0002\"")).cloned().collect()
        };
        if !["run", "audit", "quarantine", "presentation"].contains(&table.as_str()) {
            assert_eq!(others(rows), others(&after[table]), "{table}");
        }
    }
    // The log says the same: one commit a table, and what it takes away held the patient.
    for (table, version) in cohort.versions() {
        assert!(version - versions[&table] <= 1, "{table}");
    }
    let query = "SELECT DISTINCT patient_id FROM neoantigen \
                 WHERE run_id = (SELECT run_id FROM run ORDER BY finished_at DESC LIMIT 1)";
    assert_eq!(rows(&cohort.lake(), query), ["P0002"]);
    let moves: usize =
        ["new_top", "moved"].iter().map(|list| told[*list].as_array().unwrap().len()).sum();
    assert!(moves > 0, "{told}");
    assert!(!told["moved"].to_string().contains("P0001"));
}

#[test]
fn a_line_in_shared_records_is_one_patients_change() {
    let cohort = Cohort::of(4);
    cohort.night().ended_with(0);
    let records = cohort.path("records/Patient.000.ndjson");
    let text = fs::read_to_string(&records).unwrap();
    // Another's record now stands before all, and one patient's says something else.
    let moved: Vec<&str> = text.lines().rev().collect();
    fs::write(
        &records,
        moved.join("\n").replacen("\"birthDate\":\"1953\"", "\"birthDate\":\"1954\"", 1),
    )
    .unwrap();
    cohort.night().ended_with(0);
    let told = report(&cohort.lake());
    assert_eq!(told["counts"]["changed"], 1, "{told}");
    assert_eq!(told["patients"][0]["patient_id"], "P0003");
}

#[test]
fn a_policy_needs_no_scoring() {
    let cohort = Cohort::of(3);
    cohort.night().ended_with(0);
    cohort.settings("[run]\npolicy = \"drivers.toml\"\n");
    fs::write(cohort.path("drivers.toml"), cohort::DRIVERS).unwrap();
    cohort.night().ended_with(0);
    let last =
        rows(&cohort.lake(), "SELECT stage_counts FROM run ORDER BY finished_at DESC LIMIT 1");
    assert!(last[0].contains("construct") && last[0].contains("neoantigen"), "{last:?}");
    assert!(!last[0].contains("presentation") && !last[0].contains("consequence"), "{last:?}");
    let told = report(&cohort.lake());
    assert_eq!(told["patients"][0]["why"], serde_json::json!(["policy"]));
    // The same as a lake that has known no other policy.
    let fresh = Cohort::of(3);
    fs::write(fresh.path("drivers.toml"), cohort::DRIVERS).unwrap();
    fresh.settings("[run]\npolicy = \"drivers.toml\"\n");
    fresh.night().ended_with(0);
    let (ranked, fresh) = (tables(&cohort.lake()), tables(&fresh.lake()));
    for table in ["neoantigen", "construct", "patient", "basis"] {
        assert_eq!(ranked[table], fresh[table], "{table}");
    }
    // Another profile makes the molecules anew, and nothing else.
    cohort.settings("[run]\npolicy = \"drivers.toml\"\nprofile = \"cov\"\n");
    cohort.night().ended_with(0);
    let last =
        rows(&cohort.lake(), "SELECT stage_counts FROM run ORDER BY finished_at DESC LIMIT 1");
    assert!(last[0].contains("construct") && !last[0].contains("neoantigen"), "{last:?}");
}

#[test]
fn one_failed_patient_stops_no_one() {
    let cohort = Cohort::of(4);
    cohort.night().ended_with(0);
    // A rule that cannot be computed for one patient's rows, and a file that is no VCF for another.
    let own = "SELECT dna_depth FROM neoantigen WHERE patient_id = 'P0002' \
               EXCEPT SELECT dna_depth FROM neoantigen WHERE patient_id <> 'P0002' LIMIT 1";
    let rule = format!("10 / (dna_depth - {}) > 1000", rows(&cohort.lake(), own)[0]);
    let policy = cohort::DRIVERS.replace("\"driver_gene\"", &format!("\"{rule}\""));
    fs::write(cohort.path("drivers.toml"), policy).unwrap();
    cohort.settings("[run]\npolicy = \"drivers.toml\"\n");
    fs::write(cohort.path("vcf/P0003.vcf"), "no VCF\n").unwrap();
    let answer = cohort.night().ended_with(3);
    assert_eq!(
        rows(&cohort.lake(), "SELECT patient_id FROM patient ORDER BY 1"),
        ["P0001", "P0004"]
    );
    let refused = rows(&cohort.lake(), "SELECT patient_id, rule FROM quarantine ORDER BY 1");
    assert_eq!(refused, ["P0002,stages.failed", "P0003,vcf.file"], "{}", answer.stderr);
    let again = cohort.table_files();
    cohort.night().ended_with(3);
    assert_eq!(
        again,
        cohort.table_files(),
        "what is still kept out is told of, and not written again"
    );
}

#[test]
fn someone_is_told() {
    let cohort = Cohort::of(2);
    let command = "cat \\\"$VAXLOOM_NIGHT_JSON\\\" > told.json; echo $VAXLOOM_NIGHT_STATUS $VAXLOOM_NIGHT_EXIT >> told.txt; test -f \\\"$VAXLOOM_NIGHT_HTML\\\"";
    let settings = format!(
        "[report]\nmetrics = \"vaxloom.prom\"\nnotify = [\"sh\", \"-c\", \"cd '{}'; {command}\"]\n",
        cohort.path("").display()
    );
    cohort.settings(&settings);
    cohort.night().ended_with(0);
    assert_eq!(fs::read_to_string(cohort.path("told.txt")).unwrap(), "done 0\n");
    assert!(fs::read_to_string(cohort.path("told.json")).unwrap().contains("\"new\": 2"));
    let metrics = fs::read_to_string(cohort.path("vaxloom.prom")).unwrap();
    for line in [
        "vaxloom_nightly_exit_code 0",
        "vaxloom_nightly_patients{state=\"new\"} 2",
        "# TYPE vaxloom_nightly_last_success_timestamp_seconds gauge",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    // Nothing to tell on an unchanged night; a night that fails is told of, and keeps the time of the last success.
    cohort.night().ended_with(0);
    fs::rename(cohort.path("samples.csv"), cohort.path("elsewhere.csv")).unwrap();
    cohort.night().ended_with(1);
    assert_eq!(fs::read_to_string(cohort.path("told.txt")).unwrap(), "done 0\nfailed 1\n");
    let failed = fs::read_to_string(cohort.path("vaxloom.prom")).unwrap();
    assert!(failed.contains("vaxloom_nightly_exit_code 1\n"), "{failed}");
    assert!(failed.contains("vaxloom_nightly_last_success_timestamp_seconds 1"), "{failed}");
}

#[test]
fn a_night_has_an_example_and_refuses_what_it_does_not_know() {
    use crate::harness::{path, vaxloom};
    let example = vaxloom(["nightly", "--example"]).ended_with(0).stdout;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("vaxloom.toml");
    fs::write(&config, example.replace("batch = 100", "batches = 100")).unwrap();
    let answer = vaxloom(["nightly", "--config", path(&config)]).ended_with(1);
    assert!(answer.stderr.contains("unknown field `batches`"), "{}", answer.stderr);
    vaxloom(["nightly"]).ended_with(2);
}
