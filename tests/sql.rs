//! SQL as SQL: `.slt` files against the sample cohort's lake, through the real program.

use std::path::Path;

use sqllogictest::{DBOutput, DefaultColumnType, Runner};

use crate::harness::{path, repository, sample_lake, vaxloom};

struct Lake;

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
        let answer = vaxloom(["sql", "--lake", path(sample_lake()), "--format", "csv", sql]);
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

fn check(file: &Path) {
    let mut runner = Runner::new(|| async { Ok(Lake) });
    runner.run_file(file).unwrap_or_else(|error| panic!("{error}"));
}
