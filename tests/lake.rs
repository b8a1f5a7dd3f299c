//! A lake's upkeep, its answers in files, other engines that read it, and one in an object store.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::harness::{
    answer, command, path, python, repository, rows, run_samples, sample_lake, vaxloom,
};
use crate::s3::{KEY, S3};

#[test]
fn upkeep_of_a_lake() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    run_samples(&lake, &[]).ended_with(0);
    let history = |more: &[&str]| {
        let arguments = ["lake", "history", "--lake", path(&lake), "--format", "csv"];
        let answer = vaxloom(arguments.iter().chain(more)).ended_with(0);
        answer.stdout.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = history(&[]);
    assert_eq!(first.len(), 1, "{first:?}");
    let run_id = first[0].split(',').next().unwrap().to_owned();
    let ranks = "SELECT patient_id, variant_id, tier, rank FROM neoantigen ORDER BY 1, 2, 3, 4";
    let before = rows(&lake, ranks);
    vaxloom(["rank", "--lake", path(&lake), "--policy", "pvac-7"]).ended_with(0);
    assert_ne!(rows(&lake, ranks), before);
    let commits = history(&["--table", "neoantigen"]);
    let version = commits.iter().find(|line| line.ends_with(&run_id)).unwrap();
    let version = version.split(',').next().unwrap();
    let of_version = ranks.replace("neoantigen", &format!("neoantigen VERSION AS OF {version}"));
    assert_eq!(rows(&lake, &of_version), before);
    let restored =
        vaxloom(["lake", "restore", "--lake", path(&lake), "--run", &run_id]).ended_with(0);
    assert!(restored.stdout.contains(&run_id), "{}", restored.stdout);
    assert_eq!(rows(&lake, ranks), before);
    let kinds = rows(&lake, "SELECT kind FROM run_history ORDER BY finished_at");
    assert_eq!(kinds, ["run", "run", "restore"]);
    let compacted = vaxloom(["lake", "compact", "--lake", path(&lake)]).ended_with(0);
    assert!(compacted.stdout.contains("nothing was written"), "{}", compacted.stdout);
    let vacuum = |more: &[&str]| {
        let arguments = ["lake", "vacuum", "--lake", path(&lake), "--keep-days", "0"];
        vaxloom(arguments.iter().chain(more)).ended_with(0).stdout
    };
    let dry = vacuum(&["--dry-run"]);
    assert_eq!(vacuum(&[]), dry.replace("would be taken away", "taken away"));
    assert!(vacuum(&[]).starts_with("0 files"), "the second time there is nothing left");
    assert_eq!(rows(&lake, ranks), before);
}

#[test]
fn upkeep_makes_no_lake() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    for arguments in
        [vec!["compact"], vec!["vacuum"], vec!["history"], vec!["restore", "--run", "x"]]
    {
        let answer = vaxloom(["lake"].iter().chain(&arguments).chain(&["--lake", path(&lake)]))
            .ended_with(1);
        assert!(answer.stderr.contains("no lake here"), "{}", answer.stderr);
        assert!(!lake.exists());
    }
}

#[test]
fn answers_go_to_files_by_their_ending() {
    let folder = tempfile::tempdir().unwrap();
    for (ending, begins) in [
        ("csv", "patient_id,rank"),
        ("json", "{\"patient_id\""),
        ("parquet", "PAR1"),
        ("arrow", "ARROW1"),
        ("txt", "+---"),
    ] {
        let file = folder.path().join(format!("answer.{ending}"));
        let query = "SELECT patient_id, rank FROM top_neoantigens ORDER BY 1, 2 LIMIT 3";
        vaxloom(["sql", "--lake", path(sample_lake()), "-o", path(&file), query]).ended_with(0);
        let written = std::fs::read(&file).unwrap();
        assert!(written.starts_with(begins.as_bytes()), "{ending}");
    }
}

#[test]
fn queries_come_from_standard_input() {
    let mut child = command()
        .args(["sql", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"SELECT 1 AS a;\nSELECT ';' AS b").unwrap();
    let told = answer(&child.wait_with_output().unwrap()).ended_with(0);
    assert_eq!(told.stdout, "a\n1\nb\n;\n");
}

#[test]
fn other_engines_read_the_tables() {
    let Some(python) = python("deltalake, polars") else { return };
    let script = "\
import json, sys, polars, deltalake
lake = sys.argv[1]
run = polars.read_delta(lake + '/run').sort('finished_at', 'run_id').row(-1, named=True)
for table, version in json.loads(run['table_versions']).items():
    rows = polars.read_delta(f'{lake}/{table}', version=version)
    assert deltalake.DeltaTable(f'{lake}/{table}', version=version).to_pyarrow_table().num_rows == rows.height
    print(table, rows.height)
best = polars.read_delta(lake + '/neoantigen', version=json.loads(run['table_versions'])['neoantigen'])
print(*best.filter(polars.col('patient_id') == 'VX-0001').sort('rank')['best_peptide'][:3])
";
    let output = Command::new(python).args(["-c", script, path(sample_lake())]).output().unwrap();
    let told = answer(&output).ended_with(0);
    let mut lines: Vec<&str> = told.stdout.lines().collect();
    let best = rows(
        sample_lake(),
        "SELECT best_peptide FROM neoantigen WHERE patient_id = 'VX-0001' ORDER BY rank LIMIT 3",
    );
    assert_eq!(lines.pop().unwrap(), best.join(" "));
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        let (table, count) = line.split_once(' ').unwrap();
        assert_eq!(
            rows(sample_lake(), &format!("SELECT count(*) FROM {table}")),
            [count],
            "{table}"
        );
    }
}

