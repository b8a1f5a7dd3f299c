//! How a table lies in its files: in the order of its key, so that a patient or a peptide is a few pages of one file, with Bloom
//! filters for what is looked up, in row groups that readers share among threads.

use std::num::NonZeroU64;

use datafusion::logical_expr::SortExpr;
use datafusion::prelude::ident;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::EnabledStatistics;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use vaxloom_tables::Table;

/// Columns that are looked up by value, beside ranges of the key.
const LOOKED_UP: &[&str] = &["patient_id", "gene", "peptide", "best_peptide"];

/// Rows of a row group: a reader's unit of work.
const ROW_GROUP: usize = 256 * 1024;

/// Rows of a page: the least that a reader decodes of a column.
const PAGE: usize = 8 * 1024;

/// Rows that are encoded at a time.
pub(crate) const WRITTEN_AT_A_TIME: usize = 8 * 1024;

/// Size above which a file is complete. A patient's rows are replaced by writing their file anew, so files of patients are
/// small.
pub(crate) fn file_size(table: &Table) -> NonZeroU64 {
    const MEBIBYTE: u64 = 1024 * 1024;
    let mebibytes = if by_patient(table) { 32 } else { 128 };
    NonZeroU64::new(mebibytes * MEBIBYTE).unwrap_or(NonZeroU64::MIN)
}

/// Tag of a file in Delta's log whose rows are in order: the columns of the key, comma-separated.
pub(crate) const ORDER_TAG: &str = "vaxloom.order";

/// The order of rows in a table's files, as a tag says it.
pub(crate) fn order_name(table: &Table) -> String {
    table.key.join(",")
}

/// The order of rows in a table's files.
pub(crate) fn order(table: &Table) -> Vec<SortExpr> {
    table.key.iter().map(|column| ident(column).sort(true, true)).collect()
}

/// Size below which a file is put together with others.
pub(crate) fn small(table: &Table) -> u64 {
    file_size(table).get() / 4
}

/// Whether rows belong to patients.
pub(crate) fn by_patient(table: &Table) -> bool {
    table.columns.iter().any(|column| column.name == "patient_id")
}

/// How Parquet files of a table are written.
pub(crate) fn properties(table: &Table) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("vaxloom ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_row_count_limit(PAGE)
        .set_write_batch_size(WRITTEN_AT_A_TIME.min(PAGE))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    let looked_up = |name: &str| LOOKED_UP.contains(&name);
    for name in table
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| looked_up(name) || table.key.contains(*name))
    {
        let path = ColumnPath::from(name.as_str());
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Page);
    }
    for column in table.columns.iter().filter(|c| looked_up(&c.name)) {
        let path = ColumnPath::from(column.name.as_str());
        properties = properties
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_max_ndv(path, ROW_GROUP as u64);
    }
    properties.build()
}
