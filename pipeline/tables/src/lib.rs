//! The tables of the lake: `schemas/*.sql` as Arrow schemas, and rows as record batches.
//!
//! A schema file is the truth for its table. It is read once, when a table is first asked for; every
//! batch that is written is checked against it, and the documentation is made of it.

mod ddl;
mod rows;
mod table;

pub use ddl::unit_and_comment;
pub use rows::{RowError, batch, rows, struct_list, struct_type, structs};
pub use table::{Column, SchemaMismatch, Table, all, table};
