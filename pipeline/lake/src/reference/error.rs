//! What can go wrong with a reference, in words for the person who must act.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use vaxloom_genome::ProteomeError;
use vaxloom_genome::proteome::PartsError;
use vaxloom_genome::reference::{AnnotationError, FastaError};

use super::manifest::FORMAT;

/// Why a reference cannot be built or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The folder is not there, or has no manifest.
    #[error(
        "{}: no reference here (no reference.json); build one with: vaxloom reference build --fasta F --gff G --out {}",
        dir.display(), dir.display()
    )]
    Missing {
        /// Folder.
        dir: PathBuf,
    },
    /// Built by a program that writes references in another way.
    #[error(
        "{}: the reference has format version {found}, and this vaxloom ({program}) reads {FORMAT}; build the reference again",
        path.display(), program = env!("CARGO_PKG_VERSION")
    )]
    Format {
        /// The manifest.
        path: PathBuf,
        /// Version found.
        found: u32,
    },
    /// A file that is not what was written.
    #[error("{}: {what}; build the reference again", path.display())]
    Damaged {
        /// File.
        path: PathBuf,
        /// What was found, and what was expected.
        what: String,
    },
    /// The stored proteome.
    #[error("{}: {source}", dir.display())]
    Proteome {
        /// Folder.
        dir: PathBuf,
        /// What does not fit.
        source: PartsError,
    },
    /// The output is something else than a reference.
    #[error(
        "{}: holds {found} and no reference; give an empty or a new folder", dir.display()
    )]
    Occupied {
        /// Folder.
        dir: PathBuf,
        /// A name found there.
        found: String,
    },
    /// The output is a reference of other sources.
    #[error(
        "{}: holds a reference of other sources ({found}); replace it with --force, or give a new folder", dir.display()
    )]
    OtherSources {
        /// Folder.
        dir: PathBuf,
        /// Its sources.
        found: String,
    },
    /// Annotation and sequence do not belong together.
    #[error(
        "{sequences}: {found}; expected {expected}; take sequences and annotation of one assembly and release"
    )]
    Strangers {
        /// File with the sequences.
        sequences: String,
        /// What was found.
        found: String,
        /// What the annotation asks for.
        expected: String,
    },
    /// Two records of a FASTA are the same contig.
    #[error(
        "{file}: {name} is contig {contig}, which came before; expected each contig once, whole or as one slice"
    )]
    ContigTwice {
        /// File.
        file: String,
        /// Name of the record.
        name: String,
        /// The annotation's name of the contig.
        contig: String,
    },
    /// The system refused to read a file.
    #[error("{}: cannot be read: {source}; check the path and the permissions", path.display())]
    Unreadable {
        /// File.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The system refused to write.
    #[error("{}: cannot be written: {source}; check the permissions and the space left", path.display())]
    Unwritable {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The annotation cannot be used.
    #[error(transparent)]
    Annotation(#[from] AnnotationError),
    /// A FASTA of the genome, transcripts or proteins cannot be used.
    #[error(transparent)]
    Fasta(#[from] FastaError),
    /// The FASTA of the proteome cannot be used.
    #[error(transparent)]
    ProteomeFasta(#[from] ProteomeError),
}

impl ReferenceError {
    pub(super) fn damaged(path: &Path, what: &dyn Display) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.to_string() }
    }

    pub(super) fn unwritable(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Unwritable { path: path.to_owned(), source }
    }

    pub(super) fn unreadable(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Unreadable { path: path.to_owned(), source }
    }

    /// Of a library that writes Parquet.
    pub(super) fn not_written<E: std::error::Error + Send + Sync + 'static>(
        path: &Path,
    ) -> impl Fn(E) -> Self {
        move |error| Self::Unwritable { path: path.to_owned(), source: io::Error::other(error) }
    }
}
