//! What researchers ask first, as views: `schemas/queries/*.sql`, each `CREATE VIEW` with a comment on every column.

use std::sync::{Arc, LazyLock};

use datafusion::datasource::ViewTable;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{ColumnOption, ColumnOptions, Statement, ViewColumnDef};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::LakeError;

/// A view, as its file describes it.
#[derive(Debug, Clone)]
pub struct View {
    /// Name, as in SQL.
    pub name: String,
    /// What one row is.
    pub comment: String,
    /// Names of the columns, and what they mean, with the unit before it in brackets.
    pub columns: Vec<(String, String)>,
    /// The query.
    pub query: String,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../../schemas/queries/", $name, ".sql")))),*
        ];
    };
}

files!["top_neoantigens", "cohort_summary", "shared_neoantigens", "allele_coverage", "run_history",];

static VIEWS: LazyLock<Vec<View>> =
    LazyLock::new(|| FILES.iter().map(|(name, text)| view(name, text)).collect());

/// Every view.
pub fn views() -> &'static [View] {
    &VIEWS
}

/// The view of a file.
///
/// # Panics
/// If the file is not one `CREATE VIEW` of its name with a comment on every column.
#[allow(clippy::panic, reason = "the files are compiled in and tested")]
fn view(name: &str, text: &str) -> View {
    parsed(name, text).unwrap_or_else(|what| panic!("schemas/queries/{name}.sql: {what}"))
}

fn parsed(name: &str, text: &str) -> Result<View, String> {
    let statements = Parser::parse_sql(&GenericDialect {}, text).map_err(|e| e.to_string())?;
    let Ok([Statement::CreateView(create)]) = <[Statement; 1]>::try_from(statements) else {
        return Err("expected one CREATE VIEW".to_owned());
    };
    if create.name.to_string() != name {
        return Err(format!("found view {}, expected the file's name", create.name));
    }
    let comment = text.lines().map_while(|line| line.strip_prefix("--"));
    Ok(View {
        name: name.to_owned(),
        comment: comment.map(str::trim).collect::<Vec<_>>().join(" "),
        columns: create.columns.iter().map(column).collect::<Result<_, _>>()?,
        query: create.query.to_string(),
    })
}

fn column(definition: &ViewColumnDef) -> Result<(String, String), String> {
    let name = definition.name.value.clone();
    let options = definition.options.as_ref().map(ColumnOptions::as_slice).unwrap_or_default();
    let comment = options.iter().find_map(|option| match option {
        ColumnOption::Comment(comment) => Some(comment.clone()),
        _ => None,
    });
    let comment = comment.ok_or_else(|| format!("column {name} has no COMMENT"))?;
    Ok((name, comment))
}

/// Adds the views to a session that has the tables.
pub(super) async fn give(session: &SessionContext) -> Result<(), LakeError> {
    for view in views() {
        let plan = session.sql(&view.query).await?.into_unoptimized_plan();
        let table = ViewTable::new(plan, Some(view.query.clone()));
        session.register_table(view.name.as_str(), Arc::new(table))?;
    }
    Ok(())
}
