//! Policies by their name or file.

use std::fs;
use std::path::Path;

use anyhow::Context;
use vaxloom_immune::policy::{self, Policy};
use vaxloom_immune::pvacseq::rules::{self, Rules};
use vaxloom_lake::Ranking;

/// Of a lake: a name that comes with the program, or a TOML file, whose rules may name the columns of `neoantigen` or are
/// those of pVACseq; the first built-in one where none is asked for.
pub(crate) fn read(asked: Option<&Path>) -> anyhow::Result<Ranking> {
    let name = asked.map_or(policy::BUILT_IN[0].into(), Path::to_string_lossy);
    if let Some(policy) = Policy::built_in(&name) {
        return Ok(Ranking::from(&policy?));
    }
    if let Some(rules) = Rules::built_in(&name) {
        return Ok(Ranking::from(&rules?));
    }
    let text = fs::read_to_string(&*name).with_context(|| unknown(&name))?;
    if Rules::is_meant_by(&text) {
        return Ok(Ranking::from(&Rules::parse(&name, &text)?));
    }
    let table = vaxloom_tables::table("neoantigen").context("no schema for table neoantigen")?;
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    Ok(Ranking::from(&Policy::parse_for(&name, &text, &columns)?))
}

/// The file of a policy that comes with the program.
pub(crate) fn text(name: &str) -> anyhow::Result<&'static str> {
    policy::policy_text(name).or_else(|| rules::policy_text(name)).with_context(|| unknown(name))
}

fn unknown(name: &str) -> String {
    let known = policy::BUILT_IN.iter().chain(&rules::BUILT_IN);
    let known = known.copied().collect::<Vec<_>>().join(", ");
    format!("policy {name}: cannot be read; expected {known}, or the path of a TOML file")
}
