//! Why alignments, or one variant, cannot be counted.

use std::io;
use std::path::Path;

use thiserror::Error;

/// Why a file of alignments as a whole cannot be used.
#[derive(Debug, Error)]
pub enum RnaEvidenceError {
    /// No such file.
    #[error(
        "{file}: there is no such file; check the path (paths in a sample sheet are relative to the sheet)"
    )]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// Neither BAM nor CRAM.
    #[error(
        "{file}: not a BAM or CRAM with a readable header; write one with `samtools view -b` (and sort and index it with `samtools sort` and `samtools index`)"
    )]
    NotAlignments {
        /// Name of the file.
        file: String,
    },
    /// The file ends too early.
    #[error(
        "{file}: the file is truncated (its end marker is missing, or it ends within a record); copy or write it again"
    )]
    Truncated {
        /// Name of the file.
        file: String,
    },
    /// A CRAM refers to a reference that was not given.
    #[error(
        "{file}: this CRAM can only be read with the reference it was written with; give that FASTA"
    )]
    NeedsReference {
        /// Name of the file.
        file: String,
    },
    /// The FASTA is not the one that the CRAM was written with.
    #[error(
        "{file}: the reference given is not the one this CRAM was written with (it lacks a contig, or a contig has another length or other bases); give that FASTA"
    )]
    OtherReference {
        /// Name of the file.
        file: String,
    },
    /// The FASTA cannot be used.
    #[error(
        "{file}: the FASTA or its index cannot be read: {source}; index it with `samtools faidx` (compressed, it must be bgzip)"
    )]
    Reference {
        /// Name of the FASTA.
        file: String,
        /// What the system or the decoder said.
        source: io::Error,
    },
    /// Reading failed.
    #[error("{file}: cannot be read: {source}; check it with `samtools quickcheck`")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// What the system or the decoder said.
        source: io::Error,
    },
    /// The index beside the file cannot be used.
    #[error("{file}: the index cannot be read: {source}; make it again with `samtools index`")]
    Index {
        /// Name of the file of alignments.
        file: String,
        /// What the system or the decoder said.
        source: io::Error,
    },
    /// The reference sequence cannot be read.
    #[error("the reference sequence of contig {contig} cannot be read: {source}")]
    Sequence {
        /// Name of the contig.
        contig: String,
        /// What the system said.
        source: io::Error,
    },
}

impl RnaEvidenceError {
    /// Reading `path` failed.
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let file = name(path);
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { file },
            io::ErrorKind::UnexpectedEof => Self::Truncated { file },
            _ => Self::Unreadable { file, source },
        }
    }

    /// The index of `path` cannot be used.
    pub(super) fn index(path: &Path, source: io::Error) -> Self {
        Self::Index { file: name(path), source }
    }
}

/// What messages call a file.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Why one variant has no counts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotCounted {
    /// The alignments know no such contig.
    #[error(
        "contig {contig} is not in the header of the alignments; give alignments to the genome that the variants were called on"
    )]
    UnknownContig {
        /// The variant's contig.
        contig: String,
    },
    /// The alignments know several such contigs.
    #[error(
        "contig {contig} is the name of several contigs in the header of the alignments; name it as the header does"
    )]
    AmbiguousContig {
        /// The variant's contig.
        contig: String,
    },
    /// An allele is not spelled in bases.
    #[error(
        "the alleles are not two different sequences of A, C, G and T; reads can only be compared with such"
    )]
    NotSequence,
    /// The variant is not on its contig.
    #[error(
        "the variant is not within its contig, of {length} bases in the header of the alignments; give alignments to the genome that the variants were called on"
    )]
    OutsideContig {
        /// Length of the contig.
        length: u32,
    },
    /// The reference has other bases there.
    #[error(
        "REF is not what the reference sequence has there; give the reference that the variants were called on"
    )]
    ReferenceDiffers,
}
