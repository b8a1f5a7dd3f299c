//! HLA from the sheet, typing files or records.

use vaxloom_clinical::HlaReport;
use vaxloom_immune::hla::HlaAllele;
use vaxloom_immune::typing_files::{self, TypingError};

use super::PatientInput;
use super::refusal::Faults;
use crate::sheet::{Row, Sheet};

/// HLA from the sheet where it is given, else from the records.
pub(super) fn typings(input: &mut PatientInput, rows: &[Row], faults: &mut Faults) {
    let given: Vec<&Row> = rows.iter().filter(|row| row.hla.is_some()).collect();
    if given.is_empty() {
        if input.hla.is_empty() {
            faults.add(&rows[0], "hla", "hla.missing",
                "no HLA alleles: the cell is empty and the records have none",
                "give the alleles (HLA-A*02:01;HLA-A*24:02;...), a typing file, or an HLA Observation in the records");
        }
        return;
    }
    input.hla.clear();
    for row in given {
        let cell = row.hla.as_deref().unwrap_or_default();
        let (reported, source) = match alleles_of(faults.sheet, cell) {
            Ok(found) => found,
            Err(error) => {
                faults.add_error(row, "hla", "hla.typing-file", &error);
                continue;
            }
        };
        if reported.is_empty() {
            faults.add(
                row,
                "hla",
                "hla.missing",
                "no alleles in the cell or its file",
                "give at least one class I allele",
            );
        }
        input.hla.extend(reported.into_iter().map(|reported| HlaReport {
            patient_id: row.patient.clone(),
            reported,
            resource_id: None,
            source_file: source.clone(),
            source_line: row.line as i64,
        }));
    }
}

/// A cell is a list of alleles, or else the path of a typing file.
fn alleles_of(sheet: &Sheet, cell: &str) -> Result<(Vec<String>, String), TypingError> {
    let list = cell.contains(['*', ';', ',']) || HlaAllele::parse(cell).is_ok();
    if list && !sheet.resolve(cell).is_file() {
        return Ok((typing_files::parse_list(cell), sheet.name.clone()));
    }
    let path = sheet.resolve(cell);
    Ok((typing_files::read_typing(&path)?, cell.to_owned()))
}
