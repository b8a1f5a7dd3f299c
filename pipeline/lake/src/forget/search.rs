//! A search of every file for a pseudonym: in the bytes, and of Parquet files in the values and the metadata.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use bytes::Bytes;
use futures::TryStreamExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Mention;
use crate::LakeError;
use crate::contents::files_below;
use crate::place::Place;

/// What was searched, and what was found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Searched {
    /// Bytes of all files.
    pub bytes: u64,
    /// Text values of Parquet files.
    pub values: u64,
    /// SHA-256 of every file that was searched, by its path.
    pub files: BTreeMap<PathBuf, String>,
    /// Where the pseudonym still is.
    pub found: Vec<Found>,
}

/// A place where a pseudonym was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// `name`, `bytes`, or of a Parquet file `values` or `metadata`.
    pub place: String,
}

/// Searches every file or object of a lake, and every file below `beside`: by name and by bytes, Parquet files by name, by value and by
/// metadata.
pub(super) async fn search(
    place: &Place,
    beside: &[PathBuf],
    mention: &Mention,
) -> Result<Searched, LakeError> {
    let mut items = place.everything("").await?;
    for folder in beside {
        items.extend(files_below(folder)?);
    }
    items.sort_by(|a, b| a.path.cmp(&b.path));
    items.dedup_by(|a, b| a.path == b.path);
    let mut searched = Searched::default();
    let mut read = std::pin::pin!(place.read(items));
    while let Some((item, bytes)) = read.try_next().await? {
        searched.file(&item.path, &bytes, mention)?;
    }
    Ok(searched)
}

impl Searched {
    fn file(&mut self, path: &Path, bytes: &Bytes, mention: &Mention) -> Result<(), LakeError> {
        self.bytes += bytes.len() as u64;
        self.files.insert(path.to_owned(), hex(&Sha256::digest(bytes)));
        let name = path.file_name().unwrap_or_default();
        let mut found = Vec::new();
        if mention.is_in(name.as_encoded_bytes()) {
            found.push("name");
        }
        if bytes.starts_with(b"PAR1") {
            let parquet = Parquet::read(bytes.clone(), mention).map_err(|error| {
                LakeError::Unreadable { place: path.to_owned(), message: error.to_string() }
            })?;
            self.values += parquet.values;
            found.extend(parquet.in_values.then_some("values"));
            found.extend(parquet.in_metadata.then_some("metadata"));
        } else if mention.is_in(bytes) {
            found.push("bytes");
        }
        self.found.extend(
            found.into_iter().map(|place| Found { path: path.to_owned(), place: place.to_owned() }),
        );
        Ok(())
    }
}

/// What a Parquet file holds. Its values, its schema and its notes are read, and not its bytes, which may look like a name that the file
/// does not hold: where a compressor ends a text and begins a copy (P000 and the sign of a copy, 2), and where the greatest value of a
/// column is cut short in its statistics and made one greater (P0001 is told as P0002).
struct Parquet {
    /// How many values it has.
    values: u64,
    /// Whether one of them names the patient.
    in_values: bool,
    /// Whether the schema or the notes of the file do.
    in_metadata: bool,
}

impl Parquet {
    fn read(file: Bytes, mention: &Mention) -> Result<Self, arrow::error::ArrowError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let told = builder.metadata().file_metadata();
        let notes = format!("{:?} {:?}", told.key_value_metadata(), builder.schema());
        let mut read =
            Self { values: 0, in_values: false, in_metadata: mention.is_in(notes.as_bytes()) };
        for batch in builder.build()? {
            let (values, found) = texts(&batch?, mention);
            read.values += values;
            read.in_values |= found;
        }
        Ok(read)
    }
}

/// The same of a batch.
pub(super) fn texts(batch: &RecordBatch, mention: &Mention) -> (u64, bool) {
    batch
        .columns()
        .iter()
        .map(|column| of_array(column, mention))
        .fold((0, false), |(count, named), (values, found)| (count + values, named | found))
}

fn of_array(array: &ArrayRef, mention: &Mention) -> (u64, bool) {
    let all = |arrays: &mut dyn Iterator<Item = &ArrayRef>| {
        arrays
            .map(|array| of_array(array, mention))
            .fold((0, false), |(count, named), (more, found)| (count + more, named | found))
    };
    let count = (array.len() - array.null_count()) as u64;
    let named = |texts: &mut dyn Iterator<Item = Option<&str>>| {
        texts.flatten().any(|text| mention.is_in(text.as_bytes()))
    };
    let held = |values: &mut dyn Iterator<Item = Option<&[u8]>>| {
        values.flatten().any(|value| mention.is_in(value))
    };
    match array.data_type() {
        DataType::Utf8 => (count, named(&mut array.as_string::<i32>().iter())),
        DataType::LargeUtf8 => (count, named(&mut array.as_string::<i64>().iter())),
        DataType::Utf8View => (count, named(&mut array.as_string_view().iter())),
        DataType::Binary => (count, held(&mut array.as_binary::<i32>().iter())),
        DataType::LargeBinary => (count, held(&mut array.as_binary::<i64>().iter())),
        DataType::BinaryView => (count, held(&mut array.as_binary_view().iter())),
        DataType::Dictionary(..) => all(&mut std::iter::once(array.as_any_dictionary().values())),
        DataType::List(_) => all(&mut std::iter::once(array.as_list::<i32>().values())),
        DataType::LargeList(_) => all(&mut std::iter::once(array.as_list::<i64>().values())),
        DataType::Map(..) => all(&mut array.as_map().entries().columns().iter()),
        DataType::Struct(_) => all(&mut array.as_struct().columns().iter()),
        _ => (0, false),
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;
    use std::fs::File;
    use std::sync::Arc;

    use arrow::array::{BinaryArray, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::WriterProperties;

    use super::*;

    /// Where P0002 is found in a file of one column.
    fn places(column: &ArrayRef, properties: WriterProperties) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let batch = RecordBatch::try_from_iter([("a", Arc::clone(column))]).unwrap();
        let file = File::create(folder.path().join("a.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mention = Mention::new("P0002", &BTreeSet::new());
        let place = Place::of(folder.path()).unwrap();
        let searched = tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(async { search(&place, &[], &mention).await.unwrap() });
        let found = searched.found;
        found.into_iter().map(|found| found.place).collect()
    }

    #[test]
    fn values_are_found_in_columns_of_text_and_of_bytes() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["P0001", "of P0002"]));
        let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"P0001", b"P0002"]));
        let others: ArrayRef = Arc::new(StringArray::from(vec!["P0001", "P00023"]));
        let none: &[&str] = &[];
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
            for (column, expected) in
                [(&texts, ["values"].as_slice()), (&bytes, &["values"]), (&others, none)]
            {
                let properties = WriterProperties::builder().set_compression(compression).build();
                assert_eq!(places(column, properties), expected, "{column:?}");
            }
        }
    }

    #[test]
    fn metadata_is_searched_and_statistics_are_not() {
        let column: ArrayRef = Arc::new(StringArray::from(vec!["P0001, and more"]));
        let cut = WriterProperties::builder()
            .set_statistics_truncate_length(Some(5))
            .set_column_index_truncate_length(Some(5));
        assert!(places(&column, cut.build()).is_empty(), "the greatest value is told as P0002");
        let note = KeyValue::new("note".to_owned(), "of P0002".to_owned());
        let noted = WriterProperties::builder().set_key_value_metadata(Some(vec![note]));
        assert_eq!(places(&column, noted.build()), ["metadata"]);
    }
}
