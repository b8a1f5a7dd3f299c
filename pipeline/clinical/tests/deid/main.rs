//! The gate, by other projects' pairs, by published records that name people, and by identifiers put anywhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod anywhere;
mod cumulus;
mod labels;
mod published;
mod rules;

use std::path::{Path, PathBuf};

use serde_json::Value;
use vaxloom_clinical::{
    deid::{Gate, Profile},
    pseudonym::ProjectKey,
};

pub(crate) fn examples(name: &str) -> Option<PathBuf> {
    let path =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/clinical"))
            .join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {name} is not there");
    None
}

pub(crate) fn gate() -> Gate {
    Gate::new(Profile::safe_harbor(), ProjectKey::from_bytes(&[7; 32], "test"), 2026).unwrap()
}

/// `(path without indices, value)` of every leaf.
pub(crate) fn leaves(value: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| walk(value, &format!("{path}.{key}"), found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, found)),
            leaf => found.push((path.to_owned(), leaf.to_string())),
        }
    }
    let mut found = Vec::new();
    walk(value, value["resourceType"].as_str().unwrap_or("$"), &mut found);
    found
}

/// All resources of a folder of Bundles, resources and NDJSON.
pub(crate) fn resources(dir: &Path) -> Vec<Value> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        for value in
            serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok)
        {
            match value["entry"].as_array() {
                Some(entries) => {
                    found.extend(entries.iter().map(|entry| entry["resource"].clone()));
                }
                None => found.push(value),
            }
        }
    }
    found
}
