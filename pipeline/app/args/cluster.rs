//! A cluster: its scheduler, its executors, and what its members know each other by.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// What the members of a cluster know each other by. Each connection between them has a certificate at both ends, and each request the
/// token.
#[allow(clippy::struct_field_names, reason = "they are named as their options are")]
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cluster members")]
pub(crate) struct MemberArgs {
    /// File with the token that all members of the cluster share
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster_token: Option<PathBuf>,
    /// Certificate chain of this member (PEM), for the name that others reach it by
    #[arg(long, value_name = "FILE", requires_all = ["cluster_key", "cluster_ca"])]
    pub(crate) cluster_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cluster_cert")]
    pub(crate) cluster_key: Option<PathBuf>,
    /// Authority that signs the certificates of all members (PEM)
    #[arg(long, value_name = "FILE", requires = "cluster_cert")]
    pub(crate) cluster_ca: Option<PathBuf>,
}

/// The scheduler of a cluster that computes what is expensive of a run.
///
/// It hands tasks to executors, and to others when one is lost. Ballista's REST interface, its web view and its metrics for Prometheus
/// are on the same port (/api/jobs, /api/executors, /api/metrics). SIGTERM lets running jobs end.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom scheduler
  vaxloom scheduler --bind 0.0.0.0:50050 --cluster-token token --cluster-cert node1.pem --cluster-key node1.key --cluster-ca ca.pem")]
pub(crate) struct SchedulerArgs {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50050")]
    pub(crate) bind: SocketAddr,
    /// Without REST interface, web view and metrics
    #[arg(long)]
    pub(crate) no_rest: bool,
    /// After how long an executor that says nothing is lost; busy ones speak every 5 s
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(10..))]
    pub(crate) executor_timeout: u64,
    /// At SIGTERM: how long running jobs may still take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(crate) drain: u64,
    #[command(flatten)]
    pub(crate) member: MemberArgs,
}

/// An executor of a cluster: takes tasks of runs, with models that it loads once.
///
/// Version, models, reference and epitopes must be those of the runs and of the other executors. SIGTERM lets its tasks end, and
/// keeps their rows while jobs need them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom executor --scheduler http://127.0.0.1:50050 --threads 4
  vaxloom executor --scheduler http://node1:50050 --reference grch38 --bind 0.0.0.0:50051 --cluster-token token \\
      --cluster-cert node2.pem --cluster-key node2.key --cluster-ca ca.pem --host node2")]
pub(crate) struct ExecutorArgs {
    /// URL of the scheduler
    #[arg(long, value_name = "URL")]
    pub(crate) scheduler: String,
    /// Where it listens for those who need its rows; port 0: a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) bind: SocketAddr,
    /// Name or address that others reach it by; default: the address that it listens on, or reaches the scheduler from
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Folder of its own for rows between stages; default: a temporary one
    #[arg(long, value_name = "DIR")]
    pub(crate) work_dir: Option<PathBuf>,
    /// Reference of the runs, if they have one
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Epitopes of the runs, if they have some
    #[arg(long, value_name = "FILE")]
    pub(crate) epitopes: Option<PathBuf>,
    /// Where predictions run: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// Counts as a machine with an accelerator without having a GPU: peptides are scored on such machines while there are some
    #[arg(long)]
    pub(crate) accelerated: bool,
    /// How long the scheduler is waited for at the start
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
    /// At SIGTERM: how long rows are kept for jobs that need them
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(crate) drain: u64,
    #[command(flatten)]
    pub(crate) member: MemberArgs,
}

/// The cluster of a run.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ClusterArgs {
    /// Scheduler of a cluster that computes what is expensive (vaxloom scheduler, vaxloom executor); the results are the same
    #[arg(long, value_name = "URL")]
    pub(crate) cluster: Option<String>,
    /// Folder that the run, the scheduler and the executors share under the same path; default: .cluster in the lake's folder
    #[arg(long, value_name = "DIR", requires = "cluster")]
    pub(crate) cluster_work: Option<PathBuf>,
    /// How long a scheduler that is lost in the middle is waited for; 60 by default
    #[arg(long, value_name = "SECONDS", requires = "cluster")]
    pub(crate) cluster_wait: Option<u64>,
    #[command(flatten)]
    pub(crate) member: MemberArgs,
}
