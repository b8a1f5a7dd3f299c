//! A run in parts, each in a lake of its own, and the parts joined into one lake.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::broken::copy;
use crate::harness::{Answer, path, repository, rows, run, same, sample_lake, vaxloom};

/// A cohort in parts, and the lake that they are joined into.
struct Parted {
    home: TempDir,
    sheet: PathBuf,
    records: PathBuf,
    of: usize,
}

impl Parted {
    fn of(sheet: PathBuf, records: PathBuf, of: usize) -> Self {
        Self { home: tempfile::tempdir().unwrap(), sheet, records, of }
    }

    fn samples(of: usize) -> Self {
        Self::of(repository("data-samples/samples.csv"), repository("data-samples/records"), of)
    }

    fn lake(&self) -> PathBuf {
        self.home.path().join("lake")
    }

    fn part(&self, number: usize) -> PathBuf {
        self.home.path().join(format!("parts/{number}"))
    }

    fn run(&self, number: usize, more: &[&str]) -> Answer {
        let part = format!("{number}/{}", self.of);
        let more = [&["--part", &part], more].concat();
        run(&self.sheet, Some(&self.records), &self.part(number), &more)
    }

    fn run_all(&self, more: &[&str]) -> Vec<i32> {
        (1..=self.of).map(|number| self.run(number, more).code).collect()
    }

    fn gather(&self) -> Answer {
        let parts: Vec<usize> = (1..=self.of).collect();
        self.gather_of(&parts)
    }

    fn gather_of(&self, numbers: &[usize]) -> Answer {
        let parts: Vec<PathBuf> = numbers.iter().map(|number| self.part(*number)).collect();
        let lake = self.lake();
        let arguments = ["lake", "gather", "--lake", path(&lake)];
        vaxloom(arguments.into_iter().chain(parts.iter().map(|part| path(part))))
    }

    /// Asserts that joining ends with an error of these words, and that there is no lake.
    fn refused(&self, numbers: &[usize], words: &[&str]) {
        let refused = self.gather_of(numbers).ended_with(1);
        for words in words {
            assert!(refused.stderr.contains(words), "{words} is not in {}", refused.stderr);
        }
        assert!(!self.lake().join("run").exists(), "nothing is committed");
    }

    /// Changes what a part says of itself, as another program or model would have written it.
    fn pretend(&self, number: usize, change: impl Fn(&mut Value)) -> Vec<u8> {
        let file = self.part(number).join(".part.json");
        let before = fs::read(&file).unwrap();
        let mut value: Value = serde_json::from_slice(&before).unwrap();
        change(&mut value);
        fs::write(&file, serde_json::to_vec(&value).unwrap()).unwrap();
        before
    }

    fn write(&self, number: usize, text: &[u8]) {
        fs::write(self.part(number).join(".part.json"), text).unwrap();
    }
}

fn runs(lake: &Path) -> Vec<String> {
    rows(
        lake,
        "SELECT patients_in, patients_run, patients_unchanged, quarantined FROM run ORDER BY finished_at",
    )
}

#[test]
fn parts_joined_are_what_one_run_gives() {
    let cohort = Parted::samples(3);
    assert_eq!(cohort.run_all(&[]), [0, 0, 0]);
    assert!(!cohort.part(1).join("reports").exists(), "pages are written where parts are joined");
    let said = cohort.gather().ended_with(0).stdout;
    assert!(said.contains("8 patients: 8 run, 0 unchanged, 0 kept out"), "{said}");
    let lake = cohort.lake();
    same(&lake, sample_lake());
    assert_eq!(runs(&lake), ["8,8,0,0"]);
    let ids = "SELECT count(DISTINCT run_id) FROM (SELECT run_id FROM patient UNION ALL SELECT run_id FROM presentation \
               UNION ALL SELECT run_id FROM construct_element UNION ALL SELECT run_id FROM run)";
    assert_eq!(rows(&lake, ids), ["1"], "all rows are of the one run");
    let stages = "SELECT stage_counts FROM run";
    let count = |lake: &Path| {
        let text = rows(lake, stages).concat();
        let stages: Vec<Value> =
            serde_json::from_str(&text.trim_matches('"').replace("\"\"", "\"")).unwrap();
        stages.into_iter().filter(|stage| stage["stage"] != "presentation").collect::<Vec<_>>()
    };
    assert_eq!(count(&lake), count(sample_lake()), "a pair of two parts alone is counted twice");
    assert!(lake.join("reports/VX-0002.html").is_file());
    let trail = lake.join(".audit.jsonl");
    vaxloom(["audit", "verify", path(&trail)]).ended_with(0);
    assert_eq!(rows(&lake, "SELECT command, rows_in FROM audit").len(), 1);

    // Again, by parts or at once: there is nothing to do.
    let said = cohort.gather().ended_with(0).stdout;
    assert!(said.contains("8 patients: 0 run, 8 unchanged"), "{said}");
    run(&cohort.sheet, Some(&cohort.records), &lake, &[]).ended_with(0);
    assert_eq!(cohort.run_all(&[]), [0, 0, 0]);
    cohort.gather().ended_with(0);
    assert_eq!(runs(&lake), ["8,8,0,0"]);
    same(&lake, sample_lake());
}

