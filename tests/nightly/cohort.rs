//! A cohort of any size, made of the sample cohort's files, and its nights.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use vaxloom_lake::{Lake, TableVersions, compared};

use crate::harness::{Answer, command, path, repository, vaxloom};

/// Known drivers first.
pub(super) const DRIVERS: &str = r#"
name = "drivers-first"
description = "Known drivers before all others"
[[tier]]
name = "Driver"
meaning = "The gene is a known driver of cancer"
candidate = true
when = "driver_gene"
[[tier]]
name = "Other"
meaning = "Everything else"
candidate = true
when = "TRUE"
[[sort]]
by = "mt_percentile"
"#;

const ALLELES: [&str; 3] = [
    "HLA-A*02:01;HLA-A*11:01;HLA-B*07:02;HLA-B*08:01;HLA-C*07:02;HLA-C*08:02",
    "HLA-A*03:01;HLA-A*24:02;HLA-B*07:02;HLA-B*40:01;HLA-C*03:04;HLA-C*07:02",
    "HLA-A*02:01;HLA-A*68:01;HLA-B*15:01;HLA-B*44:02;HLA-C*03:03;HLA-C*07:04",
];

/// Calls of the sample cohort and their tumour sample; each patient has a few of them.
const CALLS: [&str; 4] = ["VX-0002", "VX-0004", "VX-0006", "VX-0008"];

/// Variants that a patient has.
const VARIANTS: usize = 4;

pub(super) struct Cohort {
    folder: TempDir,
}

impl Cohort {
    /// `P0001` and so on, their records in one file.
    pub(super) fn of(patients: usize) -> Self {
        let cohort = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["vcf", "records"] {
            fs::create_dir(cohort.path(folder)).unwrap();
        }
        let mut sheet = "patient,sample,vcf,tumor_sample,hla\n".to_owned();
        let mut records = String::new();
        for number in 0..patients {
            let (id, calls) = (format!("P{:04}", number + 1), CALLS[number % CALLS.len()]);
            fs::write(cohort.path(&format!("vcf/{id}.vcf")), some_calls(calls, number)).unwrap();
            let alleles = ALLELES[number % ALLELES.len()];
            sheet.extend([format!("{id},{id}-T,vcf/{id}.vcf,{calls}-T,{alleles}\n")]);
            let (sex, year) = (["female", "male"][number % 2], 1951 + number % 40);
            records.extend([format!(
                "{{\"resourceType\":\"Patient\",\"id\":\"{id}\",\"gender\":\"{sex}\",\"birthDate\":\"{year}\"}}\n"
            )]);
        }
        fs::write(cohort.path("samples.csv"), sheet).unwrap();
        fs::write(cohort.path("records/Patient.000.ndjson"), records).unwrap();
        cohort.settings("");
        cohort
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn lake(&self) -> PathBuf {
        self.path("lake")
    }

    /// Settings of the nights to come.
    pub(super) fn settings(&self, more: &str) {
        self.settings_of("path = \"lake\"", more);
    }

    /// The same of a lake that is elsewhere.
    pub(super) fn settings_of(&self, lake: &str, more: &str) {
        let text = "[cohort]\nsamples = \"samples.csv\"\nrecords = \"records\"\nwithdrawn = \"withdrawn.txt\"\n[lake]\n";
        fs::write(self.path("vaxloom.toml"), format!("{text}{lake}\n{more}")).unwrap();
        if !self.path("withdrawn.txt").exists() {
            fs::write(self.path("withdrawn.txt"), "# nobody\n").unwrap();
        }
    }

    pub(super) fn night(&self) -> Answer {
        vaxloom(["nightly", "--config", path(&self.path("vaxloom.toml"))])
    }

    /// A night that goes on while the test does.
    pub(super) fn begun(&self) -> Child {
        let mut command = command();
        command.args(["nightly", "--config", path(&self.path("vaxloom.toml"))]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Takes the last call of a patient away.
    pub(super) fn change(&self, patient: &str) {
        let vcf = self.path(&format!("vcf/{patient}.vcf"));
        let text = fs::read_to_string(&vcf).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        fs::write(vcf, lines[..lines.len() - 1].join("\n") + "\n").unwrap();
    }

    /// Every file of the tables, with what the system says of it.
    pub(super) fn table_files(&self) -> Vec<(PathBuf, u64, i64, i64, u64)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.lake()).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() && entry.file_name().unwrap() != "reports" {
                collect(&entry, &mut files);
            }
        }
        files.sort();
        files
            .into_iter()
            .map(|path| {
                let file = fs::metadata(&path).unwrap();
                (path, file.len(), file.mtime(), file.mtime_nsec(), file.ino())
            })
            .collect()
    }

    /// Versions of the tables as the last finished run left them.
    pub(super) fn versions(&self) -> TableVersions {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { Lake::open(&self.lake()).await.unwrap().versions().clone() })
    }
}

/// A few calls of a sample; which ones, the number says.
fn some_calls(name: &str, number: usize) -> String {
    let text = fs::read_to_string(repository(&format!("data-samples/vcf/{name}.vcf"))).unwrap();
    let (header, calls): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with('#'));
    let first = number / CALLS.len() % (calls.len() - VARIANTS);
    let some = &calls[first..first + VARIANTS];
    [&header, some].concat().join("\n") + "\n"
}

pub(super) fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            collect(&entry, files);
        } else {
            files.push(entry);
        }
    }
}

/// The report of a lake's last night.
pub(super) fn report(lake: &Path) -> Value {
    let mut reports: Vec<PathBuf> = fs::read_dir(lake.join("reports/nights"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    reports.sort();
    let last = reports.last().unwrap();
    let page = fs::read_to_string(last.with_extension("html")).unwrap();
    assert!(page.contains("Research use only") && page.contains("</html>"));
    serde_json::from_slice(&fs::read(last).unwrap()).unwrap()
}

/// Every table's rows as JSON, in order, without what tells one run from another.
pub(super) fn tables(lake: &Path) -> BTreeMap<String, Vec<String>> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let lake = Lake::open(lake).await.unwrap();
        let session = compared(&lake, lake.versions()).await.unwrap();
        let mut tables = BTreeMap::new();
        for table in vaxloom_tables::all() {
            let batches = session.table(&table.name).await.unwrap().collect().await.unwrap();
            let mut writer = arrow::json::LineDelimitedWriter::new(Vec::new());
            for batch in &batches {
                writer.write(batch).unwrap();
            }
            writer.finish().unwrap();
            let text = String::from_utf8(writer.into_inner()).unwrap();
            let mut rows: Vec<String> = text
                .lines()
                .map(|line| {
                    let mut row: serde_json::Map<String, Value> =
                        serde_json::from_str(line).unwrap();
                    row.remove("run_id");
                    Value::Object(row).to_string()
                })
                .collect();
            rows.sort();
            tables.insert(table.name.clone(), rows);
        }
        tables
    })
}
