//! `vaxloom sof`: SQL on FHIR without SQL.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use vaxloom_clinical::check::{Read, stream_file};
use vaxloom_clinical::view::{Cell, ViewDefinition};

use crate::args::{SofArgs, SofFormat};
use crate::exit::Exit;
use crate::written::Written;

pub(crate) fn sof(args: &SofArgs) -> anyhow::Result<Exit> {
    let view = ViewDefinition::read(&args.view)?;
    let names: Vec<&str> = view.columns().iter().map(|column| column.name.as_str()).collect();
    let mut rows = Rows { names, format: args.format, out: Written::to(args.output.as_deref())? };
    rows.begin()?;
    let mut refused = 0;
    for (name, path) in files(args)? {
        let mut failed = None;
        let streamed = stream_file(&path, |read| match read {
            Read::Entry(entry) => {
                let told = view
                    .rows(&entry.resource)
                    .map_err(anyhow::Error::from)
                    .and_then(|found| found.iter().try_for_each(|row| rows.write(row)));
                failed =
                    told.err().map(|error| error.context(format!("{name}, line {}", entry.line)));
                failed.is_none()
            }
            Read::Fault(fault) => {
                refused += 1;
                tracing::warn!(
                    "{name}, line {}: {}; {} [{}]",
                    fault.line,
                    fault.message(),
                    fault.remedy(),
                    fault.rule()
                );
                true
            }
        });
        streamed.with_context(|| format!("{name}: cannot be read"))?;
        failed.map_or(Ok(()), Err)?;
    }
    rows.out.finish()?;
    Ok(if refused > 0 { Exit::Quarantined } else { Exit::Done })
}

/// The files of the folder, or the one file, by name.
fn files(args: &SofArgs) -> anyhow::Result<Vec<(String, PathBuf)>> {
    if args.data.is_file() {
        return Ok(vec![(args.data.display().to_string(), args.data.clone())]);
    }
    Ok(vaxloom_clinical::files(&args.data)?)
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
        let line = writer.into_inner().map_err(|error| error.into_error())?;
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
