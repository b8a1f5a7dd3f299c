//! Runs over records under a project key.

use std::fs;
use std::path::Path;

use super::Cohort;
use crate::harness::{path, rows, vaxloom};
use crate::s3::S3;

#[test]
fn every_source_meets_the_sheet_under_one_key_and_the_key_can_be_changed() {
    let cohort = Cohort::new();
    let (first, second) = (cohort.key("a.key"), cohort.key("b.key"));
    assert_ne!(first, second);
    let (a, b) = (cohort.at("a.key"), cohort.at("b.key"));
    let with = |key: &Path| cohort.run(&["--key", path(key), "--project", "T1"]);
    let answer = with(&a).ended_with(3);
    // The person of OMOP has no sample; nothing else is wrong.
    assert!(answer.stdout.contains("records.no-sample"), "{}", answer.stdout);
    assert!(answer.stdout.contains("In quarantine (1)"), "{}", answer.stdout);
    let pseudonym = |key: &Path, kind: &str, id: &str| {
        let words =
            ["key", "pseudonym", "--key", path(key), "--project", "T1", "--resource", kind, id];
        vaxloom(words).ended_with(0).stdout.trim().to_owned()
    };
    let person = pseudonym(&a, "Patient", "MRN48213");
    let lake = cohort.at("lake");
    assert_eq!(
        rows(&lake, "SELECT patient_id, birth_year, sex FROM patient"),
        [format!("{person},1960,female")]
    );
    let sample = pseudonym(&a, "Specimen", "MRN48213-T");
    assert_eq!(
        rows(
            &lake,
            "SELECT DISTINCT s.specimen_id, c.code FROM specimen s JOIN condition c USING (patient_id) JOIN neoantigen n ON n.sample_id = s.specimen_id"
        ),
        [format!("{sample},COAD")]
    );
    assert_eq!(rows(&lake, "SELECT display, line_of_therapy FROM treatment"), ["Fluorouracil,1"]);
    assert_eq!(
        rows(&lake, "SELECT code, value_number, unit FROM observation WHERE code LIKE 'TMB%'"),
        ["TMB_NONSYNONYMOUS,12.5,/Mb"]
    );
    assert_eq!(rows(&lake, "SELECT count(*) FROM hla_typing"), ["2"]);
    let audited =
        rows(&lake, "SELECT key_id, profile, seq, length(hash), rows_transformed FROM audit");
    assert_eq!(audited, [format!("{first},safe-harbor,1,64,4")]);
    vaxloom(["audit", "verify", path(&lake.join(".audit.jsonl"))]).ended_with(0);
    let told = "MRN48213|Quixote|1960-05-17|Q-77-1";
    assert_eq!(cohort.grep(told), "");
    for word in told.split('|') {
        assert!(!answer.stdout.contains(word) && !answer.stderr.contains(word), "{word}");
    }
    let unchanged = with(&a).ended_with(3);
    assert!(unchanged.stdout.contains(" 0 run, 1 unchanged"), "{}", unchanged.stdout);

    let wrong = with(&b).ended_with(1);
    assert!(wrong.stderr.contains(&first) && wrong.stderr.contains(&second), "{}", wrong.stderr);
    let none = cohort.run(&[]).ended_with(1);
    assert!(none.stderr.contains("give --key"), "{}", none.stderr);

    let (sheet, records, map) = (cohort.at("sheet.csv"), cohort.at("records"), cohort.at("map"));
    let map_key = cohort.at("map.key");
    cohort.key("map.key");
    let rotate = |more: &[&str]| {
        let words = [
            "key",
            "rotate",
            "--lake",
            path(&lake),
            "--key",
            path(&a),
            "--project",
            "T1",
            "--new-key",
            path(&b),
            "--samples",
            path(&sheet),
        ];
        vaxloom(words.iter().chain(more))
    };
    let few = rotate(&[]).ended_with(1);
    assert!(few.stderr.contains("nothing was written"), "{}", few.stderr);
    assert_eq!(rows(&lake, "SELECT patient_id FROM patient"), std::slice::from_ref(&person));
    rotate(&["--records", path(&records), "--map", path(&map), "--map-key", path(&map_key)])
        .ended_with(0);
    let new = pseudonym(&b, "Patient", "MRN48213");
    for table in [
        "patient",
        "specimen",
        "condition",
        "treatment",
        "observation",
        "neoantigen",
        "construct",
        "hla_typing",
    ] {
        let query = format!("SELECT DISTINCT patient_id FROM {table}");
        assert_eq!(rows(&lake, &query), std::slice::from_ref(&new), "{table}");
    }
    assert_eq!(
        rows(&lake, "SELECT DISTINCT specimen_id FROM specimen"),
        [pseudonym(&b, "Specimen", "MRN48213-T")]
    );
    let sealed = fs::read(&map).unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("MRN48213"));
    vaxloom(["audit", "verify", path(&lake.join(".audit.jsonl"))]).ended_with(0);
    with(&a).ended_with(1);
    with(&b).ended_with(3);
    assert_eq!(rows(&lake, "SELECT patient_id FROM patient"), [new]);
    assert_eq!(cohort.grep(told), "");
}

