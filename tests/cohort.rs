//! The sample cohort: what a newcomer's first run must show.

use std::fs;
use std::path::Path;

use crate::harness::{repository, rows, run, run_samples, sample_lake};

#[test]
fn every_patient_gets_ranked_constructs_and_a_page() {
    let lake = sample_lake();
    let patients = rows(lake, "SELECT count(*) FROM patient");
    let sheet = fs::read_to_string(repository("data-samples/samples.csv")).unwrap();
    assert_eq!(patients, [(sheet.lines().count() - 1).to_string()]);
    let few =
        rows(lake, "SELECT patient_id FROM construct GROUP BY patient_id HAVING count(*) < 3");
    assert!(few.is_empty(), "patients with fewer than three candidates: {few:?}");
    for patient in rows(lake, "SELECT patient_id FROM patient ORDER BY patient_id") {
        let page =
            fs::read_to_string(lake.join("reports").join(format!("{patient}.html"))).unwrap();
        assert!(page.contains(&patient) && page.contains("Research use only"));
        assert!(
            !page.contains("http://") || !page.contains("<script src"),
            "the page is self-contained"
        );
    }
}

#[test]
fn published_driver_mutations_are_found() {
    let found = rows(
        sample_lake(),
        "SELECT DISTINCT gene || ' ' || protein_change FROM neoantigen WHERE driver_gene",
    );
    for driver in [
        "KRAS p.G12D",
        "TP53 p.R175H",
        "TP53 p.Y220C",
        "BRAF p.V600E",
        "IDH1 p.R132H",
        "PIK3CA p.E545K",
    ] {
        assert!(found.iter().any(|row| row == driver), "{driver} is not among {found:?}");
    }
    let kinds = rows(sample_lake(), "SELECT DISTINCT variant_class FROM neoantigen ORDER BY 1");
    for kind in ["frameshift", "inframe_deletion", "missense"] {
        assert!(kinds.iter().any(|row| row == kind), "{kind} is not among {kinds:?}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let constructs = |name: &str, threads: &str| {
        let lake = folder.path().join(name);
        run_samples(&lake, &["--threads", threads]).ended_with(0);
        let molecules =
            rows(&lake, "SELECT * EXCEPT (run_id) FROM construct ORDER BY patient_id, rank");
        let files: Vec<Vec<u8>> = sorted_files(&lake.join("reports"))
            .into_iter()
            .filter(|file| file.extension().is_some_and(|e| e != "html"))
            .map(|file| fs::read(file).unwrap())
            .collect();
        assert!(!molecules.is_empty() && !files.is_empty());
        (molecules, files)
    };
    let first = constructs("first", "1");
    assert!(first == constructs("again", "1"), "two runs with one thread differ");
    assert!(first == constructs("two", "2"), "one thread and two differ");
}

#[test]
fn an_unchanged_cohort_is_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    run_samples(&lake, &[]).ended_with(0);
    let before = sorted_files(&lake);
    let again = run_samples(&lake, &[]).ended_with(0);
    assert!(again.stdout.contains(" 0 run, "), "{}", again.stdout);
    assert_eq!(before, sorted_files(&lake), "nothing is written");
}

#[test]
fn one_changed_patient_is_run_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let sheet = fs::read_to_string(repository("data-samples/samples.csv")).unwrap();
    run_samples(&lake, &[]).ended_with(0);
    let first_runs = rows(&lake, "SELECT patient_id, run_id FROM patient ORDER BY 1");
    let changed: Vec<&str> = sheet.lines().collect();
    let cohort = folder.path().join("cohort");
    copy_folder(&repository("data-samples"), &cohort);
    let name = changed[1].split(',').nth(1).unwrap();
    fs::write(cohort.join("samples.csv"), sheet.replacen(name, &format!("{name}-again"), 1))
        .unwrap();
    let sheet = cohort.join("samples.csv");
    let records = cohort.join("records");
    let answer = run(&sheet, Some(&records), &lake, &[]).ended_with(0);
    assert!(answer.stdout.contains(" 1 run, "), "{}", answer.stdout);
    let second_runs = rows(&lake, "SELECT patient_id, run_id FROM patient ORDER BY 1");
    let moved = first_runs.iter().zip(&second_runs).filter(|(a, b)| a != b).count();
    assert_eq!((moved, first_runs.len()), (1, second_runs.len()));
}

