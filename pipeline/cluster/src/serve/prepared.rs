//! Prepared statements: a text with places for values, kept until it is closed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch};
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use tonic::Status;

use super::audit::hex;
use super::plan::Question;

/// Statements that are kept; over that, the one that was used longest ago goes.
const MOST: usize = 2_000;
/// How long one is kept unused.
const UNUSED: Duration = Duration::from_hours(1);

/// The prepared statements of all users.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    statements: Mutex<HashMap<String, Statement>>,
}

#[derive(Debug)]
struct Statement {
    user: String,
    question: Question,
    used: Instant,
}

impl Prepared {
    /// Keeps a statement; its handle.
    pub(super) fn keep(&self, user: &str, sql: &str) -> Result<String, Status> {
        let mut handle = [0; 16];
        getrandom::fill(&mut handle).map_err(|error| Status::internal(error.to_string()))?;
        let handle = hex(&handle);
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        statements.retain(|_, statement| statement.used.elapsed() < UNUSED);
        if statements.len() >= MOST {
            let oldest = statements.iter().min_by_key(|(_, s)| s.used).map(|(h, _)| h.clone());
            oldest.and_then(|oldest| statements.remove(&oldest));
        }
        let question = Question { sql: sql.to_owned(), parameters: None };
        let statement = Statement { user: user.to_owned(), question, used: Instant::now() };
        statements.insert(handle.clone(), statement);
        Ok(handle)
    }

    /// What a handle asks.
    pub(super) fn question(&self, user: &str, handle: &[u8]) -> Result<Question, Status> {
        self.with(user, handle, |statement| statement.question.clone())
    }

    /// Gives the places values: those of the first row.
    pub(super) fn bind(
        &self,
        user: &str,
        handle: &[u8],
        rows: &[RecordBatch],
    ) -> Result<(), Status> {
        let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
        let Some(batch) = rows.iter().find(|batch| batch.num_rows() > 0) else {
            return Err(Status::invalid_argument("no values were given"));
        };
        if count != 1 {
            return Err(Status::invalid_argument(format!(
                "{count} rows of values were given, expected 1"
            )));
        }
        let value =
            |column: &ArrayRef| ScalarValue::try_from_array(column, 0).map(ScalarAndMetadata::from);
        let values = batch.columns().iter().map(value).collect::<Result<Vec<_>, _>>();
        let values = values.map_err(|error| Status::invalid_argument(error.to_string()))?;
        self.with(user, handle, |statement| {
            statement.question.parameters = Some(ParamValues::List(values));
        })
    }

    pub(super) fn close(&self, user: &str, handle: &[u8]) {
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        statements.retain(|known, statement| known.as_bytes() != handle || statement.user != user);
    }

    fn with<T>(
        &self,
        user: &str,
        handle: &[u8],
        act: impl FnOnce(&mut Statement) -> T,
    ) -> Result<T, Status> {
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = std::str::from_utf8(handle).unwrap_or_default();
        match statements.get_mut(handle).filter(|statement| statement.user == user) {
            Some(statement) => {
                statement.used = Instant::now();
                Ok(act(statement))
            }
            None => Err(Status::not_found("no such prepared statement; prepare it again")),
        }
    }
}

/// The text with `?` as `$1`, `$2` and so on, which is how places are called here.
pub(super) fn numbered(sql: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else {
        return sql.to_owned();
    };
    if !tokens.iter().any(|token| matches!(token, Token::Placeholder(place) if place == "?")) {
        return sql.to_owned();
    }
    let mut count = 0;
    let texts = tokens.iter().map(|token| match token {
        Token::Placeholder(place) if place == "?" => {
            count += 1;
            format!("${count}")
        }
        other => other.to_string(),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::numbered;

    #[test]
    fn question_marks_are_numbered() {
        let cases = [
            ("SELECT ? + ?", "SELECT $1 + $2"),
            ("SELECT '?' WHERE a = ? -- ?", "SELECT '?' WHERE a = $1 -- ?"),
            ("SELECT $1", "SELECT $1"),
            ("SELECT 'open", "SELECT 'open"),
        ];
        for (sql, expected) in cases {
            assert_eq!(numbered(sql), expected);
        }
    }
}
