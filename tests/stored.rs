//! What changes a lake in an object store: as in a folder, by the same commands.

use std::fs;
use std::path::{Path, PathBuf};

use crate::broken::copy;
use crate::harness::{path, repository, rows, same, sample_lake, vaxloom};
use crate::s3::S3;

const LAKE: &str = "s3://bucket/lake";

#[test]
fn a_patient_is_forgotten_in_an_object_store() {
    let Some(s3) = S3::start() else { return };
    s3.client(
        "s3.put_bucket_versioning(Bucket='bucket', VersioningConfiguration={'Status': 'Enabled'})",
    );
    s3.upload(sample_lake(), "lake");
    let home = tempfile::tempdir().unwrap();
    let pages = home.path().join("pages");
    copy(&sample_lake().join("reports"), &pages);
    let forget = |more: &[&str]| {
        s3.vaxloom(&[&["lake", "forget", "--lake", LAKE, "VX-0001"], more].concat())
    };
    let before = s3.objects("lake");
    let homeless = forget(&[]).ended_with(1).stderr;
    assert!(homeless.contains("needs --reports"), "{homeless}");
    let mistyped = forget(&["--reports", path(&home.path().join("page"))]).ended_with(1).stderr;
    assert!(mistyped.contains("no such folder"), "{mistyped}");
    assert_eq!(s3.objects("lake"), before, "nothing was done");

    let said = forget(&["--reports", path(&pages)]).ended_with(0).stdout;
    assert!(
        said.contains("found in 0") && said.contains("proof: s3://bucket/lake/.forg"),
        "{said}"
    );
    assert!(said.contains("this bucket keeps versions of objects"), "{said}");
    let patients = "SELECT count(*) FROM patient WHERE patient_id = 'VX-0001'";
    assert_eq!(s3.rows("lake", patients), ["0"]);
    assert!(!pages.join("VX-0001.html").exists() && pages.join("VX-0002.html").exists());
    vaxloom(["audit", "verify", path(&pages.join(".audit.jsonl"))]).ended_with(0);
    let told = s3.client(
        "now = b''.join(s3.get_object(Bucket='bucket', Key=o['Key'])['Body'].read() for o in objects('lake/'))\n\
         print(now.count(b'VX-0001'))\n\
         versions = s3.list_object_versions(Bucket='bucket', Prefix='lake/patient/')['Versions']\n\
         print(any(not version['IsLatest'] for version in versions))",
    );
    assert_eq!(told, "0\nTrue\n", "no object has the name, and what the message says is so");

    // Again, with what a dead run may have left in a table: there is nothing to find.
    s3.client("s3.put_object(Bucket='bucket', Key='lake/patient/part-0.json', Body=b'VX-0001')");
    let said = forget(&["--reports", path(&pages)]).ended_with(0).stdout;
    assert!(said.starts_with("0 rows named the patient"), "{said}");
}

#[test]
fn a_name_that_is_left_in_an_object_is_found() {
    let Some(s3) = S3::start() else { return };
    s3.upload(sample_lake(), "lake");
    s3.client("s3.put_object(Bucket='bucket', Key='lake/.notes/of VX-0001', Body=b'see VX-0001')");
    let pages = tempfile::tempdir().unwrap();
    let forget = ["lake", "forget", "--lake", LAKE, "VX-0001", "--reports", path(pages.path())];
    let said = s3.vaxloom(&forget).ended_with(1);
    for place in ["name", "bytes"] {
        let found =
            format!("s3://bucket/lake/.notes/of VX-0001: still names the patient ({place})");
        assert!(said.stderr.contains(&found), "{}", said.stderr);
    }
}

