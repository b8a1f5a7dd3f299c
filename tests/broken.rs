//! Bad input: each kind has a clear error, and the rest of the cohort is unharmed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::{path, repository, rows, run, run_samples, sample_lake, vaxloom};

/// Patient, rule, and what the message must name.
const FAULTS: &[(&str, &str, &str)] = &[
    ("VX-9001", "vcf.file", "there is no such file"),
    ("VX-9002", "vcf.file", "no INFO field CSQ"),
    ("VX-9003", "vcf.file", "WildtypeProtein"),
    ("VX-9004", "vcf.file", "TUMOR_DNA"),
    ("VX-9005", "vcf.file", "truncated"),
    ("VX-9006", "hla.unknown-allele", "HLA-A*99:99"),
    ("VX-9007", "hla.missing", "no HLA alleles"),
    ("VX-9008", "sheet.no-record", "no Patient with this id"),
    ("VX-9010", "sheet.duplicate-sample", "two rows for sample"),
    ("VX-9011", "records.refused", "in quarantine"),
    ("VX-9012", "vcf.file", "not a VCF"),
    ("VX-9013", "vcf.file", "not a VCF"),
    ("VX-9014", "vcf.record", ""),
    ("VX-9015", "vcf.symbolic", ""),
    ("VX-9016", "vcf.file", "truncated"),
];

/// Patients of the broken cohort that have results all the same: a fault in one row costs that row.
const UNHARMED: &[&str] = &["VX-9000", "VX-9006", "VX-9014", "VX-9015"];

#[test]
fn every_fault_is_named_and_the_others_come_through() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let (sheet, records) =
        (repository("data-samples/broken/samples.csv"), repository("data-samples/broken/records"));
    let answer = run(&sheet, Some(&records), &lake, &[]).ended_with(3);
    let table = rows(&lake, "SELECT patient_id, rule, message FROM quarantine");
    for (patient, rule, words) in FAULTS {
        let found = table.iter().any(|row| {
            row.starts_with(patient) && row.contains(&format!(",{rule},")) && row.contains(words)
        });
        assert!(found, "{patient} {rule} \"{words}\" is not among\n{}", table.join("\n"));
        assert!(answer.stdout.contains(rule), "{rule} is not printed\n{}", answer.stdout);
    }
    let without_sample = table.iter().any(|row| row.contains("records.no-sample"));
    assert!(without_sample, "{}", table.join("\n"));
    assert_eq!(rows(&lake, "SELECT DISTINCT patient_id FROM construct ORDER BY 1"), UNHARMED);
    let unhurt = rows(&lake, "SELECT count(*) FROM patient");
    assert_eq!(unhurt, [UNHARMED.len().to_string()]);
}

#[test]
fn a_name_in_a_record_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records");
    fs::create_dir(&records).unwrap();
    let patient = r#"{"resourceType":"Patient","id":"VX-0002","gender":"female","birthDate":"1961","name":[{"family":"Quetzalcoatl"}],"telecom":[{"value":"555-0199-77"}]}"#;
    fs::write(records.join("Patient.000.ndjson"), patient).unwrap();
    let lake = folder.path().join("lake");
    let sheet = folder.path().join("sheet.csv");
    let vcf = repository("data-samples/vcf/VX-0002.vcf");
    fs::write(
        &sheet,
        format!(
            "patient,sample,vcf,tumor_sample,hla\nVX-0002,VX-0002-T,{},VX-0002-T,HLA-A*02:01\n",
            path(&vcf)
        ),
    )
    .unwrap();
    let answer = run(&sheet, Some(&records), &lake, &[]).ended_with(0);
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(said.contains("deid.name 1") && said.contains("deid.telecom 1"), "{said}");
    let notes = rows(&lake, "SELECT notes FROM audit");
    assert!(notes[0].contains("Patient.name") && notes[0].contains("deid.name"), "{notes:?}");
    let found = Command::new("grep")
        .args(["-rlaE", "Quetzalcoatl|555-0199-77"])
        .arg(&lake)
        .output()
        .unwrap();
    assert!(found.stdout.is_empty(), "in {}", String::from_utf8_lossy(&found.stdout));
    assert!(!said.contains("Quetzalcoatl") && !said.contains("555-0199-77"), "{said}");
}

#[test]
fn hla_that_cannot_be_right_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let vcf = repository("data-samples/vcf/VX-0002.vcf");
    let cases = [
        ("HLA-DRB1*15:01;HLA-DQB1*06:02", "hla.no-class-1"),
        ("HLA-A*24:09N", "hla.no-class-1"),
        ("HLA-A*02:01;HLA-A*03:01;HLA-A*24:02", "hla.too-many"),
        ("HLA-A*02", "hla.name"),
    ];
    for (place, (hla, rule)) in cases.into_iter().enumerate() {
        let sheet = folder.path().join("sheet.csv");
        let row = format!("P1,P1-T,{},VX-0002-T,{hla}", path(&vcf));
        fs::write(&sheet, format!("patient,sample,vcf,tumor_sample,hla\n{row}\n")).unwrap();
        let lake = folder.path().join(format!("lake{place}"));
        for answer in [run(&sheet, None, &lake, &[]), run(&sheet, None, &lake, &[])] {
            let answer = answer.ended_with(3);
            assert!(answer.stdout.contains(rule), "{hla}: {}", answer.stdout);
        }
    }
}

