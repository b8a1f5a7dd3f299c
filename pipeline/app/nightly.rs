//! `vaxloom nightly`: the scheduled job. Who has withdrawn is forgotten, who is new or changed is run, and someone is told what
//! that changed.

mod changes;
mod config;
mod tell;

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vaxloom_lake::forget::proofs;
use vaxloom_lake::{Lake, LakeError, TableVersions};

use crate::args::{NightlyArgs, RunArgs, Shared};
use crate::exit::{self, Exit};
use crate::home::Home;
use crate::progress::Progress;
use crate::run::{Done, Job, PreviousRun};
use crate::stop::{Stop, Stopped};
use crate::{clock, forget, night_page};

use changes::Changes;
use config::{Config, Left};

/// Refusals that a report lists; the table has them all.
const LISTED: usize = 200;

/// Runs a night.
pub(crate) fn nightly(args: &NightlyArgs, shared: &Shared, threads: usize) -> anyhow::Result<Exit> {
    let Some(path) = &args.config else {
        example();
        return Ok(Exit::Done);
    };
    let config = Config::read(path)?;
    let started = (Utc::now(), Instant::now());
    let run = config.run_args();
    let night = Night { config: &config, run: &run, started, threads };
    let runtime = exit::runtime(threads)?;
    let ended = runtime.block_on(night.pass(shared));
    runtime.shutdown_background();
    ended
}

#[allow(clippy::print_stdout, reason = "the example is what the command answers")]
fn example() {
    print!("{}", config::EXAMPLE);
}

struct Night<'a> {
    config: &'a Config,
    run: &'a RunArgs,
    started: (DateTime<Utc>, Instant),
    threads: usize,
}

/// What came of a night, as far as it got.
#[derive(Default)]
struct Passed {
    /// Versions of the tables that the night is compared with, and the name of that night or run.
    before: TableVersions,
    since: String,
    forgotten: usize,
    /// Patients of the sheet who have withdrawn.
    withdrawn: usize,
    done: Option<Done>,
    changes: Option<Changes>,
    after: TableVersions,
}

