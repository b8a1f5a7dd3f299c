//! `vaxloom lake gather`: the parts of a run, joined into a lake as one run.

mod parts;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, Utc};
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::Lake;
use vaxloom_lake::gather::{self, Gathered};

use crate::args::GatherArgs;
use crate::exit::{self, Exit};
use crate::home::Home;
use crate::ingest::Refusal;
use crate::run::{PreviousRun, all_inputs};
use crate::summary::{Counts, Summary};
use crate::{clock, report, rows};

use parts::OnePart;

/// Parts in, one run of the lake out.
pub(crate) fn gather(args: &GatherArgs, threads: usize) -> anyhow::Result<Exit> {
    let home = Home::of(&args.lake, args.reports.as_deref(), args.audit.as_deref())?;
    let started = (Utc::now(), Instant::now());
    let runtime = exit::runtime(threads)?;
    let summary = runtime.block_on(async {
        // No peptide is scored here.
        let predictor: Arc<dyn Predictor> = Arc::new(MotifPredictor::new()?);
        let parts = parts::open(&args.parts, &predictor).await?;
        let (mut lake, _lock) = Lake::open_or_create(&args.lake).await?;
        let before = PreviousRun::of(&lake, &predictor).await?;
        parts::check_key(&parts, &before)?;
        let (started, home) = (started.0, home.clone());
        let joint = Joint { parts, before, predictor, threads, started, home };
        joint.join(&mut lake).await
    })?;
    runtime.shutdown_background();
    summary.print(Some(&home.pages), started.1.elapsed());
    Ok(summary.exit())
}

/// Parts, all of a run, and the lake that they are joined into, as it was.
struct Joint {
    parts: Vec<OnePart>,
    before: PreviousRun,
    predictor: Arc<dyn Predictor>,
    threads: usize,
    started: DateTime<Utc>,
    home: Home,
}

/// What is done with the patients of the parts.
#[derive(Default)]
struct Fate {
    /// Of each part, those whose results come into the lake.
    taken: Vec<Vec<String>>,
    unchanged: Vec<String>,
    /// Patients who leave the lake, since they cannot be used any more.
    gone: Vec<String>,
}

impl Joint {
    async fn join(&self, lake: &mut Lake) -> anyhow::Result<Summary> {
        fs::create_dir_all(&self.home.pages)
            .with_context(|| format!("{}: cannot be made", self.home.pages.display()))?;
        let fate = self.fate();
        let patients = self.parts.iter().map(|part| part.done.patients.len()).sum();
        let mut summary = Summary::of_parts(patients, fate.unchanged.len());
        let taken: Vec<String> = fate.taken.concat();
        let state = self.state();
        if !taken.is_empty() || !fate.gone.is_empty() || self.before.state() != Some(state.clone())
        {
            let counts = self.commit(lake, &fate, &taken, state).await?;
            summary.count(&counts, taken.len());
        }
        summary.refuse(self.refusals().into_iter().cloned().collect());
        let there = |id: &&String| !self.home.pages.join(format!("{id}.html")).is_file();
        let missing = fate.unchanged.iter().filter(there).cloned();
        let wanted: Vec<String> = taken.into_iter().chain(missing).collect();
        if !wanted.is_empty() {
            let (predictor, threads) = (&self.predictor, self.threads);
            summary.add_pages(
                report::write(lake, predictor, threads, &wanted, &self.home.pages).await?,
            );
        }
        Ok(summary)
    }

    /// A patient whose results rest on the same as those of the lake is not taken again.
    fn fate(&self) -> Fate {
        let mut fate = Fate::default();
        for part in &self.parts {
            let mut taken = Vec::new();
            for id in part.done.patients.keys() {
                let (own, known) = (part.known.basis.get(id), self.before.basis.get(id));
                match own {
                    Some(_) if own == known => fate.unchanged.push(id.clone()),
                    Some(_) => taken.push(id.clone()),
                    None if self.before.patients.contains(id) => fate.gone.push(id.clone()),
                    None => {}
                }
            }
            fate.taken.push(taken);
        }
        fate
    }

    /// What a run of the whole sheet would have seen of all inputs.
    fn state(&self) -> String {
        let patients = self.parts.iter().flat_map(|part| &part.done.patients);
        let refused = self.parts.iter().flat_map(|part| &part.done.kept_out);
        all_inputs(&self.parts[0].done.sheet, patients, refused)
    }

    /// Everything in quarantine, each once: every part tells of all records.
    fn refusals(&self) -> BTreeSet<&Refusal> {
        self.parts.iter().flat_map(|part| &part.done.refusals).collect()
    }

    /// What the row of this run tells: not again what was kept out of a patient who stays as he is.
    fn untold(&self, taken: &[String]) -> Vec<&Refusal> {
        let kept_out: BTreeSet<&Refusal> =
            self.parts.iter().flat_map(|part| &part.done.kept_out).collect();
        let taken: BTreeSet<&String> = taken.iter().collect();
        let of_taken = |row: &Refusal| row.patient_id.as_ref().is_some_and(|id| taken.contains(id));
        let mut refusals = self.refusals();
        refusals.retain(|row| kept_out.contains(row) || of_taken(row));
        refusals.into_iter().collect()
    }

    /// Writes what is taken, and makes it visible.
    async fn commit(
        &self,
        lake: &mut Lake,
        fate: &Fate,
        taken: &[String],
        state: String,
    ) -> anyhow::Result<Counts> {
        // A page must not outlive the rows that it shows: one that is missing is written by the next run.
        report::remove(&self.home.pages, &[taken, &fate.gone].concat())?;
        let run_id = clock::run_id(self.started);
        let gathered: Vec<Gathered<'_>> = self
            .parts
            .iter()
            .zip(&fate.taken)
            .map(|(part, taken)| part.gathered(taken.clone()))
            .collect();
        let known = taken.iter().filter(|id| self.before.patients.contains(*id));
        let replaced: Vec<String> = known.chain(&fate.gone).cloned().collect();
        gather::gather(lake, &gathered, &replaced, &run_id).await?;
        let mut counts = Vec::new();
        for (part, taken) in self.parts.iter().zip(&fate.taken) {
            counts.extend(part.counts(taken, &self.predictor).await?);
        }
        let counts = Counts::of_parts(&counts);
        counts.check()?;
        let refusals = self.untold(taken);
        let told = rows::quarantine(&refusals, &run_id)?;
        lake.write("quarantine", vec![told], None).await?;
        let audit = self.audited(&counts, refusals.len(), &run_id).await?;
        lake.write("audit", vec![audit], None).await?;
        let row = self.row(lake, &counts, fate, refusals.len(), &state, &run_id)?;
        lake.finish(rows::batch("run", std::iter::once(row))?).await?;
        Ok(counts)
    }

    /// Input files of patients, with their SHA-256.
    fn files<'s>(
        &'s self,
        taken: &[Vec<String>],
    ) -> BTreeMap<&'s String, &'s BTreeMap<String, String>> {
        let taken: BTreeSet<&String> = taken.iter().flatten().collect();
        let all = self.parts.iter().flat_map(|part| &part.done.patients);
        let of_taken = all.filter(|(id, _)| taken.contains(id));
        of_taken.map(|(id, content)| (id, &content.files)).collect()
    }
}
