//! A row of a view as a row of its table: the cells by the names of the table's columns.

use crate::{
    element::year,
    row::{Condition, Observation, Patient, Specimen, Treatment},
    view::{Cell, ViewDefinition},
};

/// A row of a view, whose cells are asked for by name.
#[derive(Debug)]
pub(crate) struct Row<'v> {
    view: &'v ViewDefinition,
    cells: Vec<Cell>,
}

impl<'v> Row<'v> {
    /// `cells` are in the order of the view's columns.
    pub(crate) fn new(view: &'v ViewDefinition, cells: Vec<Cell>) -> Self {
        Self { view, cells }
    }

    fn cell(&self, name: &str) -> Option<&Cell> {
        let place = self.view.columns().iter().position(|column| column.name == name)?;
        self.cells.get(place)
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.cell(name)? {
            Cell::Text(text) => Some(text.clone()),
            Cell::Integer(number) => Some(number.to_string()),
            Cell::Decimal(number) => Some(number.to_string()),
            Cell::Boolean(value) => Some(value.to_string()),
            // A list stands for its first value.
            Cell::List(cells) => match cells.first()? {
                Cell::Text(text) => Some(text.clone()),
                _ => None,
            },
            Cell::Null => None,
        }
    }

    fn year(&self, name: &str) -> Option<i32> {
        year(&self.text(name)?)
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.cell(name)? {
            Cell::Decimal(number) => Some(*number),
            Cell::Integer(number) => Some(*number as f64),
            _ => None,
        }
    }

    fn integer(&self, name: &str) -> Option<i32> {
        match self.cell(name)? {
            Cell::Integer(number) => i32::try_from(*number).ok(),
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn patient(&self) -> Patient {
        let flag = match self.cell("deceased") {
            Some(Cell::Boolean(value)) => Some(*value),
            _ => None,
        };
        Patient {
            birth_year: self.year("birth_date"),
            sex: self.text("sex"),
            deceased: flag,
            death_year: self.year("death_date"),
            ..Patient::default()
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        Condition {
            code: self.text("code"),
            code_system: self.text("code_system"),
            display: self.text("display"),
            icd10_code: self.text("icd10_code"),
            icdo3_morphology: self.text("icdo3_morphology"),
            icdo3_topography: self.text("icdo3_topography"),
            histology_code: self.text("histology_code"),
            histology_system: self.text("histology_system"),
            histology: self.text("histology"),
            body_site_code: self.text("body_site_code"),
            body_site_system: self.text("body_site_system"),
            body_site: self.text("body_site"),
            clinical_status: self.text("clinical_status"),
            onset_year: self.year("onset_date"),
            stage_group: self.text("stage_group"),
            stage_code: self.text("stage_code"),
            stage_code_system: self.text("stage_code_system"),
            stage_system: self.text("stage_system"),
            ..Condition::default()
        }
    }

    pub(crate) fn specimen(&self) -> Specimen {
        Specimen {
            type_code: self.text("type_code"),
            type_system: self.text("type_system"),
            specimen_type: self.text("specimen_type"),
            body_site_code: self.text("body_site_code"),
            body_site_system: self.text("body_site_system"),
            body_site: self.text("body_site"),
            collected_year: self.year("collected_date"),
            ..Specimen::default()
        }
    }

    pub(crate) fn treatment(&self, kind: &str) -> Treatment {
        Treatment {
            kind: self.text("kind").unwrap_or_else(|| kind.to_owned()),
            code: self.text("code"),
            code_system: self.text("code_system"),
            display: self.text("display"),
            status: self.text("status"),
            intent: self.text("intent"),
            line_of_therapy: self.integer("line_of_therapy"),
            regimen: self.text("regimen"),
            outcome: self.text("outcome"),
            dose_value: self.number("dose_value"),
            dose_unit: self.text("dose_unit"),
            start_year: self.year("start_date"),
            end_year: self.year("end_date"),
            ..Treatment::default()
        }
    }

    pub(crate) fn observation(&self) -> Observation {
        Observation {
            component: self.integer("component").unwrap_or(0),
            category: self.text("category"),
            status: self.text("status"),
            code: self.text("code"),
            code_system: self.text("code_system"),
            display: self.text("display"),
            value_number: self.number("value_number"),
            comparator: self.text("comparator"),
            unit: self.text("unit"),
            unit_system: self.text("unit_system"),
            value_code: self.text("value_code"),
            value_system: self.text("value_system"),
            value_display: self.text("value_display"),
            value_text: self.text("value_text"),
            absent_reason: self.text("absent_reason"),
            effective_year: self.year("effective_date"),
            ..Observation::default()
        }
    }
}
