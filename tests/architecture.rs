//! Who may import whom: pipeline/README.md says it, this test keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::harness::repository;

/// Rooms and what each must not know, itself or through another room.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("pipeline/clinical", LIGHT),
    ("pipeline/genome", LIGHT),
    ("pipeline/immune", LIGHT),
    ("pipeline/mrna", LIGHT),
    ("pipeline/simulate", LIGHT),
    (
        "pipeline/tables",
        &["datafusion", "deltalake", "tch", "tokio", "ballista", "vaxloom-lake", "vaxloom-models"],
    ),
    (
        "pipeline/lake",
        &[
            "tch",
            "ballista-core",
            "ballista-executor",
            "ballista-scheduler",
            "arrow-flight",
            "tonic",
            "vaxloom-cluster",
            "vaxloom-models",
            "clap",
        ],
    ),
    ("pipeline/cluster", &["tch", "vaxloom-models", "deltalake", "clap", "anyhow"]),
    (
        "models",
        &["arrow", "datafusion", "deltalake", "vaxloom-lake", "vaxloom-tables", "ballista", "clap"],
    ),
];

/// The science knows plain types only.
const LIGHT: &[&str] = &[
    "arrow",
    "arrow-array",
    "arrow-schema",
    "parquet",
    "datafusion",
    "deltalake",
    "tch",
    "tokio",
    "ballista",
    "clap",
    "anyhow",
    "vaxloom-tables",
    "vaxloom-lake",
    "vaxloom-models",
];

#[test]
fn no_room_knows_what_it_must_not() {
    for (room, forbidden) in FORBIDDEN {
        let dependencies = dependencies(room);
        for name in *forbidden {
            assert!(!dependencies.contains(*name), "{room} depends on {name}");
        }
    }
}

#[test]
fn every_room_is_judged() {
    let manifest = fs::read_to_string(repository("Cargo.toml")).unwrap();
    let members: BTreeSet<&str> = manifest
        .lines()
        .skip_while(|line| !line.starts_with("members"))
        .skip(1)
        .take_while(|line| !line.starts_with(']'))
        .map(|line| line.trim().trim_matches(|c| c == '"' || c == ','))
        .collect();
    let judged: BTreeSet<&str> = FORBIDDEN.iter().map(|(room, _)| *room).collect();
    assert_eq!(members, judged);
}

#[test]
fn there_is_one_arrow() {
    let lock = fs::read_to_string(repository("Cargo.lock")).unwrap();
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lock.lines().filter_map(|line| line.strip_prefix("name = ")) {
        *versions.entry(line.trim_matches('"')).or_default() += 1;
    }
    for name in ["arrow", "arrow-array", "arrow-schema", "parquet", "datafusion"] {
        assert_eq!(versions.get(name), Some(&1), "{name}");
    }
}

/// Names in a manifest's `[dependencies]`.
fn dependencies(room: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(repository(room).join("Cargo.toml")).unwrap();
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}
