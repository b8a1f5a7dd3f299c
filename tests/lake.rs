//! A lake's upkeep, its answers in files, and other engines that read it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{answer, command, path, rows, run_samples, sample_lake, vaxloom};

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

/// A Python that has these modules, or none, with a word.
pub(crate) fn python(modules: &str) -> Option<PathBuf> {
    let python = std::env::var_os("VAXLOOM_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let there = Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .stderr(Stdio::null())
        .status();
    if there.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    eprintln!("skipped: {} has no {modules}; VAXLOOM_PYTHON names one that has", python.display());
    None
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
