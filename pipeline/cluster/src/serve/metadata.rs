//! What clients are told of the server and its tables, so that DBeaver and JDBC show them.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{
    SqlInfoData, SqlInfoDataBuilder, XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder,
};
use arrow_flight::sql::{
    CommandGetPrimaryKeys, CommandGetTables, Nullable, Searchable, SqlInfo, XdbcDataType,
};
use datafusion::logical_expr::TableType;
use datafusion::prelude::SessionContext;
use tonic::Status;

/// The only catalog.
pub(super) const CATALOG: &str = "datafusion";

static FACTS: LazyLock<Result<SqlInfoData, String>> = LazyLock::new(|| {
    let mut facts = SqlInfoDataBuilder::new();
    facts.append(SqlInfo::FlightSqlServerName, "vaxloom");
    facts.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    facts.append(SqlInfo::FlightSqlServerArrowVersion, "1.5");
    facts.append(SqlInfo::FlightSqlServerReadOnly, true);
    facts.append(SqlInfo::FlightSqlServerSql, true);
    facts.append(SqlInfo::FlightSqlServerSubstrait, false);
    facts.append(SqlInfo::FlightSqlServerTransaction, 0_i32);
    facts.append(SqlInfo::FlightSqlServerCancel, false);
    facts.append(SqlInfo::SqlDdlCatalog, false);
    facts.append(SqlInfo::SqlDdlSchema, false);
    facts.append(SqlInfo::SqlDdlTable, false);
    facts.append(SqlInfo::SqlIdentifierCase, 3_i32);
    facts.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    facts.append(SqlInfo::SqlQuotedIdentifierCase, 1_i32);
    facts.append(SqlInfo::SqlAllTablesAreSelectable, true);
    facts.append(SqlInfo::SqlNullOrdering, 1_i32);
    facts.append(SqlInfo::SqlTransactionsSupported, false);
    facts.build().map_err(|error| error.to_string())
});

static TYPES: LazyLock<Result<XdbcTypeInfoData, String>> = LazyLock::new(|| {
    let mut types = XdbcTypeInfoDataBuilder::new();
    let all = [
        ("VARCHAR", XdbcDataType::XdbcVarchar, None, true),
        ("INTEGER", XdbcDataType::XdbcInteger, Some(32), false),
        ("BIGINT", XdbcDataType::XdbcBigint, Some(64), false),
        ("REAL", XdbcDataType::XdbcReal, Some(24), false),
        ("DOUBLE", XdbcDataType::XdbcDouble, Some(53), false),
        ("BOOLEAN", XdbcDataType::XdbcBit, Some(1), false),
    ];
    for (name, data_type, column_size, quoted) in all {
        let quote = quoted.then(|| "'".to_owned());
        types.append(XdbcTypeInfo {
            type_name: name.to_owned(),
            data_type,
            sql_data_type: data_type,
            column_size,
            literal_prefix: quote.clone(),
            literal_suffix: quote,
            nullable: Nullable::NullabilityNullable,
            case_sensitive: quoted,
            searchable: Searchable::Full,
            unsigned_attribute: (!quoted).then_some(false),
            num_prec_radix: column_size.map(|_| 2),
            ..XdbcTypeInfo::default()
        });
    }
    types.build().map_err(|error| error.to_string())
});

/// Facts of the server.
pub(super) fn facts() -> Result<&'static SqlInfoData, Status> {
    FACTS.as_ref().map_err(Status::internal)
}

/// Types that columns of the lake have.
pub(super) fn types() -> Result<&'static XdbcTypeInfoData, Status> {
    TYPES.as_ref().map_err(Status::internal)
}

/// Names of the schemas.
pub(super) fn schemas(session: &SessionContext) -> Vec<String> {
    let catalog = session.catalog(CATALOG);
    let mut names = catalog.map(|catalog| catalog.schema_names()).unwrap_or_default();
    names.push("information_schema".to_owned());
    names.sort();
    names.dedup();
    names
}

/// Tables that a client asks for, with their columns where it wants them.
pub(super) async fn tables(
    session: &SessionContext,
    asked: CommandGetTables,
) -> Result<RecordBatch, Status> {
    let mut rows = asked.into_builder();
    let catalog = session.catalog(CATALOG);
    for schema in schemas(session) {
        let Some(schema_tables) = catalog.as_ref().and_then(|c| c.schema(&schema)) else {
            continue;
        };
        let mut names = schema_tables.table_names();
        names.sort();
        for name in names {
            let table = schema_tables.table(&name).await;
            let table = table.map_err(|error| Status::internal(error.to_string()))?;
            let Some(table) = table else { continue };
            let kind = match table.table_type() {
                TableType::Base => "TABLE",
                TableType::View => "VIEW",
                TableType::Temporary => "LOCAL TEMPORARY",
            };
            rows.append(CATALOG, &schema, &name, kind, &table.schema()).map_err(flight)?;
        }
    }
    rows.build().map_err(flight)
}

/// Columns that tell a table's rows apart.
pub(super) fn primary_keys(asked: &CommandGetPrimaryKeys) -> Result<RecordBatch, Status> {
    let ours = asked.catalog.as_deref().is_none_or(|catalog| catalog == CATALOG)
        && asked.db_schema.as_deref().is_none_or(|schema| schema == "public");
    let table = vaxloom_tables::table(&asked.table).filter(|_| ours);
    let key = table.map(|table| table.key.clone()).unwrap_or_default();
    let all = |text: &str| -> ArrayRef {
        Arc::new(StringArray::from(vec![Some(text.to_owned()); key.len()]))
    };
    let columns: Vec<ArrayRef> = vec![
        all(CATALOG),
        all("public"),
        all(&asked.table),
        Arc::new(key.iter().map(Some).collect::<StringArray>()),
        Arc::new(StringArray::from(vec![None::<String>; key.len()])),
        Arc::new((1..=key.len() as i32).collect::<Int32Array>()),
    ];
    RecordBatch::try_new(primary_key_schema(), columns)
        .map_err(|error| Status::internal(error.to_string()))
}

pub(super) fn primary_key_schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("catalog_name", true),
        text("db_schema_name", true),
        text("table_name", false),
        text("column_name", false),
        text("key_name", true),
        Field::new("key_sequence", DataType::Int32, false),
    ]))
}

/// The tables have no foreign keys: an answer with the columns that Flight SQL has for them, and no rows.
pub(super) fn no_foreign_keys() -> RecordBatch {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let mut fields = Vec::new();
    for side in ["pk", "fk"] {
        fields.push(text(&format!("{side}_catalog_name"), true));
        fields.push(text(&format!("{side}_db_schema_name"), true));
        fields.push(text(&format!("{side}_table_name"), false));
        fields.push(text(&format!("{side}_column_name"), false));
    }
    fields.push(Field::new("key_sequence", DataType::Int32, false));
    fields.extend([text("fk_key_name", true), text("pk_key_name", true)]);
    fields.push(Field::new("update_rule", DataType::UInt8, false));
    fields.push(Field::new("delete_rule", DataType::UInt8, false));
    RecordBatch::new_empty(Arc::new(Schema::new(fields)))
}

pub(super) fn flight(error: FlightError) -> Status {
    Status::from(error)
}
