//! Running a view over one resource.

use serde_json::Value;

use super::{
    Cell, ColumnType, ViewDefinition, ViewFault,
    definition::{Select, Source, Unroll},
    fhirpath::{Environment, Item},
    place::Placed,
};

/// Deepest nesting that `repeat` follows: more than any JSON that the reader takes, so only a path that leads back to itself reaches it.
const DEEPEST: usize = 256;

type Row = Vec<Cell>;

pub(crate) fn of(view: &ViewDefinition, resource: &Value) -> Placed<Vec<Row>> {
    if resource["resourceType"].as_str() != Some(&view.resource) {
        return Ok(Vec::new());
    }
    let focus = [Item::node(resource)];
    let environment = Environment { resource, row_index: 0 };
    for (index, filter) in view.filters.iter().enumerate() {
        let place = || format!("where[{index}].path");
        let items = filter.evaluate(&focus, environment).map_err(|fault| (place(), fault))?;
        match items.iter().map(Item::as_boolean).collect::<Vec<_>>().as_slice() {
            [Some(true)] => {}
            [] | [Some(false)] => return Ok(Vec::new()),
            _ => return Err((place(), ViewFault::Filter)),
        }
    }
    select_rows(&view.select, &focus, environment)
}

fn select_rows<'a>(
    select: &'a Select,
    focus: &[Item<'a>],
    environment: Environment<'a>,
) -> Placed<Vec<Row>> {
    let placed = |key: &'static str| move |fault| (select.place.key(key).text(), fault);
    let foci = match &select.unroll {
        Unroll::None => return focus_rows(select, focus, environment),
        Unroll::ForEach(path) => path.evaluate(focus, environment).map_err(placed("forEach"))?,
        Unroll::ForEachOrNull(path) => {
            let foci = path.evaluate(focus, environment).map_err(placed("forEachOrNull"))?;
            if foci.is_empty() {
                return Ok(vec![null_row(select)]);
            }
            foci
        }
        Unroll::Repeat(paths) => {
            let mut foci = Vec::new();
            for item in focus {
                descend(paths, item, environment, &mut foci, 0).map_err(placed("repeat"))?;
            }
            foci
        }
    };
    let mut rows = Vec::new();
    for (index, item) in foci.into_iter().enumerate() {
        rows.extend(focus_rows(
            select,
            &[item],
            Environment { row_index: index as i64, ..environment },
        )?);
    }
    Ok(rows)
}

/// The elements below `item` that the paths lead to, each before those below it.
fn descend<'a>(
    paths: &'a [super::Expression],
    item: &Item<'a>,
    environment: Environment<'a>,
    found: &mut Vec<Item<'a>>,
    depth: usize,
) -> Result<(), ViewFault> {
    if depth > DEEPEST {
        return Err(ViewFault::Evaluation(
            "a path of repeat leads back to where it began; name a child element",
        ));
    }
    for path in paths {
        for child in path.evaluate(std::slice::from_ref(item), environment)? {
            found.push(child.clone());
            descend(paths, &child, environment, found, depth + 1)?;
        }
    }
    Ok(())
}

/// Rows of one focus: its columns, times the rows of each select, times those of the union.
fn focus_rows<'a>(
    select: &'a Select,
    focus: &[Item<'a>],
    environment: Environment<'a>,
) -> Placed<Vec<Row>> {
    let mut own = Vec::with_capacity(select.width);
    for source in &select.columns {
        own.push(cell(source, focus, environment)?);
    }
    let mut rows = vec![own];
    for below in &select.selects {
        rows = product(&rows, &select_rows(below, focus, environment)?);
    }
    if !select.union.is_empty() {
        let mut union = Vec::new();
        for branch in &select.union {
            union.extend(select_rows(branch, focus, environment)?);
        }
        rows = product(&rows, &union);
    }
    Ok(rows)
}

fn product(left: &[Row], right: &[Row]) -> Vec<Row> {
    left.iter()
        .flat_map(|left| right.iter().map(move |right| [left.as_slice(), right].concat()))
        .collect()
}

/// The row of `forEachOrNull` over nothing: no values, but `%rowIndex` is 0.
fn null_row(select: &Select) -> Row {
    let mut row: Row = select
        .columns
        .iter()
        .map(|source| match (source.path.is_row_index(), source.column.collection) {
            (true, false) => Cell::Integer(0),
            (_, true) => Cell::List(Vec::new()),
            _ => Cell::Null,
        })
        .collect();
    for below in select.selects.iter().chain(select.union.first()) {
        row.extend(null_row(below));
    }
    row
}

fn cell<'a>(source: &'a Source, focus: &[Item<'a>], environment: Environment<'a>) -> Placed<Cell> {
    let items = source
        .path
        .evaluate(focus, environment)
        .map_err(|fault| (source.place.key("path").text(), fault))?;
    let column = &source.column;
    let mut cells = Vec::with_capacity(items.len());
    for item in items.iter().filter(|item| !item.is_null()) {
        cells.push(convert(item, column.column_type).ok_or_else(|| {
            let (column, expected) = (column.name.clone(), column.column_type.as_str().to_owned());
            (source.place.text(), ViewFault::WrongType { column, expected, found: item.kind() })
        })?);
    }
    match (column.collection, cells.len()) {
        (true, _) => Ok(Cell::List(cells)),
        (false, 0 | 1) => Ok(cells.pop().unwrap_or(Cell::Null)),
        (false, _) => source.place.fault(ViewFault::NotOne(column.name.clone())),
    }
}

fn convert(item: &Item, wanted: ColumnType) -> Option<Cell> {
    match wanted {
        ColumnType::Boolean => item.as_boolean().map(Cell::Boolean),
        ColumnType::Integer => item.as_integer().map(Cell::Integer),
        ColumnType::Decimal => item.as_float().map(Cell::Decimal),
        ColumnType::Text => item.to_text().map(Cell::Text),
        ColumnType::Json => Some(Cell::Text(item.to_json())),
    }
}
