//! What tables, views and their columns mean, in `information_schema` and `DESCRIBE`.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use async_trait::async_trait;
use datafusion::catalog::information_schema::{INFORMATION_SCHEMA, InformationSchemaProvider};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{Column, JoinType, Result, TableReference};
use datafusion::datasource::{MemTable, ViewTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, ident};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{DescribeAlias, Statement as Parsed};

use super::views::views;
use crate::LakeError;
use crate::store::literal;

/// A query in the place of `DESCRIBE table`, so that it tells what the columns mean.
pub(super) fn described(
    session: &SessionContext,
    statement: Statement,
) -> Result<Statement, LakeError> {
    let Statement::Statement(parsed) = &statement else { return Ok(statement) };
    let Parsed::ExplainTable { describe_alias, table_name, .. } = parsed.as_ref() else {
        return Ok(statement);
    };
    let name = table_name.to_string().to_lowercase();
    let described = matches!(describe_alias, DescribeAlias::Describe | DescribeAlias::Desc);
    if !described || !known(&name) || !session.table_exist(name.as_str())? {
        return Ok(statement);
    }
    super::statement(&format!(
        "SELECT column_name, data_type, is_nullable, unit, comment FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name = {} ORDER BY ordinal_position",
        literal(&name)
    ))
}

fn known(name: &str) -> bool {
    vaxloom_tables::table(name).is_some() || views().iter().any(|view| view.name == name)
}

/// Puts DataFusion's `information_schema`, with comments, in the place of the one without.
pub(super) async fn give(session: &SessionContext) -> Result<(), LakeError> {
    let state = session.state();
    let plain = InformationSchemaProvider::new(Arc::clone(state.catalog_list()))
        .with_table_functions(state.table_functions().clone());
    let columns =
        with_comments(&plain, "columns", &["table_name", "column_name"], columns()?).await?;
    let tables = with_comments(&plain, "tables", &["table_name"], tables()?).await?;
    if let Some(catalog) = session.catalog("datafusion") {
        catalog
            .register_schema(INFORMATION_SCHEMA, Arc::new(Commented { plain, columns, tables }))?;
    }
    session.state_ref().write().config_mut().options_mut().catalog.information_schema = false;
    Ok(())
}

/// `information_schema` whose tables `columns` and `tables` have comments.
#[derive(Debug)]
struct Commented {
    plain: InformationSchemaProvider,
    columns: Arc<dyn TableProvider>,
    tables: Arc<dyn TableProvider>,
}

#[async_trait]
impl SchemaProvider for Commented {
    fn table_names(&self) -> Vec<String> {
        self.plain.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match name {
            "columns" => Ok(Some(Arc::clone(&self.columns))),
            "tables" => Ok(Some(Arc::clone(&self.tables))),
            name => self.plain.table(name).await,
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.plain.table_exist(name)
    }
}

/// A table of `information_schema` with the columns of `comments` beside its own, where the keys are the same.
async fn with_comments(
    plain: &InformationSchemaProvider,
    name: &str,
    keys: &[&str],
    comments: RecordBatch,
) -> Result<Arc<dyn TableProvider>, LakeError> {
    let Some(own) = plain.table(name).await? else {
        return Err(LakeError::UnknownTable { table: format!("{INFORMATION_SCHEMA}.{name}") });
    };
    let of = |key: &str| format!("of_{key}");
    let mut columns: Vec<_> =
        own.schema().fields().iter().map(|field| ident(field.name())).collect();
    let added = comments.schema();
    let added = added.fields().iter().map(|field| field.name().as_str());
    columns.extend(added.filter(|name| !name.starts_with("of_")).map(ident));
    let comments = MemTable::try_new(comments.schema(), vec![vec![comments]])?;
    // Named as what they are: the privacy gate knows descriptions of tables by their schema.
    let table = |name: &str| TableReference::partial(INFORMATION_SCHEMA, name);
    let column = |of: &str, name: &str| Column::new(Some(table(of)), name);
    let comments =
        LogicalPlanBuilder::scan(table("meaning"), provider_as_source(Arc::new(comments)), None)?;
    let left: Vec<Column> = keys.iter().map(|key| column(name, key)).collect();
    let right: Vec<Column> = keys.iter().map(|key| column("meaning", &of(key))).collect();
    let [public, schema] = [column("meaning", "of_schema"), column(name, "table_schema")];
    let public = Expr::Column(public).eq(Expr::Column(schema));
    let plan = LogicalPlanBuilder::scan(table(name), provider_as_source(own), None)?
        .join(comments.build()?, JoinType::Left, (left, right), Some(public))?
        .project(columns)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

fn columns() -> Result<RecordBatch> {
    let mut rows: Vec<[Option<String>; 4]> = Vec::new();
    for table in vaxloom_tables::all() {
        for column in &table.columns {
            let [table, name] = [&table.name, &column.name].map(|name| Some(name.clone()));
            rows.push([table, name, column.unit.clone(), Some(column.comment.clone())]);
        }
    }
    for view in views() {
        for (name, comment) in &view.columns {
            let (unit, comment) = vaxloom_tables::unit_and_comment(comment);
            rows.push([Some(view.name.clone()), Some(name.clone()), unit, Some(comment)]);
        }
    }
    batch(["of_table_name", "of_column_name", "unit", "comment"], &rows)
}

fn tables() -> Result<RecordBatch> {
    let tables = vaxloom_tables::all().iter().map(|table| (&table.name, &table.comment));
    let views = views().iter().map(|view| (&view.name, &view.comment));
    let rows =
        tables.chain(views).map(|(name, comment)| [Some(name.clone()), Some(comment.clone())]);
    batch(["of_table_name", "comment"], &rows.collect::<Vec<_>>())
}

/// Texts under these names, all of schema `public`.
fn batch<const N: usize>(names: [&str; N], rows: &[[Option<String>; N]]) -> Result<RecordBatch> {
    let text = |column: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row[column].as_deref()).collect::<StringArray>())
    };
    let public: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|_| "public")));
    let columns = names.into_iter().enumerate().map(|(column, name)| (name, text(column), true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns.chain([("of_schema", public, true)]))?)
}
