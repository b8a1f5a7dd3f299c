//! `vaxloom run`: the main job, from the sample sheet to ranked constructs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use vaxloom_immune::Predictor;
use vaxloom_lake::pipeline::{self, Event, Outcome};
use vaxloom_lake::reference::{self, Manifest};
use vaxloom_lake::{Lake, RankedTier, Ranking, Resources, Settings};
use vaxloom_models::Task;
use vaxloom_mrna::Profile;

use crate::args::{RunArgs, Shared};
use crate::exit::{self, Exit};
use crate::ingest::{Given, Ingested, PatientInput, RecordsFolder, Refusal, hex, ingest};
use crate::progress::Progress;
use crate::report::PreviousRun;
use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::{audit, epitopes, policy, predictor, profile, report, rows};

/// Sample sheet in, constructs and pages out.
pub(crate) fn run(args: &RunArgs, shared: &Shared, threads: usize) -> anyhow::Result<Exit> {
    let runtime = exit::runtime(threads)?;
    let job = Job::new(args, threads)?;
    runtime.block_on(job.run(Progress::new(shared)))
}

/// What a run is made of before it reads a patient.
struct Job<'a> {
    args: &'a RunArgs,
    threads: usize,
    sheet: Sheet,
    records: RecordsFolder,
    predictor: Arc<dyn Predictor>,
    settings: Settings,
    resources: Resources,
    /// What the reference was built from, and by which program.
    reference: Option<Manifest>,
    profile: Profile,
    started: DateTime<Utc>,
    clock: Instant,
}

/// What a run found to do.
struct Work<'a> {
    ingested: &'a Ingested,
    /// Patients whose results are made anew.
    changed: &'a [&'a PatientInput],
    /// Patients whose results go.
    gone: &'a [String],
    before: &'a PreviousRun,
}

impl<'a> Job<'a> {
    fn new(args: &'a RunArgs, threads: usize) -> anyhow::Result<Self> {
        let (started, clock) = (Utc::now(), Instant::now());
        let mut sheet = Sheet::read(&args.samples)?;
        let records = RecordsFolder::new(args)?;
        if let Some(key) = &records.key {
            sheet.pseudonymise(key);
        }
        let predictor = predictor::built_in(&args.device, threads)?;
        let (profile_text, profile) = profile::read(&args.profile)?;
        let folder = args.reference.as_deref();
        let proteome = folder.map(reference::open_proteome).transpose()?.map(Arc::new);
        let resources = Resources {
            proteome,
            reference: folder.map(reference::open).transpose()?.map(Arc::new),
            class_two: Some(predictor::load(Task::Mhc2Presentation, None, &args.device, threads)?),
            epitopes: args.epitopes.as_deref().map(epitopes::read).transpose()?.map(Arc::new),
        };
        let settings = Settings {
            run_id: run_id(started),
            model: predictor.model().to_owned(),
            model_version: predictor.version().to_owned(),
            ranking: policy::read(args.policy.as_deref())?,
            design: args.design.name().to_owned(),
            profile: profile_text,
        };
        let reference = folder.map(Manifest::read).transpose()?;
        Ok(Self {
            args,
            threads,
            sheet,
            records,
            predictor,
            settings,
            resources,
            reference,
            profile,
            started,
            clock,
        })
    }

