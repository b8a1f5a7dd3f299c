//! The lake: DataFusion sessions with vaxloom's functions, the stages as plans, and Delta commits.
//!
//! Predictors are injected ([`vaxloom_immune::Predictor`]); nothing here knows a tensor library.

mod contents;
mod error;
mod files;
pub mod forget;
mod functions;
pub mod gate;
pub mod gather;
mod layout;
mod lock;
mod lookup;
mod object;
pub mod pipeline;
mod place;
pub mod query;
mod ranking;
pub mod reference;
pub mod rekey;
pub mod retier;
mod scan;
mod session;
mod settings;
mod sql;
mod stage;
mod store;
mod upkeep;
mod workers;
mod write;

pub use datafusion::prelude::SessionContext as Session;
pub use error::{LakeError, passes_by_itself};
pub use lock::WriteLock;
pub use lookup::without_lookup;
pub use pipeline::compared;
pub use place::in_store;
pub use ranking::{RankedTier, Ranking};
pub use scan::read_files;
pub use session::{Limits, Resources, functions, give, session, session_over};
pub use settings::Settings;
pub use sql::{View, views};
pub use stage::{STAGES, Stage, StageCount};
pub use store::{Lake, TableVersions};
pub use upkeep::{Act, Commit, Compacted, FinishedRun, Vacuumed};
pub use workers::{Work, Workers};
