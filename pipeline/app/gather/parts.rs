//! The parts of a run, opened, and held against each other: they must be all of one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Deserialize;
use vaxloom_immune::Predictor;
use vaxloom_lake::gather::Gathered;
use vaxloom_lake::{Lake, pipeline, query};

use crate::ingest::Content;
use crate::part::{Part, PartFile};
use crate::rows::json_rows;
use crate::run::{PartDone, PreviousRun};
use crate::summary::Line;

/// A part that was run to its end.
pub(super) struct OnePart {
    folder: PathBuf,
    pub(super) part: Part,
    pub(super) done: PartDone,
    pub(super) lake: Lake,
    /// What its lake holds.
    pub(super) known: PreviousRun,
}

/// Opens the parts, the first one first. Nothing is taken of any unless all are there, and fit together.
pub(super) async fn open(
    folders: &[PathBuf],
    predictor: &Arc<dyn Predictor>,
) -> anyhow::Result<Vec<OnePart>> {
    let finished = finished(complete(folders)?)?;
    fit(&finished)?;
    let mut parts = Vec::new();
    for (part, (folder, done)) in finished {
        let lake = Lake::open(&folder).await?;
        let known = PreviousRun::of(&lake, predictor).await?;
        let one = OnePart { folder, part, done, lake, known };
        one.check_basis()?;
        parts.push(one);
    }
    Ok(parts)
}

/// The parts' own files, one of each number.
fn complete(folders: &[PathBuf]) -> anyhow::Result<BTreeMap<Part, (PathBuf, PartFile)>> {
    let mut parts: BTreeMap<Part, (PathBuf, PartFile)> = BTreeMap::new();
    for folder in folders {
        let file = PartFile::read(folder)?.with_context(|| {
            format!(
                "{}: no part of a run is here; expected a folder that vaxloom run --part K/N wrote. The lake is as it was",
                folder.display()
            )
        })?;
        let part = file.part;
        if let Some((other, _)) = parts.insert(part, (folder.clone(), file)) {
            bail!(
                "{} and {}: both are {part}; give each part once",
                other.display(),
                folder.display()
            );
        }
    }
    let Some((first, (folder, _))) = parts.first_key_value() else { return Ok(parts) };
    if let Some((other, (there, _))) = parts.iter().find(|(part, _)| part.of != first.of) {
        bail!(
            "{} is {first}, and {} is {other}: they are not of one run; run all parts with one number of parts",
            folder.display(),
            there.display()
        );
    }
    let all = (1..=first.of).map(|number| Part { number, of: first.of });
    let missing: Vec<String> =
        all.filter(|part| !parts.contains_key(part)).map(|part| format!("{part}")).collect();
    if !missing.is_empty() {
        bail!(
            "{} missing: run what is not there, and give all parts. The lake is as it was",
            are(&missing)
        );
    }
    Ok(parts)
}

/// What each part came to.
fn finished(
    parts: BTreeMap<Part, (PathBuf, PartFile)>,
) -> anyhow::Result<BTreeMap<Part, (PathBuf, PartDone)>> {
    let mut finished = BTreeMap::new();
    let mut unfinished = Vec::new();
    for (part, (folder, file)) in parts {
        let Some(done) = file.done else {
            unfinished.push(named(&folder, part));
            continue;
        };
        let done: PartDone = serde_json::from_value(done).with_context(|| {
            format!("{} was made by another vaxloom; run it again", named(&folder, part))
        })?;
        finished.insert(part, (folder, done));
    }
    if !unfinished.is_empty() {
        bail!(
            "{} not finished: the run failed, was stopped, or is still at work; run what is not finished again. The lake is as it was",
            are(&unfinished)
        );
    }
    Ok(finished)
}

