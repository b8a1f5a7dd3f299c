//! One value on its way through an expression.

use std::{borrow::Cow, str::FromStr};

use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    temporal::{Kind, Temporal},
    types,
};

/// An element of the resource, or a value that was computed.
#[derive(Clone, Debug)]
pub(crate) enum Item<'a> {
    Node {
        value: &'a Value,
        /// FHIR type, where the name of the element says it (`valueQuantity`).
        kind: Option<&'static str>,
        /// The element's `_name` beside a primitive: its id and extensions.
        shadow: Option<&'a Value>,
    },
    Boolean(bool),
    Integer(i64),
    Decimal(Decimal),
    Text(Cow<'a, str>),
    Temporal(Kind, Cow<'a, str>),
}

/// Value of a view's constant: as a computed item.
pub(crate) type Constant = Item<'static>;

impl Constant {
    /// From `value[x]`: the ending of its key and the value. `None` unless the two fit.
    pub(crate) fn new(ending: &str, value: &Value) -> Option<Self> {
        let kind = types::of_choice(ending).filter(|kind| types::is_primitive(kind))?;
        Some(match (kind, value) {
            ("boolean", Value::Bool(value)) => Self::Boolean(*value),
            ("integer" | "positiveInt" | "unsignedInt" | "integer64", Value::Number(number)) => {
                Self::Integer(number.as_i64()?)
            }
            ("integer64", Value::String(text)) => Self::Integer(text.parse().ok()?),
            ("decimal", Value::Number(number)) => Self::Decimal(decimal(number)?),
            (
                "boolean" | "integer" | "positiveInt" | "unsignedInt" | "integer64" | "decimal",
                _,
            ) => return None,
            (kind, Value::String(text)) => match Kind::of_type(kind) {
                Some(kind) => {
                    Temporal::parse(text)?;
                    Self::Temporal(kind, text.clone().into())
                }
                None => Self::Text(text.clone().into()),
            },
            _ => return None,
        })
    }
}

/// A value without parts.
#[derive(Clone, Debug)]
pub(crate) enum Scalar<'a> {
    Boolean(bool),
    Number(Decimal),
    Text(&'a str),
    Temporal(&'a str),
}

impl<'a> Item<'a> {
    pub(crate) fn node(value: &'a Value) -> Self {
        Self::Node { value, kind: None, shadow: None }
    }

    /// No value; perhaps an extension that says why.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Node { value: Value::Null, .. })
    }

    pub(crate) fn scalar(&self) -> Option<Scalar<'_>> {
        Some(match self {
            Self::Node { value: Value::Bool(value), .. } | Self::Boolean(value) => {
                Scalar::Boolean(*value)
            }
            Self::Node { value: Value::Number(number), .. } => Scalar::Number(decimal(number)?),
            Self::Node { value: Value::String(text), kind, .. } => {
                match kind.and_then(Kind::of_type) {
                    Some(_) => Scalar::Temporal(text),
                    None => Scalar::Text(text),
                }
            }
            Self::Node { .. } => return None,
            Self::Integer(value) => Scalar::Number((*value).into()),
            Self::Decimal(value) => Scalar::Number(*value),
            Self::Text(text) => Scalar::Text(text),
            Self::Temporal(_, text) => Scalar::Temporal(text),
        })
    }

    pub(crate) fn as_boolean(&self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Boolean(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            Self::Node { value: Value::Number(number), .. } => number.as_i64(),
            // FHIR writes a 64-bit integer as text.
            Self::Node { value: Value::String(text), kind: Some("integer64"), .. } => {
                text.parse().ok()
            }
            _ => None,
        }
    }

    pub(crate) fn as_float(&self) -> Option<f64> {
        match self {
            Self::Node { value: Value::Number(number), .. } => number.as_f64(),
            _ => match self.scalar()? {
                Scalar::Number(number) => f64::from_str(&number.to_string()).ok(),
                _ => None,
            },
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self.scalar()? {
            Scalar::Text(text) | Scalar::Temporal(text) => Some(text),
            _ => None,
        }
    }

    /// Any value without parts as text.
    pub(crate) fn to_text(&self) -> Option<String> {
        match self {
            Self::Node { value: Value::Number(number), .. } => Some(number.to_string()),
            _ => Some(match self.scalar()? {
                Scalar::Boolean(value) => value.to_string(),
                Scalar::Number(number) => number.to_string(),
                Scalar::Text(text) | Scalar::Temporal(text) => text.to_owned(),
            }),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Node { value, .. } => value.to_string(),
            _ => match self.as_text() {
                Some(text) => Value::from(text).to_string(),
                None => self.to_text().unwrap_or_default(),
            },
        }
    }

    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Node { value: Value::Object(_), .. } => "an object",
            Self::Node { value: Value::Array(_), .. } => "a list",
            Self::Node { value: Value::Null, .. } => "null",
            _ => match self.scalar() {
                Some(Scalar::Boolean(_)) => "a boolean",
                Some(Scalar::Number(_)) | None => "a number",
                Some(Scalar::Text(_) | Scalar::Temporal(_)) => "text",
            },
        }
    }
}

/// A JSON number as a decimal; `None` beyond its 28 digits.
pub(crate) fn decimal(number: &serde_json::Number) -> Option<Decimal> {
    let text = number.to_string();
    Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}
