//! DataFusion sessions that know vaxloom's functions.

use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::{SessionConfig, SessionContext};
use vaxloom_genome::Proteome;
use vaxloom_genome::reference::Reference;
use vaxloom_immune::Predictor;

use crate::functions as science;
use crate::sql::counts::CountsAsSums;
use crate::{Lake, LakeError};

/// A session with vaxloom's functions and no tables.
///
/// `threads` is the number of partitions that a plan may work on at a time.
pub fn session(threads: usize, predictor: &Arc<dyn Predictor>) -> SessionContext {
    with_functions(SessionContext::new_with_config(config(threads)), predictor)
}

/// What a query may take and see.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Partitions that a plan may work on at a time.
    pub threads: usize,
    /// Bytes of memory that the queries of a session may hold together; what sorts, joins and groups need beyond goes to
    /// temporary files, and a query that cannot do with it fails alone. None: as much as there is.
    pub memory: Option<usize>,
    /// Whether files are tables as well ([`crate::read_files`]): a server must not read those of its host.
    pub files: bool,
}

/// A session over a lake, with its tables, views and functions, within limits. [`give`] adds what was not given yet. Queries look
/// scores up that the lake has.
pub async fn session_over(
    lake: &Lake,
    predictor: &Arc<dyn Predictor>,
    limits: Limits,
) -> Result<SessionContext, LakeError> {
    let config = config(limits.threads).with_extension(Arc::new(LakeOf(lake.clone())));
    let mut runtime = RuntimeEnvBuilder::new();
    if let Some(bytes) = limits.memory {
        runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
    }
    let session = SessionContext::new_with_config_rt(config, runtime.build_arc()?);
    let session = with_functions(session, predictor);
    if limits.files {
        crate::read_files(&session);
    }
    crate::sql::give_lake(&session, lake).await?;
    let presentation = session.table_provider("presentation").await?;
    let state = SessionStateBuilder::new_from_existing(session.state());
    let state = crate::lookup::give(state, predictor, presentation)
        .with_optimizer_rule(Arc::new(CountsAsSums));
    Ok(SessionContext::new_with_state(state.build()))
}

/// The lake of a session.
#[derive(Debug)]
pub(crate) struct LakeOf(pub(crate) Lake);

fn with_functions(session: SessionContext, predictor: &Arc<dyn Predictor>) -> SessionContext {
    for function in science::all(predictor) {
        session.register_udf(function);
    }
    give(&session, predictor, &Resources::default());
    session
}

/// All functions of vaxloom, for machines that have no session of this process.
pub fn functions(predictor: &Arc<dyn Predictor>, resources: &Resources) -> Vec<ScalarUDF> {
    let mut functions = science::all(predictor);
    functions.extend(science::of_resources(predictor, resources));
    functions
}

/// What functions may ask beside the predictor of class I, as far as it was given: those that need what is missing say how
/// to give it.
#[derive(Clone, Default)]
pub struct Resources {
    /// The proteins of normal cells.
    pub proteome: Option<Arc<Proteome>>,
    /// Transcripts and the sequence under them.
    pub reference: Option<Arc<Reference>>,
    /// Predicts class II presentation.
    pub class_two: Option<Arc<dyn Predictor>>,
    /// Epitopes that T cells are known to answer.
    pub epitopes: Option<Arc<Vec<String>>>,
}

/// Lets the functions of a session ask these.
pub fn give(session: &SessionContext, predictor: &Arc<dyn Predictor>, resources: &Resources) {
    for function in science::of_resources(predictor, resources) {
        session.register_udf(function);
    }
}

/// Text is plain `Utf8` everywhere, as in the schema files.
pub(crate) fn config(threads: usize) -> SessionConfig {
    let mut config =
        SessionConfig::new().with_target_partitions(threads.max(1)).with_information_schema(true);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.execution.parquet.pushdown_filters = true;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.collect_spans = true;
    config
}

/// Names the tables under a schema: `public` is the one that needs no name in SQL.
pub(crate) fn register_tables(
    session: &SessionContext,
    name: &str,
    tables: Arc<dyn SchemaProvider>,
) -> Result<(), LakeError> {
    if let Some(catalog) = session.catalog("datafusion") {
        catalog.register_schema(name, tables)?;
    }
    Ok(())
}
