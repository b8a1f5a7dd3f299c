//! Cuts a stream of records into regions that no transcript joins.

use std::sync::Arc;

use super::background::Background;
use super::calls::{Carried, PhaseSets, Source, carried};
use super::placement::{self, Misplaced};
use super::{AnnotateError, Phasing, Totals};
use crate::Quarantined;
use crate::effect::Copies;
use crate::hgvs::GenomicChange;
use crate::reference::{Reference, ReferenceContig, Transcript};
use crate::vcf::{Allele, RawRecord, RawVcf, Structural};

/// How far from its alleles a call can matter: bases of a splice region.
const REACH: i64 = 8;
/// Calls nearer than this are neighbours.
pub(super) const NEIGHBOURHOOD: i64 = 30;

/// One allele of a record.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) line: i64,
    pub(super) pos: u32,
    pub(super) reference: Box<[u8]>,
    pub(super) alternative: Alternative,
    /// Position and alleles, left-aligned, where the record's are not.
    pub(super) aligned: Option<(u32, Vec<u8>, Vec<u8>)>,
    pub(super) copies: Copies,
    pub(super) background: bool,
}

/// What a call puts in the place of the reference.
#[derive(Clone, Debug)]
pub(super) enum Alternative {
    Bases(Box<[u8]>),
    /// A symbolic allele or a breakend, as written.
    Structural {
        allele: Box<str>,
        info: Option<Box<Structural>>,
    },
}

impl Call {
    /// First and last base, 1-based, as they are worked with.
    pub(super) fn span(&self) -> (i64, i64) {
        let (pos, length) = match &self.aligned {
            Some((pos, reference, _)) => (*pos, reference.len()),
            None => (self.pos, self.reference.len()),
        };
        (i64::from(pos), i64::from(pos) + length as i64 - 1)
    }
}

/// Calls that share transcripts.
pub(super) struct Region<'r> {
    pub(super) chrom: Arc<str>,
    pub(super) contig: Option<ReferenceContig<'r>>,
    pub(super) transcripts: Vec<&'r Transcript>,
    /// By the order of the file, those of the background at their place.
    pub(super) calls: Vec<Call>,
    pub(super) quarantined: Vec<Quarantined>,
    start: i64,
    end: i64,
}

impl<'r> Region<'r> {
    /// One call with the transcripts that it reaches.
    pub(super) fn of(chrom: Arc<str>, contig: Option<ReferenceContig<'r>>, call: Call) -> Self {
        let (start, end) = call.span();
        let transcripts =
            contig.iter().flat_map(|contig| contig.overlapping(start - REACH, end + REACH));
        Self {
            transcripts: transcripts.collect(),
            chrom,
            contig,
            calls: vec![call],
            quarantined: Vec::new(),
            start,
            end,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }
}

/// The contig that is being read.
struct Open<'r> {
    chrom: Arc<str>,
    contig: Option<ReferenceContig<'r>>,
    sets: PhaseSets,
}

/// The regions of a VCF.
pub(super) struct Regions<'r, 'n> {
    vcf: RawVcf,
    records: std::vec::IntoIter<RawRecord>,
    next: Option<RawRecord>,
    name: &'n str,
    reference: &'r Reference,
    phasing: Phasing,
    background: Option<Background>,
    open: Option<Open<'r>>,
    /// Refused lines and alleles that no region has taken yet.
    quarantined: Vec<Quarantined>,
    counts: Totals,
}

impl<'r, 'n> Regions<'r, 'n> {
    pub(super) fn new(
        vcf: RawVcf,
        name: &'n str,
        reference: &'r Reference,
        phasing: Phasing,
        background: Option<Background>,
    ) -> Self {
        Self {
            vcf,
            records: Vec::new().into_iter(),
            next: None,
            name,
            reference,
            phasing,
            background,
            open: None,
            quarantined: Vec::new(),
            counts: Totals::default(),
        }
    }

