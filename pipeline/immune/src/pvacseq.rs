//! pVACseq's tables: scored epitopes (`all_epitopes.tsv`) become one row a variant with its best peptide and tier
//! (`all_epitopes.aggregated.tsv`), under rules that are data.
//!
//! The built-in rules `pvac-7` and `pvac-6` give the tables of pVACseq 7.1.5 and 6.0.5, cell for cell. The path: [`rules`]
//! reads the policy, `table` and `epitope` the scores, `aggregate` chooses a variant's best peptide and counts the others,
//! `tier` judges the rows as they are written and sorts them; [`compare`] lines another ranking up with such a table, and
//! [`sql`] writes the rules of tiers as SQL, for a lake.

mod aggregate;
mod anchor;
pub mod compare;
mod epitope;
mod order;
pub mod rules;
pub mod sql;
mod table;
mod tier;

use std::collections::HashMap;
use std::io::{Read, Write};

use csv::ByteRecord;

use anchor::AnchorRule;
pub use anchor::AnchorWeights;
use rules::{Limits, Rules};
use table::Table;
pub use table::TableError;

/// What a run knows beside its table and its rules.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Fraction of tumour cells, above 0 and up to 1; without it the clonal VAF is estimated from the table.
    pub purity: Option<f64>,
    /// DNA VAF of a clonal variant, where it is known; goes before `purity`.
    pub clonal_vaf: Option<f64>,
    /// Anchors of each allele; without them positions 1, 2, last but one and last.
    pub anchors: Option<&'a AnchorWeights>,
}

/// A table of one row a variant, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aggregated {
    /// Names of the columns.
    pub header: Vec<String>,
    /// As many cells in each as the header has.
    pub rows: Vec<Vec<String>>,
}

/// A variant's tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its name.
    pub tier: String,
    /// The conditions of the first tier that it does not meet, metrics by name.
    pub failed: Vec<&'static str>,
}

/// A ranked table.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Best first.
    pub table: Aggregated,
    /// One a row of the table.
    pub verdicts: Vec<Verdict>,
    /// DNA VAF that was taken for a clonal variant's.
    pub clonal_vaf: f64,
    /// Rows that were read.
    pub rows_read: usize,
}

/// Ranks a table of scored epitopes, or gives the rows of an aggregated one new tiers (a table with the column `Best Peptide`);
/// `file` is its name in errors. Plain or gzip.
pub fn rank(
    file: &str,
    input: impl Read,
    rules: &Rules,
    options: Options<'_>,
) -> Result<Ranked, TableError> {
    let table = Table::open(file, input)?;
    let anchors = AnchorRule::new(&rules.limits, options.anchors);
    let (mut aggregated, estimate, rows_read) = if table.place("Best Peptide").is_some() {
        let aggregated = Aggregated::from_table(table)?;
        let estimate = aggregated.clonal_vaf(&rules.limits);
        let rows = aggregated.rows.len();
        (aggregated, estimate, rows)
    } else {
        let scores = aggregate::Scores::read(table, rules)?;
        (scores.aggregate(rules, &anchors), scores.clonal_vaf(rules), scores.rows)
    };
    let from_purity = options.purity.filter(|purity| *purity > 0.0).map(|purity| purity * 0.5);
    let clonal_vaf = options.clonal_vaf.or(from_purity).unwrap_or(estimate);
    let verdicts = tier::assign(&mut aggregated, file, rules, &anchors, clonal_vaf)?;
    Ok(Ranked { table: aggregated, verdicts, clonal_vaf, rows_read })
}

/// Where a variant stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its tier.
    pub tier: String,
    /// 1 is best.
    pub rank: usize,
}

/// A variant whose tier or rank differs between two rankings of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its `ID`.
    pub id: String,
    /// Under the first.
    pub before: Standing,
    /// Under the second.
    pub after: Standing,
    /// What kept it from the first ranking's best tier.
    pub failed_before: Vec<&'static str>,
    /// What keeps it from the second's.
    pub failed_after: Vec<&'static str>,
}

/// Who moved between two rankings of one table, and why, in the order of the second. Variants that one of them lacks are left out.
pub fn moves(before: &Ranked, after: &Ranked) -> Vec<Move> {
    let standings = |ranked: &Ranked| -> Vec<(String, Standing, Vec<&'static str>)> {
        let id = ranked.table.place("ID").unwrap_or_default();
        let rows = ranked.table.rows.iter().zip(&ranked.verdicts).zip(1..);
        rows.map(|((row, verdict), rank)| {
            let standing = Standing { tier: verdict.tier.clone(), rank };
            (row[id].clone(), standing, verdict.failed.clone())
        })
        .collect()
    };
    let old = standings(before);
    let old: HashMap<&str, (&Standing, &Vec<&'static str>)> =
        old.iter().map(|(id, standing, failed)| (id.as_str(), (standing, failed))).collect();
    let moved = |(id, after, failed_after): (String, Standing, Vec<&'static str>)| {
        let (before, failed_before) = *old.get(id.as_str())?;
        let stays = *before == after;
        let (before, failed_before) = (before.clone(), failed_before.clone());
        (!stays).then_some(Move { id, before, after, failed_before, failed_after })
    };
    standings(after).into_iter().filter_map(moved).collect()
}

impl Aggregated {
    /// Reads a table as it is, plain or gzip.
    pub fn read(file: &str, input: impl Read) -> Result<Self, TableError> {
        Self::from_table(Table::open(file, input)?)
    }

    fn from_table(mut table: Table<'_>) -> Result<Self, TableError> {
        let mut rows = Vec::new();
        let mut record = ByteRecord::new();
        while let Some(line) = table.next(&mut record)? {
            let cells = record.iter().enumerate().map(|(place, cell)| {
                let text = std::str::from_utf8(cell);
                text.map(str::to_owned).map_err(|_| table.cell_error(line, place, "text in UTF-8"))
            });
            rows.push(cells.collect::<Result<_, _>>()?);
        }
        if rows.is_empty() {
            return Err(TableError::NoRow { file: table.file.to_owned() });
        }
        Ok(Self { header: table.header, rows })
    }

    /// Place of a column.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    /// Writes the table, tab-separated.
    pub fn write(&self, output: impl Write) -> Result<(), csv::Error> {
        let mut writer = csv::WriterBuilder::new().delimiter(b'\t').from_writer(output);
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(writer.flush()?)
    }

    fn clonal_vaf(&self, limits: &Limits) -> f64 {
        let place = self.place("DNA VAF");
        let vafs = self.rows.iter().filter_map(|row| table::number(row[place?].as_bytes()));
        clonality(limits, vafs)
    }
}

/// DNA VAF of a clonal variant: the largest that no gain or loss of copies has pushed up, within limits.
fn clonality(limits: &Limits, vafs: impl Iterator<Item = f64>) -> f64 {
    let largest = vafs.filter(|vaf| *vaf < limits.copy_neutral_vaf).reduce(f64::max);
    largest.map_or(limits.copy_neutral_vaf, |vaf| vaf.min(limits.clonal_vaf))
}

#[cfg(test)]
mod tests;
