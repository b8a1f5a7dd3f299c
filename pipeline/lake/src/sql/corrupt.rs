//! Which file it is that cannot be read: Parquet's errors do not say.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::TaskContext;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::ExecutionPlan;
use deltalake::logstore::object_store::{ObjectStoreExt, path::Path};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use crate::LakeError;

/// The error of a plan that was run, with the file that is damaged, if it is one of the files.
pub async fn named(
    plan: &Arc<dyn ExecutionPlan>,
    context: &TaskContext,
    error: DataFusionError,
) -> LakeError {
    if !of_parquet(&error) {
        return error.into();
    }
    let mut files = Vec::new();
    files_of(plan, &mut files);
    for (store, path) in files {
        if let Some(message) = damage(context, &store, &path).await {
            let place = format!("{}{path}", store.as_str());
            return LakeError::Unreadable { place: place.into(), message };
        }
    }
    error.into()
}

fn of_parquet(error: &DataFusionError) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.is::<ParquetError>() || error.to_string().contains("Parquet") {
            return true;
        }
        next = error.source();
    }
    false
}

fn files_of(plan: &Arc<dyn ExecutionPlan>, files: &mut Vec<(ObjectStoreUrl, Path)>) {
    let source = plan.downcast_ref::<DataSourceExec>();
    if let Some(scan) =
        source.and_then(|source| source.data_source().downcast_ref::<FileScanConfig>())
    {
        for file in scan.file_groups.iter().flat_map(FileGroup::iter) {
            let file = (scan.object_store_url.clone(), file.object_meta.location.clone());
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    plan.children().into_iter().for_each(|child| files_of(child, files));
}

/// What is wrong with a file, from its first byte to its last.
async fn damage(context: &TaskContext, store: &ObjectStoreUrl, path: &Path) -> Option<String> {
    let store = context.runtime_env().object_store(store).ok()?;
    let bytes = match store.get(path).await {
        Ok(file) => file.bytes().await,
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return Some(error.to_string()),
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .and_then(ParquetRecordBatchReaderBuilder::build);
    match reader {
        Ok(mut reader) => reader.find_map(Result::err).map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    }
}