#[test]
fn a_patient_whose_input_breaks_goes_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, cohort) = (folder.path().join("lake"), folder.path().join("cohort"));
    copy_folder(&repository("data-samples"), &cohort);
    let (sheet, records) = (cohort.join("samples.csv"), cohort.join("records"));
    let go = |code| run(&sheet, Some(&records), &lake, &[]).ended_with(code).stdout;
    let patients = || rows(&lake, "SELECT DISTINCT patient_id FROM construct ORDER BY 1");
    go(0);
    let all = patients();
    let page = lake.join("reports/VX-0002.html");
    let vcf = cohort.join("vcf/VX-0002.vcf");
    let kept = fs::read(&vcf).unwrap();
    fs::remove_file(&vcf).unwrap();
    let said = go(3);
    assert!(
        said.contains(" 0 run, 7 unchanged, 1 kept out") && said.contains("vcf.file"),
        "{said}"
    );
    assert_eq!(patients().len(), all.len() - 1, "nothing of a patient who is kept out stays");
    assert!(!page.exists() && !lake.join("reports/VX-0002-C1.gb").exists());
    let again = go(3);
    assert!(again.contains("vcf.file"), "{again}");
    fs::write(&vcf, kept).unwrap();
    assert!(go(0).contains(" 1 run, 7 unchanged, 0 kept out"));
    assert_eq!(patients(), all);
    assert!(page.exists() && !fs::read_to_string(&page).unwrap().contains("vcf.file"));
}

#[test]
fn a_patient_who_leaves_the_sheet_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, cohort) = (folder.path().join("lake"), folder.path().join("cohort"));
    copy_folder(&repository("data-samples"), &cohort);
    let sheet = cohort.join("samples.csv");
    run(&sheet, Some(&cohort.join("records")), &lake, &[]).ended_with(0);
    let text = fs::read_to_string(&sheet).unwrap();
    let fewer: Vec<&str> = text.lines().filter(|line| !line.starts_with("VX-0008")).collect();
    fs::write(&sheet, fewer.join("\n")).unwrap();
    let said = run(&sheet, Some(&cohort.join("records")), &lake, &[]).ended_with(3).stdout;
    assert!(said.contains(" 0 run, 7 unchanged"), "{said}");
    assert!(said.contains("records.no-sample"), "{said}");
    assert_eq!(rows(&lake, "SELECT count(*) FROM patient"), ["8"]);
}

#[test]
fn rows_in_are_rows_out_and_quarantine() {
    let counts = rows(sample_lake(), "SELECT stage_counts FROM run");
    for stage in [
        "records",
        "somatic_variant",
        "hla_typing",
        "consequence",
        "peptide",
        "presentation",
        "neoantigen",
        "construct",
    ] {
        assert!(counts[0].contains(stage), "{stage} is not in {}", counts[0]);
    }
    let tables = rows(
        sample_lake(),
        "SELECT (SELECT count(*) FROM neoantigen) = (SELECT count(DISTINCT (patient_id, sample_id, variant_id)) FROM peptide), \
         (SELECT count(*) FROM presentation) = (SELECT count(DISTINCT (peptide, allele)) FROM presentation)",
    );
    assert_eq!(tables, ["true,true"]);
}

fn sorted_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            files.extend(sorted_files(&entry));
        } else {
            files.push(entry);
        }
    }
    files.sort();
    files
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap().path();
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy_folder(&entry, &target);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}
