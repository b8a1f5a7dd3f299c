//! Columns and cells, and how FHIR data types become the few types of a table.

use serde_json::Value;

use super::fhirpath::types;

/// One column of a view.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Column {
    /// Name: letters, digits and underscores.
    pub name: String,
    /// Type of its cells, or of the cells of its lists.
    pub column_type: ColumnType,
    /// Each cell is a list.
    pub collection: bool,
    /// What the view says about it.
    pub description: Option<String>,
}

/// Type of a column. Dates and times stay text: FHIR's are partial (`1965`), and no SQL type holds that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// 64-bit integer: `integer`, `positiveInt`, `unsignedInt`, `integer64`.
    Integer,
    /// Number: `decimal`.
    Decimal,
    /// Text: all other primitive types.
    Text,
    /// JSON as text: elements with parts, such as `Coding`.
    Json,
}

impl ColumnType {
    /// Type of a column that the view gives a FHIR or FHIRPath type name, also as a URL; `None` for an unknown one.
    pub(crate) fn of_fhir(name: &str) -> Option<Self> {
        let name = name.rsplit(['/', '.']).next().unwrap_or(name);
        Some(match name {
            "boolean" | "Boolean" => Self::Boolean,
            "integer" | "positiveInt" | "unsignedInt" | "integer64" | "Integer" => Self::Integer,
            "decimal" | "Decimal" => Self::Decimal,
            "String" | "Date" | "DateTime" | "Time" => Self::Text,
            _ if types::is_primitive(name) => Self::Text,
            _ if types::find(name).is_some() || name == "BackboneElement" || name == "Element" => {
                Self::Json
            }
            _ => return None,
        })
    }

    /// Its name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// Of a [`ColumnType::Boolean`] column.
    Boolean(bool),
    /// Of a [`ColumnType::Integer`] column.
    Integer(i64),
    /// Of a [`ColumnType::Decimal`] column.
    Decimal(f64),
    /// Of a [`ColumnType::Text`] or [`ColumnType::Json`] column.
    Text(String),
    /// Of a column with `collection`.
    List(Vec<Cell>),
}

impl Cell {
    /// The cell as JSON, as the report of a view in NDJSON has it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::from(*value),
            Self::Integer(value) => Value::from(*value),
            Self::Decimal(value) => Value::from(*value),
            Self::Text(value) => Value::from(value.as_str()),
            Self::List(cells) => cells.iter().map(Self::to_json).collect(),
        }
    }
}