fn are(names: &[String]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

fn named(folder: &Path, part: Part) -> String {
    format!("{} ({part})", folder.display())
}

/// That all parts are of one sheet, and were made with the same.
fn fit(parts: &BTreeMap<Part, (PathBuf, PartDone)>) -> anyhow::Result<()> {
    let Some((first, (folder, one))) = parts.first_key_value() else { return Ok(()) };
    let (here, own) = (named(folder, *first), env!("CARGO_PKG_VERSION"));
    if one.made.identity.program != own {
        let theirs = &one.made.identity.program;
        bail!(
            "{here} was made by vaxloom {theirs}, and this is {own}; join it with that one, or run all parts again"
        );
    }
    for (part, (folder, other)) in parts {
        let there = named(folder, *part);
        let (ours, theirs) = (format!("in {here}"), format!("in {there}"));
        if let Some(different) = one.made.differences(&ours, &other.made, &theirs) {
            bail!(
                "the parts do not fit together: {different}; run one of them again with what the others had. The lake is as it was"
            );
        }
        if (&one.sheet, &one.everyone) != (&other.sheet, &other.everyone) {
            bail!(
                "{here} was run for the sheet {}, and {there} for {} or for other patients of it; run all parts again for one sheet: who is unchanged is not run again. The lake is as it was",
                one.sheet,
                other.sheet
            );
        }
    }
    Ok(())
}

/// Refuses another project key than the lake's: the same patient would be two.
pub(super) fn check_key(parts: &[OnePart], before: &PreviousRun) -> anyhow::Result<()> {
    let key = parts[0].done.made.key_id.as_deref();
    if before.patients.is_empty() || before.key_id() == key {
        return Ok(());
    }
    let told = |key: Option<&str>| {
        key.map_or("no project key".to_owned(), |key| format!("project key {key}"))
    };
    bail!(
        "the lake was made with {}, and the parts with {}: the same patient would be two; run the parts with the lake's, or gather into another --lake",
        told(before.key_id()),
        told(key)
    )
}

#[derive(Deserialize)]
struct Counted {
    stage_counts: String,
}

impl OnePart {
    /// That the part's lake is as its run left it: another command may have ranked it anew, or gone back.
    fn check_basis(&self) -> anyhow::Result<()> {
        let (done, known) = (&self.done, &self.known.basis);
        let other = |(id, content): (&String, &Content)| {
            known.get(id).is_some_and(|basis| *basis != done.made.basis.with(&content.hash))
        };
        if done.patients.iter().any(other) {
            bail!(
                "{}: its lake was changed after its run; run it again. The lake is as it was",
                named(&self.folder, self.part)
            );
        }
        Ok(())
    }

    pub(super) fn gathered(&self, taken: Vec<String>) -> Gathered<'_> {
        let patients = &self.done.patients;
        let sound = patients.keys().filter(|id| self.known.patients.contains(*id)).cloned();
        let has_others = self.known.patients.iter().any(|id| !patients.contains_key(id));
        Gathered { lake: &self.lake, taken, patients: sound.collect(), has_others }
    }

    /// What the runs counted that made these patients' rows.
    pub(super) async fn counts(
        &self,
        patients: &[String],
        predictor: &Arc<dyn Predictor>,
    ) -> anyhow::Result<Vec<Vec<Line>>> {
        if patients.is_empty() {
            return Ok(Vec::new());
        }
        let session = pipeline::reader(&self.lake, predictor, 1).await?;
        let quoted: Vec<String> =
            patients.iter().map(|id| format!("'{}'", id.replace('\'', "''"))).collect();
        let sql = format!(
            "SELECT stage_counts FROM run WHERE run_id IN \
             (SELECT run_id FROM patient WHERE patient_id IN ({})) ORDER BY finished_at, run_id",
            quoted.join(", ")
        );
        let runs: Vec<Counted> = json_rows(&query::query(&session, &sql).await?.batches)?;
        runs.iter().map(|run| Ok(serde_json::from_str(&run.stage_counts)?)).collect()
    }
}