    /// The next region; the last one can hold nothing but quarantined lines.
    pub(super) fn next(&mut self) -> Result<Option<Region<'r>>, AnnotateError> {
        let mut region: Option<Region<'r>> = None;
        loop {
            if self.next.is_none() {
                self.next = self.read()?;
            }
            let Some(record) = &self.next else { break };
            if let Some(region) = &region
                && (region.chrom != record.contig || i64::from(record.pos) > region.end)
            {
                break;
            }
            let Some(record) = self.next.take() else { break };
            self.open_contig(&record)?;
            self.add(&record, &mut region);
        }
        let mut region = match region {
            Some(region) => region,
            None if self.quarantined.is_empty() => return Ok(None),
            None => Region {
                chrom: Arc::from(""),
                contig: None,
                transcripts: Vec::new(),
                calls: Vec::new(),
                quarantined: Vec::new(),
                start: 0,
                end: 0,
            },
        };
        region.quarantined = std::mem::take(&mut self.quarantined);
        self.close(&mut region)?;
        Ok(Some(region))
    }

    /// The counts of the regions' rows, completed.
    pub(super) fn totals(&self, rows: &Totals) -> Totals {
        let read = self.vcf.totals();
        Totals {
            records: read.lines,
            alleles: read.alleles,
            refused: read.refused,
            quarantined_alleles: self.counts.quarantined_alleles + read.refused_alleles,
            told: rows.told,
            rows: rows.rows,
            overlapping: rows.overlapping,
            unphased_neighbours: rows.unphased_neighbours,
            ..self.counts.clone()
        }
    }

    fn read(&mut self) -> Result<Option<RawRecord>, AnnotateError> {
        loop {
            if let Some(record) = self.records.next() {
                return Ok(Some(record));
            }
            let Some(batch) = self.vcf.next().transpose()? else { return Ok(None) };
            if let Some(line) = self.vcf.totals().first_out_of_order {
                return Err(AnnotateError::Unsorted { file: self.name.to_owned(), line });
            }
            self.quarantined.extend(batch.quarantined);
            self.records = batch.records.into_iter();
        }
    }

    fn open_contig(&mut self, record: &RawRecord) -> Result<(), AnnotateError> {
        if self.open.as_ref().is_some_and(|open| open.chrom == record.contig) {
            return Ok(());
        }
        let contig = self.reference.contig(&record.contig).map_err(|source| {
            AnnotateError::Sequence { contig: record.contig.to_string(), source }
        })?;
        if let Some(background) = &mut self.background {
            background.enter(&record.contig)?;
        }
        self.open = Some(Open { chrom: record.contig.clone(), contig, sets: PhaseSets::default() });
        Ok(())
    }

    /// Adds the alleles of a record to the region, or refuses them.
    fn add(&mut self, record: &RawRecord, region: &mut Option<Region<'r>>) {
        let Some(open) = &self.open else { return };
        if let Err(misplaced) = place(open.contig.as_ref(), record) {
            let alleles = record.alternatives.iter().filter(|allele| has_allele(allele));
            self.counts.quarantined_alleles += alleles.count() as u64;
            let without = record.alternatives.iter().filter(|allele| is_without(allele)).count();
            self.counts.without_allele += without as u64;
            self.quarantined.push(misplaced.quarantined(self.name, record.line));
            return;
        }
        let (chrom, contig) = (open.chrom.clone(), open.contig.clone());
        let region = region.get_or_insert_with(|| Region {
            chrom,
            contig,
            transcripts: Vec::new(),
            calls: Vec::new(),
            quarantined: Vec::new(),
            start: i64::from(record.pos),
            end: 0,
        });
        for (at, allele) in record.alternatives.iter().enumerate() {
            if let Some(call) = self.call(record, at as u16 + 1, allele) {
                reach(region, &call);
                region.calls.push(call);
            }
        }
    }

    /// The call of an allele, or `None` where it is counted only.
    fn call(&mut self, record: &RawRecord, number: u16, allele: &Allele) -> Option<Call> {
        let alternative = match allele {
            Allele::Sequence(bases) => Alternative::Bases(bases.clone()),
            Allele::Symbolic(text) | Allele::Breakend(text) => {
                Alternative::Structural { allele: text.clone(), info: record.structural.clone() }
            }
            Allele::Deleted | Allele::Missing => {
                self.counts.without_allele += 1;
                return None;
            }
            Allele::Refused => return None,
        };
        let open = self.open.as_mut()?;
        let genotype = record.genotypes.first();
        let mut copies =
            match carried(genotype, number, self.phasing, Source::Calls, &mut open.sets) {
                Carried::No => {
                    self.counts.absent += 1;
                    return None;
                }
                Carried::On(copies) => copies,
                Carried::Polyploid => {
                    self.counts.polyploid += 1;
                    Copies::Unknown
                }
            };
        if let (Some(background), Alternative::Bases(bases)) = (&mut self.background, &alternative)
        {
            let key = (record.pos, &record.reference[..], &bases[..]);
            if let Some(phased) = background.phase_of(key, &mut open.sets) {
                copies = phased;
            }
        }
        let aligned = match &alternative {
            Alternative::Bases(bases) => open
                .contig
                .as_ref()
                .and_then(|contig| left_aligned(contig, record.pos, &record.reference, bases)),
            Alternative::Structural { .. } => None,
        };
        Some(Call {
            line: record.line,
            pos: record.pos,
            reference: record.reference.clone(),
            alternative,
            aligned,
            copies,
            background: false,
        })
    }

    /// Takes the transcripts and the background of a region that has all its calls.
    fn close(&mut self, region: &mut Region<'r>) -> Result<(), AnnotateError> {
        let Some(contig) = &region.contig else { return Ok(()) };
        let last = region.calls.iter().map(|call| call.span().1).max().unwrap_or(region.start);
        region.transcripts = contig.overlapping(region.start - REACH, last + REACH).collect();
        if let (Some(background), Some(open)) = (&mut self.background, &mut self.open) {
            let first = region.transcripts.iter().map(|t| i64::from(t.interval.start)).min();
            let start = first.unwrap_or(region.start).min(region.start);
            let calls = background.between(start, region.end, region, contig, &mut open.sets)?;
            self.counts.background += calls.len() as u64;
            region.calls.extend(calls);
        }
        Ok(())
    }
}

