//! A column: its name and type, and how its values are made of rows.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, RecordBatchOptions,
    StringArray,
};
use arrow::datatypes::{DataType, Field, Fields, SchemaRef};
use datafusion::common::Result;
use serde::Serialize;

use crate::functions::external;

/// A column of rows `R`.
pub(super) struct Column<R> {
    pub(super) field: Field,
    values: Box<Values<R>>,
}

/// The values of some rows.
type Values<R> = dyn Fn(&[R]) -> Result<ArrayRef> + Send + Sync;

impl<R: 'static> Column<R> {
    /// Text, where the row has it.
    pub(super) fn text(
        name: &str,
        value: impl for<'r> Fn(&'r R) -> Option<Cow<'r, str>> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, DataType::Utf8, move |rows| {
            Ok(Arc::new(rows.iter().map(&value).collect::<StringArray>()))
        })
    }

    /// A number of Arrow's type `T`.
    pub(super) fn number<T: ArrowPrimitiveType>(
        name: &str,
        value: impl Fn(&R) -> Option<T::Native> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, T::DATA_TYPE, move |rows| {
            Ok(Arc::new(rows.iter().map(&value).collect::<PrimitiveArray<T>>()))
        })
    }

    /// True or false.
    pub(super) fn flag(name: &str, value: impl Fn(&R) -> bool + Send + Sync + 'static) -> Self {
        let column = Self::new(name, DataType::Boolean, move |rows| {
            Ok(Arc::new(rows.iter().map(|row| Some(value(row))).collect::<BooleanArray>()))
        });
        column.always()
    }

    /// A list of structs, whose fields are those of the items `T`.
    pub(super) fn list<T: Serialize>(
        name: &str,
        fields: Vec<Field>,
        value: impl Fn(&R) -> Vec<T> + Send + Sync + 'static,
    ) -> Self {
        let fields = Fields::from(fields);
        let column = Self::new(name, vaxloom_tables::struct_type(&fields), move |rows| {
            let lists: Vec<Vec<T>> = rows.iter().map(&value).collect();
            vaxloom_tables::struct_list(&fields, &lists).map_err(external)
        });
        column.always()
    }

    /// The same column, of which every row has a value.
    pub(super) fn always(mut self) -> Self {
        self.field.set_nullable(false);
        self
    }

    fn new(
        name: &str,
        data_type: DataType,
        values: impl Fn(&[R]) -> Result<ArrayRef> + Send + Sync + 'static,
    ) -> Self {
        Self { field: Field::new(name, data_type, true), values: Box::new(values) }
    }
}

/// Columns of numbers, as fields of a list's structs.
pub(super) fn numbers(names: &[&str]) -> Vec<Field> {
    names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect()
}

/// The rows as a batch of the columns, whose schema is given; there may be no column.
pub(super) fn batch<R>(
    schema: &SchemaRef,
    columns: &[Column<R>],
    rows: &[R],
) -> Result<RecordBatch> {
    let arrays: Result<Vec<_>> = columns.iter().map(|column| (column.values)(rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays?, &options)?)
}
