//! From the JSON of a ViewDefinition to a tree that can be run, with every check that needs no data.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Column, ColumnType, ViewDefinition, ViewFault,
    fhirpath::{Constant, Constants, Expression},
    place::{Place, Placed},
};

/// A `select` and everything below it.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) place: Place,
    pub(crate) unroll: Unroll,
    pub(crate) columns: Vec<Source>,
    pub(crate) selects: Vec<Select>,
    pub(crate) union: Vec<Select>,
    /// Columns of this select and all below, in the order of a row.
    pub(crate) width: usize,
}

/// How one element becomes the foci of a select.
#[derive(Clone, Debug)]
pub(crate) enum Unroll {
    None,
    ForEach(Expression),
    ForEachOrNull(Expression),
    Repeat(Vec<Expression>),
}

/// What fills a column.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) place: Place,
    pub(crate) column: Column,
    pub(crate) path: Expression,
}

pub(crate) fn read(json: &Value, file: &str) -> Placed<ViewDefinition> {
    let root = Place::default();
    if !json.is_object() {
        return root.fault(ViewFault::Expected("a ViewDefinition, a JSON object"));
    }
    if json.get("resourceType").is_some_and(|kind| kind != "ViewDefinition") {
        return root.key("resourceType").fault(ViewFault::Expected("ViewDefinition"));
    }
    let Some(resource) = json["resource"].as_str().filter(|name| !name.is_empty()) else {
        return root
            .key("resource")
            .fault(ViewFault::Expected("the type of resource that the view reads"));
    };
    let constants = constants(json, &root)?;
    let selects = list(json, "select", &root)?;
    if selects.is_empty() {
        return root.key("select").fault(ViewFault::Expected("at least one select"));
    }
    let selects = read_selects(selects, "select", &root, &constants)?;
    let width = selects.iter().map(|select| select.width).sum();
    let select = Select {
        place: root.clone(),
        unroll: Unroll::None,
        columns: Vec::new(),
        selects,
        union: Vec::new(),
        width,
    };
    let mut filters = Vec::new();
    for (index, filter) in list(json, "where", &root)?.iter().enumerate() {
        filters.push(expression(
            &filter["path"],
            &root.item("where", index).key("path"),
            &constants,
        )?);
    }
    let mut columns = Vec::new();
    collect_columns(&select, &mut columns);
    check_names(&select, &mut HashSet::new())?;
    Ok(ViewDefinition {
        file: file.to_owned(),
        name: json["name"].as_str().map(str::to_owned),
        resource: resource.to_owned(),
        filters,
        select,
        columns,
    })
}

/// The list under a key; empty where there is none.
fn list<'a>(json: &'a Value, key: &str, place: &Place) -> Placed<&'a [Value]> {
    match json.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => place.key(key).fault(ViewFault::Expected("a list")),
    }
}

fn constants(json: &Value, root: &Place) -> Placed<Constants> {
    let mut constants = HashMap::new();
    for (index, constant) in list(json, "constant", root)?.iter().enumerate() {
        let place = root.item("constant", index);
        let Some(name) = constant["name"].as_str() else {
            return place.key("name").fault(ViewFault::Expected("a name"));
        };
        let mut values = constant
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.strip_prefix("value")?, value)));
        let found = match (values.next(), values.next()) {
            (Some((kind, value)), None) => Constant::new(kind, value),
            _ => None,
        };
        match found {
            Some(found) => constants.insert(name.to_owned(), found),
            None => return place.fault(ViewFault::Constant(name.to_owned())),
        };
    }
    Ok(constants)
}

fn expression(json: &Value, place: &Place, constants: &Constants) -> Placed<Expression> {
    let Some(text) = json.as_str() else {
        return place.fault(ViewFault::Expected("a FHIRPath expression, as text"));
    };
    Expression::parse(text, constants).or_else(|fault| place.fault(fault))
}

fn read_selects(
    selects: &[Value],
    key: &str,
    place: &Place,
    constants: &Constants,
) -> Placed<Vec<Select>> {
    selects
        .iter()
        .enumerate()
        .map(|(index, select)| read_select(select, &place.item(key, index), constants))
        .collect()
}

