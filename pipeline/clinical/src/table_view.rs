//! The views that the tables are made by: those of `schemas/views`, or a user's own.
//!
//! A view fills the table that its name says: `condition` and `condition_anything` fill `condition`. Cells come by the names of columns;
//! a table's `..._year` is the year of the view's `..._date`. Columns that the table does not have are for `vaxloom sof` alone.
//!
//! Ids, references and the medication behind a `medicationReference` are resolved by the reader, over files and Bundles, whatever a view
//! says of them; stages and HLA typings are read by the program, since they take more than one resource to understand.

mod row;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::Value;

pub(crate) use row::Row;

use crate::view::{ViewDefinition, ViewError};

macro_rules! built_in {
    ($($name:literal),*) => {
        const BUILT_IN: &[(&str, &str)] =
            &[$((concat!($name, ".json"), include_str!(concat!("../../../schemas/views/", $name, ".json")))),*];
    };
}

built_in!(
    "patient",
    "condition",
    "specimen",
    "procedure",
    "medication_request",
    "medication_administration",
    "medication_statement",
    "observation",
    "stage",
    "hla_observation"
);

/// Views of which the reader makes rows itself.
const READ_BY_PROGRAM: [&str; 2] = ["stage", "hla_observation"];

/// A folder of views that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// The folder cannot be read.
    #[error("{}: the folder of views cannot be read; give a folder of ViewDefinitions (*.json)", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// A view cannot be used.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A view of no table.
    #[error(
        "{file}: the view is named {name}, which is no table; name it TABLE or TABLE_..., where TABLE is patient, condition, specimen, treatment or observation"
    )]
    NoTable {
        /// The file.
        file: String,
        /// Name of the view.
        name: String,
    },
}

/// What a view's rows are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Table {
    Patient,
    Condition,
    Specimen,
    Procedure,
    Medication,
    Observation,
}

impl Table {
    fn of(name: &str) -> Option<Self> {
        let is = |table: &str| {
            name.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        Some(match name {
            _ if is("patient") => Self::Patient,
            _ if is("condition") => Self::Condition,
            _ if is("specimen") => Self::Specimen,
            _ if is("procedure") => Self::Procedure,
            _ if is("medication") || is("treatment") => Self::Medication,
            _ if is("observation") => Self::Observation,
            _ => return None,
        })
    }
}

#[derive(Debug)]
struct TableView {
    table: Table,
    view: ViewDefinition,
}

/// Views by the type of resource that they read.
#[derive(Debug)]
pub struct Views {
    by_type: HashMap<String, Vec<TableView>>,
    /// What they say, for those who must know whether they have changed.
    text: String,
}

static STANDARD: LazyLock<Views> = LazyLock::new(|| {
    let views = BUILT_IN.iter().filter_map(|(file, text)| {
        let json = serde_json::from_str::<Value>(text).ok()?;
        Some(((*file).to_owned(), ViewDefinition::from_json(&json, file).ok()?, (*text).to_owned()))
    });
    // A test holds that every one of them can be read.
    Views::new(views.collect())
        .unwrap_or_else(|_| Views { by_type: HashMap::new(), text: String::new() })
});

impl Views {
    /// The views that come with the program.
    pub fn built_in() -> &'static Self {
        &STANDARD
    }

    /// Those of a folder: a view of the same name as a built-in one takes its place, the others are added.
    pub fn read(dir: &Path) -> Result<Self, ViewsError> {
        let folder = |error| ViewsError::Folder(dir.to_owned(), error);
        let mut paths = fs::read_dir(dir)
            .and_then(|entries| {
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
            })
            .map_err(folder)?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        let mut views = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(folder)?;
            views.push((path.display().to_string(), ViewDefinition::read(&path)?, text));
        }
        let own: Vec<String> = views.iter().map(|(file, view, _)| name_of(view, file)).collect();
        for (file, text) in BUILT_IN {
            let Ok(json) = serde_json::from_str::<Value>(text) else { continue };
            let view = ViewDefinition::from_json(&json, file)?;
            if !own.contains(&name_of(&view, file)) {
                views.push(((*file).to_owned(), view, (*text).to_owned()));
            }
        }
        Self::new(views)
    }

    fn new(views: Vec<(String, ViewDefinition, String)>) -> Result<Self, ViewsError> {
        let mut by_type: HashMap<String, Vec<TableView>> = HashMap::new();
        let mut texts = Vec::new();
        for (file, view, text) in views {
            let name = name_of(&view, &file);
            if READ_BY_PROGRAM.contains(&name.as_str()) {
                continue;
            }
            let table = Table::of(&name).ok_or(ViewsError::NoTable { file, name })?;
            texts.push(text);
            by_type.entry(view.resource().to_owned()).or_default().push(TableView { table, view });
        }
        texts.sort();
        Ok(Self { by_type, text: texts.concat() })
    }

    /// What the views say: other rows are only made where this is another text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rows of a resource, view after view.
    pub(crate) fn rows(
        &self,
        kind: &str,
        resource: &Value,
    ) -> Result<Vec<(Table, Row<'_>)>, ViewError> {
        let mut rows = Vec::new();
        for TableView { table, view } in self.by_type.get(kind).into_iter().flatten() {
            rows.extend(
                view.rows(resource)?.into_iter().map(|cells| (*table, Row::new(view, cells))),
            );
        }
        Ok(rows)
    }
}

/// The name that the view gives, or else that of its file.
fn name_of(view: &ViewDefinition, file: &str) -> String {
    let stem = || Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    view.name().map_or_else(stem, str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_built_in_view_is_of_a_table_or_read_by_the_program() {
        let views: usize = Views::built_in().by_type.values().map(Vec::len).sum();
        assert_eq!(views, BUILT_IN.len() - READ_BY_PROGRAM.len());
    }

    #[test]
    fn a_folder_replaces_and_adds() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, resource: &str, path: &str| {
            let text = format!(
                r#"{{"name": "{name}", "resource": "{resource}", "select": [{{"column": [{{"name": "code", "path": "{path}", "type": "string"}}]}}]}}"#
            );
            std::fs::write(dir.path().join(format!("{name}.json")), text).unwrap();
        };
        write("condition", "Condition", "'own'");
        write("observation_families", "FamilyMemberHistory", "relationship.coding.first().code");
        let views = Views::read(dir.path()).unwrap();
        let condition = serde_json::json!({"resourceType": "Condition", "id": "c"});
        let rows = views.rows("Condition", &condition).unwrap();
        assert_eq!((rows.len(), rows[0].1.condition().code.as_deref()), (1, Some("own")));
        let history = serde_json::json!({"resourceType": "FamilyMemberHistory", "relationship": {"coding": [{"code": "MTH"}]}});
        let rows = views.rows("FamilyMemberHistory", &history).unwrap();
        assert_eq!(rows[0].0, Table::Observation);
        assert_ne!(views.text(), Views::built_in().text());
        write("tumours", "Condition", "id");
        let error = Views::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("tumours") && error.contains("is no table"), "{error}");
    }
}
