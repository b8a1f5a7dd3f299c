//! Who has withdrawn is nowhere in the lake any more.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::cohort::{Cohort, collect, report, tables};
use crate::harness::{path, rows, vaxloom};

/// Files below a folder that hold a text: in their names or their bytes; Parquet files in their values, schema and notes (their statistics
/// may be cut short and made one greater: P0001 is told as P0002).
pub(super) fn naming(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.retain(|path| {
        let bytes = fs::read(path).unwrap();
        let in_bytes = || bytes.windows(text.len()).any(|window| window == text.as_bytes());
        path.to_string_lossy().contains(text)
            || if bytes.starts_with(b"PAR1") { held(path).contains(text) } else { in_bytes() }
    });
    files
}

/// Every value of a Parquet file, its schema and its notes.
fn held(path: &Path) -> String {
    let file = fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let notes = builder.metadata().file_metadata().key_value_metadata();
    let mut text = format!("{notes:?} {:?}\n", builder.schema());
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        writeln!(text, "{batch:?}").unwrap();
        let options = arrow::util::display::FormatOptions::default();
        for column in batch.columns() {
            let values = arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap();
            text.extend((0..batch.num_rows()).map(|row| format!("{}\n", values.value(row))));
        }
    }
    text
}

#[test]
fn a_withdrawn_patient_is_in_no_file_any_more() {
    let cohort = Cohort::of(4);
    cohort.night().ended_with(0);
    cohort.change("P0002");
    cohort.night().ended_with(0);
    let before = tables(&cohort.lake());
    assert!(
        naming(&cohort.lake(), "P0002").len() > 12,
        "tables, logs, pages and reports name the patient"
    );
    let scores = before["presentation"].len();
    fs::write(cohort.path("withdrawn.txt"), "P0002 # 25 November\n").unwrap();
    cohort.night().ended_with(0);
    assert_eq!(naming(&cohort.lake(), "P0002"), Vec::<PathBuf>::new());
    let after = tables(&cohort.lake());
    for (table, rows) in &before {
        let others: Vec<&String> = rows.iter().filter(|row| !row.contains("P0002")).collect();
        if !["run", "audit", "quarantine", "presentation"].contains(&table.as_str()) {
            assert_eq!(others, after[table].iter().collect::<Vec<_>>(), "{table}");
        }
    }
    assert!(after["presentation"].len() < scores, "scores that only this patient needed are gone");
    assert_eq!(
        after["run"].len(),
        before["run"].len() + 2,
        "one that forgets, one without the patient"
    );
    let told = report(&cohort.lake());
    assert_eq!(told["counts"]["withdrawn"], 1, "{told}");
    assert_eq!(told["counts"]["withdrawn_in_sheet"], 1);
    // The proof: what was there, what is, what was searched.
    let proofs: Vec<PathBuf> = fs::read_dir(cohort.lake().join(".forgotten"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let proof: serde_json::Value = serde_json::from_slice(&fs::read(&proofs[0]).unwrap()).unwrap();
    assert_eq!((proofs.len(), &proof["rows_before"]["patient"]), (1, &serde_json::json!(1)));
    assert_eq!(proof["rows_after"]["neoantigen"], 0);
    assert!(proof["searched"]["values"].as_u64().unwrap() > 100, "{proof}");
    assert!(proof["searched"]["found"].as_array().unwrap().is_empty());
    // The next night has nothing to do, although the sheet and the records still have the patient.
    let files = cohort.table_files();
    cohort.night().ended_with(0);
    assert_eq!(files, cohort.table_files());
    assert_eq!(naming(&cohort.lake(), "P0002"), Vec::<PathBuf>::new());
}

#[test]
fn the_command_forgets_and_proves_it() {
    let cohort = Cohort::of(3);
    cohort.night().ended_with(0);
    let lake = cohort.lake();
    let forget = |patient: &str| vaxloom(["lake", "forget", "--lake", path(&lake), patient]);
    let said = forget("P0003").ended_with(0).stdout;
    assert!(said.contains("found in 0") && said.contains("proof: "), "{said}");
    assert_eq!(naming(&lake, "P0003"), Vec::<PathBuf>::new());
    assert_eq!(rows(&lake, "SELECT patient_id FROM patient ORDER BY 1"), ["P0001", "P0002"]);
    assert_eq!(rows(&lake, "SELECT command FROM audit ORDER BY at DESC LIMIT 1"), ["forget"]);
    // Again, and of one who was never there: nothing to find, and nothing breaks.
    forget("P0003").ended_with(0);
    let said = forget("P9999").ended_with(0).stdout;
    assert!(said.starts_with("0 rows named the patient"), "{said}");
    assert_eq!(rows(&lake, "SELECT count(*) FROM patient"), ["2"]);
    let nowhere = cohort.path("nowhere");
    vaxloom(["lake", "forget", "--lake", path(&nowhere), "P0001"]).ended_with(1);
    assert!(!nowhere.exists());
    // Who is still in the sheet comes back with the next night, unless the list of withdrawn patients says otherwise.
    cohort.night().ended_with(0);
    assert_eq!(rows(&lake, "SELECT count(*) FROM patient"), ["3"]);
}
