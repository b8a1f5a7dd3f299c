//! What consequences are computed from: transcripts, the sequence under them, and the names of contigs.

mod sequence;
mod transcript;

pub use sequence::{ContigSequence, MemorySequences, SequenceSource};
pub use transcript::{CodingPart, Interval, Phase, Strand, Transcript, Utr};
