//! `vaxloom convert`: records of any source as tables.

use std::fs;
use std::path::Path;

use anyhow::Context;
use chrono::{Datelike, Utc};
use serde::Serialize;
use vaxloom_clinical::deid::{Gate, Profile};
use vaxloom_clinical::{Gated, Reading, Records, Views, omop, read_records};

use crate::args::{ConvertArgs, ConvertFormat};
use crate::exit::{BatchRefused, Exit};
use crate::progress::thousands;
use crate::{key, parquet_table};

pub(crate) fn convert(args: &ConvertArgs) -> anyhow::Result<Exit> {
    let key = key::read(&args.key)?;
    if key.is_none() {
        tracing::warn!("no --key: ids stay as they are, unless they look like an identifier");
    }
    let profile = Profile::named(&args.profile)?;
    let own = args.views.as_deref().map(Views::read).transpose()?;
    let mut gate = Gate::new(profile.clone(), key, Utc::now().year())?;
    let mut reading = Reading {
        gate: &mut gate,
        views: own.as_ref().unwrap_or_else(|| Views::built_in()),
        parquet: &parquet_table::read,
    };
    let records = read_records(&args.records, &mut reading)?;
    records.check_balance()?;
    if records.gated.refused {
        return Err(BatchRefused::new(&args.records, &records.gated, &profile).into());
    }
    match args.to {
        ConvertFormat::Omop => write_omop(&records, &args.output)?,
        ConvertFormat::Csv => write_csv(&records, &args.output)?,
    }
    tell(&records);
    Ok(if records.held > 0 { Exit::Quarantined } else { Exit::Done })
}

fn write_omop(records: &Records, out: &Path) -> anyhow::Result<()> {
    let counts = omop::write_omop(records, out)?;
    for (table, rows) in &counts.rows {
        let left_out = counts.left_out.get(table).copied().unwrap_or(0);
        if left_out > 0 {
            tracing::warn!(
                "{table}: {} rows; {} left out: OMOP wants a person with a year of birth, and a date",
                thousands(*rows),
                thousands(left_out)
            );
        } else {
            tracing::info!("{table}: {} rows", thousands(*rows));
        }
    }
    Ok(())
}

fn write_csv(records: &Records, out: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(out).with_context(|| format!("{}: cannot be made", out.display()))?;
    table(out, "patient", &records.patients)?;
    table(out, "condition", &records.conditions)?;
    table(out, "specimen", &records.specimens)?;
    table(out, "treatment", &records.treatments)?;
    table(out, "observation", &records.observations)?;
    table(out, "hla_report", &records.hla_reports)?;
    table(out, "quarantine", &records.quarantined)
}

fn table<R: Serialize>(out: &Path, name: &str, rows: &[R]) -> anyhow::Result<()> {
    let path = out.join(format!("{name}.csv"));
    let written = || -> csv::Result<()> {
        let mut writer = csv::Writer::from_path(&path)?;
        rows.iter().try_for_each(|row| writer.serialize(row))?;
        Ok(writer.flush()?)
    };
    written().with_context(|| format!("{}: cannot be written", path.display()))?;
    tracing::info!("{name}: {} rows", thousands(rows.len()));
    Ok(())
}

fn tell(records: &Records) {
    let Gated { passed, transformed, quarantined, .. } = &records.gated;
    tracing::info!(
        "{} resources and rows: {} passed the gate, {} were reduced, {} are in quarantine; {} kept, {} passed over",
        thousands(records.read),
        thousands(*passed),
        thousands(*transformed),
        thousands(*quarantined),
        thousands(records.kept),
        thousands(records.ignored)
    );
    for row in &records.quarantined {
        tracing::warn!(
            "{}, line {}, {}: {} [{}]; {}",
            row.source_file,
            row.source_line,
            row.path,
            row.message,
            row.rule,
            row.remedy
        );
    }
}