#[test]
fn a_lake_lies_in_an_object_store() {
    let Some(s3) = S3::start() else { return };
    s3.upload(sample_lake(), "lake");
    let sql = |query: &str| {
        s3.vaxloom(&["sql", "--lake", "s3://bucket/lake", "--format", "csv", query])
            .ended_with(0)
            .stdout
    };
    let ranks = "SELECT patient_id, variant_id, tier, rank, mt_percentile FROM neoantigen ORDER BY 1, 2, 3, 4";
    let local: Vec<String> = rows(sample_lake(), ranks);
    assert_eq!(sql(ranks).lines().skip(1).collect::<Vec<_>>(), local);
    let run_id = sql("SELECT run_id FROM run").lines().nth(1).unwrap().to_owned();
    let restore = ["lake", "restore", "--lake", "s3://bucket/lake", "--run", &run_id];
    s3.vaxloom(&restore).ended_with(0);
    assert_eq!(sql("SELECT count(*) AS n FROM run"), "n\n2\n", "a commit");
    s3.vaxloom(&["lake", "vacuum", "--lake", "s3://bucket/lake", "--keep-days", "0"]).ended_with(0);
    assert_eq!(sql(ranks).lines().skip(1).collect::<Vec<_>>(), local);
    let keys = s3.client(
        "for o in objects(''): print(s3.head_object(Bucket='bucket', Key=o['Key']).get('SSEKMSKeyId'))",
    );
    let encrypted = keys.lines().filter(|key| *key == KEY).count();
    assert!(encrypted >= 2, "what is written is encrypted: {keys}");
    let sheet = repository("data-samples/samples.csv");
    let records = repository("data-samples/records");
    let pages = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let inputs = ["run", "--samples", path(&sheet), "--records", path(&records)];
        s3.vaxloom(&[&inputs[..], more].concat())
    };
    let homeless = run(&["--lake", "s3://bucket/made"]).ended_with(1);
    assert!(homeless.stderr.contains("needs --reports"), "{}", homeless.stderr);
    let made = ["--lake", "s3://bucket/made", "--reports", path(pages.path())];
    run(&made).ended_with(0);
    let there = ["sql", "--lake", "s3://bucket/made", "--format", "csv", ranks];
    let there = s3.vaxloom(&there).ended_with(0).stdout;
    assert_eq!(there.lines().skip(1).collect::<Vec<_>>(), local, "as in a folder");
    assert!(
        pages.path().join("VX-0001.html").is_file() && pages.path().join(".audit.jsonl").is_file()
    );
    let again = run(&made).ended_with(0);
    assert!(again.stdout.contains(" 0 run, "), "{}", again.stdout);
    let lost = run(&["--lake", "s3://nothing/lake", "--reports", path(pages.path())]).ended_with(1);
    assert!(lost.stderr.contains("s3://nothing/lake"), "{}", lost.stderr);
    let away = s3.vaxloom(&["sql", "--lake", "s3://nothing/lake", "SELECT 1"]).ended_with(1);
    assert!(away.stderr.contains("s3://nothing/lake"), "{}", away.stderr);
    let unknown = s3.vaxloom(&["sql", "--lake", "ftp://bucket/lake", "SELECT 1"]).ended_with(1);
    assert!(
        unknown.stderr.contains("found ftp://, expected a folder or s3://"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_store_that_says_no_for_some_seconds_is_asked_again() {
    let Some(s3) = S3::faulty("/lake/neoantigen/", 8) else { return };
    let sheet = repository("data-samples/samples.csv");
    let records = repository("data-samples/records");
    let pages = tempfile::tempdir().unwrap();
    let lake = ["--lake", "s3://bucket/lake", "--reports", path(pages.path())];
    let inputs = ["run", "--samples", path(&sheet), "--records", path(&records)];
    s3.vaxloom(&[&inputs[..], &lake].concat()).ended_with(0);
    let query =
        "SELECT * EXCEPT (run_id) FROM neoantigen ORDER BY patient_id, sample_id, variant_id";
    assert_eq!(s3.rows("lake", query), rows(sample_lake(), query));
}
