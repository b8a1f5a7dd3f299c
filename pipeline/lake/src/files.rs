//! A table of the lake as the Parquet files of one version, read by DataFusion's own scan.
//!
//! Tables of a lake have no deletion vectors, no partitions and no renamed columns, so their rows are those of their files;
//! a table to which another engine gave one of these is read through Delta instead. Files whose statistics in Delta's log
//! cannot meet a query's filters are not opened; of the others, row groups and pages are chosen by their own statistics and
//! Bloom filters.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DFSchema, Result, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_expr::{LexOrdering, create_ordering};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use deltalake::DeltaTable;
use deltalake::kernel::{LogicalFileView, Remove};
use deltalake::logstore::object_store::{ObjectMeta, path::Path};
use vaxloom_tables::Table;

use crate::LakeError;
use crate::layout;
use crate::place::Place;

/// Most values of an `IN` that are looked for in the bounds of files.
const LISTED: usize = 1000;

/// The files of a table at one version.
#[derive(Debug, Clone)]
pub(crate) struct TableFiles {
    schema: SchemaRef,
    store: ObjectStoreUrl,
    files: Vec<TableFile>,
    /// Whether the rows of each file are read in its own order, one file after the other in each partition.
    in_order: Option<LexOrdering>,
}

/// One file of a table.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    /// What DataFusion reads; the bounds of its columns are no values of them.
    file: PartitionedFile,
    /// Of each column, what no value is under or over.
    bounds: Arc<Statistics>,
    /// Whether its rows are in the order of the table's key.
    ordered: bool,
    /// How a commit takes it away.
    remove: Remove,
}

impl TableFile {
    /// Size in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.file.object_meta.size
    }

    /// Path in the lake's store.
    pub(crate) fn location(&self) -> &Path {
        &self.file.object_meta.location
    }

    /// Whether its rows are in the order of the table's key.
    pub(crate) fn is_ordered(&self) -> bool {
        self.ordered
    }

    /// Path in the table's folder.
    pub(crate) fn path(&self) -> &str {
        &self.remove.path
    }

    /// How a commit takes it away; whether rows go with it.
    pub(crate) fn removed(&self, changes_data: bool) -> Remove {
        Remove { data_change: changes_data, ..self.remove.clone() }
    }

    /// The least and the largest text that a column can hold here, where both are known.
    pub(crate) fn range(&self, column: usize) -> Option<(&str, &str)> {
        let column = self.bounds.column_statistics.get(column)?;
        let (Some(ScalarValue::Utf8(Some(least))), Some(ScalarValue::Utf8(Some(largest)))) =
            (column.min_value.get_value(), column.max_value.get_value())
        else {
            return None;
        };
        Some((least, largest))
    }
}

impl TableFiles {
    /// The files of a table that has been read, with the columns of its schema file; those that an older file lacks are none
    /// in its rows. None where rows are not just those of the files.
    pub(crate) fn of(
        delta: &DeltaTable,
        table: &Table,
        place: &Place,
    ) -> Result<Option<Self>, LakeError> {
        let snapshot = delta.snapshot()?;
        let metadata = snapshot.metadata();
        let renamed = metadata.configuration().contains_key("delta.columnMapping.mode");
        if renamed || !metadata.partition_columns().is_empty() {
            return Ok(None);
        }
        let views: Vec<LogicalFileView> = snapshot.log_data().iter().collect();
        if views.iter().any(|view| view.deletion_vector_descriptor().is_some()) {
            return Ok(None);
        }
        let mut files = views
            .iter()
            .map(|view| file(view, table, place))
            .collect::<Result<Vec<_>, LakeError>>()?;
        files.sort_by(|a, b| a.path().cmp(b.path()));
        let (schema, store) = (Arc::clone(&table.schema), place.store_url()?);
        Ok(Some(Self { schema, store, files, in_order: None }))
    }

    /// Each file.
    pub(crate) fn files(&self) -> &[TableFile] {
        &self.files
    }

    /// These files alone, which are read in the order of the table's key where they have it.
    pub(crate) fn only(&self, files: Vec<TableFile>, table: &Table) -> Result<Self> {
        let ordered = files.iter().all(|file| file.ordered);
        let in_order = if ordered {
            let columns = layout::order(table);
            create_ordering(&self.schema, &[columns])?.into_iter().next()
        } else {
            None
        };
        Ok(Self { files, in_order, ..self.clone() })
    }

    /// Files that may hold rows which meet the filters.
    fn chosen(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<&TableFile>> {
        let all = || self.files.iter().collect();
        let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(all()) };
        let columns = DFSchema::try_from(Arc::clone(&self.schema))?;
        let filter = state.create_physical_expr(filter, &columns)?;
        let predicate = PruningPredicateBuilder::new()
            .with_file_schema(Arc::clone(&self.schema))
            .with_max_in_list_size(LISTED)
            .build(filter);
        let Some(predicate) = predicate else { return Ok(all()) };
        let bounds = self.files.iter().map(|file| Arc::clone(&file.bounds)).collect();
        let bounds = PrunableStatistics::new(bounds, Arc::clone(&self.schema));
        let kept = predicate.prune(&bounds)?;
        Ok(self.files.iter().zip(kept).filter_map(|(file, kept)| kept.then_some(file)).collect())
    }
}

