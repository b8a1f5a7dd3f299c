//! The server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::lake::bytes;

/// A Flight SQL server over a lake, for notebooks, BI tools and JDBC.
///
/// It only reads, and readers see the last finished run. Users, their hashed tokens and their roles stand in a file (--auth): a
/// researcher is answered aggregates behind the privacy gate, an analyst rows. Every statement and every refusal is audited.
/// Without a certificate it listens on this machine alone. SIGTERM lets statements end, for as long as --grace says.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  vaxloom serve token
  vaxloom serve --lake lake --auth users.toml --state serve
  vaxloom serve --lake lake --auth users.toml --state serve --listen 0.0.0.0:50051 --tls-cert server.pem --tls-key server.key --client-ca clients.pem
  vaxloom audit verify serve/audit.jsonl

users.toml:
  cohorts = \"cohorts.csv\"       # optional: patient_id,cohort,consent,data_use
  [[user]]
  name = \"rosalind\"
  role = \"researcher\"
  token = \"sha256:...\"          # as vaxloom serve token prints it
  expires = \"2027-06-30T00:00:00Z\""
)]
pub(crate) struct ServeArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ServeCommand>,
    #[command(flatten)]
    pub(crate) server: Option<ServerArgs>,
}

#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// Folder or URL (s3://, gs://, az://, abfss://) of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Users, roles and hashed tokens (TOML); read again when it changes
    #[arg(long, value_name = "FILE")]
    pub(crate) auth: PathBuf,
    /// Folder of the privacy gate's key and memory, and of the audit trail; it outlives the server, and is its account's alone
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Audit trail; default: audit.jsonl in the folder of --state
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// Where Flight SQL is spoken
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    pub(crate) listen: SocketAddr,
    /// Certificate chain of the server (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Authority that signs clients' certificates (PEM): every client must show one
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) client_ca: Option<PathBuf>,
    /// Where /health and /metrics (Prometheus) are; without it, nowhere
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) http: Option<SocketAddr>,
    /// Longest time of a statement, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    /// Memory of one statement; over that it spills to disk, or fails alone
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = bytes)]
    pub(crate) memory_limit: usize,
    /// Statements that run at a time; others wait
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrent: u16,
    /// Statements a day, of one researcher, that ask what nobody has asked before
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) new_questions: usize,
    /// How long statements may go on after SIGTERM or SIGINT, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) grace: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServeCommand {
    /// Makes a token, and prints it and its hash for the file of users
    Token,
}