#[test]
fn a_lake_in_an_object_store_is_ranked_anew() {
    let Some(s3) = S3::start() else { return };
    s3.upload(sample_lake(), "lake");
    let home = tempfile::tempdir().unwrap();
    let local = home.path().join("local");
    copy(sample_lake(), &local);
    let moved = ["local.tsv", "stored.tsv"].map(|name| home.path().join(name));
    let ranked = |lake: &str, out: &Path| {
        ["rank", "--policy", "pvac-7", "--lake", lake, "-o", path(out)].map(str::to_owned)
    };
    vaxloom(ranked(path(&local), &moved[0])).ended_with(0);
    s3.vaxloom(&ranked(LAKE, &moved[1]).each_ref().map(String::as_str)).ended_with(0);
    let [of_local, of_stored] = moved.map(|file| fs::read_to_string(file).unwrap());
    assert!(of_local.lines().count() > 1);
    assert_eq!(of_stored, of_local);
    let stored = home.path().join("stored");
    s3.download("lake", &stored);
    same(&stored, &local);
    let policies = "SELECT DISTINCT policy FROM neoantigen";
    assert_eq!(rows(&stored, policies), ["pvac-7"]);
}

#[test]
fn parts_are_joined_into_an_object_store() {
    let Some(s3) = S3::start() else { return };
    let home = tempfile::tempdir().unwrap();
    let (sheet, records) =
        (repository("data-samples/samples.csv"), repository("data-samples/records"));
    let parts = ["1/2", "2/2"].map(|part| {
        let lake = home.path().join(&part[..1]);
        let inputs = ["run", "--samples", path(&sheet), "--records", path(&records)];
        vaxloom([&inputs[..], &["--part", part, "--lake", path(&lake)]].concat()).ended_with(0);
        lake
    });
    let lake = home.path().join("lake");
    let gather = |more: &[&str]| {
        let words = ["lake", "gather", "--lake", LAKE, path(&parts[0]), path(&parts[1])];
        s3.vaxloom(&[&words[..], more].concat())
    };
    let homeless = gather(&[]).ended_with(1).stderr;
    assert!(homeless.contains("needs --reports"), "{homeless}");
    assert!(s3.objects("lake").is_empty(), "nothing is written");
    let pages = lake.join("reports");
    let said = gather(&["--reports", path(&pages)]).ended_with(0).stdout;
    assert!(said.contains("8 patients: 8 run, 0 unchanged, 0 kept out"), "{said}");
    s3.download("lake", &lake);
    let trail = lake.join(".audit.jsonl");
    fs::rename(pages.join(".audit.jsonl"), &trail).unwrap();
    vaxloom(["audit", "verify", path(&trail)]).ended_with(0);
    same(&lake, sample_lake());
    let before = s3.objects("lake");
    let said = gather(&["--reports", path(&pages)]).ended_with(0).stdout;
    assert!(said.contains("8 patients: 0 run, 8 unchanged"), "{said}");
    assert_eq!(s3.objects("lake"), before);
}

#[test]
fn two_writers_lose_nothing() {
    let Some(s3) = S3::start() else { return };
    let home = tempfile::tempdir().unwrap();
    let samples = home.path().join("samples");
    copy(&repository("data-samples"), &samples);
    let text = fs::read_to_string(samples.join("samples.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let sheet = |name: &str, patients: &[&str]| {
        let file = samples.join(name);
        fs::write(&file, [&lines[..1], patients].concat().join("\n") + "\n").unwrap();
        file
    };
    let sheets = [sheet("first.csv", &lines[1..3]), sheet("second.csv", &lines[3..5])];
    let pages = home.path().join("pages");
    let run = |sheet: &PathBuf| {
        loop {
            let words = ["run", "--samples", path(sheet), "--lake", LAKE];
            let answer = s3.vaxloom(&[&words[..], &["--reports", path(&pages)]].concat());
            if answer.code != 75 {
                return answer.code;
            }
        }
    };
    let codes = std::thread::scope(|scope| {
        let runs = sheets.each_ref().map(|sheet| scope.spawn(|| run(sheet)));
        runs.map(|run| run.join().unwrap())
    });
    assert_eq!(codes, [0, 0]);
    assert_eq!(s3.rows("lake", "SELECT count(*) FROM patient"), ["4"]);
    assert_eq!(s3.rows("lake", "SELECT sum(patients_run) FROM run"), ["4"]);
    let kept = "SELECT count(DISTINCT patient_id) FROM neoantigen";
    assert_eq!(s3.rows("lake", kept), ["4"]);
}
