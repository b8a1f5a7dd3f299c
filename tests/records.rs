//! `vaxloom check`, `sof` and `audit`.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Answer, command, path, repository, rows, run, shared, vaxloom};

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

/// A cohort of one: the sheet and the records have the ids of the source, and file names tell them.
struct Cohort {
    folder: tempfile::TempDir,
}

impl Cohort {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cohort = Self { folder };
        fs::create_dir_all(cohort.at("records/study")).unwrap();
        fs::create_dir_all(cohort.at("records/omop")).unwrap();
        let named = r#"{"resourceType":"Patient","id":"MRN48213","gender":"female","birthDate":"1960-05-17","name":[{"family":"Quixote"}],"identifier":[{"value":"Q-77-1-22"}]}"#;
        let typed = r#"{"resourceType":"Observation","id":"h1","status":"final","subject":{"reference":"Patient/MRN48213","display":"Ms. Quixote"},"code":{"coding":[{"system":"http://loinc.org","code":"57290-9"}]},"valueString":"HLA-A*02:01+HLA-A*24:02"}"#;
        cohort.write("records/MRN48213.ndjson", &format!("{named}\n{typed}\n"));
        cohort.write("records/study/meta_clinical_sample.txt", "cancer_study_identifier: s\ngenetic_alteration_type: CLINICAL\ndatatype: SAMPLE_ATTRIBUTES\ndata_filename: samples.txt\n");
        cohort.write("records/study/samples.txt", "PATIENT_ID\tSAMPLE_ID\tSAMPLE_TYPE\tONCOTREE_CODE\tTMB_NONSYNONYMOUS\tPATIENT_NAME\nMRN48213\tMRN48213-T\tPrimary\tCOAD\t12.5\tQuixote\n");
        cohort.write("records/gdc.tsv", "case_submitter_id\ttreatment_type\ttherapeutic_agents\tregimen_or_line_of_therapy\nMRN48213\tChemotherapy\tFluorouracil\tFirst line of therapy\n");
        let sql = command()
            .args(["sql", "--format", "parquet", "SELECT 7 AS person_id, 8507 AS gender_concept_id, 1955 AS year_of_birth, 'Q-77-1-23' AS person_source_value"])
            .output()
            .unwrap();
        fs::write(cohort.at("records/omop/person.parquet"), sql.stdout).unwrap();
        fs::copy(repository("data-samples/vcf/VX-0002.vcf"), cohort.at("MRN48213-T.vcf")).unwrap();
        cohort.write(
            "sheet.csv",
            "patient,sample,vcf,tumor_sample,hla\nMRN48213,MRN48213-T,MRN48213-T.vcf,VX-0002-T,\n",
        );
        cohort
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    fn key(&self, name: &str) -> String {
        vaxloom(["key", "create", path(&self.at(name))]).ended_with(0).stdout.trim().to_owned()
    }

    fn run(&self, more: &[&str]) -> Answer {
        run(&self.at("sheet.csv"), Some(&self.at("records")), &self.at("lake"), more)
    }

    /// Files of the lake that hold one of the words.
    fn grep(&self, words: &str) -> String {
        let found =
            Command::new("grep").args(["-rlaE", words]).arg(self.at("lake")).output().unwrap();
        String::from_utf8_lossy(&found.stdout).into_owned()
    }
}

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
fn records_of_any_source_become_omop_tables() {
    let cohort = Cohort::new();
    cohort.key("a.key");
    let (records, key, out) = (cohort.at("records"), cohort.at("a.key"), cohort.at("omop"));
    let convert = |to: &str| {
        vaxloom([
            "convert",
            path(&records),
            "--key",
            path(&key),
            "--project",
            "T1",
            "--to",
            to,
            "-o",
            path(&out),
        ])
        .ended_with(0)
    };
    let answer = convert("omop");
    let person = fs::read_to_string(out.join("person.csv")).unwrap();
    assert_eq!(person.lines().count(), 3);
    assert!(person.contains(",8532,1960,") && person.contains(",8507,1955,"), "{person}");
    convert("csv");
    let patients = fs::read_to_string(out.join("patient.csv")).unwrap();
    assert!(patients.starts_with("patient_id,birth_year,sex,"), "{patients}");
    for file in fs::read_dir(&out).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for word in ["MRN48213", "Quixote", "1960-05-17", "Q-77-1"] {
            assert!(!text.contains(word) && !answer.stderr.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn a_check_gives_a_page() {
    let cohort = Cohort::new();
    let (records, page) = (cohort.at("records"), cohort.at("page.html"));
    let answer = vaxloom(["check", path(&records), "--page", path(&page)]);
    assert!([3, 4].contains(&answer.code), "{}", answer.stderr);
    let html = fs::read_to_string(&page).unwrap();
    for word in ["deid.name", "Patient.name[0]", "PATIENT_NAME", "samples.txt"] {
        assert!(html.contains(word), "{word}: {html}");
    }
    for word in ["Quixote", "1960-05-17", "Q-77-1"] {
        assert!(
            !html.contains(word) && !answer.stdout.contains(word) && !answer.stderr.contains(word),
            "{word}"
        );
    }
}

#[test]
fn tables_can_be_made_by_other_views() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("views")).unwrap();
    fs::create_dir_all(at("records")).unwrap();
    let view = r#"{"name":"condition","resource":"Condition","select":[{"column":[{"name":"code","path":"code.coding.where(system = 'http://hl7.org/fhir/sid/icd-10').code.first()","type":"code"},{"name":"display","path":"'tumour'","type":"string"}]}]}"#;
    fs::write(at("views/condition.json"), view).unwrap();
    let condition = r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"254837009"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"C50.9"}]}}"#;
    fs::write(at("records/a.ndjson"), format!("{CLEAN}\n{condition}\n")).unwrap();
    let convert = |more: &[&str]| {
        let (records, out) = (at("records"), at("out"));
        let words = ["convert", path(&records), "--to", "csv", "-o", path(&out)];
        vaxloom(words.iter().chain(more)).ended_with(0);
        fs::read_to_string(out.join("condition.csv")).unwrap()
    };
    assert!(convert(&[]).contains("p1,c1,254837009,"));
    assert!(convert(&["--views", path(&at("views"))]).contains("p1,c1,C50.9,,tumour,"));
    fs::write(at("views/other.json"), view.replace("\"condition\"", "\"other\"")).unwrap();
    let (records, views, out) = (at("records"), at("views"), at("out"));
    let answer = vaxloom(["convert", path(&records), "--views", path(&views), "-o", path(&out)])
        .ended_with(1);
    assert!(answer.stderr.contains("other.json"), "{}", answer.stderr);
}
