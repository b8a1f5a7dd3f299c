//! A lake of any size through the program's own commit path.
//!
//! ```text
//! cargo run --release --workspace --example scale -- LAKE 100000000
//! ```
//!
//! makes that many rows of `presentation` in runs of five million, with the patients whose peptides they are.
//! `scripts/bench-lake.py` asks it, and DuckDB beside it.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray};
use vaxloom_lake::{Lake, pipeline};

/// Rows of `presentation` that a run adds.
const A_RUN: u64 = 5_000_000;
/// Rows of `presentation` for each patient: 100 mutations, 38 windows and their wild types, six alleles.
const A_PATIENT: u64 = MUTATIONS * WINDOWS * 2 * ALLELES;
const MUTATIONS: u64 = 100;
const WINDOWS: u64 = 38;
const ALLELES: u64 = 6;
const GENES: u64 = 20_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [lake, rows] => write(Path::new(lake), rows.parse().unwrap()).await,
        _ => eprintln!("scale LAKE ROWS"),
    }
}

async fn write(root: &Path, rows: u64) {
    let (mut lake, _lock) = Lake::open_or_create(root).await.unwrap();
    for (run, first) in (0..rows).step_by(A_RUN as usize).enumerate() {
        let clock = Instant::now();
        let run_id = format!("run-{run:04}");
        let added = A_RUN.min(rows - first);
        let patients = first / A_PATIENT..(first + added) / A_PATIENT;
        let mut tables = pipeline::TableRows::new();
        tables.insert("presentation".to_owned(), vec![presentation(first, added, &run_id)]);
        for (table, made) in of_patients(patients.clone(), &run_id) {
            tables.insert(table.to_owned(), made);
        }
        let patients: Vec<String> = patients.map(patient).collect();
        for (table, rows) in tables {
            let replaced = (table != "presentation").then_some(patients.as_slice());
            lake.write(&table, rows, replaced).await.unwrap();
        }
        let versions = serde_json::to_string(lake.versions()).unwrap();
        lake.finish(run_row(&run_id, run, versions)).await.unwrap();
        eprintln!("{run_id}: {added} rows in {:.1} s", clock.elapsed().as_secs_f64());
    }
}

/// A number that looks random, of a number.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn patient(number: u64) -> String {
    format!("VX-{number:06}")
}

/// The peptide of a number: 8 to 11 residues, other numbers have others with all but certainty.
fn peptide(number: u64) -> String {
    let (mut residues, length) = (mixed(number), 8 + number % 4);
    (0..length)
        .map(|_| {
            let residue = b"ACDEFGHIKLMNPQRSTVWY"[(residues % 20) as usize];
            residues = (residues / 20).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mixed(residues);
            char::from(residue)
        })
        .collect()
}

/// The alleles of a patient: six of sixty.
fn allele(patient: u64, which: u64) -> String {
    let locus = ["A", "B", "C"][(which / 2) as usize];
    format!("HLA-{locus}*{:02}:{:02}", 1 + mixed(patient * 6 + which) % 10, 1 + which % 2)
}

/// Common genes have many mutations.
fn gene(patient: u64, mutation: u64) -> String {
    let uniform = (mixed(patient * MUTATIONS + mutation) % 1_000_000) as f64 / 1e6;
    format!("GENE{:05}", (uniform * uniform * GENES as f64) as u64)
}

fn presentation(first: u64, rows: u64, run_id: &str) -> RecordBatch {
    let pair = |row: u64| (peptide(row / ALLELES), allele(row / A_PATIENT, row % ALLELES));
    let mut pairs: Vec<(String, String, u64)> = (first..first + rows)
        .map(|row| {
            let (peptide, allele) = pair(row);
            (peptide, allele, row)
        })
        .collect();
    pairs.sort_unstable();
    let number = |of: fn(u64) -> f32| -> ArrayRef {
        Arc::new(pairs.iter().map(|(_, _, row)| of(mixed(*row))).collect::<Float32Array>())
    };
    let constant = |text: &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(pairs.iter().map(|_| text)))
    };
    let alleles: ArrayRef = Arc::new(StringArray::from_iter_values(pairs.iter().map(|p| &p.1)));
    let peptides: ArrayRef = Arc::new(StringArray::from_iter_values(pairs.iter().map(|p| &p.0)));
    let columns: Vec<ArrayRef> = vec![
        peptides,
        Arc::clone(&alleles),
        constant("mhc1-presentation"),
        constant("1"),
        number(|n| (n % 1_000_000) as f32 / 1e6),
        number(|n| (n % 100_000) as f32 / 1e3),
        Arc::new(Float32Array::new_null(pairs.len())),
        number(|n| 1.0 + (n % 50_000_000) as f32 / 1e3),
        number(|n| (n % 99_991) as f32 / 1e3),
        alleles,
        constant(run_id),
    ];
    let schema = Arc::clone(&vaxloom_tables::table("presentation").unwrap().schema);
    RecordBatch::try_new(schema, columns).unwrap()
}

