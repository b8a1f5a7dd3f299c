//! A variant as reads are compared with it: its contig in the alignments, its trimmed and left-aligned alleles.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use noodles::sam;

use super::alignment::Alignment;
use super::error::{NotCounted, RnaEvidenceError};
use super::tally::Call;
use crate::consequence::VariantKey;
use crate::reference::{ContigSequence, SequenceSource};

/// The contigs of the alignments under their own and their resolved names.
pub(super) struct Contigs<'a> {
    header: &'a sam::Header,
    resolve: &'a dyn Fn(&str) -> Option<String>,
    /// `None`: the name is of several contigs.
    resolved: HashMap<String, Option<usize>>,
}

impl<'a> Contigs<'a> {
    pub(super) fn new(
        header: &'a sam::Header,
        resolve: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut resolved = HashMap::new();
        for (at, name) in header.reference_sequences().keys().enumerate() {
            if let Some(name) = resolve(&name.to_string()) {
                resolved.entry(name).and_modify(|known| *known = None).or_insert(Some(at));
            }
        }
        Self { header, resolve, resolved }
    }

    /// Place of a contig in the header, and its length.
    fn find(&self, name: &str) -> Result<(usize, u32), NotCounted> {
        let contigs = self.header.reference_sequences();
        let at = match contigs.get_index_of(name.as_bytes()) {
            Some(at) => at,
            None => (self.resolve)(name)
                .and_then(|name| self.resolved.get(&name).copied())
                .ok_or_else(|| NotCounted::UnknownContig { contig: name.to_owned() })?
                .ok_or_else(|| NotCounted::AmbiguousContig { contig: name.to_owned() })?,
        };
        let length = contigs.get_index(at).map_or(0, |(_, contig)| usize::from(contig.length()));
        Ok((at, length as u32))
    }

    fn sequence(
        &self,
        name: &str,
        sequences: Option<&dyn SequenceSource>,
    ) -> Result<Option<Arc<ContigSequence>>, RnaEvidenceError> {
        let Some(sequences) = sequences else { return Ok(None) };
        let known = (self.resolve)(name).unwrap_or_else(|| name.to_owned());
        sequences
            .contig(&known)
            .map_err(|source| RnaEvidenceError::Sequence { contig: name.to_owned(), source })
    }
}

/// A variant without the bases that REF and ALT share.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Place of the contig in the header of the alignments.
    pub(super) contig: usize,
    /// 0-based first base of the locus; for an insertion, the base before which it is.
    pub(super) start: u32,
    pub(super) reference: Vec<u8>,
    pub(super) alternative: Vec<u8>,
    /// The bases around an insertion or deletion, where they are known.
    pub(super) sequence: Option<Arc<ContigSequence>>,
}

impl Site {
    /// The outer error is of the reference sequence, the inner one of this variant.
    pub(super) fn new(
        variant: &VariantKey<'_>,
        contigs: &Contigs<'_>,
        sequences: Option<&dyn SequenceSource>,
    ) -> Result<Result<Self, NotCounted>, RnaEvidenceError> {
        let placed = match Self::trimmed(variant, contigs) {
            Ok(site) => site,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(sequence) = contigs.sequence(variant.chrom, sequences)? else {
            return Ok(Ok(placed));
        };
        let stated = variant.ref_allele.as_bytes();
        let found = sequence.bases(variant.pos, variant.pos + stated.len() as i64 - 1);
        let differs =
            |(found, stated): (&u8, &u8)| *found != b'N' && !found.eq_ignore_ascii_case(stated);
        if found.iter().zip(stated).any(differs) {
            return Ok(Err(NotCounted::ReferenceDiffers));
        }
        Ok(Ok(placed.left_aligned(sequence)))
    }

    fn trimmed(variant: &VariantKey<'_>, contigs: &Contigs<'_>) -> Result<Self, NotCounted> {
        let reference = variant.ref_allele.to_ascii_uppercase().into_bytes();
        let alternative = variant.alt_allele.to_ascii_uppercase().into_bytes();
        let spelled = |bases: &[u8]| bases.iter().all(|base| b"ACGT".contains(base));
        if reference == alternative || !spelled(&reference) || !spelled(&alternative) {
            return Err(NotCounted::NotSequence);
        }
        let (contig, length) = contigs.find(variant.chrom)?;
        let first = u32::try_from(variant.pos).ok().filter(|&first| first > 0);
        let end = first.map(|first| first as usize - 1 + reference.len());
        let (Some(first), true) = (first, end.is_some_and(|end| end <= length as usize)) else {
            return Err(NotCounted::OutsideContig { length });
        };
        let pairs = || reference.iter().zip(&alternative);
        let before = pairs().take_while(|(one, other)| one == other).count();
        let (reference, alternative) = (&reference[before..], &alternative[before..]);
        let pairs = reference.iter().rev().zip(alternative.iter().rev());
        let after = pairs.take_while(|(one, other)| one == other).count();
        Ok(Self {
            contig,
            start: first - 1 + before as u32,
            reference: reference[..reference.len() - after].to_vec(),
            alternative: alternative[..alternative.len() - after].to_vec(),
            sequence: None,
        })
    }

    fn left_aligned(mut self, sequence: Arc<ContigSequence>) -> Self {
        let allele = match (self.reference.is_empty(), self.alternative.is_empty()) {
            (true, false) => &mut self.alternative,
            (false, true) => &mut self.reference,
            _ => return self,
        };
        let shift = left_shift(&sequence, self.start, self.start, allele);
        let length = allele.len();
        allele.rotate_right(shift as usize % length);
        self.start -= shift;
        self.sequence = Some(sequence);
        self
    }

    /// 0-based end of the locus, not included.
    pub(super) fn end(&self) -> u32 {
        self.start + self.reference.len() as u32
    }

    /// The locus and a base on each side, 0-based, end not included.
    pub(super) fn window(&self) -> (u32, u32) {
        (self.start.saturating_sub(1), self.end() + 1)
    }

    pub(super) fn is_insertion(&self) -> bool {
        self.reference.is_empty()
    }

    /// Which allele a range of a read's bases is. Where a read lacks an insertion, the bases beside it must be known.
    pub(super) fn call(&self, read: &Alignment, allele: &Range<usize>) -> Call {
        let beside = allele.start.saturating_sub(1)..read.bases.len().min(allele.end + 1);
        if allele.is_empty() && self.is_insertion() && read.bases[beside].contains(&b'N') {
            return Call::Unknown;
        }
        self.call_bases(&read.bases[allele.clone()])
    }

    /// Which allele these bases are.
    pub(super) fn call_bases(&self, bases: &[u8]) -> Call {
        if bases.contains(&b'N') {
            Call::Unknown
        } else if bases == self.reference {
            Call::Reference
        } else if bases == self.alternative {
            Call::Alternative
        } else {
            Call::Other
        }
    }
}

/// By how many bases, `room` at most, an insertion or deletion of the bases `allele` at the 0-based position `at` can be
/// placed further to the left (Tan, Abecasis and Kang 2015, <https://doi.org/10.1093/bioinformatics/btv112>). So placed,
/// its bases are `allele` rotated to the right as often.
pub(super) fn left_shift(sequence: &ContigSequence, at: u32, room: u32, allele: &[u8]) -> u32 {
    let fits = |&shift: &u32| {
        let last = allele[allele.len() - 1 - shift as usize % allele.len()];
        // The base before the 0-based position p has the 1-based position p.
        last == sequence.base(at - shift) && last != b'N'
    };
    (0..room.min(at)).take_while(fits).count() as u32
}
