//! Medical records in: FHIR R4 resources become plain rows, behind a de-identification gate.
//!
//! The path of a record:
//!
//! 1. [`read_records`] tells the sources of a folder apart and hands on their resources and tables (`sources`, `check::stream_file`).
//! 2. The gate looks at every element of a resource and every cell of a table ([`deid`]), and views make rows of what is left (`collect`,
//!    `content`, [`Views`]).
//! 3. When all FHIR files are read, references are resolved, so that files and resources may come in any order: nothing of a patient
//!    enters whose Patient resource is missing or was held back (`settle`).
//! 4. Stage observations join their condition, HLA reports become one row per allele text (`stage`, `hla`).
//! 5. Rows of other sources join them; one person of two sources is one row.
//!
//! Every resource or row read ends as exactly one of kept, in quarantine or ignored: [`Records::check_balance`].
//! A quarantine row says where and which rule, never what was found there.
//!
//! Around it:
//!
//! | module | |
//! |---|---|
//! | [`deid`] | the gate: every element is looked at, and only what is on its list passes |
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
mod hla;
pub mod omop;
pub mod pseudonym;
mod read;
mod records;
mod reference;
mod row;
mod rule;
mod settle;
mod sources;
mod stage;
pub mod study;
mod table_view;
pub mod tabular;
pub mod view;

pub use read::ReadError;
pub use records::{Gated, Records, Unbalanced};
pub use row::{Condition, HlaReport, Observation, Patient, Quarantined, Specimen, Treatment};
pub use sources::{Reading, read_records};
pub use table_view::{Views, ViewsError};
