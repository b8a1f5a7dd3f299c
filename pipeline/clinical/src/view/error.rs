//! What can be wrong with a view, and with data under it.

use std::io;

/// A view that cannot be read or run: which file, where in it, what.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}: {place}: {fault}")]
pub struct ViewError {
    /// File of the view.
    pub file: String,
    /// Place in its JSON, such as `select[0].column[1].path`.
    pub place: String,
    /// What is wrong there.
    pub fault: ViewFault,
}

impl ViewError {
    pub(crate) fn new(file: &str, place: &str, fault: ViewFault) -> Self {
        Self { file: file.to_owned(), place: place.to_owned(), fault }
    }
}

/// What is wrong. The texts quote the view, and never data.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ViewFault {
    /// The file cannot be read.
    #[error("cannot be read ({0}); check the path and its permissions")]
    Io(io::ErrorKind),
    /// The file is not JSON.
    #[error("not valid JSON at line {line}, column {column}")]
    Json {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// An element has the wrong shape.
    #[error("expected {0}")]
    Expected(&'static str),
    /// Two elements exclude each other.
    #[error("{0} and {1} exclude each other; nest one in the other's select")]
    Exclusive(&'static str, &'static str),
    /// A column name that SQL cannot take unquoted.
    #[error("column name '{0}' is not letters, digits and underscores, beginning with a letter")]
    ColumnName(String),
    /// Two columns of one name.
    #[error("there is already a column '{0}'; give each its own name")]
    DuplicateColumn(String),
    /// A column type that FHIR does not have.
    #[error("'{0}' is not a FHIR data type")]
    ColumnType(String),
    /// Branches of a union differ.
    #[error(
        "columns differ from those of the first branch, {0}; all branches need the same names in the same order"
    )]
    UnionColumns(String),
    /// A constant without a usable value.
    #[error("constant '{0}' needs exactly one value[x] of a primitive type")]
    Constant(String),
    /// FHIRPath that cannot be read.
    #[error("FHIRPath at character {at}: {what}")]
    Syntax {
        /// 1-based character of the expression.
        at: usize,
        /// What was found or expected.
        what: String,
    },
    /// More than one value for a column that holds one.
    #[error(
        "column '{0}' has more than one value for a row; set collection to true, or add first()"
    )]
    NotOne(String),
    /// A value of another type than the column's.
    #[error("column '{column}' of type {expected} has a value that is {found}")]
    WrongType {
        /// Name of the column.
        column: String,
        /// Type that the view gives it.
        expected: String,
        /// Kind of the value: a string, a number, an object and so on.
        found: &'static str,
    },
    /// A filter that is not true or false.
    #[error("the filter gives a value that is not a boolean; compare it, or add exists()")]
    Filter,
    /// An operator or function whose input does not fit.
    #[error("{0}")]
    Evaluation(&'static str),
}
