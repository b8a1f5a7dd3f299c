//! What can go wrong with a cluster, in words for the person who must act.

use std::net::SocketAddr;
use std::path::PathBuf;

use tonic::Code;

/// An error of a scheduler, of an executor, or of what asks them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The address is none.
    #[error("{url}: no address of a scheduler: {message}; expected one such as http://node1:50050")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// Nobody answers, or nobody who may be trusted.
    #[error(
        "{url}: the scheduler cannot be reached: {message}; is it running, and are certificates and token those of its cluster?"
    )]
    Unreachable {
        /// Of the scheduler.
        url: String,
        /// The network's word.
        message: String,
    },
    /// The scheduler does not take this program in.
    #[error("{url}: {message}")]
    Refused {
        /// Of the scheduler.
        url: String,
        /// The scheduler's word.
        message: String,
    },
    /// Others could listen, and nothing would keep them out.
    #[error(
        "{address}: others can reach this address, and without a token and certificates they could give work to the cluster or read what it computes; give --cluster-token, or listen on 127.0.0.1"
    )]
    Open {
        /// Where was to be listened.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("{address}: cannot be listened on: {source}")]
    Listen {
        /// Where was to be listened.
        address: SocketAddr,
        /// The system's word.
        source: std::io::Error,
    },
    /// A file of a token or of a certificate.
    #[error("{}: {message}", path.display())]
    Credential {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A folder for what executors and clients write.
    #[error("{}: cannot be written: {source}", path.display())]
    Folder {
        /// Folder.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Ballista.
    #[error("{0}")]
    Engine(String),
}

impl From<ballista_core::error::BallistaError> for ClusterError {
    fn from(error: ballista_core::error::BallistaError) -> Self {
        Self::Engine(error.to_string())
    }
}

impl ClusterError {
    /// What a scheduler, or the way to it, said to a first call.
    pub(super) fn of_status(url: &str, status: &tonic::Status) -> Self {
        let (url, message) = (url.to_owned(), status.message().to_owned());
        match status.code() {
            Code::FailedPrecondition | Code::Unauthenticated => Self::Refused { url, message },
            _ => Self::Unreachable { url, message: chain(status) },
        }
    }

    /// Whether it may go better a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// The words of an error and of what it came of, each once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}
