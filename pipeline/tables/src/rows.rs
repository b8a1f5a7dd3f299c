//! Rows of the rooms as Arrow arrays, by field name.

use arrow_array::{ArrayRef, ListArray, RecordBatch, StructArray, make_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields, SchemaRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Rows that do not fit the schema they were given.
#[derive(Debug, thiserror::Error)]
#[error("rows do not fit their schema: {0}")]
pub struct RowError(String);

impl From<serde_arrow::Error> for RowError {
    fn from(error: serde_arrow::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<arrow_schema::ArrowError> for RowError {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self(error.to_string())
    }
}

/// The rows as one batch with the given schema; a row's fields go to the columns of their names.
pub fn batch<T: Serialize>(schema: &SchemaRef, rows: &[T]) -> Result<RecordBatch, RowError> {
    let arrays = serde_arrow::to_arrow(schema.fields(), rows)?;
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays)?)
}

/// The rows of a batch: what [`batch`] was made of.
pub fn rows<T: DeserializeOwned>(batch: &RecordBatch) -> Result<Vec<T>, RowError> {
    Ok(serde_arrow::from_record_batch(batch)?)
}

/// The type of a list of structs with these fields, as SQL functions return it.
pub fn struct_type(fields: &Fields) -> DataType {
    DataType::List(item_field(fields))
}

fn item_field(fields: &Fields) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields.clone()), true))
}

/// One struct a row with these fields, all of which may be NULL, or none.
pub fn structs<T: Serialize + Default>(
    fields: &Fields,
    rows: Vec<Option<T>>,
) -> Result<ArrayRef, RowError> {
    let known: NullBuffer = rows.iter().map(Option::is_some).collect();
    let rows: Vec<T> = rows.into_iter().map(Option::unwrap_or_default).collect();
    let arrays = serde_arrow::to_arrow(fields, &rows)?.into_iter();
    // A field of a struct that is none is none as well: SQL reads it by itself.
    let masked = |array: ArrayRef| {
        let data = array.to_data();
        let nulls = NullBuffer::union(data.nulls(), Some(&known));
        Ok(make_array(data.into_builder().nulls(nulls).build()?))
    };
    let arrays = arrays.map(masked).collect::<Result<Vec<_>, RowError>>()?;
    let length = rows.len();
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), arrays, Some(known), length)?))
}

/// One list a row, of structs with these fields.
pub fn struct_list<T: Serialize>(fields: &Fields, lists: &[Vec<T>]) -> Result<ArrayRef, RowError> {
    let rows: Vec<&T> = lists.iter().flatten().collect();
    let arrays = serde_arrow::to_arrow(fields, &rows)?;
    let values = StructArray::try_new_with_length(fields.clone(), arrays, None, rows.len())?;
    let offsets = arrow_buffer::OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
    let list = ListArray::try_new(item_field(fields), offsets, Arc::new(values), None)?;
    Ok(Arc::new(list))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use arrow_array::{Array, cast::AsArray, types::Int32Type};
    use arrow_schema::Schema;

    #[derive(Serialize)]
    struct Inner {
        name: String,
        count: Option<i32>,
        parts: Vec<String>,
    }

    #[test]
    fn the_fields_of_no_struct_are_none() {
        #[derive(Default, Serialize)]
        struct Named {
            name: String,
        }
        let fields = Fields::from(vec![Field::new("name", DataType::Utf8, true)]);
        let array = structs(&fields, vec![Some(Named { name: "a".to_owned() }), None]).unwrap();
        let names = array.as_struct().column(0);
        assert!(array.is_valid(0) && array.is_null(1) && names.is_valid(0) && names.is_null(1));
    }

    #[derive(Serialize)]
    struct Outer {
        patient_id: &'static str,
        #[serde(flatten)]
        inner: Inner,
    }

    fn inner(name: &str, count: Option<i32>, parts: usize) -> Inner {
        Inner { name: name.to_owned(), count, parts: vec!["x".to_owned(); parts] }
    }

    fn fields() -> Vec<Field> {
        vec![
            Field::new("name", DataType::Utf8, false),
            Field::new("count", DataType::Int32, true),
            Field::new("parts", DataType::new_list(DataType::Utf8, true), false),
        ]
    }

    #[test]
    fn rows_go_to_the_columns_of_their_names() {
        let mut columns = fields();
        columns.push(Field::new("patient_id", DataType::Utf8, false));
        let schema = Arc::new(Schema::new(columns));
        let rows = [
            Outer { patient_id: "P1", inner: inner("a", Some(3), 2) },
            Outer { patient_id: "P2", inner: inner("b", None, 0) },
        ];
        let batch = batch(&schema, &rows).unwrap();
        assert_eq!(batch.num_rows(), 2);
        assert_eq!(batch.column(3).as_string::<i32>().value(1), "P2");
        assert_eq!(batch.column(1).as_primitive::<Int32Type>().value(0), 3);
        assert!(batch.column(1).is_null(1));
        assert_eq!(batch.column(2).as_list::<i32>().value(0).len(), 2);
    }

    #[test]
    fn lists_of_structs_keep_their_rows_apart() {
        let fields = Fields::from(fields());
        let lists =
            [vec![inner("a", None, 0), inner("b", None, 1)], vec![], vec![inner("c", None, 0)]];
        let array = struct_list(&fields, &lists).unwrap();
        assert_eq!(array.data_type(), &struct_type(&fields));
        let lengths: Vec<usize> = (0..3).map(|i| array.as_list::<i32>().value(i).len()).collect();
        assert_eq!(lengths, [2, 0, 1]);
    }

    #[test]
    fn a_missing_field_is_an_error() {
        let schema = Arc::new(Schema::new(vec![Field::new("other", DataType::Utf8, false)]));
        assert!(batch(&schema, &[inner("a", None, 0)]).is_err());
    }
}
