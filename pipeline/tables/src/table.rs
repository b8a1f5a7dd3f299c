//! Tables and the check of what is written to them.

use std::sync::{Arc, LazyLock};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};

use crate::ddl;

/// A table of the lake, as its schema file describes it.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name, as in SQL.
    pub name: String,
    /// Version of the schema: a change of columns raises it.
    pub version: u32,
    /// What one row is.
    pub comment: String,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Columns that tell rows apart.
    pub key: Vec<String>,
    /// Names, types and nullability as an Arrow schema.
    pub schema: SchemaRef,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Arrow type.
    pub data_type: DataType,
    /// Whether a row may go without.
    pub nullable: bool,
    /// Unit, such as `TPM` or `1-based`; none for plain text and flags.
    pub unit: Option<String>,
    /// What it means.
    pub comment: String,
}

/// A batch that does not fit its table.
#[derive(Debug, thiserror::Error)]
pub enum SchemaMismatch {
    /// Other columns, or the same in another order.
    #[error("table {table}: found columns {found}, expected {expected}")]
    Columns {
        /// Table.
        table: String,
        /// Names found, comma-separated.
        found: String,
        /// Names expected.
        expected: String,
    },
    /// A column of another type.
    #[error("table {table}, column {column}: found type {found}, expected {expected}")]
    Type {
        /// Table.
        table: String,
        /// Column.
        column: String,
        /// Type found.
        found: DataType,
        /// Type expected.
        expected: DataType,
    },
    /// A missing value where one is required.
    #[error(
        "table {table}, column {column}: {nulls} rows have no value, and the column is NOT NULL"
    )]
    Null {
        /// Table.
        table: String,
        /// Column.
        column: String,
        /// Rows without a value.
        nulls: usize,
    },
}

static TABLES: LazyLock<Vec<Table>> =
    LazyLock::new(|| FILES.iter().map(|(name, text)| ddl::parse(name, text)).collect());

macro_rules! schema_files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../schemas/", $name, ".sql")))),*
        ];
    };
}

schema_files![
    "patient",
    "condition",
    "specimen",
    "treatment",
    "observation",
    "hla_typing",
    "somatic_variant",
    "expression",
    "consequence",
    "peptide",
    "presentation",
    "neoantigen",
    "construct",
    "construct_element",
    "basis",
    "run",
    "quarantine",
    "audit",
];

/// Every table, in the order of the data's path.
pub fn all() -> &'static [Table] {
    &TABLES
}

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

impl Table {
    /// Checks that a batch has this table's columns, in order, with their types, and no value missing
    /// where one is required.
    pub fn check(&self, batch: &RecordBatch) -> Result<(), SchemaMismatch> {
        self.check_names(batch)?;
        for (column, array) in self.columns.iter().zip(batch.columns()) {
            if array.data_type() != &column.data_type {
                return Err(SchemaMismatch::Type {
                    table: self.name.clone(),
                    column: column.name.clone(),
                    found: array.data_type().clone(),
                    expected: column.data_type.clone(),
                });
            }
            if !column.nullable && array.null_count() > 0 {
                return Err(SchemaMismatch::Null {
                    table: self.name.clone(),
                    column: column.name.clone(),
                    nulls: array.null_count(),
                });
            }
        }
        Ok(())
    }

    fn check_names(&self, batch: &RecordBatch) -> Result<(), SchemaMismatch> {
        let schema = batch.schema();
        let found: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let expected: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        if found == expected {
            return Ok(());
        }
        Err(SchemaMismatch::Columns {
            table: self.name.clone(),
            found: found.join(", "),
            expected: expected.join(", "),
        })
    }

    /// A batch of no rows.
    pub fn empty_batch(&self) -> RecordBatch {
        RecordBatch::new_empty(Arc::clone(&self.schema))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::collections::BTreeSet;
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, new_null_array};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    #[test]
    fn each_schema_file_is_one_table_and_the_reverse() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "sql"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let tables: BTreeSet<String> = all().iter().map(|t| t.name.clone()).collect();
        assert_eq!(files, tables);
    }

    #[test]
    fn every_table_says_what_its_columns_mean() {
        for table in all() {
            assert!(!table.comment.is_empty(), "{}", table.name);
            assert!(!table.key.is_empty(), "{}", table.name);
            for column in &table.columns {
                assert!(!column.comment.is_empty(), "{}.{}", table.name, column.name);
            }
            for key in &table.key {
                assert!(table.columns.iter().any(|c| &c.name == key), "{}.{key}", table.name);
            }
        }
    }

    #[test]
    fn numbers_have_a_unit() {
        for table in all() {
            for column in table.columns.iter().filter(|c| c.data_type.is_floating()) {
                let known = ["expected_value", "score"].contains(&column.name.as_str());
                assert!(column.unit.is_some() || known, "{}.{}", table.name, column.name);
            }
        }
    }

    fn expression_batch(change: impl Fn(&Column) -> (String, ArrayRef, bool)) -> RecordBatch {
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        for column in &table("expression").unwrap().columns {
            let (name, array, nullable) = change(column);
            fields.push(Field::new(name, array.data_type().clone(), nullable));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
    }

    #[test]
    fn a_batch_that_does_not_fit_is_refused_by_column() {
        let nulls = |c: &Column| (c.name.clone(), new_null_array(&c.data_type, 1), true);
        let empty = |c: &Column| (c.name.clone(), new_null_array(&c.data_type, 0), false);
        let cases = [
            (expression_batch(empty), ""),
            (expression_batch(nulls), "column patient_id: 1 rows have no value"),
            (
                expression_batch(|c| {
                    (c.name.to_uppercase(), new_null_array(&c.data_type, 0), true)
                }),
                "found columns PATIENT_ID",
            ),
            (
                expression_batch(|c| (c.name.clone(), new_null_array(&DataType::Int8, 0), true)),
                "column patient_id: found type Int8, expected Utf8",
            ),
        ];
        for (batch, expected) in cases {
            let found = table("expression").unwrap().check(&batch).err().map(|e| e.to_string());
            assert!(found.clone().unwrap_or_default().contains(expected), "{found:?}");
            assert_eq!(found.is_none(), expected.is_empty());
        }
    }
}
