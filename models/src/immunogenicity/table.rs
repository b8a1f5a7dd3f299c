//! Reads tables of T-cell assays.

use super::ImmunogenicityError;
use super::recipe::Table;
use crate::data::sha256;
use csv::StringRecord;
use std::path::{Path, PathBuf};
use vaxloom_immune::hla::HlaAllele;

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Assay {
    /// The peptide that was tested, as it is in the table.
    pub peptide: String,
    /// What it was before the mutation, where the table says.
    pub wild_type: Option<String>,
    /// Two-field normal form.
    pub allele: String,
    /// Whether T cells responded.
    pub positive: bool,
    /// A negative row with responders: the table contradicts itself.
    pub contradictory: bool,
    /// Scores of the other tools, in the order of the recipe.
    pub tools: Vec<f64>,
}

/// Where the columns of a table are.
struct Columns {
    peptide: usize,
    allele: usize,
    label: usize,
    responders: Option<usize>,
    wild_type: Option<usize>,
    tools: Vec<usize>,
}

/// All rows of a table whose content is what the recipe means.
pub fn read_assays(root: &Path, table: &Table) -> Result<Vec<Assay>, ImmunogenicityError> {
    let path = root.join(&table.path);
    let bytes = std::fs::read(&path)
        .map_err(|source| ImmunogenicityError::Read { path: path.clone(), source })?;
    let found = sha256(&bytes);
    if found != table.sha256 {
        let expected = table.sha256.clone();
        return Err(ImmunogenicityError::TableChecksum { path, found, expected });
    }
    // A byte-order mark before the header is no part of the first column's name.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::Reader::from_reader(text);
    let header = reader.headers().map_err(|error| row_error(&path, 1, error.to_string()))?.clone();
    let columns = find_columns(&path, &header, table)?;
    let mut assays = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            row_error(&path, line, error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        assays.push(assay(&record, &columns).map_err(|message| row_error(&path, line, message))?);
    }
    Ok(assays)
}

fn row_error(path: &Path, line: u64, message: String) -> ImmunogenicityError {
    ImmunogenicityError::Row { path: PathBuf::from(path), line, message }
}

fn find_columns(
    path: &Path,
    header: &StringRecord,
    table: &Table,
) -> Result<Columns, ImmunogenicityError> {
    let find = |name: &str| {
        header.iter().position(|column| column == name).ok_or_else(|| {
            row_error(path, 1, format!("no column {name}; name the column in the recipe"))
        })
    };
    let optional = |name: &Option<String>| name.as_deref().map(find).transpose();
    Ok(Columns {
        peptide: find("peptide")?,
        allele: find("HLA")?,
        label: find(&table.label)?,
        responders: optional(&table.responders)?,
        wild_type: optional(&table.wild_type)?,
        tools: table.tools.iter().map(|tool| find(&tool.column)).collect::<Result<_, _>>()?,
    })
}

fn assay(record: &StringRecord, columns: &Columns) -> Result<Assay, String> {
    let field = |column: usize| record.get(column).unwrap_or_default().trim();
    let positive = match field(columns.label) {
        "0" | "Negative" => false,
        label if label == "1" || label.starts_with("Positive") => true,
        label => return Err(format!("label {label}: expected 0, 1, Negative or Positive")),
    };
    let number = |column: usize| {
        let value: Option<f64> = field(column).parse().ok();
        value
            .filter(|value| value.is_finite())
            .ok_or_else(|| format!("'{}' where a number was expected", field(column)))
    };
    let responders = columns.responders.map(number).transpose()?.unwrap_or_default();
    let allele = HlaAllele::parse(field(columns.allele)).map_err(|error| error.to_string())?;
    let wild_type = columns.wild_type.map(field).filter(|peptide| !peptide.is_empty());
    Ok(Assay {
        peptide: field(columns.peptide).to_owned(),
        wild_type: wild_type.map(str::to_owned),
        allele: allele.two_field(),
        positive,
        contradictory: !positive && responders > 0.0,
        tools: columns.tools.iter().map(|&tool| number(tool)).collect::<Result<_, _>>()?,
    })
}
