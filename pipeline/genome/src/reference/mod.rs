//! What consequences are computed from: transcripts, the sequence under them, and the names of contigs.
//!
//! [`read_annotation`] reads the transcripts; [`read_genome`] the bases, or [`lay_cdna`] makes them of the transcripts' own
//! sequences; [`check_proteins`] shows whether both fit a file of proteins; [`ContigNames`] finds a contig by any name.

mod annotation;
mod cdna;
mod contig;
mod fasta;
mod fasta_names;
mod protein;
mod sequence;
mod store;
mod transcript;
mod translate;

pub use annotation::{Annotation, AnnotationError, Counts, read_annotation};
pub use cdna::{Laid, lay_cdna};
pub use contig::{Assembly, ContigNames};
pub use fasta::{
    Alphabet, FastaError, FastaRecord, GenomeCounts, read_fasta, read_genome, read_records,
};
pub use fasta_names::{slice_name, visit_names};
pub use protein::{ProteinCheck, ProteinDifference, check_proteins, coding_bases, protein};
pub use sequence::{ContigSequence, MemorySequences, SequenceSource};
pub use store::{Reference, ReferenceContig};
pub use transcript::{CodingPart, Interval, Phase, Strand, Transcript, Utr};
pub(crate) use translate::complement;
pub use translate::{GeneticCode, reverse_complement, translate};

#[cfg(test)]
mod tests;
