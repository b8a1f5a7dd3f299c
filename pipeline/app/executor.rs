//! `vaxloom executor`: an executor of a cluster, and what it has in common with the runs that it works for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use vaxloom_cluster::distributed::{self, ExecutorSettings, Identity, NONE};
use vaxloom_immune::Predictor;
use vaxloom_lake::Resources;
use vaxloom_lake::reference::{self, Manifest};
use vaxloom_models::Task;

use crate::args::ExecutorArgs;
use crate::exit::{self, Exit};
use crate::ingest::sha256_of;
use crate::members::{credentials, terminated};
use crate::{epitopes, predictor};

/// Runs until SIGTERM.
pub(crate) fn executor(args: &ExecutorArgs, threads: usize) -> anyhow::Result<Exit> {
    // First, so that what is loaded takes no more threads than it may.
    let runtime = exit::runtime(threads)?;
    // Each task has a thread of its own: libtorch needs no more.
    let class_one = predictor::load(Task::Mhc1Presentation, None, &args.device, 1)?;
    let accelerated = args.accelerated || class_one.accelerated();
    let class_one: Arc<dyn Predictor> = class_one;
    let resources =
        resources(args.reference.as_deref(), args.epitopes.as_deref(), &args.device, 1)?;
    let manifest = args.reference.as_deref().map(Manifest::read).transpose()?;
    let settings = ExecutorSettings {
        scheduler: args.scheduler.clone(),
        bind: args.bind,
        host: args.host.clone(),
        threads,
        accelerated,
        work_dir: args.work_dir.clone(),
        wait: Duration::from_secs(args.wait),
        drain: Duration::from_secs(args.drain),
        identity: identity(class_one.as_ref(), &resources, manifest.as_ref()),
        credentials: credentials(&args.member)?,
    };
    let functions = vaxloom_lake::functions(&class_one, &resources);
    runtime.block_on(async {
        let joined = |name: &str| tracing::info!("executor {name} has joined {}", args.scheduler);
        distributed::executor(settings, functions, joined, terminated()?).await?;
        anyhow::Ok(())
    })?;
    runtime.shutdown_background();
    Ok(Exit::Done)
}

/// What the functions of a run ask beside the predictor of class I.
pub(crate) fn resources(
    folder: Option<&Path>,
    epitopes: Option<&Path>,
    device: &str,
    threads: usize,
) -> anyhow::Result<Resources> {
    Ok(Resources {
        proteome: folder.map(reference::open_proteome).transpose()?.map(Arc::new),
        reference: folder.map(reference::open).transpose()?.map(Arc::new),
        class_two: Some(predictor::load(Task::Mhc2Presentation, None, device, threads)?),
        epitopes: epitopes.map(epitopes::read).transpose()?.map(Arc::new),
    })
}

/// What results depend on beside the rows.
pub(crate) fn identity(
    class_one: &dyn Predictor,
    resources: &Resources,
    reference: Option<&Manifest>,
) -> Identity {
    let of = |predictor: &dyn Predictor| format!("{} {}", predictor.model(), predictor.version());
    let none = || NONE.to_owned();
    Identity {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        model: of(class_one),
        class_two: resources.class_two.as_deref().map_or_else(none, of),
        reference: reference.map_or_else(none, |manifest| sha256_of(&json!(manifest))),
        epitopes: resources
            .epitopes
            .as_ref()
            .map_or_else(none, |epitopes| sha256_of(&json!(epitopes))),
    }
}
