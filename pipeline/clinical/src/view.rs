//! SQL on FHIR v2 ViewDefinitions: resources in, typed columns and rows out.
//!
//! A view is a JSON file that says which resource type it reads, which of them (`where`), how they are unrolled (`forEach`,
//! `forEachOrNull`, `repeat`, `unionAll`) and which FHIRPath expression fills each column.
//!
//! ```
//! # use serde_json::json;
//! # use vaxloom_clinical::view::{Cell, ViewDefinition};
//! let view = ViewDefinition::from_json(&json!({
//!     "resource": "Patient",
//!     "select": [{"column": [
//!         {"name": "patient_id", "path": "getResourceKey()", "type": "id"},
//!         {"name": "dead", "path": "deceased.ofType(boolean)", "type": "boolean"}
//!     ]}]
//! }), "patient.json")?;
//! let rows = view.rows(&json!({"resourceType": "Patient", "id": "p1", "deceasedBoolean": true}))?;
//! assert_eq!(rows, [[Cell::Text("p1".into()), Cell::Boolean(true)]]);
//! # Ok::<(), vaxloom_clinical::view::ViewError>(())
//! ```
//!
//! Reading a definition checks all that can be known without data: FHIRPath, constants, column names, equal columns of the branches of
//! `unionAll`. [`ViewDefinition::rows`] fails only where the data do not fit the view, and names the column and never a value.
//!
//! Source: SQL on FHIR 3.0.0-ballot (HL7, CC0), "Shareable ViewDefinition"; FHIRPath 2.0.0 (HL7).

mod cell;
mod definition;
mod error;
pub(crate) mod fhirpath;
mod place;
mod rows;
mod run;

use std::{fs, path::Path};

use serde_json::Value;

pub use cell::{Cell, Column, ColumnType};
pub use error::{ViewError, ViewFault};
pub use run::{Counts, Output};

use definition::Select;
use fhirpath::Expression;

/// A view that can be run.
#[derive(Clone, Debug)]
pub struct ViewDefinition {
    /// File or other name that errors give.
    file: String,
    name: Option<String>,
    resource: String,
    filters: Vec<Expression>,
    select: Select,
    columns: Vec<Column>,
}

impl ViewDefinition {
    /// Reads a view from a file.
    pub fn read(path: &Path) -> Result<Self, ViewError> {
        let file = path.display().to_string();
        let fault = |fault| ViewError::new(&file, "$", fault);
        let text = fs::read_to_string(path).map_err(|error| fault(ViewFault::Io(error.kind())))?;
        let json = serde_json::from_str(&text).map_err(|error| {
            fault(ViewFault::Json { line: error.line(), column: error.column() })
        })?;
        Self::from_json(&json, &file)
    }

    /// Takes a view from JSON; `file` is the name under which errors speak of it.
    pub fn from_json(json: &Value, file: &str) -> Result<Self, ViewError> {
        definition::read(json, file).map_err(|(place, fault)| ViewError::new(file, &place, fault))
    }

    /// Name of the view, as a table would have it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Type of the resources that it reads.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Columns, in the order of the cells of a row.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Rows of one resource; none where it is of another type or a filter leaves it out.
    ///
    /// Each row has one cell a column.
    pub fn rows(&self, resource: &Value) -> Result<Vec<Vec<Cell>>, ViewError> {
        rows::of(self, resource).map_err(|(place, fault)| ViewError::new(&self.file, &place, fault))
    }
}
