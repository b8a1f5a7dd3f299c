//! The rows of a job as files, one a task, that the client and the executors share.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;

/// The number of a row among those of its job.
pub(super) const PLACE: &str = "place";

/// Most tasks of a job: more of them only wait.
const MOST: usize = 2000;

/// A folder of a job's files, which goes when it is dropped.
#[derive(Debug)]
pub(super) struct TaskFiles {
    pub(super) folder: PathBuf,
    pub(super) tasks: usize,
    pub(super) rows: usize,
    /// Columns of the files: the number of a row, and those of the rows.
    pub(super) schema: SchemaRef,
}

impl TaskFiles {
    /// Writes rows with their numbers, so many a file.
    pub(super) fn write(
        folder: &Path,
        rows: &[RecordBatch],
        rows_a_task: usize,
    ) -> Result<Self, ParquetError> {
        let total: usize = rows.iter().map(RecordBatch::num_rows).sum();
        let a_task = rows_a_task.max(total.div_ceil(MOST)).max(1);
        fs::create_dir_all(folder)?;
        let schema = rows.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        let schema = with_places(&schema);
        let mut files = Self { folder: folder.to_owned(), tasks: 0, rows: total, schema };
        let mut first = 0;
        while first < total {
            let many = a_task.min(total - first);
            let task = numbered(&between(rows, first, many)?, first, &files.schema)?;
            let path = folder.join(format!("{:06}.parquet", files.tasks));
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
            let mut writer =
                ArrowWriter::try_new(File::create(path)?, task.schema(), Some(properties.build()))?;
            writer.write(&task)?;
            writer.close()?;
            files.tasks += 1;
            first += many;
        }
        Ok(files)
    }
}

impl Drop for TaskFiles {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!("{}: not removed: {error}", self.folder.display());
        }
    }
}

/// Some rows of batches, as one.
fn between(
    batches: &[RecordBatch],
    first: usize,
    many: usize,
) -> Result<RecordBatch, ParquetError> {
    let (mut skipped, mut left, mut parts) = (first, many, Vec::new());
    for batch in batches {
        if skipped >= batch.num_rows() {
            skipped -= batch.num_rows();
            continue;
        }
        let taken = left.min(batch.num_rows() - skipped);
        parts.push(batch.slice(skipped, taken));
        (skipped, left) = (0, left - taken);
        if left == 0 {
            break;
        }
    }
    Ok(concat_batches(&batches[0].schema(), &parts)?)
}

fn with_places(schema: &Schema) -> SchemaRef {
    let place = Arc::new(Field::new(PLACE, DataType::Int64, false));
    let fields = std::iter::once(place).chain(schema.fields().iter().cloned());
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn numbered(
    batch: &RecordBatch,
    first: usize,
    schema: &SchemaRef,
) -> Result<RecordBatch, ParquetError> {
    let numbers = Int64Array::from_iter_values((first..first + batch.num_rows()).map(|n| n as i64));
    let mut columns = vec![Arc::new(numbers) as ArrayRef];
    columns.extend(batch.columns().iter().cloned());
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// The answers in the order of the rows, without their numbers, which are the first column; or what is wrong with them.
pub(super) fn in_order(answers: Vec<RecordBatch>, rows: usize) -> Result<Vec<RecordBatch>, String> {
    let mut answers: Vec<RecordBatch> =
        answers.into_iter().filter(|batch| batch.num_rows() > 0).collect();
    let place =
        |batch: &RecordBatch, row: usize| batch.column(0).as_primitive::<Int64Type>().value(row);
    answers.sort_by_key(|batch| place(batch, 0));
    let mut next = 0;
    for batch in &answers {
        for row in 0..batch.num_rows() {
            if place(batch, row) != next {
                return Err(format!(
                    "row {next} of {rows} was expected, and {} came",
                    place(batch, row)
                ));
            }
            next += 1;
        }
    }
    if next != rows as i64 {
        return Err(format!("{rows} rows were asked, and {next} came back"));
    }
    let without = |batch: RecordBatch| batch.project(&(1..batch.num_columns()).collect::<Vec<_>>());
    answers.into_iter().map(without).collect::<Result<_, _>>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::StringArray;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn rows(texts: &[&str]) -> RecordBatch {
        let texts: StringArray = texts.iter().map(|text| Some(*text)).collect();
        RecordBatch::try_from_iter([("text", Arc::new(texts) as _)]).unwrap()
    }

    fn read(folder: &Path) -> Vec<Vec<RecordBatch>> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        let open = |path: &PathBuf| {
            ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap()
        };
        paths.iter().map(|path| open(path).build().unwrap().map(Result::unwrap).collect()).collect()
    }

    #[test]
    fn every_row_is_in_one_task_and_comes_back_in_order() {
        let home = tempfile::tempdir().unwrap();
        let batches = [rows(&["a", "b", "c"]), rows(&[]), rows(&["d"]), rows(&["e", "f", "g"])];
        let whole = concat_batches(&batches[0].schema(), &batches).unwrap();
        for (rows_a_task, tasks) in [(1, 7), (2, 4), (3, 3), (7, 1), (100, 1)] {
            let folder = home.path().join("job");
            let files = TaskFiles::write(&folder, &batches, rows_a_task).unwrap();
            assert_eq!((files.tasks, files.rows), (tasks, 7));
            let mut read = read(&folder);
            assert_eq!(read.len(), tasks);
            read.reverse();
            let answers = in_order(read.concat(), 7).unwrap();
            assert_eq!(concat_batches(&whole.schema(), &answers).unwrap(), whole);
            drop(files);
            assert!(!folder.exists());
        }
    }

    #[test]
    fn a_row_that_is_missing_or_told_twice_is_seen() {
        let part = |first, texts: &[&str]| {
            let rows = rows(texts);
            numbered(&rows, first, &with_places(&rows.schema())).unwrap()
        };
        let cases = [
            (vec![part(0, &["a"])], "2 rows were asked, and 1 came back"),
            (vec![part(0, &["a", "b", "c"])], "2 rows were asked, and 3 came back"),
            (vec![part(1, &["b"])], "row 0 of 2 was expected, and 1 came"),
            (
                vec![part(0, &["a"]), part(0, &["a"]), part(1, &["b"])],
                "row 1 of 2 was expected, and 0 came",
            ),
        ];
        for (answers, wrong) in cases {
            assert_eq!(in_order(answers, 2).unwrap_err(), wrong);
        }
    }
}
