//! Why a cohort cannot be made.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What is wrong, where, and what helps.
#[derive(Debug, Error)]
pub enum SimulateError {
    /// No such name.
    #[error("{what} \"{found}\": expected one of {expected}")]
    Unknown {
        /// What was named: a type of cancer, a population.
        what: &'static str,
        /// The name.
        found: String,
        /// The names that there are.
        expected: String,
    },
    /// The folder has files already.
    #[error("{}: there are files in this folder already; name a new folder, or empty this one", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// Reading or writing failed.
    #[error("{}: {source}; check the path, rights and free space", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bases of a contig cannot be read.
    #[error("contig {contig} of the reference: {source}; build the reference again")]
    Contig {
        /// Its name.
        contig: String,
        /// What was said.
        source: io::Error,
    },
    /// Mutations of this context have no place.
    #[error(
        "the reference has no coding base in the context {context}, which mutations need; expected a reference with some hundred complete protein-coding genes"
    )]
    NoSite {
        /// The trinucleotide, pyrimidine in the middle.
        context: String,
    },
    /// A table of this crate is damaged.
    #[error(
        "built-in table {table}, line {line}: {found}; this is a mistake in vaxloom: please report it"
    )]
    Table {
        /// Its name.
        table: &'static str,
        /// 1-based line.
        line: usize,
        /// What was found.
        found: String,
    },
}

impl SimulateError {
    /// Of a file or folder.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
