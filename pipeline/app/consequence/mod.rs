//! `vaxloom consequence`: protein consequences of one VCF, computed from a reference or as VEP annotated them.

mod annotated;
mod computed;
mod disagreements;
mod output;

use std::collections::BTreeMap;
use std::path::Path;

use vaxloom_genome::{Consequence, Quarantined, SampleNames};

use crate::args::{ConsequenceArgs, Rows};
use crate::exit::{self, Exit};

/// Writes the consequences in the order of the file.
pub(crate) fn consequence(args: &ConsequenceArgs, threads: usize) -> anyhow::Result<Exit> {
    exit::pool(threads);
    match &args.reference {
        Some(reference) => computed::consequence(args, reference),
        None => annotated::consequence(args),
    }
}

fn samples(args: &ConsequenceArgs) -> SampleNames {
    SampleNames { tumor: args.sample.clone(), normal: None }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn wanted(rows: Rows, consequence: &Consequence<'_>) -> bool {
    rows == Rows::All || consequence.mutant_protein.is_some()
}

/// Warns of the first rows of a quarantine, and counts the rest by rule.
pub(crate) struct Warnings {
    shown: usize,
    limit: usize,
    pub(crate) count: usize,
    more: BTreeMap<String, usize>,
}

impl Warnings {
    pub(crate) fn new(limit: usize) -> Self {
        Self { shown: 0, limit, count: 0, more: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, row: &Quarantined) {
        self.count += 1;
        if self.shown == self.limit {
            *self.more.entry(row.rule.clone()).or_default() += 1;
            return;
        }
        self.shown += 1;
        let line = match row.source_line {
            0 => String::new(),
            line => format!(", line {line}"),
        };
        tracing::warn!("{}{line}, {}: {}; {}", row.source_file, row.path, row.message, row.remedy);
    }

    pub(crate) fn end(&self) {
        for (rule, count) in &self.more {
            tracing::warn!("... and {count} more of rule {rule}");
        }
    }
}