    async fn run(&self, mut progress: Progress) -> anyhow::Result<Exit> {
        let (mut lake, _lock) = Lake::open_or_create(&self.args.lake).await?;
        let folder = self.reports();
        fs::create_dir_all(&folder)
            .with_context(|| format!("{}: cannot be made", folder.display()))?;
        let before = report::previous_run(&lake, &self.predictor).await?;
        before.check_key(self.records.key.as_ref())?;
        let ingested = self.ingest(&mut progress)?;
        let (unchanged, changed): (Vec<_>, Vec<_>) = ingested
            .patients
            .iter()
            .partition(|p| before.hashes.get(&p.patient.patient_id) == Some(&p.hash));
        let mut summary = Summary::new(&ingested, &changed, &unchanged, &before);
        if !changed.is_empty() || before.inputs != Some(self.inputs(&ingested)) {
            let mut outcome = self.stages(&lake, &ingested, &changed, &mut progress).await?;
            let refusals = rows::stage_refusals(&mut outcome, &changed, &self.settings.run_id)?;
            summary.add_stages(&outcome, refusals)?;
            let gone = self.kept_out_now(&ingested, &before);
            let work =
                Work { ingested: &ingested, changed: &changed, gone: &gone, before: &before };
            self.commit(&mut lake, outcome, &work, &summary).await?;
            gone.iter().try_for_each(|patient| report::remove(&folder, patient))?;
        }
        let stale = unchanged.iter().filter(|p| !folder.join(format!("{}.html", p.id())).is_file());
        let patients: Vec<String> =
            changed.iter().chain(stale).map(|p| p.id().to_owned()).collect();
        summary.add_pages(
            report::write(&lake, &self.predictor, self.threads, &patients, &folder).await?,
        );
        summary.print(&folder, self.clock.elapsed());
        Ok(summary.exit())
    }

    /// Patients of the sheet who have rows in the lake and whose inputs cannot be used any more.
    fn kept_out_now(&self, ingested: &Ingested, before: &PreviousRun) -> Vec<String> {
        let used: BTreeSet<&str> = ingested.patients.iter().map(PatientInput::id).collect();
        let asked = self.sheet.patients.keys();
        asked
            .filter(|id| before.hashes.contains_key(*id) && !used.contains(id.as_str()))
            .cloned()
            .collect()
    }

    fn ingest(&self, progress: &mut Progress) -> anyhow::Result<Ingested> {
        let (clock, total) = (Instant::now(), self.sheet.patients.len());
        let bar = progress.counted("inputs", total, "patients");
        let given = Given {
            sheet: &self.sheet,
            records: &self.records,
            reference: self.resources.reference.as_deref(),
            fingerprint: &self.fingerprint(),
        };
        let ingested = ingest(&given, || bar.inc(1))?;
        progress.end(total, ingested.refusals.len(), clock.elapsed());
        Ok(ingested)
    }

    async fn stages(
        &self,
        lake: &Lake,
        ingested: &Ingested,
        changed: &[&PatientInput],
        progress: &mut Progress,
    ) -> anyhow::Result<Outcome> {
        let refusals: Vec<&Refusal> =
            ingested.refusals.iter().chain(changed.iter().flat_map(|p| &p.refusals)).collect();
        let inputs = rows::input_tables(changed, &refusals, &self.settings.run_id)?;
        let mut tell = |event: Event<'_>| progress.stage(event);
        let (predictor, settings) = (&self.predictor, &self.settings);
        let resources = &self.resources;
        let run = pipeline::run_stages(
            lake,
            predictor,
            settings,
            resources,
            inputs,
            self.threads,
            &mut tell,
        );
        Ok(run.await?)
    }

    async fn commit(
        &self,
        lake: &mut Lake,
        mut outcome: Outcome,
        work: &Work<'_>,
        summary: &Summary,
    ) -> anyhow::Result<()> {
        let patients: Vec<String> = work
            .changed
            .iter()
            .map(|p| p.id().to_owned())
            .chain(work.gone.iter().cloned())
            .collect();
        let audit = audit::of_run(&self.audited(work, summary))?;
        outcome.tables.insert("audit".to_owned(), vec![audit]);
        pipeline::commit(lake, outcome.tables, &patients).await?;
        let run = rows::RunRow {
            run_id: &self.settings.run_id,
            started_at: self.started.to_rfc3339_opts(SecondsFormat::Millis, true),
            finished_at: work.before.next_end().to_rfc3339_opts(SecondsFormat::Millis, true),
            program_version: env!("CARGO_PKG_VERSION"),
            model: &self.settings.model,
            model_version: &self.settings.model_version,
            policy: &self.settings.ranking.name,
            profile: &self.profile.name,
            patients_in: self.sheet.patients.len() as i32,
            patients_run: work.changed.len() as i32,
            patients_unchanged: (work.ingested.patients.len() - work.changed.len()) as i32,
            quarantined: summary.quarantined() as i32,
            settings: self.settings_row(),
            inputs: self.inputs(work.ingested),
            stage_counts: serde_json::to_string(summary.lines())?,
            table_versions: serde_json::to_string(lake.versions())?,
        };
        Ok(lake.finish(rows::batch("run", std::iter::once(run))?).await?)
    }

