//! Abundance of genes and transcripts in transcripts per million (TPM), from the tables of RNA quantifiers.
//!
//! A table is known by its header: Salmon `quant.sf` and `quant.genes.sf`, kallisto `abundance.tsv` and tximport's
//! gene table of it, StringTie's gene abundances (`-A`) and transcripts (GTF). Plain or gzip.

use std::io;
use std::path::Path;

use serde::Serialize;
use thiserror::Error;

use crate::text;

/// Abundance of one gene or transcript.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expression {
    /// `gene` or `transcript`.
    pub feature_type: String,
    /// Identifier as the source has it, version included; a symbol where nothing says which gene it names.
    pub feature_id: String,
    /// Symbol of the gene.
    pub symbol: Option<String>,
    /// Transcripts per million.
    pub tpm: f64,
    /// `vcf:GX`, `vcf:TX`, `salmon`, `kallisto` or `stringtie`.
    pub source: String,
    /// Name of the input file.
    pub source_file: String,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Gene,
    Transcript,
}

impl Expression {
    pub(crate) fn new(
        feature: Feature,
        id: &str,
        symbol: Option<&str>,
        tpm: f64,
        source: &str,
        file: &str,
    ) -> Self {
        Self {
            feature_type: match feature {
                Feature::Gene => "gene".to_owned(),
                Feature::Transcript => "transcript".to_owned(),
            },
            feature_id: id.to_owned(),
            symbol: symbol.map(str::to_owned),
            tpm,
            source: source.to_owned(),
            source_file: file.to_owned(),
        }
    }
}

/// Why an abundance table cannot be used.
#[derive(Debug, Error)]
pub enum ExpressionError {
    /// No such file.
    #[error(
        "{file}: there is no such file; check the path (paths in a sample sheet are relative to the sheet)"
    )]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends within its compressed data.
    #[error("{file}: the compressed file is truncated; copy or write it again")]
    Truncated {
        /// Name of the file.
        file: String,
    },
    /// Reading failed.
    #[error("{file}: cannot be read near line {line}: {source}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// The line that was being read.
        line: i64,
        /// What the system said.
        source: io::Error,
    },
    /// The header is of no known table.
    #[error(
        "{file}: not a table that is known here; expected the columns of Salmon (Name, TPM), kallisto (target_id, tpm, or tximport's gene, abundance), StringTie (Gene ID, TPM), tab-separated, or a StringTie GTF"
    )]
    UnknownTable {
        /// Name of the file.
        file: String,
    },
    /// Cufflinks measures FPKM, whose sum differs from sample to sample.
    #[error(
        "{file}: the abundances are FPKM (Cufflinks), but transcripts per million (TPM) are expected, which can be compared between samples; quantify with Salmon, kallisto or StringTie"
    )]
    Fpkm {
        /// Name of the file.
        file: String,
    },
    /// A line does not fit the header.
    #[error(
        "{file}, line {line}: {found}; expected {expected}; write the table again with the quantifier"
    )]
    Line {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: i64,
        /// What was found.
        found: &'static str,
        /// What was expected.
        expected: &'static str,
    },
}

/// How the lines of a table are read.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// Columns of identifier, TPM and symbol.
    Columns {
        source: &'static str,
        feature: Option<Feature>,
        id: usize,
        tpm: usize,
        symbol: Option<usize>,
    },
    Gtf,
}

/// Identifier column, TPM column, symbol column, what is measured (`None`: the identifiers say), program.
type Table = (&'static str, &'static str, Option<&'static str>, Option<Feature>, &'static str);

const TABLES: [Table; 4] = [
    ("Name", "TPM", None, None, "salmon"),
    ("target_id", "tpm", None, None, "kallisto"),
    ("gene", "abundance", Some("gene_name"), Some(Feature::Gene), "kallisto"),
    ("Gene ID", "TPM", Some("Gene Name"), Some(Feature::Gene), "stringtie"),
];

/// Reads the table at `path`, which messages and rows call `name`.
pub fn read_expression(path: &Path, name: &str) -> Result<Vec<Expression>, ExpressionError> {
    let mut input = text::open(path).map_err(|source| failed(name, 1, source))?;
    let mut layout = None;
    let mut rows = Vec::new();
    let mut line = 0;
    while let Some(bytes) =
        text::next_line(&mut *input).map_err(|source| failed(name, line + 1, source))?
    {
        line += 1;
        let text = String::from_utf8_lossy(&bytes);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match layout {
            None => {
                let found = layout_of(&text).ok_or_else(|| unknown(&text, name))?;
                layout = Some(found);
                if matches!(found, Layout::Gtf) {
                    rows.extend(row(found, &text, name, line)?);
                }
            }
            Some(layout) => rows.extend(row(layout, &text, name, line)?),
        }
    }
    layout.map(|_| rows).ok_or_else(|| ExpressionError::UnknownTable { file: name.to_owned() })
}

