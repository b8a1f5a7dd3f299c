//! `vaxloom sof`: SQL on FHIR without SQL.

use std::io::Write;

use chrono::{Datelike, Utc};
use vaxloom_clinical::deid::{Gate, Profile};
use vaxloom_clinical::view::{Cell, Output, ViewDefinition};

use crate::args::{SofArgs, SofFormat};
use crate::exit::Exit;
use crate::progress::thousands;
use crate::written::Written;

pub(crate) fn sof(args: &SofArgs) -> anyhow::Result<Exit> {
    let view = ViewDefinition::read(&args.view)?;
    let names: Vec<&str> = view.columns().iter().map(|column| column.name.as_str()).collect();
    let mut rows = Rows { names, format: args.format, out: Written::to(args.output.as_deref())? };
    rows.begin()?;
    let mut gate = args.profile.as_deref().map(gate).transpose()?;
    let mut failed = None;
    let counts = view.run(&args.data, gate.as_mut(), |output| {
        match output {
            Output::Rows { rows: found, .. } => {
                failed = found.iter().try_for_each(|row| rows.write(row)).err();
            }
            Output::Refused { file, line, rule, message } => {
                tracing::warn!("{file}, line {line}: {message} [{rule}]");
            }
        }
        failed.is_none()
    })?;
    failed.map_or(Ok(()), Err)?;
    rows.out.finish()?;
    tracing::info!(
        "{} resources of type {}: {} with rows, {} without, {} refused; {} rows",
        thousands(counts.read),
        view.resource(),
        thousands(counts.with_rows),
        thousands(counts.without_rows),
        thousands(counts.refused),
        thousands(counts.rows)
    );
    Ok(if counts.refused > 0 { Exit::Quarantined } else { Exit::Done })
}

fn gate(profile: &str) -> anyhow::Result<Gate> {
    Ok(Gate::new(Profile::named(profile)?, None, Utc::now().year())?)
}

struct Rows<'v> {
    names: Vec<&'v str>,
    format: SofFormat,
    out: Written,
}

impl Rows<'_> {
    fn begin(&mut self) -> anyhow::Result<()> {
        if self.format == SofFormat::Csv {
            let names: Vec<String> = self.names.iter().map(|&name| name.to_owned()).collect();
            self.csv(&names)?;
        }
        Ok(())
    }

    fn write(&mut self, row: &[Cell]) -> anyhow::Result<()> {
        match self.format {
            SofFormat::Csv => self.csv(&row.iter().map(plain).collect::<Vec<_>>()),
            SofFormat::Json => {
                let cells = self.names.iter().zip(row);
                let object: serde_json::Map<String, serde_json::Value> =
                    cells.map(|(name, cell)| ((*name).to_owned(), cell.to_json())).collect();
                Ok(writeln!(self.out, "{}", serde_json::Value::Object(object))?)
            }
        }
    }

    fn csv(&mut self, cells: &[String]) -> anyhow::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells)?;
        let line = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(self.out.write_all(&line)?)
    }
}

/// A list is its JSON; no value is no text.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.clone(),
        other => other.to_json().to_string(),
    }
}
