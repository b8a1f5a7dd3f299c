//! OMOP CDM 5.4 tables: in, out, and checked against the field list of the specification.
//!
//! **In**: `person`, `condition_occurrence`, `drug_exposure`, `procedure_occurrence`, `measurement`, `observation`, `specimen`, `death`, and
//! of `episode` the regimens, with the columns that the tables need and no other: `*_source_value` can hold anything and is not read. Codes
//! are OMOP's concept ids. Dates become years.
//!
//! **Out**: the same tables but `episode`, and `observation_period`. Without a vocabulary at hand a concept is 0, "no matching concept", but for
//! gender, and the code stands in `*_source_value`: OHDSI's own way to say so. OMOP wants full dates and there are years: the first of January
//! stands for a year. A row whose year is not known cannot be written, and is counted.
//!
//! Source: OHDSI Common Data Model 5.4, field-level specification (Apache-2.0), whose fields are in `omop/fields.txt`.

mod fields;
mod read;
mod write;

pub(crate) use fields::column;
pub use fields::{TableFault, validate_file};
pub use read::read_omop;
pub(crate) use read::table_of;
pub use write::{OmopCounts, OmopError, write_omop};

/// How codes of concepts are named in rows.
const CONCEPTS: &str = "https://athena.ohdsi.org/search-terms/terms";
const MALE: &str = "8507";
const FEMALE: &str = "8532";
/// "Treatment Regimen", a kind of episode.
const REGIMEN: &str = "32531";
/// Tables that are read or known.
const TABLES: [&str; 12] = [
    "person",
    "observation_period",
    "death",
    "visit_occurrence",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "measurement",
    "observation",
    "specimen",
    "episode",
    "episode_event",
];
/// "EHR", the kind of source.
const EHR: &str = "32817";
