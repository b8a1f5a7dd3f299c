//! `vaxloom run`: the main job, from the sample sheet to ranked constructs.

mod basis;
mod course;
mod part;
mod plan;
mod previous;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::json;
use vaxloom_clinical::pseudonym::ProjectKey;
use vaxloom_cluster::distributed::{Cluster, ClusterError};
use vaxloom_immune::Predictor;
use vaxloom_lake::forget::Mention;
use vaxloom_lake::reference::Manifest;
use vaxloom_lake::{Lake, LakeError, RankedTier, Ranking, Resources, Settings, in_store};
use vaxloom_mrna::Profile;

use crate::args::{RunArgs, Shared};
use crate::exit::{self, Exit};
use crate::home::Home;
use crate::ingest::{Given, RecordsFolder, Stamps, Survey};
use crate::members::credentials;
use crate::part::PartFile;
use crate::patience::Patience;
use crate::progress::Progress;
use crate::sheet::Sheet;
use crate::stop::{Stop, Stopped};
use crate::summary::Summary;
use crate::{clock, executor, policy, predictor, profile};

pub(crate) use basis::{Basis, of_ranking};
use course::Course;
pub(crate) use course::all_inputs;
pub(crate) use part::PartDone;
pub(crate) use plan::Plan;
pub(crate) use previous::PreviousRun;

/// Folder of what a cluster is given, in the lake's.
const CLUSTER: &str = ".cluster";

/// How long a scheduler that is lost in the middle is waited for: as long as a service manager takes to start it again.
const CLUSTER_WAIT: Duration = Duration::from_mins(1);

/// Where what belongs to the lake and is no table goes.
fn home(args: &RunArgs) -> anyhow::Result<Home> {
    if args.part.is_some() && in_store(&args.lake) {
        bail!(
            "{}: a part is made in a folder; vaxloom lake gather joins parts into a lake",
            args.lake.display()
        );
    }
    Home::of(&args.lake, args.reports.as_deref(), args.audit.as_deref())
}

/// Sample sheet in, constructs and pages out.
pub(crate) fn run(args: &RunArgs, shared: &Shared, threads: usize) -> anyhow::Result<Exit> {
    if args.part.is_some() {
        PartFile::reopen(&args.lake)?;
    }
    let runtime = exit::runtime(threads)?;
    let job = Job::new(args, threads, Patience::default())?;
    let done = runtime.block_on(async {
        let stop = Stop::listen(None)?;
        let (mut lake, _lock) = Lake::open_or_create(&args.lake).await?;
        job.run(&mut lake, &mut Progress::new(shared), &stop).await
    })?;
    runtime.shutdown_background();
    done.summary.print(job.pages().as_deref(), job.clock.elapsed());
    match done.stopped {
        Some(stopped) => Err(stopped.into()),
        None => Ok(done.summary.exit()),
    }
}

/// What a run is made of before it reads a patient.
pub(crate) struct Job<'a> {
    args: &'a RunArgs,
    pub(crate) home: Home,
    threads: usize,
    sheet: Sheet,
    records: RecordsFolder,
    pub(crate) predictor: Arc<dyn Predictor>,
    pub(crate) settings: Settings,
    resources: Resources,
    /// What the reference was built from, and by which program.
    reference: Option<Manifest>,
    profile: Profile,
    /// What results rest on beside a patient's own inputs.
    basis: Basis,
    patience: Patience,
    /// Patients of whom nothing may be kept.
    withdrawn: Vec<Mention>,
    started: DateTime<Utc>,
    clock: Instant,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) summary: Summary,
    /// Patients whose results were made anew, with the reason: `new`, or what is another than before.
    pub(crate) ran: BTreeMap<String, Vec<&'static str>>,
    /// Patients who left the lake.
    pub(crate) gone: Vec<String>,
    /// Patients whose results stayed.
    pub(crate) unchanged: usize,
    /// Why the run ended before its work did.
    pub(crate) stopped: Option<Stopped>,
}

impl<'a> Job<'a> {
    pub(crate) fn new(
        args: &'a RunArgs,
        threads: usize,
        patience: Patience,
    ) -> anyhow::Result<Self> {
        let (started, clock) = (Utc::now(), Instant::now());
        let home = home(args)?;
        let mut sheet = Sheet::read(&args.samples)?;
        let records = RecordsFolder::new(args)?;
        if let Some(key) = &records.key {
            sheet.pseudonymise(key);
        }
        if let Some(part) = args.part {
            sheet.keep(part);
        }
        let predictor = predictor::built_in(&args.device, threads)?;
        let (profile_text, profile) = profile::read(&args.profile)?;
        let folder = args.reference.as_deref();
        let resources =
            executor::resources(folder, args.epitopes.as_deref(), &args.device, threads)?;
        let settings = Settings {
            run_id: clock::run_id(started),
            model: predictor.model().to_owned(),
            model_version: predictor.version().to_owned(),
            ranking: policy::read(args.policy.as_deref())?,
            design: args.design.name().to_owned(),
            profile: profile_text,
        };
        let reference = folder.map(Manifest::read).transpose()?;
        let basis = Basis::of(&settings, &profile, reference.as_ref(), &resources, &records);
        Ok(Self {
            args,
            home,
            threads,
            sheet,
            records,
            predictor,
            settings,
            resources,
            reference,
            profile,
            basis,
            patience,
            withdrawn: Vec::new(),
            started,
            clock,
        })
    }