#[async_trait]
impl TableProvider for TableFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.chosen(state, filters)?;
        let runtime = state.runtime_env();
        let reader = CachedParquetFileReaderFactory::new(
            runtime.object_store(&self.store)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let source = ParquetSource::new(Arc::clone(&self.schema))
            .with_table_parquet_options(state.default_table_options().parquet)
            .with_parquet_file_reader_factory(Arc::new(reader));
        let told = files.iter().filter_map(|file| file.file.statistics.as_deref());
        let total = Statistics::try_merge_iter(told, &self.schema)
            .unwrap_or_else(|_| Statistics::new_unknown(&self.schema));
        let total = seldom(total, filters);
        let files = files.into_iter().map(|file| file.file.clone());
        let groups: Vec<FileGroup> = match &self.in_order {
            Some(_) => files.map(|file| FileGroup::new(vec![file])).collect(),
            None => vec![FileGroup::new(files.collect())],
        };
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(total)
            .with_output_ordering(self.in_order.iter().cloned().collect())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// The share of rows that have one text in a column, where nothing is known of the column: 1 of 200, which PostgreSQL takes as well
/// (`DEFAULT_EQ_SEL`). The engine expects a fifth of the rows behind any filter, and takes that off itself.
const OF_ONE_TEXT: f64 = 0.005 / 0.2;

/// Fewer rows where texts are asked for: a patient's rows are to be what a join holds, and not the scores of all.
fn seldom(total: Statistics, filters: &[Expr]) -> Statistics {
    let texts = filters.iter().filter(|filter| is_one_text(filter)).count();
    if texts == 0 {
        return total;
    }
    let share = OF_ONE_TEXT.powi(i32::try_from(texts).unwrap_or(i32::MAX));
    Statistics {
        num_rows: total.num_rows.with_estimated_selectivity(share),
        total_byte_size: total.total_byte_size.with_estimated_selectivity(share),
        ..total
    }
}

/// Whether a filter asks that a column is a text.
fn is_one_text(filter: &Expr) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = filter else {
        return false;
    };
    let is_text = |expr: &Expr| matches!(expr, Expr::Literal(ScalarValue::Utf8(Some(_)), _));
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(_));
    is_column(left) && is_text(right) || is_text(left) && is_column(right)
}

fn file(view: &LogicalFileView, table: &Table, place: &Place) -> Result<TableFile, LakeError> {
    let told = view.stats().and_then(|text| serde_json::from_str(&text).ok());
    let bounds = statistics(&table.schema, &told.unwrap_or_default(), view.size());
    let seen = Statistics {
        column_statistics: bounds.column_statistics.iter().map(inexact).collect(),
        ..bounds.clone()
    };
    let folder = place.path(&table.name);
    let location = view.object_store_path();
    let location = location.parts().fold(folder, Path::join);
    let file = PartitionedFile::new_from_meta(ObjectMeta {
        location,
        last_modified: view.modification_datetime()?,
        size: view.size().try_into().unwrap_or_default(),
        e_tag: None,
        version: None,
    });
    #[allow(deprecated, reason = "nothing else tells a file's tags")]
    let tags = view.add_action().tags.unwrap_or_default();
    let order = tags.get(layout::ORDER_TAG).and_then(Option::as_deref);
    Ok(TableFile {
        file: file.with_statistics(Arc::new(seen)),
        bounds: Arc::new(bounds),
        ordered: order == Some(layout::order_name(table).as_str()),
        remove: view.remove_action(true),
    })
}

/// What Delta's log says of a file. Texts are cut short there, the largest one upwards, so that both ends are bounds.
fn statistics(schema: &Schema, told: &serde_json::Value, size: i64) -> Statistics {
    let column = |name: &str, data_type: &DataType| ColumnStatistics {
        null_count: count(&told["nullCount"][name]),
        min_value: bound(&told["minValues"][name], data_type),
        max_value: bound(&told["maxValues"][name], data_type),
        ..ColumnStatistics::new_unknown()
    };
    Statistics {
        num_rows: count(&told["numRecords"]),
        total_byte_size: Precision::Inexact(size.try_into().unwrap_or_default()),
        column_statistics: schema
            .fields()
            .iter()
            .map(|f| column(f.name(), f.data_type()))
            .collect(),
    }
}

fn count(told: &serde_json::Value) -> Precision<usize> {
    let number = told.as_u64().and_then(|number| usize::try_from(number).ok());
    number.map_or(Precision::Absent, Precision::Exact)
}

/// Bounds of numbers with a fraction are left out: a value that is no number is outside of them.
fn bound(told: &serde_json::Value, data_type: &DataType) -> Precision<ScalarValue> {
    let value = match data_type {
        DataType::Utf8 => told.as_str().map(ScalarValue::from),
        DataType::Int32 => told.as_i64().and_then(|n| i32::try_from(n).ok()).map(ScalarValue::from),
        DataType::Int64 => told.as_i64().map(ScalarValue::from),
        _ => None,
    };
    value.map_or(Precision::Absent, Precision::Exact)
}

/// A bound need not be a value of the column.
fn inexact(bound: &ColumnStatistics) -> ColumnStatistics {
    ColumnStatistics {
        min_value: bound.min_value.clone().to_inexact(),
        max_value: bound.max_value.clone().to_inexact(),
        ..bound.clone()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::*;

    #[test]
    fn a_text_that_is_asked_for_is_seldom() {
        let of = |filters: &[Expr]| {
            let total = Statistics {
                num_rows: Precision::Exact(8_000_000),
                ..Statistics::new_unknown(&Schema::empty())
            };
            seldom(total, filters).num_rows
        };
        assert_eq!(of(&[]), Precision::Exact(8_000_000));
        assert_eq!(of(&[col("rank").lt(lit(3))]), Precision::Exact(8_000_000));
        let patient = col("patient_id").eq(lit("VX-0001"));
        assert_eq!(of(std::slice::from_ref(&patient)), Precision::Inexact(200_000));
        assert_eq!(of(&[patient, lit("TP53").eq(col("gene"))]), Precision::Inexact(5_000));
    }
}