#[test]
fn a_cohort_of_many_batches_is_the_same_in_parts() {
    let home = tempfile::tempdir().unwrap();
    let cohort = home.path().join("cohort");
    let simulated = ["simulate", "--patients", "30", "--load", "0.05", "--seed", "11"];
    vaxloom(simulated.iter().chain(&["--out", path(&cohort)])).ended_with(0);
    let reference = cohort.join("reference");
    let parted = Parted::of(cohort.join("samples.csv"), cohort.join("records"), 4);
    let with = ["--reference", path(&reference), "--batch", "3"];
    assert_eq!(parted.run_all(&with), [0; 4]);
    parted.gather().ended_with(0);
    let alone = home.path().join("alone");
    run(&parted.sheet, Some(&parted.records), &alone, &with[..2]).ended_with(0);
    same(&parted.lake(), &alone);
    assert_eq!(runs(&parted.lake()), ["30,30,0,0"]);
}

#[test]
fn quarantine_comes_along_and_what_changes_is_taken_alone() {
    let home = tempfile::tempdir().unwrap();
    copy(&repository("data-samples"), &home.path().join("samples"));
    let cohort = home.path().join("samples/broken");
    let (sheet, records) = (cohort.join("samples.csv"), cohort.join("records"));
    let alone = home.path().join("alone");
    let parted = Parted::of(sheet.clone(), records.clone(), 3);
    let one = |code| run(&sheet, Some(&records), &alone, &[]).ended_with(code);
    one(3);
    assert_eq!(parted.run_all(&[]), [3, 3, 3]);
    let said = parted.gather().ended_with(3).stdout;
    assert!(said.contains("records.no-sample") && said.contains("vcf.file"), "{said}");
    let lake = parted.lake();
    same(&lake, &alone);
    assert_eq!(runs(&lake), runs(&alone));
    // What is still wrong is told again, and nothing is written for it.
    let again = parted.gather().ended_with(3).stdout;
    assert!(again.contains("vcf.file") && again.contains(" 0 run, 4 unchanged"), "{again}");
    assert_eq!(runs(&lake).len(), 1);

    // One is mended, and one breaks.
    let text = fs::read_to_string(&sheet).unwrap();
    let sound = text.lines().find(|line| line.starts_with("VX-9000")).unwrap();
    let cell = |line: &str, column: usize| line.split(',').nth(column).unwrap().to_owned();
    let mended = text
        .lines()
        .map(|line| match line.strip_prefix("VX-9001,VX-9001-T,") {
            Some(rest) => {
                let old = rest.split(',').next().unwrap();
                let line = line.replacen(old, &cell(sound, 2), 1);
                let line = line.replacen(&cell(&line, 3), &cell(sound, 3), 1);
                format!("{line}\n")
            }
            None => format!("{line}\n"),
        })
        .collect::<String>();
    fs::write(&sheet, mended).unwrap();
    let broken = cohort.join(cell(text.lines().find(|l| l.starts_with("VX-9014")).unwrap(), 2));
    fs::write(&broken, "no calls").unwrap();
    one(3);
    parted.run_all(&[]);
    parted.gather().ended_with(3);
    assert_eq!(runs(&lake).len(), 2);
    let patients = |lake: &Path| rows(lake, "SELECT patient_id FROM patient ORDER BY 1");
    assert_eq!(patients(&lake), patients(&alone));
    for table in ["peptide", "neoantigen", "construct", "basis"] {
        let query = format!("SELECT * EXCEPT (run_id) FROM {table}");
        let [found, expected] = [&lake, &alone].map(|lake| {
            let mut rows = rows(lake, &query);
            rows.sort();
            rows
        });
        assert_eq!(found, expected, "{table}");
    }
    assert!(!lake.join("reports/VX-9014.html").exists());
}

