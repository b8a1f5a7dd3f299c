//! Reads a schema file: `CREATE TABLE` with a `COMMENT` on every column.
//!
//! The files are part of the program, so a mistake in one is a mistake in the program: it stops at the
//! first use, and the tests of this crate read them all.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use sqlparser::ast::{
    self, ArrayElemTypeDef, ColumnDef, ColumnOption, CreateTable, CreateTableOptions, SqlOption,
    Statement, TableConstraint,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use crate::table::{Column, Table};

/// The table of one schema file.
///
/// # Panics
/// If the file is not one well-formed `CREATE TABLE` of the dialect above.
#[allow(clippy::panic, reason = "the files are compiled in and tested")]
pub(crate) fn parse(name: &str, text: &str) -> Table {
    try_parse(name, text).unwrap_or_else(|what| panic!("schemas/{name}.sql: {what}"))
}

fn try_parse(name: &str, text: &str) -> Result<Table, String> {
    let create = create_statement(text)?;
    if create.name.to_string() != name {
        return Err(format!("found table {}, expected the file's name", create.name));
    }
    let columns = create.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Ok(Table {
        name: name.to_owned(),
        version: version(&create)?,
        comment: leading_comment(text),
        key: primary_key(&create)?,
        schema: Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>())),
        columns,
    })
}

fn create_statement(text: &str) -> Result<CreateTable, String> {
    let statements =
        Parser::parse_sql(&GenericDialect {}, text).map_err(|error| error.to_string())?;
    match <[Statement; 1]>::try_from(statements) {
        Ok([Statement::CreateTable(create)]) => Ok(create),
        _ => Err("expected one CREATE TABLE".to_owned()),
    }
}

fn column(definition: &ColumnDef) -> Result<Column, String> {
    let name = definition.name.value.clone();
    let option = |wanted: fn(&ColumnOption) -> bool| {
        definition.options.iter().map(|o| &o.option).find(|o| wanted(o))
    };
    let Some(ColumnOption::Comment(text)) = option(|o| matches!(o, ColumnOption::Comment(_)))
    else {
        return Err(format!("column {name} has no COMMENT"));
    };
    let (unit, comment) = unit_and_comment(text);
    Ok(Column {
        data_type: data_type(&definition.data_type)?,
        nullable: option(|o| matches!(o, ColumnOption::NotNull)).is_none(),
        unit,
        comment,
        name,
    })
}

/// `[TPM] Expression` is unit and comment.
pub fn unit_and_comment(text: &str) -> (Option<String>, String) {
    match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((unit, comment)) => (Some(unit.to_owned()), comment.to_owned()),
        None => (None, text.to_owned()),
    }
}

/// Delta Lake has no unsigned integers, so neither have the schemas.
fn data_type(sql: &ast::DataType) -> Result<DataType, String> {
    Ok(match sql {
        ast::DataType::Varchar(None) => DataType::Utf8,
        ast::DataType::Integer(None) => DataType::Int32,
        ast::DataType::BigInt(None) => DataType::Int64,
        ast::DataType::Real => DataType::Float32,
        ast::DataType::Double(_) => DataType::Float64,
        ast::DataType::Boolean => DataType::Boolean,
        ast::DataType::Array(ArrayElemTypeDef::SquareBracket(element, None)) => {
            DataType::new_list(data_type(element)?, true)
        }
        other => return Err(format!("type {other} is not one of those the lake uses")),
    })
}

/// Without the comment: DataFusion 55 refuses a UNION of columns whose metadata differs.
fn field(column: &Column) -> Field {
    Field::new(&column.name, column.data_type.clone(), column.nullable)
}

fn primary_key(create: &CreateTable) -> Result<Vec<String>, String> {
    let key = create.constraints.iter().find_map(|constraint| match constraint {
        TableConstraint::PrimaryKey(key) => {
            Some(key.columns.iter().map(ToString::to_string).collect())
        }
        _ => None,
    });
    key.ok_or_else(|| "no PRIMARY KEY".to_owned())
}

fn version(create: &CreateTable) -> Result<u32, String> {
    let CreateTableOptions::With(options) = &create.table_options else {
        return Err("no WITH (schema_version = N)".to_owned());
    };
    options
        .iter()
        .find_map(|option| match option {
            SqlOption::KeyValue { key, value } if key.value == "schema_version" => {
                value.to_string().parse().ok()
            }
            _ => None,
        })
        .ok_or_else(|| "no WITH (schema_version = N)".to_owned())
}

fn leading_comment(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("--"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_schema_file_gives_types_units_keys_and_comments() {
        let table = try_parse(
            "t",
            "-- One thing.\nCREATE TABLE t (\n a VARCHAR NOT NULL COMMENT 'Its name',\n \
             b REAL COMMENT '[TPM] Its expression',\n c VARCHAR[] COMMENT 'Its parts',\n \
             PRIMARY KEY (a)\n) WITH (schema_version = 3);",
        )
        .unwrap();
        assert_eq!((table.version, table.comment.as_str()), (3, "One thing."));
        assert_eq!(table.key, ["a"]);
        let types: Vec<_> = table.columns.iter().map(|c| c.data_type.clone()).collect();
        assert_eq!(
            types,
            [DataType::Utf8, DataType::Float32, DataType::new_list(DataType::Utf8, true)]
        );
        assert_eq!(table.columns[1].unit.as_deref(), Some("TPM"));
        assert_eq!(table.columns[1].comment, "Its expression");
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            (
                "CREATE TABLE u (a REAL COMMENT 'x', PRIMARY KEY (a)) WITH (schema_version = 1)",
                "found table u",
            ),
            (
                "CREATE TABLE t (a REAL, PRIMARY KEY (a)) WITH (schema_version = 1)",
                "column a has no COMMENT",
            ),
            ("CREATE TABLE t (a REAL COMMENT 'x') WITH (schema_version = 1)", "no PRIMARY KEY"),
            ("CREATE TABLE t (a REAL COMMENT 'x', PRIMARY KEY (a))", "no WITH (schema_version"),
            (
                "CREATE TABLE t (a DATE COMMENT 'x', PRIMARY KEY (a)) WITH (schema_version = 1)",
                "type DATE",
            ),
            ("SELECT 1", "expected one CREATE TABLE"),
        ];
        for (text, expected) in cases {
            let error = try_parse("t", text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
