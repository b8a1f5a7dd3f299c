//! The order of the records, and variants that the file has twice.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::refusal;
use super::{Allele, RawBatch, RawRecord, RawTotals};

/// What has to be remembered from one record to the next.
#[derive(Default)]
pub(super) struct Order {
    /// The last record of the batch before.
    last: Option<RawRecord>,
    /// Contigs that have ended.
    ended: HashSet<Arc<str>>,
    /// Spelled variants at the last record's place, once there is a second record at it.
    seen: HashSet<Vec<u8>>,
}

impl Order {
    /// Puts the record into the batch, unless the records at its place have all its variants.
    pub(super) fn add(
        &mut self,
        mut record: RawRecord,
        batch: &mut RawBatch,
        file: &str,
        totals: &mut RawTotals,
    ) {
        if record.alternatives.len() > 1 {
            refuse_repeated(&mut record, batch, file);
        }
        let last = batch.records.last().or(self.last.as_ref());
        if let Some(last) = last {
            let same_contig = last.contig == record.contig;
            if same_contig && last.pos == record.pos {
                if self.seen.is_empty() {
                    spelled(last).for_each(|(_, variant)| {
                        self.seen.insert(variant);
                    });
                }
            } else {
                self.seen.clear();
                if !same_contig {
                    self.ended.insert(Arc::clone(&last.contig));
                }
                let back = same_contig && record.pos < last.pos;
                let again = !same_contig && self.ended.contains(&record.contig);
                if back || again {
                    totals.out_of_order += 1;
                    totals.first_out_of_order.get_or_insert(record.line);
                }
            }
        }
        if !self.seen.is_empty() && self.refuse_known(&mut record, batch, file) {
            totals.refused += 1;
            return;
        }
        totals.records += 1;
        totals.alleles += record.alternatives.len() as u64;
        let refused = record.alternatives.iter().filter(|allele| **allele == Allele::Refused);
        totals.refused_alleles += refused.count() as u64;
        batch.records.push(record);
    }

    /// To be called after the last record of a batch.
    pub(super) fn end_batch(&mut self, batch: &RawBatch) {
        if let Some(last) = batch.records.last() {
            self.last = Some(last.clone());
        }
    }

    /// Refuses the alleles that a record at this place has already; true where that is all of them.
    fn refuse_known(&mut self, record: &mut RawRecord, batch: &mut RawBatch, file: &str) -> bool {
        let variants: Vec<_> = spelled(record).collect();
        let known: Vec<usize> = variants
            .into_iter()
            .filter_map(|(at, variant)| (!self.seen.insert(variant)).then_some(at))
            .collect();
        if !known.is_empty() && known.len() == record.alternatives.len() {
            batch.quarantined.push(refusal::DUPLICATE.of(file, record.line, "record"));
            return true;
        }
        for at in known {
            record.alternatives[at] = Allele::Refused;
            let path = format!("ALT[{}]", at + 1);
            batch.quarantined.push(refusal::DUPLICATE.of(file, record.line, &path));
        }
        false
    }
}

/// Refuses sequences that the record itself has before.
fn refuse_repeated(record: &mut RawRecord, batch: &mut RawBatch, file: &str) {
    let mut seen = HashSet::with_capacity(record.alternatives.len());
    for (at, allele) in record.alternatives.iter_mut().enumerate() {
        let Allele::Sequence(bases) = allele else { continue };
        if !seen.insert(bases.clone()) {
            *allele = Allele::Refused;
            let path = format!("ALT[{}]", at + 1);
            batch.quarantined.push(refusal::REPEATED.of(file, record.line, &path));
        }
    }
}

/// The record's variants with sequences: the place in ALT, and `REF>ALT`.
fn spelled(record: &RawRecord) -> impl Iterator<Item = (usize, Vec<u8>)> {
    record.alternatives.iter().enumerate().filter_map(|(at, allele)| match allele {
        Allele::Sequence(bases) => Some((at, [&record.reference, &b">"[..], bases].concat())),
        _ => None,
    })
}