fn read_select(json: &Value, place: &Place, constants: &Constants) -> Placed<Select> {
    if !json.is_object() {
        return place.fault(ViewFault::Expected("a select, a JSON object"));
    }
    let unroll = unroll(json, place, constants)?;
    let mut columns = Vec::new();
    for (index, column) in list(json, "column", place)?.iter().enumerate() {
        columns.push(read_column(column, place.item("column", index), constants)?);
    }
    let selects = read_selects(list(json, "select", place)?, "select", place, constants)?;
    let union = read_selects(list(json, "unionAll", place)?, "unionAll", place, constants)?;
    check_union(&union, place)?;
    let width = columns.len()
        + selects.iter().map(|s| s.width).sum::<usize>()
        + union.first().map_or(0, |s| s.width);
    if width == 0 {
        return place.fault(ViewFault::Expected("a column, a select or a unionAll"));
    }
    Ok(Select { place: place.clone(), unroll, columns, selects, union, width })
}

fn unroll(json: &Value, place: &Place, constants: &Constants) -> Placed<Unroll> {
    let given: Vec<&'static str> = ["forEach", "forEachOrNull", "repeat"]
        .into_iter()
        .filter(|key| json.get(key).is_some())
        .collect();
    match given.as_slice() {
        [] => Ok(Unroll::None),
        ["repeat"] => {
            let paths = list(json, "repeat", place)?.iter().enumerate();
            let paths: Placed<Vec<_>> = paths
                .map(|(index, path)| expression(path, &place.item("repeat", index), constants))
                .collect();
            match paths? {
                paths if paths.is_empty() => place
                    .key("repeat")
                    .fault(ViewFault::Expected("at least one FHIRPath expression")),
                paths => Ok(Unroll::Repeat(paths)),
            }
        }
        [key] => {
            let path = expression(&json[key], &place.key(key), constants)?;
            Ok(if *key == "forEach" { Unroll::ForEach(path) } else { Unroll::ForEachOrNull(path) })
        }
        [one, other, ..] => place.fault(ViewFault::Exclusive(one, other)),
    }
}

fn read_column(json: &Value, place: Place, constants: &Constants) -> Placed<Source> {
    let Some(name) = json["name"].as_str() else {
        return place.key("name").fault(ViewFault::Expected("a column name"));
    };
    if !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        return place.key("name").fault(ViewFault::ColumnName(name.to_owned()));
    }
    let path = expression(&json["path"], &place.key("path"), constants)?;
    let collection = match json.get("collection") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(collection)) => *collection,
        Some(_) => return place.key("collection").fault(ViewFault::Expected("true or false")),
    };
    let column_type = match json.get("type") {
        None | Some(Value::Null) => path.column_type().unwrap_or(ColumnType::Text),
        Some(Value::String(name)) => match ColumnType::of_fhir(name) {
            Some(known) => known,
            None => return place.key("type").fault(ViewFault::ColumnType(name.clone())),
        },
        Some(_) => {
            return place.key("type").fault(ViewFault::Expected("the name of a FHIR data type"));
        }
    };
    let description = json["description"].as_str().map(str::to_owned);
    Ok(Source {
        place,
        column: Column { name: name.to_owned(), column_type, collection, description },
        path,
    })
}

fn collect_columns(select: &Select, columns: &mut Vec<Column>) {
    columns.extend(select.columns.iter().map(|source| source.column.clone()));
    select
        .selects
        .iter()
        .chain(select.union.first())
        .for_each(|below| collect_columns(below, columns));
}

/// Names are taken in the order of a row; the branches of a union share theirs.
fn check_names(select: &Select, taken: &mut HashSet<String>) -> Placed<()> {
    for Source { place, column, .. } in &select.columns {
        if !taken.insert(column.name.clone()) {
            return place.key("name").fault(ViewFault::DuplicateColumn(column.name.clone()));
        }
    }
    select
        .selects
        .iter()
        .chain(select.union.first())
        .try_for_each(|below| check_names(below, taken))
}

fn check_union(union: &[Select], place: &Place) -> Placed<()> {
    let shape = |branch: &Select| {
        let mut columns = Vec::new();
        collect_columns(branch, &mut columns);
        let shape =
            columns.into_iter().map(|column| (column.name, column.column_type, column.collection));
        shape.collect::<Vec<_>>()
    };
    let Some(first) = union.first().map(shape) else { return Ok(()) };
    for (index, branch) in union.iter().enumerate().skip(1) {
        if shape(branch) != first {
            let names: Vec<_> =
                first.iter().map(|(name, kind, _)| format!("{name} ({})", kind.as_str())).collect();
            return place.item("unionAll", index).fault(ViewFault::UnionColumns(names.join(", ")));
        }
    }
    Ok(())
}