fn failed(file: &str, line: i64, source: io::Error) -> ExpressionError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => ExpressionError::Missing { file },
        io::ErrorKind::UnexpectedEof => ExpressionError::Truncated { file },
        _ => ExpressionError::Unreadable { file, line, source },
    }
}

/// Cufflinks' `genes.fpkm_tracking` and `isoforms.fpkm_tracking` are known by their columns, whatever is between them.
fn unknown(header: &str, file: &str) -> ExpressionError {
    let file = file.to_owned();
    let has = |name| header.split_whitespace().any(|column| column == name);
    if has("tracking_id") && has("FPKM") {
        ExpressionError::Fpkm { file }
    } else {
        ExpressionError::UnknownTable { file }
    }
}

fn layout_of(header: &str) -> Option<Layout> {
    let columns: Vec<&str> = header.split('\t').collect();
    let at = |name| columns.iter().position(|&column| column == name);
    let table = TABLES.iter().find_map(|&(id, tpm, symbol, feature, source)| {
        Some(Layout::Columns {
            source,
            feature,
            id: at(id)?,
            tpm: at(tpm)?,
            symbol: symbol.and_then(at),
        })
    });
    let gtf =
        || (columns.len() == 9 && columns[8].contains("transcript_id \"")).then_some(Layout::Gtf);
    table.or_else(gtf)
}

fn row(
    layout: Layout,
    text: &str,
    file: &str,
    line: i64,
) -> Result<Option<Expression>, ExpressionError> {
    let columns: Vec<&str> = text.split('\t').collect();
    match layout {
        Layout::Gtf => transcript_of_gtf(&columns, file, line),
        Layout::Columns { source, feature, id, tpm, symbol } => {
            let missing =
                || bad(file, line, "fewer columns than in the header", "one value a column");
            let id = columns.get(id).filter(|id| !id.is_empty()).ok_or_else(missing)?;
            let tpm = abundance(columns.get(tpm).ok_or_else(missing)?, file, line)?;
            // GENCODE's FASTA headers: transcript|gene|...|...|transcript name|symbol|length|biotype|.
            let parts: Vec<&str> = id.split('|').collect();
            let symbol = symbol.and_then(|at| columns.get(at).copied()).or(parts.get(5).copied());
            let symbol = symbol.filter(|symbol| !matches!(*symbol, "" | "-" | "."));
            let feature = feature.unwrap_or_else(|| feature_of(parts[0], file));
            Ok(Some(Expression::new(feature, parts[0], symbol, tpm, source, file)))
        }
    }
}

/// Salmon and kallisto use one header for genes and transcripts: an Ensembl identifier says which
/// (`ENSG...`, `ENSMUST...`), otherwise the name of the file (`quant.genes.sf`).
fn feature_of(id: &str, file: &str) -> Feature {
    let kind =
        id.strip_prefix("ENS").and_then(|rest| rest.split(|c: char| c.is_ascii_digit()).next());
    match kind.and_then(|kind| kind.chars().last()) {
        Some('G') => Feature::Gene,
        Some('T') => Feature::Transcript,
        _ if file.contains("gene") => Feature::Gene,
        _ => Feature::Transcript,
    }
}

/// A line of a StringTie GTF; only transcripts have a TPM. Assembled ones carry the reference's identifier.
fn transcript_of_gtf(
    columns: &[&str],
    file: &str,
    line: i64,
) -> Result<Option<Expression>, ExpressionError> {
    if columns.len() != 9 {
        return Err(bad(file, line, "another number of columns", "the nine columns of GTF"));
    }
    if columns[2] != "transcript" {
        return Ok(None);
    }
    let attribute = |key: &str| {
        columns[8]
            .split(';')
            .find_map(|pair| pair.trim().strip_prefix(key)?.strip_prefix(" \"")?.strip_suffix('"'))
    };
    let id = attribute("reference_id").or_else(|| attribute("transcript_id"));
    let id =
        id.ok_or_else(|| bad(file, line, "a transcript without transcript_id", "that attribute"))?;
    let tpm = attribute("TPM")
        .ok_or_else(|| bad(file, line, "a transcript without TPM", "StringTie's attribute TPM"))?;
    let tpm = abundance(tpm, file, line)?;
    Ok(Some(Expression::new(
        Feature::Transcript,
        id,
        attribute("ref_gene_name"),
        tpm,
        "stringtie",
        file,
    )))
}

fn abundance(value: &str, file: &str, line: i64) -> Result<f64, ExpressionError> {
    let tpm = value.trim().parse().ok().filter(|tpm: &f64| tpm.is_finite() && *tpm >= 0.0);
    tpm.ok_or_else(|| {
        bad(file, line, "an abundance that is not a number from 0 on", "transcripts per million")
    })
}

fn bad(file: &str, line: i64, found: &'static str, expected: &'static str) -> ExpressionError {
    ExpressionError::Line { file: file.to_owned(), line, found, expected }
}

#[cfg(test)]
mod tests;
