//! Nights over a lake in an object store.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use super::cohort::{Cohort, report, tables};
use super::forgotten::naming;
use super::survives::lasting;
use crate::harness::{Answer, path};
use crate::s3::S3;

/// A cohort whose lake is in an object store, and whose pages are where those of a lake in a folder would be.
struct Stored {
    s3: S3,
    cohort: Cohort,
}

impl Stored {
    fn of(patients: usize) -> Option<Self> {
        let (s3, cohort) = (S3::start()?, Cohort::of(patients));
        cohort.settings_of("path = \"s3://bucket/lake\"\nreports = \"lake/reports\"", "");
        Some(Self { s3, cohort })
    }

    fn config(&self) -> PathBuf {
        self.cohort.path("vaxloom.toml")
    }

    fn night(&self) -> Answer {
        self.s3.vaxloom(&["nightly", "--config", path(&self.config())])
    }

    /// Its lake, copied.
    fn copy(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        self.s3.download("lake", folder.path());
        folder
    }

    fn is_locked(&self) -> bool {
        self.s3.objects("lake").iter().any(|object| object.starts_with("lake/.lease "))
    }

    /// Starts a night, and waits until it holds the lock.
    fn begun(&self) -> std::process::Child {
        let night = self.s3.begun(&["nightly", "--config", path(&self.config())]);
        let deadline = Instant::now() + Duration::from_mins(2);
        while !self.is_locked() {
            assert!(Instant::now() < deadline, "no night holds the lock");
            sleep(Duration::from_millis(20));
        }
        night
    }
}

fn of_others(rows: &[String]) -> Vec<&String> {
    rows.iter().filter(|row| !row.contains("P0002")).collect()
}

#[test]
fn nights_over_an_object_store_are_those_over_a_folder() {
    let Some(stored) = Stored::of(4) else { return };
    stored.night().ended_with(0);
    let local = Cohort::of(4);
    local.night().ended_with(0);
    assert_eq!(lasting(tables(stored.copy().path())), lasting(tables(&local.lake())));
    let before = stored.s3.objects("lake");
    stored.night().ended_with(0);
    assert_eq!(stored.s3.objects("lake"), before, "an unchanged night writes nothing");
    assert_eq!(report(&stored.cohort.lake())["counts"]["unchanged"], 4);

    stored.cohort.change("P0002");
    stored.night().ended_with(0);
    let told = report(&stored.cohort.lake());
    assert_eq!(told["patients"], json!([{ "patient_id": "P0002", "why": ["inputs"] }]));
    let known = stored.copy();
    assert!(naming(known.path(), "P0002").len() > 12, "tables and logs name the patient");
    let known = tables(known.path());

    fs::write(stored.cohort.path("withdrawn.txt"), "P0002\n").unwrap();
    let said = stored.night().ended_with(0).stderr;
    assert!(said.contains("aws s3api list-object-versions --bucket bucket"), "{said}");
    let copy = stored.copy();
    let nowhere = Vec::<PathBuf>::new();
    assert_eq!(naming(copy.path(), "P0002"), nowhere);
    assert_eq!(naming(&stored.cohort.lake(), "P0002"), nowhere, "pages and nights' reports");
    for (table, rows) in tables(copy.path()) {
        if !["run", "audit", "quarantine", "presentation"].contains(&table.as_str()) {
            assert_eq!(of_others(&known[&table]), rows.iter().collect::<Vec<_>>(), "{table}");
        }
    }
    let told = report(&stored.cohort.lake());
    assert_eq!(told["counts"]["withdrawn"], 1, "{told}");
    proven(copy.path());

    let before = stored.s3.objects("lake");
    stored.night().ended_with(0);
    assert_eq!(stored.s3.objects("lake"), before, "who is forgotten is not forgotten again");
}

/// The proof: what was there, what is, and that every object was searched.
fn proven(lake: &Path) {
    let proofs: Vec<PathBuf> =
        fs::read_dir(lake.join(".forgotten")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let proof: serde_json::Value = serde_json::from_slice(&fs::read(&proofs[0]).unwrap()).unwrap();
    assert_eq!((proofs.len(), &proof["rows_before"]["patient"]), (1, &json!(1)));
    assert_eq!(proof["rows_after"]["neoantigen"], 0);
    assert!(proof["searched"]["values"].as_u64().unwrap() > 100, "{proof}");
    assert_eq!(proof["searched"]["found"], json!([]));
    let searched = proof["searched"]["files"].as_object().unwrap();
    let of_lake = |key: &&String| key.starts_with("s3://bucket/lake/");
    let log = |key: &&String| key.contains("/_delta_log/");
    let keys = || searched.keys().filter(of_lake);
    assert!(keys().filter(log).count() > 20, "checkpoints and entries of logs: {proof}");
    assert!(keys().count() > keys().filter(log).count() + 10, "files of data: {proof}");
    assert!(searched.keys().any(|key| key.ends_with("lake/reports/P0001.html")), "{proof}");
}

#[test]
fn of_two_nights_one_works_and_a_killed_one_is_taken_over() {
    let Some(stored) = Stored::of(3) else { return };
    let mut first = stored.begun();
    let second = stored.night().ended_with(75);
    assert!(second.stderr.contains("another run"), "{}", second.stderr);
    assert!(first.wait().unwrap().success());
    assert!(!stored.is_locked(), "the lock is given back");
    assert_eq!(report(&stored.cohort.lake())["counts"]["new"], 3);

    stored.cohort.change("P0001");
    fs::write(stored.cohort.path("withdrawn.txt"), "P0003\n").unwrap();
    let mut killed = stored.begun();
    killed.kill().unwrap();
    killed.wait().unwrap();
    stored.night().ended_with(75);
    // As if the five minutes of its lease were over.
    stored.s3.client(
        "s3.put_object(Bucket='bucket', Key='lake/.lease', Body=b'{\"process\":1,\"until\":1}')",
    );
    let next = stored.night().ended_with(0);
    assert!(next.stderr.contains("the run that held the lock is gone"), "{}", next.stderr);
    let copy = stored.copy();
    assert_eq!(naming(copy.path(), "P0003"), Vec::<PathBuf>::new());
    let patients = stored.s3.rows("lake", "SELECT patient_id FROM patient ORDER BY 1");
    assert_eq!(patients, ["P0001", "P0002"]);
    assert!(!stored.is_locked(), "the lock is given back");
}
