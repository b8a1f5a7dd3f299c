//! A reference that is ready for use: transcripts by contig, sequences, and the names of contigs.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use super::{ContigNames, ContigSequence, SequenceSource, Transcript};

/// Transcripts and the sequence under them.
pub struct Reference {
    contigs: HashMap<String, ContigTranscripts>,
    names: ContigNames,
    sequences: Box<dyn SequenceSource>,
}

impl Reference {
    /// Of `transcripts` in any order; `contigs` are all contigs of the reference, with their lengths where known.
    pub fn new(
        transcripts: Vec<Transcript>,
        contigs: Vec<(String, Option<u32>)>,
        sequences: Box<dyn SequenceSource>,
    ) -> Self {
        let mut by_contig: HashMap<String, Vec<Transcript>> = HashMap::new();
        for transcript in transcripts {
            by_contig.entry(transcript.contig.clone()).or_default().push(transcript);
        }
        let sorted = by_contig.into_iter().map(|(name, list)| (name, ContigTranscripts::new(list)));
        Self { contigs: sorted.collect(), names: ContigNames::new(contigs), sequences }
    }

    /// Names of its contigs.
    pub fn names(&self) -> &ContigNames {
        &self.names
    }

    /// The bases, by the reference's own names of contigs.
    pub fn sequences(&self) -> &dyn SequenceSource {
        &*self.sequences
    }

    /// All transcripts, contig by contig in no order.
    pub fn transcripts(&self) -> impl Iterator<Item = &Transcript> {
        self.contigs.values().flat_map(|contig| &contig.transcripts)
    }

    /// Opens the contig that a file calls `name`; `None` where the reference has none of that name.
    pub fn contig(&self, name: &str) -> io::Result<Option<ReferenceContig<'_>>> {
        let Some(name) = self.names.resolve(name) else { return Ok(None) };
        let Some(sequence) = self.sequences.contig(name)? else { return Ok(None) };
        Ok(Some(ReferenceContig {
            accession: self.names.refseq_accession(name).unwrap_or(name),
            transcripts: self.contigs.get(name),
            sequence,
        }))
    }
}

/// One contig, with its sequence in memory.
#[derive(Clone)]
pub struct ReferenceContig<'r> {
    /// What HGVS calls it: RefSeq's accession where the assembly is known, else the reference's own name.
    pub accession: &'r str,
    /// Its bases.
    pub sequence: Arc<ContigSequence>,
    transcripts: Option<&'r ContigTranscripts>,
}

impl<'r> ReferenceContig<'r> {
    /// The transcripts that have a base from `start` to `end`, 1-based and inclusive; by position, then identifier.
    pub fn overlapping(
        &self,
        start: i64,
        end: i64,
    ) -> impl Iterator<Item = &'r Transcript> + use<'r> {
        let all: &'r [Transcript] = self.transcripts.map_or(&[], |list| &list.transcripts);
        let ends: &'r [u32] = self.transcripts.map_or(&[], |list| &list.furthest);
        let first = ends.partition_point(|&furthest| i64::from(furthest) < start);
        all[first..]
            .iter()
            .take_while(move |transcript| i64::from(transcript.interval.start) <= end)
            .filter(move |transcript| i64::from(transcript.interval.end) >= start)
    }
}

/// The transcripts of a contig, by position.
struct ContigTranscripts {
    transcripts: Vec<Transcript>,
    /// The last base of any transcript up to and with this one.
    furthest: Vec<u32>,
}

impl ContigTranscripts {
    fn new(mut transcripts: Vec<Transcript>) -> Self {
        transcripts.sort_by(|a, b| (a.interval, &a.id).cmp(&(b.interval, &b.id)));
        let ends = transcripts.iter().scan(0, |furthest, transcript| {
            *furthest = transcript.interval.end.max(*furthest);
            Some(*furthest)
        });
        let furthest = ends.collect();
        Self { transcripts, furthest }
    }
}
