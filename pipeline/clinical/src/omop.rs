//! OMOP CDM 5.4 tables as CSV: in, out, and checked against the field list of the specification.
//!
//! **In**: `person`, `condition_occurrence`, `drug_exposure`, `procedure_occurrence`, `specimen` and `death`, with the columns that the
//! tables need and no other: `*_source_value` can hold anything and is not read. Codes are OMOP's concept ids. Dates become years.
//!
//! **Out**: the same tables, and `observation_period`. Without a vocabulary at hand a concept is 0, "no matching concept", but for
//! gender, and the code stands in `*_source_value`: OHDSI's own way to say so. OMOP wants full dates and there are years: the first of January
//! stands for a year. A row whose year is not known cannot be written, and is counted.
//!
//! Source: OHDSI Common Data Model 5.4, field-level specification (Apache-2.0), whose fields are in `omop/fields.txt`.

mod fields;
mod read;
mod write;

pub use fields::{TableFault, validate_file};
pub use read::read_omop;
pub use write::{OmopCounts, OmopError, write_omop};

/// How codes of concepts are named in rows.
const CONCEPTS: &str = "https://athena.ohdsi.org/search-terms/terms";
const MALE: &str = "8507";
const FEMALE: &str = "8532";
/// "EHR", the kind of source.
const EHR: &str = "32817";
