//! Tables as an earlier run left them: `neoantigen VERSION AS OF 3`, `neoantigen TIMESTAMP AS OF '2026-11-01'`.
//!
//! The parsed query names the version's own table instead, which is registered when it is first asked for. Only versions
//! that a finished run named can be read.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Statement as Parsed, TableAlias, TableFactor,
    TableVersion, Value, VisitMut, VisitorMut,
};

use crate::session::LakeOf;
use crate::stage::schema;
use crate::{Lake, LakeError};

/// The schema of tables at a version.
const SCHEMA: &str = "version";

/// The statement with the names of versions' tables in the place of their versions.
pub(super) async fn resolved(
    session: &SessionContext,
    mut statement: Statement,
) -> Result<Statement, LakeError> {
    let Some(query) = query(&mut statement) else { return Ok(statement) };
    let mut found = Found::default();
    let _ = query.visit(&mut found);
    if let Some(refused) = found.refused {
        return Err(LakeError::Sql { message: refused });
    }
    if found.asked.is_empty() {
        return Ok(statement);
    }
    let lake = session.state().config().get_extension::<LakeOf>();
    let Some(LakeOf(lake)) = lake.as_deref() else {
        let message = "versions of tables need a lake; give one with --lake".to_owned();
        return Err(LakeError::Sql { message });
    };
    for (table, asked) in found.asked {
        register(session, lake, &table, &asked).await?;
    }
    Ok(statement)
}

/// The query of a statement, also of one that is explained.
fn query(statement: &mut Statement) -> Option<&mut Parsed> {
    match statement {
        Statement::Statement(query) => Some(query),
        Statement::Explain(explained) => query(&mut explained.statement),
        _ => None,
    }
}

/// How a version is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Version(u64),
    /// As the last run left it that had finished by then, RFC 3339 or the beginning of it.
    Time(String),
}

impl Asked {
    fn of(version: &TableVersion) -> Option<Self> {
        let (TableVersion::VersionAsOf(Expr::Value(value))
        | TableVersion::TimestampAsOf(Expr::Value(value))
        | TableVersion::ForSystemTimeAsOf(Expr::Value(value))) = version
        else {
            return None;
        };
        match (&value.value, version) {
            (Value::Number(number, _), TableVersion::VersionAsOf(_)) => {
                number.parse().ok().map(Self::Version)
            }
            (Value::SingleQuotedString(time), _) => Some(Self::Time(time.clone())),
            _ => None,
        }
    }

    /// Name of the table's version in [`SCHEMA`].
    fn name(&self, table: &str) -> String {
        match self {
            Self::Version(version) => format!("{table}@{version}"),
            Self::Time(time) => format!("{table}@{time}"),
        }
    }
}

/// Versions that a query asks for, whose names take their places.
#[derive(Debug, Default)]
struct Found {
    asked: Vec<(String, Asked)>,
    refused: Option<String>,
}

impl VisitorMut for Found {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, version, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let Some(asked_for) = version.take() else { return ControlFlow::Continue(()) };
        let Some(asked) = Asked::of(&asked_for) else {
            self.refused = Some(format!(
                "{name} {asked_for}: expected VERSION AS OF a number or TIMESTAMP AS OF 'YYYY-MM-DDThh:mm:ssZ'"
            ));
            return ControlFlow::Break(());
        };
        let Some(table) = name.0.last().and_then(ObjectNamePart::as_ident).cloned() else {
            return ControlFlow::Continue(());
        };
        let plain = match table.quote_style {
            Some(_) => table.value.clone(),
            None => table.value.to_lowercase(),
        };
        let versioned = Ident::with_quote('"', asked.name(&plain));
        *name = ObjectName::from(vec![Ident::new(SCHEMA), versioned]);
        alias.get_or_insert(TableAlias {
            explicit: true,
            name: table,
            columns: Vec::new(),
            at: None,
        });
        self.asked.push((plain, asked));
        ControlFlow::Continue(())
    }
}

async fn register(
    session: &SessionContext,
    lake: &Lake,
    table: &str,
    asked: &Asked,
) -> Result<(), LakeError> {
    let Some(catalog) = session.catalog("datafusion") else { return Ok(()) };
    let versions = if let Some(versions) = catalog.schema(SCHEMA) {
        versions
    } else {
        let versions: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
        catalog.register_schema(SCHEMA, Arc::clone(&versions))?;
        versions
    };
    let name = asked.name(table);
    if versions.table_exist(&name) {
        return Ok(());
    }
    let table = schema(table)?;
    let version = version(lake, &table.name, asked).await?;
    let delta = lake.readable_version(table, version).await?;
    let rows = lake.provider_of(&delta, table, &Arc::new(session.state())).await?;
    versions.register_table(name, rows)?;
    Ok(())
}

/// The version of a table that is asked for, if a finished run named it.
async fn version(lake: &Lake, table: &str, asked: &Asked) -> Result<u64, LakeError> {
    let runs = lake.runs().await?;
    match asked {
        Asked::Version(version) => {
            let named = |run: &crate::FinishedRun| run.versions.get(table) == Some(version);
            let own = lake.versions().get(table) == Some(version);
            if own || runs.iter().any(named) {
                return Ok(*version);
            }
            Err(LakeError::NoVersion { table: table.to_owned(), version: *version })
        }
        Asked::Time(time) => {
            // A time that is cut short stands for its end: 2026-11-01 is that whole day.
            let before = |run: &&crate::FinishedRun| {
                run.finished_at.as_str() <= time.as_str()
                    || run.finished_at.starts_with(time.as_str())
            };
            let run = runs.iter().find(before);
            let version = run.and_then(|run| run.versions.get(table)).copied();
            version.ok_or_else(|| LakeError::Sql {
                message: format!("table {table}: no run that wrote it had finished by {time}; vaxloom lake history lists the runs"),
            })
        }
    }
}
