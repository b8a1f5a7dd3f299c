//! Why a proteome cannot be read.

use std::io;

use thiserror::Error;

/// Why a FASTA file of proteins cannot be used.
#[derive(Debug, Error)]
pub enum ProteomeError {
    /// No such file.
    #[error("{file}: there is no such file; check the path")]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends within its compressed data.
    #[error("{file}: the compressed file is truncated; copy or download it again")]
    Truncated {
        /// Name of the file.
        file: String,
    },
    /// Reading failed.
    #[error("{file}: cannot be read near line {line}: {source}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// The line that was being read.
        line: i64,
        /// What the system said.
        source: io::Error,
    },
    /// There is text before the first protein.
    #[error(
        "{file}, line {line}: text before the first header; expected FASTA, whose headers begin with '>'"
    )]
    NoHeader {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: i64,
    },
    /// No protein is left.
    #[error(
        "{file}: no protein that can be used ({refused} refused: without identifier or residues, or with a residue that is not a letter); expected a FASTA of proteins"
    )]
    NoProtein {
        /// Name of the file.
        file: String,
        /// Number of records that were refused.
        refused: usize,
    },
    /// Every residue is A, C, G, T, U or N.
    #[error("{file}: holds nucleotides; expected a FASTA of proteins (e.g. Ensembl's pep.all.fa)")]
    Nucleotides {
        /// Name of the file.
        file: String,
    },
    /// Positions do not fit.
    #[error("{file}, line {line}: more than 4 294 967 295 residues; split the file by species")]
    TooLarge {
        /// Name of the file.
        file: String,
        /// 1-based line of the protein that no longer fits.
        line: i64,
    },
}

/// Why stored parts make no proteome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PartsError {
    /// The content is not that of which the checksum was taken.
    #[error(
        "the proteome's checksum is {found:08x}; expected {expected:08x}; build the reference again"
    )]
    Checksum {
        /// CRC-32 of the parts.
        found: u32,
        /// The stored one.
        expected: u32,
    },
    /// The parts do not fit each other.
    #[error("the proteome's {part}; build the reference again")]
    Inconsistent {
        /// The part, what was found and what was expected.
        part: &'static str,
    },
}