    /// Patients as the lake names them: with a project key, ids of the source become pseudonyms.
    pub(crate) fn named(&self, ids: Vec<String>) -> Vec<String> {
        let Some(key) = &self.records.key else { return ids };
        let known = ProjectKey::is_pseudonym;
        ids.into_iter()
            .map(|id| if known(&id) { id } else { key.pseudonym("Patient", &id) })
            .collect()
    }

    /// Patients of the sheet.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &String> {
        self.sheet.patients.keys()
    }

    /// The same without these patients: what the sheet and the records say of them is passed over.
    pub(crate) fn without(mut self, patients: &[String], known: &BTreeSet<String>) -> Self {
        self.sheet.patients.retain(|id, _| !patients.contains(id));
        let others = known.iter().chain(self.sheet.patients.keys()).cloned().collect();
        self.withdrawn = patients.iter().map(|id| Mention::new(id, &others)).collect();
        self
    }

    /// Finds who is new or changed, makes their results anew, some patients at a time, and writes their pages.
    pub(crate) async fn run(
        &self,
        lake: &mut Lake,
        progress: &mut Progress,
        stop: &Stop,
    ) -> anyhow::Result<Done> {
        self.begin_part(lake)?;
        if let Some(folder) = self.pages() {
            fs::create_dir_all(&folder)
                .with_context(|| format!("{}: cannot be made", folder.display()))?;
        }
        let stamps = Stamps::of(&self.home.folder, !self.args.rehash, self.patience);
        let before = PreviousRun::of(lake, &self.predictor).await?;
        before.check_key(self.records.key.as_ref())?;
        let survey = Survey::take(&self.given(stop), &stamps)?;
        stamps.save(&self.home.folder);
        let mut course = Course::new(self, survey, before, stop);
        if course.has_work() {
            course.cluster = self.cluster(progress).await?;
        }
        let stopped = course.go(lake, progress).await?;
        if stopped.is_none() {
            course.missing_pages(lake).await?;
        }
        let Some(part) = self.args.part.filter(|_| stopped.is_none()) else {
            return Ok(course.done(stopped));
        };
        let (patients, kept_out) = course.told_of();
        let done = course.done(None);
        self.end_part(part, patients, kept_out, &done)?;
        Ok(done)
    }

    /// The machines that were asked for, if they are what this process is.
    async fn cluster(&self, progress: &Progress) -> anyhow::Result<Option<Cluster>> {
        let args = &self.args.cluster;
        let Some(url) = &args.cluster else { return Ok(None) };
        let folder = args.cluster_work.clone().unwrap_or_else(|| self.home.folder.join(CLUSTER));
        let (predictor, reference) = (self.predictor.as_ref(), self.reference.as_ref());
        let identity = executor::identity(predictor, &self.resources, reference);
        let credentials = credentials(&args.member)?;
        let run_id = &self.settings.run_id;
        let wait = args.cluster_wait.map_or(CLUSTER_WAIT, Duration::from_secs);
        let cluster = Cluster::connect(url, &folder, run_id, wait, &identity, &credentials).await;
        let failed = |error: ClusterError| LakeError::Workers {
            message: error.to_string(),
            passes: error.may_pass(),
        };
        let cluster = cluster.map_err(failed)?;
        Ok(Some(match progress.tasks() {
            Some(tell) => cluster.telling(tell),
            None => cluster,
        }))
    }

    fn given<'s>(&'s self, stop: &'s Stop) -> Given<'s> {
        Given {
            sheet: &self.sheet,
            records: &self.records,
            reference: self.resources.reference.as_deref(),
            withdrawn: &self.withdrawn,
            stop,
        }
    }

    /// What a reader of the lake may want to know again, as the run's row holds it.
    fn settings_row(&self) -> String {
        json!({
            "basis": self.basis, "best_peptide": self.settings.ranking.best(), "class_two": class_two(&self.resources),
            "profile": self.settings.profile, "tiers": tiers(&self.settings.ranking),
            "threads": self.threads, "reference": self.reference.as_ref().map(|r| &r.sources),
            "deid_profile": self.records.profile(), "key_id": self.records.key_id(),
        })
        .to_string()
    }

    /// Folder of the pages; a part has none, since they are written where the parts are joined.
    pub(crate) fn pages(&self) -> Option<PathBuf> {
        self.args.part.is_none().then(|| self.home.pages.clone())
    }
}

/// Predictor of class II and the version of its weights.
fn class_two(resources: &Resources) -> Option<String> {
    let predictor = resources.class_two.as_ref();
    predictor.map(|predictor| format!("{} {}", predictor.model(), predictor.version()))
}

/// What each tier means, as the run's row holds it for the pages.
pub(crate) fn tiers(ranking: &Ranking) -> BTreeMap<&str, serde_json::Value> {
    let tier = |t: &RankedTier| json!({ "meaning": t.meaning, "candidate": t.candidate });
    ranking.tiers.iter().map(|t| (t.name.as_str(), tier(t))).collect()
}