impl Night<'_> {
    /// The night, its report and its messages. Where another run has the lake, it is that one's to tell.
    async fn pass(&self, shared: &Shared) -> anyhow::Result<Exit> {
        let stop = Stop::listen(Some(self.started.1 + self.config.night.deadline))?;
        let (mut lake, _lock) = match Lake::open_or_create(self.config.lake()).await {
            Err(error @ LakeError::Locked { .. }) => return Err(error.into()),
            opened => match opened {
                Ok(opened) => opened,
                Err(error) => return self.tell(&Passed::default(), Err(error.into())),
            },
        };
        let mut passed = Passed::default();
        let result = self.work(&mut lake, shared, &stop, &mut passed).await;
        self.tell(&passed, result)
    }

    async fn work(
        &self,
        lake: &mut Lake,
        shared: &Shared,
        stop: &Stop,
        passed: &mut Passed,
    ) -> anyhow::Result<()> {
        passed.before = lake.versions().clone();
        "the lake before this night".clone_into(&mut passed.since);
        if let Some(last) = night_page::last(&self.config.nights())
            && let Ok(versions) = serde_json::from_value(last["lake"].clone())
        {
            passed.before = versions;
            last["night"]["run_id"].as_str().unwrap_or_default().clone_into(&mut passed.since);
        }
        let withdrawn = self.config.withdrawn()?;
        let job = Job::new(self.run, self.threads, self.config.night.patience())?;
        let withdrawn = job.named(withdrawn);
        passed.withdrawn = job.asked().filter(|id| withdrawn.contains(*id)).count();
        let known = PreviousRun::of(lake, &job.predictor).await?.patients;
        let left = self.left(&job, &known, &withdrawn);
        let forgotten: Vec<&String> = withdrawn.iter().chain(&left).collect();
        self.forget(lake, &forgotten, &known, &job.home, stop, passed).await?;
        let job = job.without(&withdrawn, &known);
        let done = job.run(lake, &mut Progress::new(shared), stop).await?;
        passed.after = lake.versions().clone();
        passed.changes = Some(self.changes(lake, passed).await);
        let stopped = done.stopped;
        passed.done = Some(done);
        stopped.map_or(Ok(()), |stopped| Err(stopped.into()))
    }

    /// Patients whom the sheet no longer has, where they are to be forgotten.
    fn left(&self, job: &Job<'_>, known: &BTreeSet<String>, withdrawn: &[String]) -> Vec<String> {
        if self.config.left() == Left::Keep {
            return Vec::new();
        }
        let asked: BTreeSet<&String> = job.asked().collect();
        let left = known.iter().filter(|id| !asked.contains(id) && !withdrawn.contains(id));
        left.cloned().collect()
    }

    async fn forget(
        &self,
        lake: &mut Lake,
        patients: &[&String],
        known: &BTreeSet<String>,
        home: &Home,
        stop: &Stop,
        passed: &mut Passed,
    ) -> anyhow::Result<()> {
        if lake.versions().is_empty() || patients.is_empty() {
            return Ok(());
        }
        let proofs = proofs(lake).await?;
        for &patient in patients {
            if !known.contains(patient) && forget::is_forgotten(&proofs, patient) {
                continue;
            }
            stop.check()?;
            fs::create_dir_all(&home.folder)
                .with_context(|| format!("{}: cannot be made", home.folder.display()))?;
            let nights = [self.config.nights()];
            let (proof, path) = forget::forget_patient(lake, patient, home, &nights).await?;
            anyhow::ensure!(
                proof.holds(),
                "a patient who has withdrawn is still named in {}; the proof: {}",
                forget::places(&proof),
                path.display()
            );
            let beyond = proof.beyond.map(|beyond| format!(". {beyond}")).unwrap_or_default();
            tracing::info!("a patient was forgotten; proof: {}{beyond}", path.display());
            passed.forgotten += 1;
            // Versions from before are no longer there.
            passed.before = lake.versions().clone();
            "the lake after who has withdrawn was forgotten".clone_into(&mut passed.since);
        }
        Ok(())
    }

    async fn changes(&self, lake: &Lake, passed: &Passed) -> Changes {
        if passed.before == passed.after {
            return Changes::default();
        }
        match changes::between(lake, &passed.before, usize::from(self.config.report.top)).await {
            Ok(changes) => changes,
            Err(error) => Changes::unknown(format!("what has changed cannot be told: {error:#}")),
        }
    }

    /// The report, the metrics and the message; then the code that the night ends with.
    fn tell(&self, passed: &Passed, result: anyhow::Result<()>) -> anyhow::Result<Exit> {
        let quarantined =
            passed.done.as_ref().is_some_and(|done| !done.summary.refusals().is_empty());
        let (status, exit) = match &result {
            Ok(()) if quarantined => ("quarantine", Exit::Quarantined),
            Ok(()) => ("done", Exit::Done),
            Err(error) => match error.downcast_ref::<Stopped>() {
                Some(Stopped::Signal) => ("stopped", Exit::Stopped),
                Some(Stopped::Deadline) => ("deadline", Exit::Failed),
                None => ("failed", Exit::Failed),
            },
        };
        let run_id = clock::run_id(self.started.0);
        let report = self.report(passed, &run_id, status, result.as_ref().err());
        let counts = &report["counts"];
        tracing::info!(
            status,
            exit = exit.code(),
            seconds = self.started.1.elapsed().as_secs_f64(),
            new = counts["new"].as_u64(),
            changed = counts["changed"].as_u64(),
            unchanged = counts["unchanged"].as_u64(),
            kept_out = counts["kept_out"].as_u64(),
            forgotten = counts["withdrawn"].as_u64(),
            "night"
        );
        let written = night_page::write(&self.config.nights(), &run_id, &report);
        if let Some(path) = &self.config.report.metrics {
            tell::metrics(path, &report, exit, self.started.1.elapsed())
                .unwrap_or_else(|error| tracing::error!("{error:#}"));
        }
        match &written {
            Ok(paths) => tell::notify(self.config, &report, exit, paths),
            Err(error) => tracing::error!("{error:#}"),
        }
        result?;
        written.map(|_| exit)
    }

    fn report(
        &self,
        passed: &Passed,
        run_id: &str,
        status: &str,
        error: Option<&anyhow::Error>,
    ) -> Value {
        let nothing = Changes::default();
        let changes = passed.changes.as_ref().unwrap_or(&nothing);
        let done = passed.done.as_ref();
        let refusals = done.map_or(&[][..], |done| done.summary.refusals());
        let kept_out: BTreeSet<&String> = refusals
            .iter()
            .filter(|row| row.stage == "inputs")
            .filter_map(|row| row.patient_id.as_ref())
            .collect();
        let ran = || done.iter().flat_map(|done| &done.ran);
        let new = ran().filter(|(_, why)| why.contains(&"new")).count();
        json!({
            "notice": "Research use only. Not a medical device; a person decides.",
            "night": {
                "run_id": run_id, "status": status, "error": error.map(|error| format!("{error:#}")),
                "started_at": clock::written(self.started.0), "finished_at": clock::written(Utc::now()),
                "compared_with": passed.since, "not_compared": changes.unknown,
            },
            "top": self.config.report.top,
            "counts": {
                "new": new, "changed": ran().count() - new,
                "unchanged": done.map_or(0, |done| done.unchanged), "kept_out": kept_out.len(),
                "gone": done.map_or(0, |done| done.gone.len()), "withdrawn": passed.forgotten,
                "withdrawn_in_sheet": passed.withdrawn, "quarantine": refusals.len(),
                "new_top": changes.new_top.len(), "moved": changes.moved.len(),
                "moved_below": changes.moved_below,
            },
            "patients": ran().map(|(id, why)| json!({ "patient_id": id, "why": why })).collect::<Vec<_>>(),
            "gone": done.map(|done| &done.gone),
            "new_top": changes.new_top, "moved": changes.moved,
            "quarantine": &refusals[..refusals.len().min(LISTED)],
            "lake": if passed.after.is_empty() { &passed.before } else { &passed.after },
        })
    }
}
