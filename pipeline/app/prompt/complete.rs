//! Completion of names, and when a query is whole.

use std::collections::BTreeSet;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};
use vaxloom_lake::Session;
use vaxloom_lake::query::{self, Format};

use crate::statements::statements;

const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "EXPLAIN ANALYZE",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP BY",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER BY",
    "OVER",
    "PARTITION BY",
    "RIGHT",
    "SELECT",
    "SHOW FUNCTIONS",
    "SHOW TABLES",
    "THEN",
    "TIMESTAMP AS OF",
    "TRUE",
    "UNION",
    "UNION ALL",
    "UNNEST",
    "USING",
    "VALUES",
    "VERSION AS OF",
    "WHEN",
    "WHERE",
    "WITH",
];

/// What can be typed.
pub(super) struct Helper {
    /// Tables, columns, functions.
    names: BTreeSet<String>,
}

impl Helper {
    /// The names of a session; what cannot be listed is not completed.
    pub(super) async fn of(session: &Session) -> Self {
        let sources = [
            "SELECT table_name FROM information_schema.tables",
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT routine_name FROM information_schema.routines",
        ];
        let mut names = BTreeSet::new();
        for sql in sources {
            let mut text = Vec::new();
            if query::write_query(session, sql, Format::Csv, &mut text).await.is_ok() {
                let text = String::from_utf8_lossy(&text).into_owned();
                names.extend(text.lines().skip(1).map(str::to_owned));
            }
        }
        Self { names }
    }

    /// Names and keywords that begin as the word before the cursor does, and where it begins.
    fn candidates(&self, line: &str, at: usize) -> (usize, Vec<String>) {
        let before = &line[..at];
        let begins = |c: char| !(c.is_alphanumeric() || c == '_');
        let start = before
            .rfind(begins)
            .map_or(0, |place| place + before[place..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        if word.is_empty() {
            return (start, Vec::new());
        }
        let lower = word.to_lowercase();
        let names =
            self.names.iter().filter(|name| name.to_lowercase().starts_with(&lower)).cloned();
        let small = word.chars().all(|c| !c.is_uppercase());
        let keywords = KEYWORDS.iter().filter(|keyword| keyword.to_lowercase().starts_with(&lower));
        let keywords = keywords.map(|k| if small { k.to_lowercase() } else { (*k).to_owned() });
        (start, names.chain(keywords).collect())
    }
}

impl Completer for Helper {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        Ok(self.candidates(line, at))
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let text = context.input();
        let whole = text.trim().is_empty()
            || text.trim_start().starts_with('\\')
            || statements(text).1.trim().is_empty();
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Helper {
    type Hint = String;
}

impl Highlighter for Helper {}

impl rustyline::Helper for Helper {}

#[cfg(test)]
mod tests {
    use super::Helper;

    #[test]
    fn names_and_keywords_complete_a_word() {
        let names = ["neoantigen", "mhc1_presentation", "gene"].map(str::to_owned);
        let helper = Helper { names: names.into_iter().collect() };
        let cases: [(&str, usize, &[&str]); 5] = [
            ("SELECT ge", 7, &["gene"]),
            ("SELECT n.NEO", 9, &["neoantigen"]),
            ("sel", 0, &["select"]),
            ("FROM neoantigen V", 16, &["VALUES", "VERSION AS OF"]),
            ("SELECT ", 7, &[]),
        ];
        for (line, start, expected) in cases {
            let found = helper.candidates(line, line.len());
            assert_eq!(found, (start, expected.iter().map(|&c| c.to_owned()).collect()), "{line}");
        }
    }
}
