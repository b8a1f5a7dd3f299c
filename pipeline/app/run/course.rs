//! A run as it goes: some patients at a time are read, taken through the stages, and made visible.

mod batch;
mod told;

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use vaxloom_cluster::distributed::Cluster;
use vaxloom_lake::pipeline::{self, Event, Hands, Outcome, Part, Replaced, Start};
use vaxloom_lake::{Lake, LakeError, Settings, Workers};

use batch::Batch;
pub(crate) use told::all_inputs;

use super::plan::Plan;
use super::{Done, Job, PreviousRun};
use crate::ingest::{Content, PatientInput, Refusal, Survey};
use crate::patience::may_pass;
use crate::progress::Progress;
use crate::stop::{Stop, Stopped};
use crate::summary::{Counts, Summary};
use crate::{audit, clock, report, rows};

/// What is known while a run goes on.
pub(super) struct Course<'a> {
    job: &'a Job<'a>,
    stop: &'a Stop,
    survey: Survey,
    before: PreviousRun,
    plan: Plan,
    summary: Summary,
    /// Of the records, and why patients were kept out.
    refused: Vec<Refusal>,
    /// Those of them that no finished run has told of yet.
    untold: Vec<Refusal>,
    ran: Vec<String>,
    gone: Vec<String>,
    /// Runs that were begun: each has a name of its own.
    begun: usize,
    finished_at: Option<DateTime<Utc>>,
    /// What the last finished run saw of all inputs.
    state: Option<String>,
    /// Machines for what is expensive.
    pub(super) cluster: Option<Cluster>,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        job: &'a Job<'a>,
        survey: Survey,
        before: PreviousRun,
        stop: &'a Stop,
    ) -> Self {
        let plan = Plan::new(&survey, &job.basis, &before);
        let summary = Summary::new(&survey, &plan, &before);
        let state = before.state();
        Self {
            job,
            stop,
            refused: survey.refusals.clone(),
            untold: survey.refusals.clone(),
            finished_at: before.finished_at,
            survey,
            before,
            plan,
            summary,
            ran: Vec::new(),
            gone: Vec::new(),
            begun: 0,
            state,
            cluster: None,
        }
    }

    /// Whether anyone's results are made anew.
    pub(super) fn has_work(&self) -> bool {
        !self.plan.stale.is_empty()
    }

    /// Everything that has to be done, or as much of it as there is time for.
    pub(super) async fn go(
        &mut self,
        lake: &mut Lake,
        progress: &mut Progress,
    ) -> anyhow::Result<Option<Stopped>> {
        match self.batches(lake, progress).await {
            Ok(()) => Ok(None),
            Err(error) => error.downcast::<Stopped>().map(Some),
        }
    }

    async fn batches(&mut self, lake: &mut Lake, progress: &mut Progress) -> anyhow::Result<()> {
        for (part, ids) in self.plan.stale.clone() {
            let mut waiting = VecDeque::from(ids);
            while !waiting.is_empty() {
                self.stop.check()?;
                let batch = self.next(part, &mut waiting, progress)?;
                self.stop.check()?;
                self.refused.extend(batch.read.refusals.iter().cloned());
                self.untold.extend(batch.read.refusals.iter().cloned());
                self.persist(lake, batch, progress).await?;
            }
        }
        if self.state.as_ref() != Some(&self.all_inputs()) {
            // Nobody's results are others, but what is kept out is, or who is asked for.
            self.persist(lake, Batch::new(Part::Inputs), progress).await?;
        }
        Ok(())
    }

    /// Takes a batch through, again where that may help.
    async fn persist(
        &mut self,
        lake: &mut Lake,
        mut batch: Batch,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let mut made = 1;
        loop {
            let Err(error) = self.attempt(lake, &mut batch, progress).await else { return Ok(()) };
            let wait = self.job.patience.before_next(made).filter(|_| may_pass(&error));
            let Some(wait) = wait else { return Err(error) };
            tracing::warn!("{error:#}; tried again in {:.1} s", wait.as_secs_f64());
            self.stop.wait(wait).await?;
            lake.reopen().await?;
            made += 1;
        }
    }

    async fn attempt(
        &mut self,
        lake: &mut Lake,
        batch: &mut Batch,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let settings = self.settings();
        let outcome = self.sound(lake, batch, &settings, progress).await?;
        let ran = batch.sound_ids();
        let gone: Vec<String> = batch
            .ids
            .iter()
            .filter(|id| !ran.contains(id) && self.before.patients.contains(*id))
            .cloned()
            .collect();
        let nobody = ran.is_empty() && gone.is_empty();
        if nobody && !batch.ids.is_empty() {
            return Ok(());
        }
        // A page must not outlive the rows that it shows: one that is missing is written by the next run.
        let folder = self.job.pages();
        if let Some(folder) = &folder {
            report::remove(folder, &[ran.as_slice(), &gone].concat())?;
        }
        let refusals = self.commit(lake, batch, outcome, &ran, &gone, &settings).await?;
        self.summary.refuse(refusals);
        self.untold.clear();
        if let Some(folder) = &folder {
            let (predictor, threads) = (&self.job.predictor, self.job.threads);
            self.summary.add_pages(report::write(lake, predictor, threads, &ran, folder).await?);
        }
        self.ran.extend(ran);
        self.gone.extend(gone);
        Ok(())
    }

    /// The stages over the patients of a batch. One who makes a stage fail is taken out of it, so that the others go on.
    async fn sound(
        &mut self,
        lake: &Lake,
        batch: &mut Batch,
        settings: &Settings,
        progress: &mut Progress,
    ) -> anyhow::Result<Outcome> {
        let all = batch.sound_ids();
        let mut failed = 0;
        loop {
            let ids = batch.sound_ids();
            if ids.is_empty() {
                return Ok(Outcome::default());
            }
            let error = match self.stages(lake, batch, &ids, settings, progress).await {
                Ok(outcome) => return Ok(outcome),
                Err(error) => error,
            };
            // What passes, and what befalls everyone, is no patient's.
            let theirs = error.downcast_ref::<LakeError>().is_some() && !may_pass(&error);
            if !theirs || self.stages(lake, batch, &[], settings, progress).await.is_err() {
                return Err(error);
            }
            let Some(culprit) = self.culprit(lake, batch, ids, settings, progress).await else {
                return Err(error);
            };
            failed += 1;
            if failed > 1 && failed * 2 > all.len() {
                return Err(error);
            }
            tracing::error!(patient = culprit, "{error:#}");
            let refusal = Refusal::of_stages(&self.job.sheet, &culprit);
            self.refused.push(refusal.clone());
            self.untold.push(refusal);
            batch.failed.push(culprit);
        }
    }

    /// Halves a batch that fails until one patient is left.
    async fn culprit(
        &self,
        lake: &Lake,
        batch: &Batch,
        mut ids: Vec<String>,
        settings: &Settings,
        progress: &mut Progress,
    ) -> Option<String> {
        while ids.len() > 1 {
            let others = ids.split_off(ids.len() / 2);
            if self.stages(lake, batch, &ids, settings, progress).await.is_ok() {
                ids = others;
                self.stages(lake, batch, &ids, settings, progress).await.err()?;
            }
        }
        ids.pop()
    }

    async fn stages(
        &self,
        lake: &Lake,
        batch: &Batch,
        ids: &[String],
        settings: &Settings,
        progress: &mut Progress,
    ) -> anyhow::Result<Outcome> {
        let job = self.job;
        let hashes: BTreeMap<String, String> =
            self.bases(ids).into_iter().map(|(id, basis)| (id, basis.hash())).collect();
        let start = match batch.part {
            Part::Inputs => {
                let patients: Vec<&PatientInput> = batch.inputs(ids).collect();
                Start::Inputs(rows::input_tables(&patients, &hashes, &settings.run_id)?)
            }
            part => Start::Lake(part, &hashes),
        };
        let mut tell = |event: Event<'_>| progress.stage(event);
        let stages = pipeline::run_stages(
            lake,
            &job.predictor,
            settings,
            &job.resources,
            start,
            Hands {
                threads: job.threads,
                workers: self.cluster.as_ref().map(|cluster| cluster as &dyn Workers),
            },
            &mut tell,
        );
        Ok(self.stop.unless(stages).await??)
    }

    /// Writes what came of a batch, and makes it visible. From here on a signal is not heard: the end is near.
    async fn commit(
        &mut self,
        lake: &mut Lake,
        batch: &Batch,
        mut outcome: Outcome,
        ran: &[String],
        gone: &[String],
        settings: &Settings,
    ) -> anyhow::Result<Vec<Refusal>> {
        let run_id = &settings.run_id;
        let patients: Vec<&PatientInput> = batch.inputs(ran).collect();
        let mut counts = Counts::of(&patients, &outcome);
        if self.summary.nothing_counted() {
            counts.records(self.survey.records);
        }
        counts.check()?;
        let carried: Vec<Refusal> = outcome
            .tables
            .get("quarantine")
            .map_or(Ok(Vec::new()), |rows| rows::json_rows(rows))?;
        let refusals = rows::refusals(&mut outcome, &patients, &self.untold, run_id)?;
        let bases = self.bases(ran);
        let told = [
            ("basis", rows::bases(&bases, run_id)?),
            ("audit", audit::of_run(&self.audited(&counts, ran, refusals.len(), run_id))?),
        ];
        outcome.tables.extend(told.map(|(table, batch)| (table.to_owned(), vec![batch])));
        let known: Vec<String> =
            ran.iter().filter(|id| self.before.patients.contains(*id)).cloned().collect();
        let replaced = Replaced { part: batch.part, patients: &known, gone };
        pipeline::commit(lake, outcome.tables, replaced).await?;
        let (state, end) = (self.all_inputs(), clock::end_after(self.finished_at));
        let row = self.row(lake, &counts, ran, refusals.len(), &state, end, settings)?;
        lake.finish(rows::batch("run", std::iter::once(row))?).await?;
        (self.state, self.finished_at) = (Some(state), Some(end));
        self.summary.count(&counts, ran.len());
        Ok(refusals.into_iter().chain(carried).collect())
    }

    /// Those of the job, under the name of a new run.
    fn settings(&mut self) -> Settings {
        let mut settings = self.job.settings.clone();
        self.begun += 1;
        if self.begun > 1 {
            settings.run_id = format!("{}.{}", settings.run_id, self.begun);
        }
        settings
    }

    /// Pages of unchanged patients that are not there.
    pub(super) async fn missing_pages(&mut self, lake: &Lake) -> anyhow::Result<()> {
        let job = self.job;
        let Some(folder) = job.pages() else { return Ok(()) };
        let there = |id: &String| folder.join(format!("{id}.html")).is_file();
        let missing: Vec<String> =
            self.plan.unchanged.iter().filter(|id| !there(id)).cloned().collect();
        if !missing.is_empty() {
            let written =
                report::write(lake, &job.predictor, job.threads, &missing, &folder).await?;
            self.summary.add_pages(written);
        }
        Ok(())
    }

    /// What each patient's inputs hold, and what is kept out of all of them.
    pub(super) fn told_of(&self) -> (BTreeMap<String, Content>, Vec<Refusal>) {
        (self.survey.patients.clone(), self.refused.clone())
    }

    pub(super) fn done(mut self, stopped: Option<Stopped>) -> Done {
        // Who is still in quarantine is told of, although no row was written.
        self.summary.refuse(self.untold);
        let mut why = self.plan.why;
        let of = |id: String| why.remove_entry(&id);
        let ran = self.ran.into_iter().filter_map(of).collect();
        Done {
            ran,
            gone: self.gone,
            unchanged: self.plan.unchanged.len(),
            summary: self.summary,
            stopped,
        }
    }
}
