//! What can keep the server from starting, in words for the person who must act.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// An error of the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A file cannot be read or written.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// A file of users and roles that says something else than it may.
    #[error("{}: {message}", path.display())]
    Access {
        /// File.
        path: PathBuf,
        /// What was found, and what was expected.
        message: String,
    },
    /// A certificate or key that cannot be used.
    #[error("{}: {message}; expected a PEM file", path.display())]
    Certificate {
        /// File.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Tokens would cross a network in plain text.
    #[error(
        "{0}: tokens and rows would be readable on the way; give --tls-cert and --tls-key, or listen on 127.0.0.1"
    )]
    PlainText(SocketAddr),
    /// The address cannot be listened on.
    #[error("{address}: cannot listen there: {source}; is another server running?")]
    Listen {
        /// Address.
        address: SocketAddr,
        /// The system's word.
        source: std::io::Error,
    },
    /// The audit trail.
    #[error(transparent)]
    Audit(#[from] vaxloom_clinical::audit::AuditError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] vaxloom_lake::LakeError),
    /// The memory of the privacy gate.
    #[error(transparent)]
    Gate(#[from] vaxloom_lake::gate::MemoryError),
    /// The protocol.
    #[error("Flight SQL: {0}")]
    Protocol(String),
}

impl ServeError {
    pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}
