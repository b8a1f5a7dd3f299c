//! The bases under the transcripts: whole contigs, or only the pieces that are known.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// The known bases of one contig, upper case. What is not known reads as `N`.
///
/// A genome gives one piece a contig; without one, the transcripts' own sequences give a piece an exon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContigSequence {
    /// Number of bases of the contig, where it is known.
    length: Option<u32>,
    /// 1-based start and bases of each piece; sorted, without overlap.
    pieces: Vec<(u32, Vec<u8>)>,
}

impl ContigSequence {
    /// A whole contig.
    pub fn whole(mut bases: Vec<u8>) -> Self {
        bases.make_ascii_uppercase();
        Self { length: Some(bases.len() as u32), pieces: vec![(1, bases)] }
    }

    /// Pieces of a contig, each with the 1-based position of its first base. Of pieces that overlap, the bases that come
    /// first in `pieces` are kept.
    pub fn from_pieces(length: Option<u32>, pieces: Vec<(u32, Vec<u8>)>) -> Self {
        let mut sequence = Self { length, pieces: Vec::new() };
        for (start, bases) in pieces {
            sequence.add(start, bases);
        }
        sequence.join();
        sequence
    }

    /// The same bases as a slice that begins at the 1-based `start` of a contig whose length is not known.
    #[must_use]
    pub fn moved_to(self, start: u32) -> Self {
        let moved = |(at, bases): (u32, Vec<u8>)| ((at - 1).saturating_add(start), bases);
        Self { length: None, pieces: self.pieces.into_iter().map(moved).collect() }
    }

    /// Number of bases of the contig, where it is known.
    pub fn length(&self) -> Option<u32> {
        self.length
    }

    /// The pieces in the order of the contig.
    pub fn pieces(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.pieces.iter().map(|(start, bases)| (*start, bases.as_slice()))
    }

    /// The base at `position`, `N` where it is not known.
    pub fn base(&self, position: u32) -> u8 {
        let after = self.pieces.partition_point(|(start, _)| *start <= position);
        after.checked_sub(1).map_or(b'N', |at| {
            let (start, bases) = &self.pieces[at];
            bases.get((position - start) as usize).copied().unwrap_or(b'N')
        })
    }

    /// The bases from `start` to `end`, both included; `N` where they are not known, before the contig's first base and
    /// after its last.
    pub fn bases(&self, start: i64, end: i64) -> Vec<u8> {
        let mut found = vec![b'N'; usize::try_from(end - start + 1).unwrap_or(0)];
        let first =
            self.pieces.partition_point(|(at, bases)| i64::from(*at) + bases.len() as i64 <= start);
        for (at, bases) in &self.pieces[first..] {
            let at = i64::from(*at);
            if at > end {
                break;
            }
            let from = start.max(at);
            let to = end.min(at + bases.len() as i64 - 1);
            if from <= to {
                let target = (from - start) as usize..=(to - start) as usize;
                found[target].copy_from_slice(&bases[(from - at) as usize..=(to - at) as usize]);
            }
        }
        found
    }

    /// Adds the bases of a piece that are not known yet.
    fn add(&mut self, start: u32, mut bases: Vec<u8>) {
        bases.make_ascii_uppercase();
        let mut from = 0;
        while from < bases.len() {
            let position = start + from as u32;
            let after = self.pieces.partition_point(|(at, _)| *at <= position);
            let known_to = after
                .checked_sub(1)
                .map_or(0, |at| self.pieces[at].0 as usize + self.pieces[at].1.len());
            if known_to > position as usize {
                from = known_to - start as usize;
                continue;
            }
            let gap =
                self.pieces.get(after).map_or(usize::MAX, |(next, _)| (next - position) as usize);
            let to = bases.len().min(from.saturating_add(gap));
            self.pieces.insert(after, (position, bases[from..to].to_vec()));
            from = to;
        }
    }

    /// Makes one piece of pieces that follow each other.
    fn join(&mut self) {
        let mut joined: Vec<(u32, Vec<u8>)> = Vec::with_capacity(self.pieces.len());
        for (start, bases) in std::mem::take(&mut self.pieces) {
            match joined.last_mut() {
                Some((at, last)) if *at as usize + last.len() == start as usize => {
                    last.extend(bases);
                }
                _ => joined.push((start, bases)),
            }
        }
        self.pieces = joined;
    }
}

/// Where contigs are read from, one at a time.
pub trait SequenceSource: Send + Sync {
    /// The contig that the reference calls `name`; `None` where it has none of that name.
    fn contig(&self, name: &str) -> io::Result<Option<Arc<ContigSequence>>>;
}

/// Contigs that are all in memory.
#[derive(Clone, Debug, Default)]
pub struct MemorySequences(pub HashMap<String, Arc<ContigSequence>>);

impl SequenceSource for MemorySequences {
    fn contig(&self, name: &str) -> io::Result<Option<Arc<ContigSequence>>> {
        Ok(self.0.get(name).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_bases_read_as_n() {
        let pieces = vec![
            (5, b"acgt".to_vec()),
            (7, b"TTTT".to_vec()),
            (20, b"GG".to_vec()),
            (1, b"CCCCCCC".to_vec()),
        ];
        let sequence = ContigSequence::from_pieces(Some(30), pieces);
        assert_eq!(sequence.bases(-1, 12), b"NNCCCCACGTTTNN");
        assert_eq!(sequence.bases(19, 23), b"NGGNN");
        assert_eq!((sequence.base(8), sequence.base(11), sequence.base(21)), (b'T', b'N', b'G'));
        assert_eq!(sequence.pieces().map(|(start, _)| start).collect::<Vec<_>>(), [1, 20]);
        assert!(sequence.bases(3, 2).is_empty());
        let slice = ContigSequence::whole(b"ACG".to_vec()).moved_to(100);
        assert_eq!((slice.bases(99, 103), slice.length()), (b"NACGN".to_vec(), None));
    }
}
