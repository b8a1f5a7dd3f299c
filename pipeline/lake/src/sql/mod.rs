//! SQL as it is typed: parsed, its versions of tables found, planned to read only, and answered with where it is wrong.

mod complaint;
pub(crate) mod corrupt;
pub(crate) mod counts;
mod describe;
mod dialect;
mod versions;
mod views;

use datafusion::prelude::{DataFrame, SQLOptions, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::Statement as Parsed;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::{Lake, LakeError};

pub use views::{View, views};

/// The plan of one query that reads and does nothing else.
///
/// # Errors
/// Anything else than one query is refused; what is wrong in a query is shown in it.
pub async fn plan(session: &SessionContext, sql: &str) -> Result<DataFrame, LakeError> {
    let planned = planned(session, sql).await;
    match planned {
        Err(LakeError::Query(error)) => Err(complaint::shown(session, sql, &error)),
        planned => planned,
    }
}

async fn planned(session: &SessionContext, sql: &str) -> Result<DataFrame, LakeError> {
    let statement = statement(sql)?;
    if !reads(&statement) {
        return Err(LakeError::ReadOnly);
    }
    let statement = describe::described(session, statement)?;
    let statement = versions::resolved(session, statement).await?;
    let plan = session.state().statement_to_plan(statement).await?;
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan).map_err(|_| LakeError::ReadOnly)?;
    Ok(session.execute_logical_plan(plan).await?)
}

fn statement(sql: &str) -> Result<Statement, LakeError> {
    let mut parser = DFParserBuilder::new(sql).with_dialect(&dialect::OURS).build()?;
    let mut statements = parser.parse_statements()?;
    match (statements.pop_front(), statements.pop_front()) {
        (Some(statement), None) => Ok(statement),
        (None, _) => Err(LakeError::Sql { message: "the query is empty".to_owned() }),
        (Some(_), Some(_)) => Err(LakeError::Sql {
            message: "found several statements, expected one; leave out the semicolon between them"
                .to_owned(),
        }),
    }
}

/// Words and operators of a text, as the parser tells them apart: how deep its expressions can be. Values in lists do not count. None
/// where the text cannot be told apart, which the parser refuses as well, and says where.
pub fn words(sql: &str) -> usize {
    let tokens = Tokenizer::new(&dialect::OURS, sql).tokenize().unwrap_or_default();
    tokens.iter().filter(|token| !listed(token)).count()
}

/// Whether a token makes no expression deeper: a value, or what stands between values.
fn listed(token: &Token) -> bool {
    matches!(
        token,
        Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Placeholder(_)
            | Token::Comma
            | Token::LParen
            | Token::RParen
            | Token::Whitespace(_)
    )
}

/// Whether a statement asks and does nothing else, as far as its kind says; its plan is looked at as well.
fn reads(statement: &Statement) -> bool {
    match statement {
        Statement::Explain(explain) => reads(&explain.statement),
        Statement::Statement(parsed) => parsed_reads(parsed),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => false,
    }
}

fn parsed_reads(parsed: &Parsed) -> bool {
    match parsed {
        Parsed::Explain { statement, .. } => parsed_reads(statement),
        Parsed::Query(_)
        | Parsed::ExplainTable { .. }
        | Parsed::ShowTables { .. }
        | Parsed::ShowColumns { .. }
        | Parsed::ShowFunctions { .. }
        | Parsed::ShowVariable { .. } => true,
        _ => false,
    }
}

/// Gives a session the tables and views of a lake, what they mean, and their earlier versions.
pub(crate) async fn give_lake(session: &SessionContext, lake: &Lake) -> Result<(), LakeError> {
    let tables = lake.tables(session).await?;
    crate::session::register_tables(session, "public", tables)?;
    views::give(session).await?;
    describe::give(session).await
}
