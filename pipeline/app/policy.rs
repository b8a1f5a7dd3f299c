//! Policies of the lake.

use std::fs;
use std::path::Path;

use anyhow::Context;
use vaxloom_immune::policy::Policy;

/// Of a TOML file, whose rules may name the columns of `neoantigen`; the built-in one without.
pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(path) = path else {
        return Ok(Policy::built_in()?);
    };
    let text = fs::read_to_string(path).with_context(|| format!("policy {}", path.display()))?;
    let table = vaxloom_tables::table("neoantigen").context("no schema for table neoantigen")?;
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    Ok(Policy::parse_for(&path.display().to_string(), &text, &columns)?)
}