/// Tables of these patients.
fn of_patients(
    patients: std::ops::Range<u64>,
    run_id: &str,
) -> Vec<(&'static str, Vec<RecordBatch>)> {
    let (mut people, mut typings, mut peptides, mut neoantigens) = (vec![], vec![], vec![], vec![]);
    for patient in patients {
        people.push(row(
            "patient",
            &[("patient_id", self::patient(patient).into()), ("run_id", run_id.into())],
        ));
        for which in 0..ALLELES {
            let allele = allele(patient, which);
            typings.push(row(
                "hla_typing",
                &[
                    ("patient_id", self::patient(patient).into()),
                    ("allele", allele.clone().into()),
                    ("hla_class", "I".into()),
                    ("copies", 1.into()),
                    ("expressed", true.into()),
                    ("scored_as", allele.into()),
                    ("run_id", run_id.into()),
                ],
            ));
        }
        for mutation in 0..MUTATIONS {
            let seed = mixed(patient * MUTATIONS + mutation);
            let place = [
                ("patient_id", self::patient(patient).into()),
                ("sample_id", "T1".into()),
                ("variant_id", format!("chr1:{}:C:T", seed % 248_000_000).into()),
                ("gene", gene(patient, mutation).into()),
                ("transcript", format!("ENST{:011}", seed % 200_000).into()),
                ("run_id", run_id.into()),
            ];
            let first = (patient * MUTATIONS + mutation) * WINDOWS * 2;
            for window in 0..WINDOWS {
                let mut columns = place.to_vec();
                columns.push(("peptide", peptide(first + 2 * window).into()));
                columns.push(("wildtype_peptide", peptide(first + 2 * window + 1).into()));
                columns.push(("length", (8 + window % 4).into()));
                columns.push(("start", (1 + window).into()));
                peptides.push(row("peptide", &columns));
            }
            let mut columns = place.to_vec();
            columns.push(("best_peptide", peptide(first).into()));
            columns.push(("best_allele", allele(patient, seed % ALLELES).into()));
            columns.push(("mt_percentile", ((seed % 100_000) as f64 / 1e3).into()));
            columns.push(("gene_tpm", ((seed % 50_000) as f64 / 1e2).into()));
            columns.push((
                "tier",
                ["Pass", "LowExpr", "Subclonal", "Poor"][(seed % 4) as usize].into(),
            ));
            columns.push(("tier_index", (seed % 4).into()));
            columns.push(("rank", (1 + mutation).into()));
            neoantigens.push(row("neoantigen", &columns));
        }
    }
    let tables = [
        ("patient", people),
        ("hla_typing", typings),
        ("peptide", peptides),
        ("neoantigen", neoantigens),
    ];
    tables.into_iter().map(|(name, rows)| (name, vec![batch(name, &rows)])).collect()
}

type Row = serde_json::Map<String, serde_json::Value>;

/// A row of a table: what is not given is empty, zero or false.
fn row(table: &str, columns: &[(&str, serde_json::Value)]) -> Row {
    let table = vaxloom_tables::table(table).unwrap();
    let filler = |column: &&vaxloom_tables::Column| match &column.data_type {
        arrow::datatypes::DataType::Utf8 => serde_json::Value::from(""),
        arrow::datatypes::DataType::Boolean => false.into(),
        _ => 0.into(),
    };
    let fillers = table.columns.iter().filter(|c| !c.nullable);
    let given = columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    fillers.map(|c| (c.name.clone(), filler(&c))).chain(given).collect()
}

fn batch(table: &str, rows: &[Row]) -> RecordBatch {
    let schema = Arc::clone(&vaxloom_tables::table(table).unwrap().schema);
    let reader = arrow::json::ReaderBuilder::new(schema).with_batch_size(rows.len().max(1));
    let mut decoder = reader.build_decoder().unwrap();
    decoder.serialize(rows).unwrap();
    decoder.flush().unwrap().unwrap_or_else(|| vaxloom_tables::table(table).unwrap().empty_batch())
}

fn run_row(run_id: &str, number: usize, table_versions: String) -> RecordBatch {
    let finished = format!("2026-01-01T{:02}:{:02}:00.000Z", number / 60, number % 60);
    batch(
        "run",
        &[row(
            "run",
            &[
                ("run_id", run_id.into()),
                ("finished_at", finished.into()),
                ("table_versions", table_versions.into()),
            ],
        )],
    )
}
