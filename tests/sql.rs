//! SQL as SQL: `.slt` files against the sample cohort's lake, through the real program.

use std::path::Path;

use sqllogictest::{DBOutput, DefaultColumnType, Runner};

use crate::harness::{path, repository, sample_lake, vaxloom};

/// The sample cohort's lake, and what else the program is given.
struct Lake {
    options: &'static [&'static str],
}

/// What the program said of a statement that failed.
#[derive(Debug)]
struct Failure(String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl sqllogictest::DB for Lake {
    type Error = Failure;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<Self::ColumnType>, Failure> {
        let arguments = ["sql", "--lake", path(sample_lake()), "--format", "csv", sql];
        let answer = vaxloom(arguments.iter().chain(self.options));
        if answer.code != 0 {
            return Err(Failure(answer.stderr));
        }
        let mut lines = csv_lines(&answer.stdout);
        let columns = lines.next().map_or(0, |header| header.len());
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; columns], rows: lines.collect() })
    }
}

/// Values as the program wrote them; an empty one is `NULL`.
fn csv_lines(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    text.lines().map(|line| {
        let mut values = Vec::new();
        let (mut value, mut quoted) = (String::new(), false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => values.push(std::mem::take(&mut value)),
                c => value.push(c),
            }
        }
        values.push(value);
        values.into_iter().map(|v| if v.is_empty() { "NULL".to_owned() } else { v }).collect()
    })
}

#[test]
fn statements_answer_as_written() {
    let mut files: Vec<_> =
        std::fs::read_dir(repository("tests/sql")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        check(&file);
    }
}

/// What the program is given for the statements of a file.
fn options(file: &Path) -> &'static [&'static str] {
    match file.file_stem().and_then(|name| name.to_str()) {
        Some("genome") => &["--proteome", "tests/scan/proteins.fa"],
        _ => &[],
    }
}

/// The end of the file, where it is cut off, is not reached.
#[test]
fn a_query_that_has_enough_stops_reading() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.vcf.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    writeln!(encoder, "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
        .unwrap();
    for pos in 1..=1_000_000 {
        writeln!(encoder, "chr1\t{pos}\t.\tC\tT\t.\tPASS\t.").unwrap();
    }
    let mut bytes = encoder.finish().unwrap();
    bytes.truncate(bytes.len() - 10);
    std::fs::write(&file, bytes).unwrap();
    let sql = |columns: &str, end: &str| {
        vaxloom([
            "sql",
            "--format",
            "csv",
            &format!("SELECT {columns} FROM vcf_scan('{}') {end}", path(&file)),
        ])
    };
    assert_eq!(sql("pos", "LIMIT 2").ended_with(0).stdout, "pos\n1\n2\n");
    let whole = sql("count(*)", "").ended_with(1);
    assert!(whole.stderr.contains("the file is truncated"), "{}", whole.stderr);
}

/// Scores of columns are looked up, those of constants and those that are asked of some rows are not.
#[test]
fn queries_say_where_scores_are_looked_up() {
    let sql = |query: &str| {
        let query = format!("EXPLAIN ANALYZE SELECT {query}");
        vaxloom(["sql", "--lake", path(sample_lake()), &query]).ended_with(0).stdout
    };
    let all = sql("mhc1_presentation(peptide, allele) FROM presentation");
    let operator = all.lines().find(|line| line.contains("ScoreLookup: mhc1_presentation(peptide"));
    let operator = operator.unwrap_or_else(|| panic!("{all}"));
    assert!(operator.contains("scored=0") && !operator.contains("looked_up=0"), "{operator}");
    for query in [
        "mhc1_presentation('GADGVGKSAL', 'HLA-C*08:02')",
        "CASE WHEN score > 2 THEN mhc1_presentation(peptide, allele) END FROM presentation",
    ] {
        let plan = sql(query);
        assert!(!plan.contains("ScoreLookup"), "{plan}");
    }
}

fn check(file: &Path) {
    let options = options(file);
    let mut runner = Runner::new(|| async { Ok(Lake { options }) });
    runner.run_file(file).unwrap_or_else(|error| panic!("{error}"));
}
