//! A second VCF, read beside the first: how calls are phased, and which germline calls lie beside them.

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use super::AnnotateError;
use super::Phasing;
use super::calls::{Carried, PhaseSets, Source, carried};
use super::regions::{Alternative, Call, Region, left_aligned};
use crate::effect::Copies;
use crate::reference::ReferenceContig;
use crate::vcf::{Allele, RawHeader, RawRecord, RawVcf, SampleNames, Samples};

/// The phased VCF, at the place that the VCF of the calls has reached.
pub(super) struct Background {
    name: String,
    vcf: RawVcf,
    records: std::vec::IntoIter<RawRecord>,
    next: Option<RawRecord>,
    /// Contig that is being read, and those that came before.
    contig: Option<Arc<str>>,
    past: HashSet<Arc<str>>,
    /// Records of this contig that a region may still need, by position.
    held: VecDeque<RawRecord>,
}

impl Background {
    /// Opens the file; its sample is the calls' sample where it has that, else its only one.
    pub(super) fn open(path: &Path, of_calls: &RawHeader) -> Result<Self, AnnotateError> {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let all = RawVcf::open(path, &name, Samples::All)?.header().samples.clone();
        let shared = of_calls.samples.iter().find(|sample| all.contains(sample));
        let names = SampleNames { tumor: shared.cloned(), normal: None };
        let vcf = RawVcf::open(path, &name, Samples::Tumor(&names))?;
        Ok(Self {
            name,
            vcf,
            records: Vec::new().into_iter(),
            next: None,
            contig: None,
            past: HashSet::new(),
            held: VecDeque::new(),
        })
    }

    /// Goes on to `contig`, over those that the VCF of the calls has not.
    pub(super) fn enter(&mut self, contig: &Arc<str>) -> Result<(), AnnotateError> {
        if let Some(left) = self.contig.replace(contig.clone()) {
            self.past.insert(left);
        }
        self.held.clear();
        if self.past.contains(contig) {
            return Err(AnnotateError::ContigOrder {
                file: self.name.clone(),
                contig: contig.to_string(),
            });
        }
        while let Some(record) = self.peek()? {
            if record.contig == *contig {
                break;
            }
            let skipped = record.contig.clone();
            self.past.insert(skipped);
            self.next = None;
        }
        Ok(())
    }

    /// How the call `(position, REF, ALT)` is phased, where the file has it.
    pub(super) fn phase_of(
        &mut self,
        (pos, reference, alternative): (u32, &[u8], &[u8]),
        sets: &mut PhaseSets,
    ) -> Option<Copies> {
        self.hold_to(i64::from(pos)).ok()?;
        let is_it =
            |allele: &Allele| matches!(allele, Allele::Sequence(bases) if **bases == *alternative);
        let here = self.held.iter().rev().skip_while(|record| record.pos > pos);
        let (record, number) = here
            .take_while(|record| record.pos == pos)
            .filter(|record| *record.reference == *reference)
            .find_map(|record| Some((record, record.alternatives.iter().position(is_it)?)))?;
        let genotype = record.genotypes.first().filter(|genotype| genotype.ploidy() > 0);
        match carried(
            Some(genotype?),
            number as u16 + 1,
            Phasing::Genotypes,
            Source::PhasedVcf,
            sets,
        ) {
            Carried::On(copies) => Some(copies),
            Carried::No | Carried::Polyploid => None,
        }
    }

    /// The germline calls from `start` to `end` that are not calls of the region themselves. What lies before `start`
    /// is let go.
    pub(super) fn between(
        &mut self,
        start: i64,
        end: i64,
        region: &Region<'_>,
        contig: &ReferenceContig<'_>,
        sets: &mut PhaseSets,
    ) -> Result<Vec<Call>, AnnotateError> {
        self.hold_to(end)?;
        while self
            .held
            .front()
            .is_some_and(|record| i64::from(record.pos) + (record.reference.len() as i64) < start)
        {
            self.held.pop_front();
        }
        let own: HashSet<(u32, &[u8], &[u8])> = region
            .calls
            .iter()
            .filter_map(|call| match &call.alternative {
                Alternative::Bases(bases) => Some((call.pos, &call.reference[..], &bases[..])),
                Alternative::Structural { .. } => None,
            })
            .collect();
        let mut calls = Vec::new();
        for record in &self.held {
            let passed = matches!(&*record.filter, "PASS" | ".");
            let fits = *contig.sequence.bases(
                i64::from(record.pos),
                i64::from(record.pos) + record.reference.len() as i64 - 1,
            ) == *record.reference;
            if !passed || !fits {
                continue;
            }
            for (at, allele) in record.alternatives.iter().enumerate() {
                let Allele::Sequence(bases) = allele else { continue };
                if own.contains(&(record.pos, &record.reference[..], &bases[..])) {
                    continue;
                }
                let genotype = record.genotypes.first().filter(|g| g.ploidy() > 0);
                let Some(genotype) = genotype else { continue };
                let Carried::On(copies) = carried(
                    Some(genotype),
                    at as u16 + 1,
                    Phasing::Genotypes,
                    Source::PhasedVcf,
                    sets,
                ) else {
                    continue;
                };
                calls.push(Call {
                    line: record.line,
                    pos: record.pos,
                    reference: record.reference.clone(),
                    alternative: Alternative::Bases(bases.clone()),
                    aligned: left_aligned(contig, record.pos, &record.reference, bases),
                    copies,
                    background: true,
                });
            }
        }
        Ok(calls)
    }

    /// Holds the records of the contig up to position `end`.
    fn hold_to(&mut self, end: i64) -> Result<(), AnnotateError> {
        let contig = self.contig.clone();
        while let Some(record) = self.peek()? {
            if Some(&record.contig) != contig.as_ref() || i64::from(record.pos) > end {
                break;
            }
            self.held.extend(self.next.take());
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<Option<&RawRecord>, AnnotateError> {
        while self.next.is_none() {
            if let Some(record) = self.records.next() {
                self.next = Some(record);
                break;
            }
            let Some(batch) = self.vcf.next().transpose()? else { break };
            if let Some(line) = self.vcf.totals().first_out_of_order {
                return Err(AnnotateError::Unsorted { file: self.name.clone(), line });
            }
            self.records = batch.records.into_iter();
        }
        Ok(self.next.as_ref())
    }
}
