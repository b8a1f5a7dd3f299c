//! Medical records in: FHIR R4 resources become plain rows, behind a de-identification gate.
//!
//! The path of a record:
//!
//! 1. [`read_dir`] walks a folder of Bundles and NDJSON files and takes each resource apart (`read`).
//! 2. A first look finds identifying elements, the reader what the tables keep (`gate`, `content`, `collect`).
//! 3. When all files are read, references are resolved, so that files and resources may come in any order:
//!    nothing of a patient enters whose Patient resource is identifying or missing (`settle`).
//! 4. Stage observations join their condition, HLA reports become one row per allele text (`stage`, `hla`).
//!
//! Every resource read ends as exactly one of kept, in quarantine or ignored: [`Records::check_balance`].
//! A quarantine row says where and which rule, never what was found there.
//!
//! Around it:
//!
//! | module | |
//! |---|---|
//! | [`deid`] | the gate: every element is looked at, and only what is on its list passes; [`read_dir_gated`] puts it before the path above |
//! | [`pseudonym`] | ids and references by HMAC-SHA-256 under a project key; dates moved by patient |
//! | [`check`] | a folder through the gate in one pass: verdict, report, what passed |
//! | [`view`] | SQL on FHIR ViewDefinitions: any rows that a user writes down |
//! | [`study`], [`tabular`], [`omop`] | cBioPortal, GDC and OMOP tables, as the same rows |
//! | [`audit`] | who did what, in a chain of hashes |
//!
//! Source: HL7 FHIR R4 (4.0.1), mCODE 4.0.0, Genomics Reporting 3.0.0.

pub mod audit;
pub mod check;
mod collect;
mod content;
pub mod deid;
mod element;
mod gate;
mod hla;
pub mod omop;
pub mod pseudonym;
mod read;
mod records;
mod reference;
mod rule;
mod settle;
mod stage;
pub mod study;
pub mod tabular;
pub mod view;

pub use read::{ReadError, read_dir, read_dir_gated, read_file};
pub use records::{
    Condition, HlaReport, Patient, Quarantined, Records, Specimen, Treatment, Unbalanced,
};
