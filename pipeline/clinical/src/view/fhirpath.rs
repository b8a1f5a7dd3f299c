//! The part of FHIRPath that shareable views use, over JSON as it is: no model of FHIR's element types is needed.
//!
//! What JSON itself says is known: kinds of primitives, types of resources, and the type of a choice element such as `valueQuantity`
//! (`value` in FHIRPath). `ofType` on any other element with parts is an error, not a guess.
//!
//! Strings are compared as dates where one side is known to be one (a literal, a constant, a choice element), else as text.
//!
//! Decimals are as `serde_json` gives them: `1.00` has become `1.0`, which is what the boundaries then start from.
//!
//! Source: FHIRPath 2.0.0 (HL7), SQL on FHIR 3.0.0-ballot.

mod boundary;
mod evaluate;
mod expr;
mod function;
mod item;
mod operator;
mod parse;
mod temporal;
mod token;
pub(crate) mod types;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_json::Value;

use super::{ColumnType, ViewFault};
use expr::Expr;
pub(crate) use item::{Constant, Item};
pub(crate) use temporal::{days, is_date};

/// Constants of a view, by name.
pub(crate) type Constants = HashMap<String, Constant>;

/// What an expression can see beside its focus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment<'a> {
    /// `%resource`.
    pub(crate) resource: &'a Value,
    /// `%rowIndex`.
    pub(crate) row_index: i64,
}

/// An expression that can be evaluated; constants have been filled in.
#[derive(Clone, Debug)]
pub(crate) struct Expression(Expr);

impl Expression {
    pub(crate) fn parse(text: &str, constants: &Constants) -> Result<Self, ViewFault> {
        parse::parse(text, constants).map(Self)
    }

    pub(crate) fn evaluate<'a>(
        &'a self,
        focus: &[Item<'a>],
        environment: Environment<'a>,
    ) -> Result<Vec<Item<'a>>, ViewFault> {
        evaluate::evaluate(&self.0, focus, &evaluate::Scope { environment, index: 0 })
    }

    /// The type of its values, where the expression alone says so.
    pub(crate) fn column_type(&self) -> Option<ColumnType> {
        self.0.column_type()
    }

    pub(crate) fn is_row_index(&self) -> bool {
        matches!(self.0, Expr::RowIndex)
    }
}
