//! The report of a night: JSON for programs, and the page that is made of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use minijinja::Environment;
use serde_json::Value;
use vaxloom_lake::forget::Mention;

use crate::written;

const PREFIX: &str = "night-";

/// Whether a file of this name is the report of a night, as JSON.
pub(crate) fn is_report(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.strip_suffix(".json").is_some())
}

/// Writes both, and answers with the paths of the JSON and the page.
pub(crate) fn write(
    folder: &Path,
    night: &str,
    report: &Value,
) -> anyhow::Result<(PathBuf, PathBuf)> {
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let json = folder.join(format!("{PREFIX}{night}.json"));
    let page = json.with_extension("html");
    written::whole(&page, html(report)?.as_bytes())?;
    written::whole(&json, format!("{report:#}\n").as_bytes())?;
    Ok((json, page))
}

/// The last night's report in a folder.
pub(crate) fn last(folder: &Path) -> Option<Value> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let reports = entries
        .filter(|path| path.file_name().is_some_and(|name| is_report(&name.to_string_lossy())));
    serde_json::from_slice(&fs::read(reports.max()?).ok()?).ok()
}

/// Takes a patient out of a report and its page.
pub(crate) fn cut(path: &Path, mention: &Mention) -> anyhow::Result<()> {
    let mut report: Value = serde_json::from_slice(&fs::read(path)?)?;
    cut_from(&mut report, mention);
    written::whole(&path.with_extension("html"), html(&report)?.as_bytes())?;
    written::whole(path, format!("{report:#}\n").as_bytes())
}

/// Parts of lists that name the patient go whole.
fn cut_from(value: &mut Value, mention: &Mention) {
    match value {
        Value::Array(parts) => {
            parts.retain(|part| !mention.is_in(part.to_string().as_bytes()));
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| cut_from(value, mention)),
        Value::String(text) => *text = mention.cut_from(text),
        _ => {}
    }
}

fn html(report: &Value) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.add_template("night.html", include_str!("nightly/night.html"))?;
    Ok(environment.get_template("night.html")?.render(minijinja::value::Serde(report))?)
}
