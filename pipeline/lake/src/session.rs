//! DataFusion sessions that know vaxloom's functions.

use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::prelude::{SessionConfig, SessionContext};
use vaxloom_genome::Proteome;
use vaxloom_genome::reference::Reference;
use vaxloom_immune::Predictor;

use crate::{LakeError, functions};

/// A session with vaxloom's functions and no tables.
///
/// `threads` is the number of partitions that a plan may work on at a time.
pub fn session(threads: usize, predictor: &Arc<dyn Predictor>) -> SessionContext {
    let session = SessionContext::new_with_config(config(threads));
    for function in functions::all(predictor) {
        session.register_udf(function);
    }
    give(&session, predictor, &Resources::default());
    session
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
    for function in functions::of_resources(predictor, resources) {
        session.register_udf(function);
    }
}

/// Text is plain `Utf8` everywhere, as in the schema files.
pub(crate) fn config(threads: usize) -> SessionConfig {
    let mut config =
        SessionConfig::new().with_target_partitions(threads.max(1)).with_information_schema(true);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
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
