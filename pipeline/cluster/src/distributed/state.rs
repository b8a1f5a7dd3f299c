//! What Ballista is told of vaxloom: the same functions at the scheduler, which plans them, and at executors, which run them.

use std::collections::HashMap;
use std::sync::Arc;

use ballista_core::extension::{
    EndpointOverrideFn, SessionConfigExt, ballista_aggregate_functions, ballista_scalar_functions,
    ballista_window_functions,
};
use ballista_core::registry::BallistaFunctionRegistry;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionConfig;

/// Ballista's own settings, with this member's connections.
pub(super) fn config(endpoints: &EndpointOverrideFn) -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_override_create_grpc_client_endpoint(Arc::clone(endpoints))
}

/// Functions of SQL and of vaxloom, by name.
pub(super) fn registry(functions: Vec<ScalarUDF>) -> BallistaFunctionRegistry {
    let scalar_functions = scalar_functions(functions);
    BallistaFunctionRegistry { scalar_functions, ..BallistaFunctionRegistry::default() }
}

/// A session that plans with these functions.
pub(super) fn session(config: SessionConfig, functions: &[ScalarUDF]) -> SessionState {
    let functions = scalar_functions(functions.to_vec());
    SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_runtime_env(Arc::new(RuntimeEnv::default()))
        .with_scalar_functions(functions.into_values().collect())
        .with_aggregate_functions(ballista_aggregate_functions())
        .with_window_functions(ballista_window_functions())
        .build()
}

fn scalar_functions(own: Vec<ScalarUDF>) -> HashMap<String, Arc<ScalarUDF>> {
    let all = ballista_scalar_functions().into_iter().chain(own.into_iter().map(Arc::new));
    all.map(|function| (function.name().to_owned(), function)).collect()
}