/// Whether a record lies on the reference; alleles without a sequence need no bases of it.
fn place(contig: Option<&ReferenceContig<'_>>, record: &RawRecord) -> Result<(), Misplaced> {
    let with_bases = |allele: &Allele| matches!(allele, Allele::Sequence(_));
    let reference: &[u8] =
        if record.alternatives.iter().any(with_bases) { &record.reference } else { &[] };
    placement::check(contig, &record.contig, record.pos, reference)
}

/// Whether ALT names an allele here.
fn has_allele(allele: &Allele) -> bool {
    matches!(allele, Allele::Sequence(_) | Allele::Symbolic(_) | Allele::Breakend(_))
}

fn is_without(allele: &Allele) -> bool {
    matches!(allele, Allele::Deleted | Allele::Missing)
}

/// Widens the region by what the call reaches.
fn reach(region: &mut Region<'_>, call: &Call) {
    let (first, last) = call.span();
    region.start = region.start.min(first);
    region.end = region.end.max(last + NEIGHBOURHOOD);
    if let Some(contig) = &region.contig {
        for transcript in contig.overlapping(first - REACH, last + REACH) {
            region.end = region.end.max(i64::from(transcript.interval.end) + REACH);
        }
    }
}

/// The left-aligned form of an insertion or deletion that is written with more bases than it needs, as alleles of a record
/// with several often are. One that is as short as it can be stays where its caller has put it, as in `bcftools csq`
/// and VEP: beside splice sites and start codons the terms depend on it, the protein never does.
pub(super) fn left_aligned(
    contig: &ReferenceContig<'_>,
    pos: u32,
    reference: &[u8],
    alternative: &[u8],
) -> Option<(u32, Vec<u8>, Vec<u8>)> {
    if reference.len() == alternative.len() || is_short(reference, alternative) {
        return None;
    }
    let change = GenomicChange::from_vcf(pos, reference, alternative)?;
    let aligned = change.clone().left_aligned(&contig.sequence);
    (aligned != change).then(|| aligned.to_vcf(&contig.sequence))
}

/// Whether the alleles share at most one base, the first, which is then all that one of them has.
fn is_short(reference: &[u8], alternative: &[u8]) -> bool {
    if reference.first() == alternative.first() {
        reference.len() == 1 || alternative.len() == 1
    } else {
        reference.last() != alternative.last()
    }
}
