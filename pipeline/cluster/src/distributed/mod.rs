//! Many machines for the expensive part of a run, by Apache DataFusion Ballista.
//!
//! A run's client cuts its plans at the functions that cost ([`vaxloom_lake::Workers`]), writes their arguments as Parquet files of
//! about equal work into a folder that all share, and gives Ballista one plan over them: a scan and the functions. The scheduler
//! hands the files to executors as tasks, and again to others when an executor is lost; the answers come back with the number of
//! each row, so that one that is missing or told twice is seen.
//!
//! Executors ask for tasks, and answer for rows; nothing else connects to them.

mod address;
mod client;
mod engine;
mod error;
mod executor;
mod guard;
mod identity;
mod listen;
mod placement;
mod scheduler;
mod secure;
mod state;
mod task_files;
mod tunnel;
mod watch;
mod worker;

pub use client::Cluster;
pub use error::ClusterError;
pub use executor::{ExecutorSettings, executor};
pub use identity::{Identity, NONE};
pub use scheduler::{SchedulerSettings, scheduler};
pub use secure::{Credentials, Tls};

/// Version of this program: of one cluster, all have the same.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Largest message between members, bytes.
const MESSAGE: u32 = 256 * 1024 * 1024;