    /// What the audit trail is told.
    fn audited<'j>(&'j self, work: &'j Work<'_>, summary: &'j Summary) -> audit::Run<'j> {
        audit::Run {
            run_id: &self.settings.run_id,
            sheet: &self.sheet.name,
            trail: self.args.audit.clone().unwrap_or_else(|| self.args.lake.join(audit::TRAIL)),
            records: &self.records,
            ingested: work.ingested,
            summary,
        }
    }

    /// What results rest on beside the patient's own inputs: an unchanged patient with another
    /// fingerprint is run again.
    fn fingerprint(&self) -> String {
        let schemas: Vec<(&str, u32)> =
            vaxloom_tables::all().iter().map(|t| (t.name.as_str(), t.version)).collect();
        let settings = json!({
            "program": env!("CARGO_PKG_VERSION"), "schemas": schemas, "model": self.settings.model,
            "model_version": self.settings.model_version, "ranking": self.settings.ranking.sql(), "class_two": self.class_two(), "epitopes": self.resources.epitopes, "design": self.settings.design,
            "profile": format!("{:?}", self.profile), "reference": self.reference, "records": self.records.fingerprint(),
        });
        hex(&Sha256::digest(settings.to_string()))
    }

    /// What a reader of the lake may want to know again, as the run's row holds it.
    fn settings_row(&self) -> String {
        let tiers = tiers(&self.settings.ranking);
        json!({
            "best_peptide": self.settings.ranking.best(), "class_two": self.class_two(), "fingerprint": self.fingerprint(), "profile": self.settings.profile, "tiers": tiers,
            "threads": self.threads, "reference": self.reference.as_ref().map(|r| &r.sources),
            "deid_profile": self.records.profile(), "key_id": self.records.key_id(),
        })
        .to_string()
    }

    /// Predictor of class II and the version of its weights.
    fn class_two(&self) -> Option<String> {
        let predictor = self.resources.class_two.as_ref();
        predictor.map(|predictor| format!("{} {}", predictor.model(), predictor.version()))
    }

    /// Files read and what was refused of them, as the run's row holds them.
    fn inputs(&self, ingested: &Ingested) -> String {
        let files: BTreeMap<&str, &str> = ingested
            .patients
            .iter()
            .flat_map(|p| &p.files)
            .map(|(path, hash)| (path.as_str(), hash.as_str()))
            .collect();
        let refused = json!(ingested.refusals).to_string();
        json!({ "sheet": self.sheet.name, "files": files, "refused": hex(&Sha256::digest(refused)) }).to_string()
    }

    fn reports(&self) -> PathBuf {
        self.args.reports.clone().unwrap_or_else(|| self.args.lake.join("reports"))
    }
}

/// The time, and the process: two runs of one second have two names.
pub(crate) fn run_id(started: DateTime<Utc>) -> String {
    format!("{}-{}", started.format("%Y%m%dT%H%M%S%3fZ"), std::process::id())
}

/// What each tier means, as the run's row holds it for the pages.
pub(crate) fn tiers(ranking: &Ranking) -> BTreeMap<&str, serde_json::Value> {
    let tier = |t: &RankedTier| json!({ "meaning": t.meaning, "candidate": t.candidate });
    ranking.tiers.iter().map(|t| (t.name.as_str(), tier(t))).collect()
}