#[test]
fn parts_that_are_not_one_run_are_refused() {
    let cohort = Parted::samples(3);
    assert_eq!([cohort.run(1, &[]).code, cohort.run(2, &[]).code], [0, 0]);
    cohort.refused(&[1, 2], &["part 3 of 3 is missing"]);
    cohort.refused(&[1, 2, 2], &["both are part 2 of 3", "parts/2"]);
    cohort.refused(&[1, 2, 3], &["parts/3: no part of a run is here"]);

    // A part that fails, before it begins or later, is not what it was before.
    cohort.run(3, &[]).ended_with(0);
    cohort.run(3, &["--reference", "nowhere"]).ended_with(1);
    cohort.refused(&[1, 2, 3], &["parts/3 (part 3 of 3) is not finished"]);

    // Another policy, and other epitopes.
    cohort.run(3, &["--policy", "evidence"]).ended_with(0);
    cohort.refused(&[1, 2, 3], &["policy: vaxloom (", "in ", "parts/1 (part 1 of 3), evidence ("]);
    let epitopes = cohort.home.path().join("epitopes.txt");
    fs::write(&epitopes, "NLVPMVATV\nGILGFVFTL\n").unwrap();
    cohort.run(3, &["--epitopes", path(&epitopes)]).ended_with(0);
    cohort.refused(&[1, 2, 3], &["epitopes: none in ", "parts/3 (part 3 of 3)"]);
    cohort.run(3, &[]).ended_with(0);

    // Another program, and other weights.
    let kept =
        cohort.pretend(2, |file| file["done"]["made"]["identity"]["program"] = "99.0.0".into());
    cohort.refused(&[1, 2, 3], &["vaxloom: ", "parts/1 (part 1 of 3), 99.0.0 in "]);
    cohort.write(2, &kept);
    let kept = cohort.pretend(2, |file| {
        file["done"]["made"]["identity"]["model"] = "mhc1-presentation 0".into();
    });
    cohort.refused(&[1, 2, 3], &["model of class I: ", ", mhc1-presentation 0 in "]);
    cohort.write(2, &kept);

    // A sheet that has changed between the parts.
    copy(&repository("data-samples"), &cohort.home.path().join("samples"));
    let sheet = cohort.home.path().join("samples/samples.csv");
    let text = fs::read_to_string(&sheet).unwrap();
    fs::write(
        &sheet,
        text.lines().filter(|l| !l.starts_with("VX-0008")).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let fewer = Parted { sheet, ..cohort };
    fewer.run(3, &[]);
    fewer.refused(&[1, 2, 3], &["or for other patients of it", "run all parts again"]);
}

#[test]
fn a_part_has_a_folder_of_its_own() {
    let cohort = Parted::samples(2);
    cohort.run(1, &[]).ended_with(0);
    let part = cohort.part(1);
    let go = |lake: &Path, more: &[&str]| {
        run(&cohort.sheet, Some(&cohort.records), lake, more).ended_with(1).stderr
    };
    assert!(go(&part, &[]).contains("this is part 1 of 2 of a run"));
    assert!(go(&part, &["--part", "1/3"]).contains("part 1 of 3 was asked for"));
    cohort.run(1, &[]).ended_with(0);
    cohort.run(2, &[]).ended_with(0);
    cohort.gather().ended_with(0);
    assert!(go(&cohort.lake(), &["--part", "1/2"]).contains("needs a folder of its own"));
    vaxloom(["run", "--samples", "a", "--lake", "b", "--part", "3/2"]).ended_with(2);

    // Who is forgotten in a part, and is in the sheet no more, does not come back.
    let forgotten = rows(&part, "SELECT patient_id FROM patient ORDER BY 1")[0].clone();
    for lake in [&part, &cohort.lake()] {
        vaxloom(["lake", "forget", "--lake", path(lake), &forgotten]).ended_with(0);
    }
    let refused = cohort.gather().ended_with(1).stderr;
    assert!(refused.contains("parts/1 (part 1 of 2) is not finished"), "{refused}");
}

#[test]
fn a_part_may_have_nobody() {
    let home = tempfile::tempdir().unwrap();
    copy(&repository("data-samples"), &home.path().join("samples"));
    let sheet = home.path().join("samples/samples.csv");
    let text = fs::read_to_string(&sheet).unwrap();
    fs::write(&sheet, text.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    let records = home.path().join("samples/records");
    let cohort = Parted::of(sheet.clone(), records.clone(), 2);
    assert_eq!(cohort.run_all(&[]), [3, 3], "records of others are told of");
    let said = cohort.gather().ended_with(3).stdout;
    assert!(said.contains("1 patients: 1 run, 0 unchanged, 0 kept out"), "{said}");
    let alone = home.path().join("alone");
    run(&sheet, Some(&records), &alone, &[]).ended_with(3);
    same(&cohort.lake(), &alone);
}
