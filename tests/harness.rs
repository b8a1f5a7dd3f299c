//! Runs the built program in private folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// What a run of the program answered.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// The same answer, if the program ended with this code.
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Runs `vaxloom` with these arguments.
pub(crate) fn vaxloom<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Answer {
    let output = command().args(arguments).output().expect("the program starts");
    answer(&output)
}

/// The program, to be given arguments and input.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vaxloom"));
    command.env_remove("RUST_LOG");
    command
}

pub(crate) fn answer(output: &Output) -> Answer {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Answer {
        code: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// A path of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Acceptance data that stands beside the repository; a test is skipped, with a word, where it does not.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = repository("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
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

/// The sample cohort's lake, made once for all tests that only read it.
pub(crate) fn sample_lake() -> &'static Path {
    static LAKE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, lake) = LAKE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let lake = folder.path().join("lake");
        run_samples(&lake, &[]).ended_with(0);
        (folder, lake)
    });
    lake
}

/// `vaxloom run` on the sample cohort.
pub(crate) fn run_samples(lake: &Path, more: &[&str]) -> Answer {
    let records = repository("data-samples/records");
    run(&repository("data-samples/samples.csv"), Some(&records), lake, more)
}

/// `vaxloom run` on a cohort.
pub(crate) fn run(sheet: &Path, records: Option<&Path>, lake: &Path, more: &[&str]) -> Answer {
    let mut arguments = vec!["run", "--samples", path(sheet), "--lake", path(lake)];
    arguments.extend(records.iter().flat_map(|records| ["--records", path(records)]));
    vaxloom(arguments.iter().chain(more))
}

/// One query, as CSV lines without the header.
pub(crate) fn rows(lake: &Path, query: &str) -> Vec<String> {
    let answer = vaxloom(["sql", "--lake", path(lake), "--format", "csv", query]).ended_with(0);
    answer.stdout.lines().skip(1).map(str::to_owned).collect()
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

/// Asserts that two lakes hold the same rows, and that the molecules beside them are the same.
pub(crate) fn same(lake: &Path, other: &Path) {
    // What a run did, and when, is told by these two.
    let tables = vaxloom_tables::all().iter().map(|table| table.name.as_str());
    for table in tables.filter(|table| !["run", "audit"].contains(table)) {
        let query = format!("SELECT * EXCEPT (run_id) FROM {table}");
        let [mut found, mut expected] = [lake, other].map(|lake| rows(lake, &query));
        found.sort();
        expected.sort();
        assert!(found == expected, "{table}: {} rows, not those {}", found.len(), expected.len());
    }
    let files = |lake: &Path| {
        let entries = fs::read_dir(lake.join("reports")).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files
            .filter(|file| file.extension().is_some_and(|ending| ending != "html"))
            .map(|file| (file.file_name().unwrap().to_owned(), fs::read(&file).unwrap()))
            .collect();
        files.sort();
        files
    };
    assert!(files(lake) == files(other), "the molecules' files differ");
}