#[test]
fn the_key_of_a_lake_in_an_object_store_can_be_changed() {
    let Some(s3) = S3::start() else { return };
    let cohort = Cohort::new();
    cohort.key("a.key");
    cohort.key("b.key");
    let [a, b, sheet, records, pages] =
        ["a.key", "b.key", "sheet.csv", "records", "pages"].map(|name| cohort.at(name));
    let of_lake = ["--lake", "s3://bucket/lake", "--project", "T1"];
    let inputs = ["--samples", path(&sheet), "--records", path(&records)];
    let run = |key: &Path| {
        let more = ["--key", path(key), "--reports", path(&pages)];
        s3.vaxloom(&[&["run"], &of_lake[..], &inputs, &more].concat())
    };
    run(&a).ended_with(3);
    let patients = || s3.rows("lake", "SELECT DISTINCT patient_id FROM neoantigen");
    let before = patients();
    let page = |patient: &str| pages.join(format!("{patient}.html"));
    assert!(page(&before[0]).is_file());
    let rotate = |more: &[&str]| {
        let keys = ["--key", path(&a), "--new-key", path(&b)];
        s3.vaxloom(&[&["key", "rotate"], &of_lake[..], &inputs, &keys, more].concat())
    };
    let homeless = rotate(&[]).ended_with(1).stderr;
    assert!(homeless.contains("needs --reports"), "{homeless}");
    assert_eq!(patients(), before);
    rotate(&["--reports", path(&pages)]).ended_with(0);
    let after = patients();
    assert!(after.len() == 1 && after != before, "{after:?}");
    assert!(!page(&before[0]).exists(), "pages have the old pseudonyms in their names");
    vaxloom(["audit", "verify", path(&pages.join(".audit.jsonl"))]).ended_with(0);
    run(&a).ended_with(1);
    let again = run(&b).ended_with(3);
    assert!(again.stdout.contains("1 patients: "), "{}", again.stdout);
    assert_eq!(patients(), after);
    assert!(page(&after[0]).is_file());
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let cohort = Cohort::new();
    cohort.key("a.key");
    let key = cohort.at("a.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    vaxloom(["key", "create", path(&key)]).ended_with(1);
    let secret = fs::read_to_string(&key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let answer = cohort.run(&["--key", path(&key), "--project", "T1"]).ended_with(1);
    assert!(answer.stderr.contains("chmod 600") && !answer.stderr.contains(secret.trim()));
    let answer = cohort.run(&["--key", path(&key)]).ended_with(1);
    assert!(answer.stderr.contains("--project"), "{}", answer.stderr);
    cohort.write("a.key", "not hexadecimal");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let answer = cohort.run(&["--key", path(&key), "--project", "T1"]).ended_with(1);
    assert!(answer.stderr.contains("hexadecimal"), "{}", answer.stderr);
    assert!(!cohort.at("lake/run").exists());
}

#[test]
fn a_run_over_records_of_which_too_many_are_held_back_writes_nothing() {
    let cohort = Cohort::new();
    let bad =
        r#"{"resourceType":"Condition","id":"c","modifierExtension":[{"url":"http://x.example"}]}"#;
    cohort.write("records/bad.ndjson", &format!("{bad}\n").repeat(9));
    let answer = cohort.run(&[]).ended_with(4);
    assert!(answer.stderr.contains("deid.modifier-extension 9"), "{}", answer.stderr);
    assert!(!cohort.at("lake/run").exists());
    cohort.write("loose.toml", "name = \"loose\"\nmax-quarantined = 1.0\n");
    let loose = cohort.at("loose.toml");
    let answer = cohort.run(&["--deid-profile", path(&loose)]).ended_with(3);
    // Without a key, an id that is a record number by its looks does not pass.
    assert!(answer.stdout.contains("1 kept out"), "{}", answer.stdout);
}

#[test]
fn a_lake_without_a_key_cannot_get_one() {
    let cohort = Cohort::new();
    cohort.write("records/MRN48213.ndjson", &format!("{}\n", super::CLEAN));
    cohort.write(
        "sheet.csv",
        "patient,sample,vcf,tumor_sample,hla\np1,t1,MRN48213-T.vcf,VX-0002-T,HLA-A*02:01\n",
    );
    cohort.key("a.key");
    cohort.key("b.key");
    let (a, b, sheet) = (cohort.at("a.key"), cohort.at("b.key"), cohort.at("sheet.csv"));
    for other in ["study", "omop"] {
        fs::remove_dir_all(cohort.at("records").join(other)).unwrap();
    }
    fs::remove_file(cohort.at("records/gdc.tsv")).unwrap();
    cohort.run(&[]).ended_with(0);
    let lake = cohort.at("lake");
    let before = rows(&lake, "SELECT run_id, settings FROM run");
    let answer = cohort.run(&["--key", path(&a), "--project", "T1"]).ended_with(1);
    assert!(answer.stderr.contains("into another --lake"), "{}", answer.stderr);
    let rotate =
        ["key", "rotate", "--lake", path(&lake), "--new-key", path(&b), "--samples", path(&sheet)];
    let with = ["--key", path(&a), "--project", "T1"];
    let answer = vaxloom(rotate.iter().chain(&with)).ended_with(1);
    assert!(answer.stderr.contains("into another --lake"), "{}", answer.stderr);
    let answer = vaxloom(rotate).ended_with(1);
    assert!(answer.stderr.contains("into another --lake"), "{}", answer.stderr);
    assert_eq!(rows(&lake, "SELECT run_id, settings FROM run"), before);
}
