//! The lake: DataFusion sessions with vaxloom's functions, the stages as plans, and Delta commits.
//!
//! Predictors are injected ([`vaxloom_immune::Predictor`]); nothing here knows a tensor library.

mod error;
mod functions;
pub mod pipeline;
pub mod query;
pub mod reference;
pub mod retier;
mod scan;
mod session;
mod settings;
mod stage;
mod store;

pub use datafusion::prelude::SessionContext as Session;
pub use error::LakeError;
pub use scan::read_files;
pub use session::{Genome, give_genome, session};
pub use settings::Settings;
pub use stage::{STAGES, Stage, StageCount};
pub use store::{Lake, TableVersions, WriteLock};
