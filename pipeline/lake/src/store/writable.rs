//! A table as it is before rows are written: at the version that readers see, with the columns of its schema file.

use std::collections::HashMap;
use std::fs;

use arrow::error::ArrowError;
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::{DeltaTable, DeltaTableError};
use vaxloom_tables::Table;

use super::{Lake, SCHEMA_VERSION, failed, schema_version};
use crate::LakeError;

impl Lake {
    /// The table to be written, without what an unfinished run may have left in it.
    pub(crate) async fn writable(&self, table: &Table) -> Result<DeltaTable, LakeError> {
        match (self.latest(&table.name).await?, self.pinned.get(&table.name)) {
            (Some(delta), Some(pinned)) if delta.version() != Some(*pinned) => {
                let restore = delta.restore().with_version_to_restore(*pinned).await;
                Ok(restore.map_err(|error| failed(table, &error))?.0)
            }
            (Some(delta), Some(_)) => Ok(delta),
            (_, None) => {
                self.place.remove_table(&table.name).await?;
                self.create(table).await
            }
            (None, Some(_)) => {
                let place = self.place.path(&table.name).to_string();
                Err(failed(table, &DeltaTableError::NotATable(place)))
            }
        }
    }

    /// The table with the columns of this program's schema file, and its version. Every column that a schema file gains may
    /// be none, so that its older rows stay true.
    pub(super) async fn migrated(
        &self,
        delta: DeltaTable,
        table: &Table,
    ) -> Result<DeltaTable, LakeError> {
        let fail = |error: DeltaTableError| failed(table, &error);
        if schema_version(&delta)? == table.version {
            return Ok(delta);
        }
        let columns: StructType =
            table.schema.as_ref().try_into_kernel().map_err(|e: ArrowError| fail(e.into()))?;
        let known = delta.snapshot()?.schema();
        let new: Vec<_> =
            columns.fields().filter(|field| known.field(field.name()).is_none()).cloned().collect();
        let delta = if new.is_empty() {
            delta
        } else {
            delta.add_columns().with_fields(new).await.map_err(fail)?
        };
        let version = HashMap::from([(SCHEMA_VERSION.to_owned(), table.version.to_string())]);
        let set =
            delta.set_tbl_properties().with_properties(version).with_raise_if_not_exists(false);
        set.await.map_err(fail)
    }

    /// A new table of no rows, which says which version of its schema file it was made by.
    async fn create(&self, table: &Table) -> Result<DeltaTable, LakeError> {
        let fail = |error: DeltaTableError| failed(table, &error);
        if let Some(folder) = self.place.folder().map(|root| root.join(&table.name)) {
            fs::create_dir_all(&folder)
                .map_err(|source| LakeError::Unwritable { path: folder, source })?;
        }
        let columns: StructType =
            table.schema.as_ref().try_into_kernel().map_err(|e: ArrowError| fail(e.into()))?;
        let created = self
            .place
            .table(&table.name)?
            .build()
            .map_err(fail)?
            .create()
            .with_table_name(&table.name)
            .with_comment(&table.comment)
            .with_columns(columns.fields().cloned())
            .with_configuration([(SCHEMA_VERSION, Some(table.version.to_string()))])
            .with_raise_if_key_not_exists(false);
        created.await.map_err(fail)
    }
}