#[test]
fn a_newer_lake_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    copy(sample_lake(), &lake);
    let log = lake.join("peptide/_delta_log/00000000000000000000.json");
    let text = fs::read_to_string(&log).unwrap();
    let newer = text.replace("\"vaxloom.schemaVersion\":\"1\"", "\"vaxloom.schemaVersion\":\"2\"");
    assert_ne!(text, newer);
    fs::write(&log, newer).unwrap();
    let answer = vaxloom(["sql", "--lake", path(&lake), "SELECT 1"]).ended_with(1);
    for words in ["peptide", "schema version 2", "knows 1"] {
        assert!(answer.stderr.contains(words), "{words}: {}", answer.stderr);
    }
    run_samples(&lake, &[]).ended_with(1);
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.docx"), "years of work").unwrap();
    let answer = run_samples(folder.path(), &[]).ended_with(1);
    assert!(
        answer.stderr.contains("not a lake") && answer.stderr.contains("thesis.docx"),
        "{}",
        answer.stderr
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was added");
    let empty = folder.path().join("empty");
    let answer = vaxloom(["sql", "--lake", path(&empty), "SELECT 1"]).ended_with(1);
    assert!(answer.stderr.contains("no lake here"), "{}", answer.stderr);
}

#[test]
fn an_unwritable_lake_fails_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let answer = run_samples(&file.join("lake"), &[]).ended_with(1);
    assert!(answer.stderr.contains("cannot write the lake"), "{}", answer.stderr);

    let lake = folder.path().join("lake");
    copy(sample_lake(), &lake);
    let before = rows(&lake, "SELECT count(*), min(run_id), max(run_id) FROM construct");
    // A file where a table's data would go fails for every user, root too.
    let table = lake.join("presentation");
    fs::remove_dir_all(&table).unwrap();
    fs::write(&table, "").unwrap();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "name = \"all\"\ndescription = \"every mutation\"\n[[tier]]\nname = \"All\"\nmeaning = \"all\"\nwhen = \"TRUE\"\n").unwrap();
    run_samples(&lake, &["--policy", path(&policy)]).ended_with(1);
    fs::remove_file(&table).unwrap();
    copy(&sample_lake().join("presentation"), &table);
    assert_eq!(before, rows(&lake, "SELECT count(*), min(run_id), max(run_id) FROM construct"));
}

#[test]
fn a_full_disk_fails_and_the_lake_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(&disk).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    }
    let result = std::panic::catch_unwind(|| full_disk(&disk));
    Command::new("umount").arg(&disk).status().unwrap();
    result.unwrap();
}

fn full_disk(disk: &Path) {
    let lake = disk.join("lake");
    let sheet = disk.join("sheet.csv");
    let vcf = repository("data-samples/vcf/VX-0002.vcf");
    fs::write(
        &sheet,
        format!(
            "patient,sample,vcf,tumor_sample,hla\nP1,P1-T,{},VX-0002-T,HLA-A*02:01\n",
            path(&vcf)
        ),
    )
    .unwrap();
    run(&sheet, None, &lake, &[]).ended_with(0);
    let before = rows(&lake, "SELECT patient_id, construct_id, rank FROM construct ORDER BY 1, 2");
    let free = Command::new("sh")
        .arg("-c")
        .arg(format!("head -c 3000000 /dev/zero > {}/full", disk.display()))
        .status();
    assert!(!free.unwrap().success(), "the disk is full");
    let answer = run_samples(&lake, &[]).ended_with(1);
    assert!(
        answer.stderr.contains("the lake is as it was")
            || answer.stderr.contains("The lake is as it was"),
        "{}",
        answer.stderr
    );
    assert_eq!(
        before,
        rows(&lake, "SELECT patient_id, construct_id, rank FROM construct ORDER BY 1, 2")
    );
    fs::remove_file(disk.join("full")).unwrap();
    assert_eq!(
        before,
        rows(&lake, "SELECT patient_id, construct_id, rank FROM construct ORDER BY 1, 2")
    );
}

#[test]
fn a_lake_that_is_being_written_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    fs::create_dir(&lake).unwrap();
    let lock = fs::File::create(lake.join(".lock")).unwrap();
    lock.lock().unwrap();
    let answer = run_samples(&lake, &[]).ended_with(75);
    assert!(answer.stderr.contains("another run"), "{}", answer.stderr);
}

#[test]
fn a_sheet_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let answer = run(Path::new("nowhere.csv"), None, &lake, &[]).ended_with(1);
    assert!(answer.stderr.contains("nowhere.csv"), "{}", answer.stderr);
    let records = folder.path().join("no-records");
    let sheet = repository("data-samples/samples.csv");
    let answer = run(&sheet, Some(&records), &lake, &[]).ended_with(1);
    assert!(answer.stderr.contains("no-records"), "{}", answer.stderr);
}

#[test]
fn a_policy_with_a_mistake_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let text = "name = \"x\"\ndescription = \"x\"\n[[tier]]\nname = \"All\"\nmeaning = \"x\"\nwhen = \"no_such_column > 1\"\n[[tier]]\nname = \"Rest\"\nmeaning = \"x\"\nwhen = \"TRUE\"\n";
    fs::write(&policy, text).unwrap();
    let lake = folder.path().join("lake");
    let answer = run_samples(&lake, &["--policy", path(&policy)]).ended_with(1);
    assert!(answer.stderr.contains("no_such_column"), "{}", answer.stderr);
}

pub(crate) fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(status.success());
    let writable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(to, writable).unwrap();
}
