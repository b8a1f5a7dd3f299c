//! The tree of an expression.

use super::{super::ColumnType, function::Function, item::Constant, operator::Operator};

#[derive(Clone, Debug)]
pub(crate) enum Expr {
    /// `{}`.
    Empty,
    Literal(Constant),
    This,
    Index,
    RowIndex,
    Resource,
    /// `target.name`; without a target the focus is meant.
    Member(Option<Box<Expr>>, String),
    Call(Option<Box<Expr>>, Function, Vec<Expr>),
    /// `ofType`, `as`, `is`.
    Typed(Option<Box<Expr>>, TypeTest, String),
    /// `getReferenceKey`, for any type or one.
    ReferenceKey(Option<Box<Expr>>, Option<String>),
    Indexer(Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TypeTest {
    Filter,
    Is,
}

impl Expr {
    /// The type of its values, where the expression alone says so.
    pub(crate) fn column_type(&self) -> Option<ColumnType> {
        match self {
            Self::Literal(item) => Some(match item {
                Constant::Boolean(_) => ColumnType::Boolean,
                Constant::Integer(_) => ColumnType::Integer,
                Constant::Decimal(_) => ColumnType::Decimal,
                _ => ColumnType::Text,
            }),
            Self::RowIndex | Self::Index => Some(ColumnType::Integer),
            Self::ReferenceKey(..) => Some(ColumnType::Text),
            Self::Typed(_, TypeTest::Is, _) => Some(ColumnType::Boolean),
            Self::Typed(_, TypeTest::Filter, kind) => ColumnType::of_fhir(kind),
            Self::Call(target, function, _) => match function {
                Function::Where
                | Function::First
                | Function::Last
                | Function::Single
                | Function::Distinct => target.as_ref()?.column_type(),
                _ => function.column_type(),
            },
            Self::Binary(operator, ..) => operator.column_type(),
            Self::Indexer(target, _) => target.column_type(),
            _ => None,
        }
    }
}
