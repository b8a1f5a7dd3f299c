//! Rows of consequences as TSV, Parquet or FASTA, some at a time.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use vaxloom_genome::annotate::{AnnotatedRow, COLUMNS};

use crate::written::Written;

/// A file that is being written beside its place; without [`Output::finish`], nothing is left of it.
pub(super) struct Output {
    path: PathBuf,
    schema: SchemaRef,
    flank: usize,
    rows: usize,
    writer: Option<Writer>,
}

enum Writer {
    Tsv(Written),
    Parquet(Box<ArrowWriter<Written>>),
    Fasta(Written),
}

impl Output {
    /// A file of the format that its name asks for.
    pub(super) fn create(path: &Path, flank: usize) -> anyhow::Result<Self> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !["tsv", "parquet", "fasta", "fa"].contains(&extension) {
            bail!("{}: expected a name that ends in .tsv, .parquet or .fasta", path.display());
        }
        let schema = schema()?;
        let file = Written::to(Some(path))?;
        let writer = match extension {
            "tsv" => {
                let mut file = file;
                writeln!(file, "{}", COLUMNS.join("\t")).with_context(|| unwritable(path))?;
                Writer::Tsv(file)
            }
            "parquet" => {
                Writer::Parquet(Box::new(ArrowWriter::try_new(file, Arc::clone(&schema), None)?))
            }
            _ => Writer::Fasta(file),
        };
        let (path, writer) = (path.to_owned(), Some(writer));
        Ok(Self { path, schema, flank, rows: 0, writer })
    }

    /// Whether rows can be given as lines, see [`Self::write_lines`].
    pub(super) fn takes_lines(&self) -> bool {
        matches!(self.writer, Some(Writer::Tsv(_)))
    }

    /// Writes rows that are lines of TSV already.
    pub(super) fn write_lines(&mut self, lines: &[u8]) -> anyhow::Result<()> {
        let Some(Writer::Tsv(out)) = &mut self.writer else { return Ok(()) };
        out.write_all(lines).with_context(|| unwritable(&self.path))
    }

    pub(super) fn write(&mut self, rows: &[AnnotatedRow<'_>]) -> anyhow::Result<()> {
        let first = self.rows;
        self.rows += rows.len();
        let Some(writer) = &mut self.writer else { return Ok(()) };
        match writer {
            Writer::Tsv(out) => {
                let mut lines = Vec::new();
                for row in rows {
                    row.write_tsv(&mut lines);
                }
                out.write_all(&lines).with_context(|| unwritable(&self.path))
            }
            Writer::Parquet(writer) => {
                let batch = vaxloom_tables::batch(&self.schema, rows)?;
                writer.write(&batch).with_context(|| unwritable(&self.path))
            }
            Writer::Fasta(out) => {
                windows(out, rows, first, self.flank).with_context(|| unwritable(&self.path))
            }
        }
    }

    /// Ends the file and puts it in its place.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        match self.writer.take() {
            Some(Writer::Parquet(writer)) => writer.into_inner()?.finish(),
            Some(Writer::Tsv(out) | Writer::Fasta(out)) => out.finish(),
            None => Ok(()),
        }
    }
}

fn unwritable(path: &Path) -> String {
    format!("{}: cannot be written", path.display())
}

/// The variant, then the columns of table `consequence`.
fn schema() -> anyhow::Result<SchemaRef> {
    let table = vaxloom_tables::table("consequence").context("no schema for table consequence")?;
    // Where VEP's annotation disagrees is a list of its own.
    let elsewhere = ["patient_id", "sample_id", "variant_id", "disagreement", "chosen", "run_id"];
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields =
        vec![text("chrom"), Field::new("pos", DataType::Int64, false), text("ref"), text("alt")];
    let columns = table.schema.fields().iter().filter(|f| !elsewhere.contains(&f.name().as_str()));
    fields.extend(columns.map(|f| f.as_ref().clone()));
    Ok(Arc::new(Schema::new(fields)))
}

/// Windows of wild type and mutant, a pair each, named as pVACseq's users know them; `first` rows came before.
fn windows(
    out: &mut impl Write,
    rows: &[AnnotatedRow<'_>],
    first: usize,
    flank: usize,
) -> std::io::Result<()> {
    for (place, row) in rows.iter().enumerate() {
        let c = &row.consequence;
        if let Some((wildtype, mutant)) = c.flank_windows(flank) {
            let name = format!(
                "{}.{}.{}.{}.{}",
                first + place + 1,
                c.gene,
                c.transcript,
                c.variant_class,
                c.protein_change.as_deref().unwrap_or("")
            );
            write!(out, ">WT.{name}\n{wildtype}\n>MT.{name}\n{mutant}\n")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tsv_and_parquet_have_the_same_columns() -> anyhow::Result<()> {
        let schema = schema()?;
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, COLUMNS);
        Ok(())
    }
}
