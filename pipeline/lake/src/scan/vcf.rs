//! `vcf_scan(path [, tumor [, normal]])`: a row for each record and ALT allele.
//!
//! Depths and allele fractions are those of the tumour, the normal and the tumour's RNA, under the names of the table
//! `somatic_variant`; which sample is the tumour is found as `vaxloom run` finds it, or named. Where the file does not say
//! it, they are NULL, and `genotypes` has every sample.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type};
use serde::Serialize;
use vaxloom_genome::vcf::{
    Allele, Genotype, PhaseSet, RawBatch, RawEvidence, RawRecord, Reads, Structural,
};
use vaxloom_genome::{RawVcf, SampleNames, Samples, VcfError};

use super::{Column, Format, Request, Sink, Stop};

pub(super) struct Vcf;

/// One allele of a record.
pub(super) struct Row {
    /// The record's chunk of the file.
    chunk: Arc<Chunk>,
    record: usize,
    /// Place in ALT, 0-based.
    allele: usize,
}

struct Chunk {
    records: Vec<RawRecord>,
    samples: Arc<[String]>,
}

impl Format for Vcf {
    const NAME: &'static str = "vcf";
    const OPTIONS: &'static [&'static str] = &["tumor", "normal"];
    const REFUSES: bool = true;
    type Row = Row;

    fn columns() -> Vec<Column<Row>> {
        let mut columns = vec![
            text("chrom", |row| Some((&*row.record().contig).into())).always(),
            Column::number::<Int64Type>("pos", |row: &Row| Some(row.record().pos.into())).always(),
            text("id", |row| Some(row.record().id.as_deref()?.into())),
            text("ref", |row| Some(String::from_utf8_lossy(&row.record().reference))).always(),
            text("alt", Row::alternative),
            text("kind", |row| Some(row.kind().into())).always(),
            text("filter", |row| Some((&*row.record().filter).into())).always(),
            text("sv_type", |row| Some(row.structural()?.kind.as_deref()?.into())),
            Column::number::<Int64Type>("sv_end", |row: &Row| row.structural()?.end),
            Column::number::<Int64Type>("sv_length", Row::structural_length),
        ];
        columns.extend(reads("dna", |evidence| evidence.tumor));
        columns.extend(reads("normal", |evidence| evidence.normal));
        columns.extend(reads("rna", |evidence| evidence.rna));
        columns.push(Column::list("genotypes", genotype_fields(), Row::genotypes));
        columns.push(
            Column::number::<Int64Type>("line", |row: &Row| Some(row.record().line)).always(),
        );
        columns
    }

    fn read(request: &Request, sink: &mut Sink<Row>) -> Result<(), Stop> {
        let vcf = open(request, sink)?;
        for warning in &vcf.header().warnings {
            sink.warn(&request.name, warning);
        }
        let samples: Arc<[String]> = vcf.header().samples.clone().into();
        for batch in vcf {
            let RawBatch { records, quarantined } = batch?;
            sink.refuse(&quarantined)?;
            sink.add(&rows(Chunk { records, samples: Arc::clone(&samples) }))?;
        }
        Ok(())
    }
}

fn open(request: &Request, sink: &Sink<Row>) -> Result<RawVcf, VcfError> {
    let [tumor, normal] = [0, 1].map(|place| request.options[place].clone());
    let named = SampleNames { tumor, normal };
    match RawVcf::open(&request.path, &request.name, Samples::Tumor(&named)) {
        Err(VcfError::TumorUnclear { samples, .. }) => {
            sink.warn(
                &request.name,
                &format!(
                    "which sample is the tumour is not known, so that depths and allele fractions are NULL; name it, as in vcf_scan('FILE', 'TUMOR'): the file has {samples}"
                ),
            );
            RawVcf::open(&request.path, &request.name, Samples::All)
        }
        opened => opened,
    }
}

/// Every allele but those in quarantine.
fn rows(chunk: Chunk) -> Vec<Row> {
    let chunk = Arc::new(chunk);
    let alleles = |(record, of): (usize, &RawRecord)| {
        let usable = |place: &usize| of.alternatives[*place] != Allele::Refused;
        let places: Vec<usize> = (0..of.alternatives.len()).filter(usable).collect();
        let chunk = Arc::clone(&chunk);
        places.into_iter().map(move |allele| Row { chunk: Arc::clone(&chunk), record, allele })
    };
    chunk.records.iter().enumerate().flat_map(alleles).collect()
}

/// [`Column::text`] of these rows.
fn text(
    name: &str,
    value: impl for<'r> Fn(&'r Row) -> Option<Cow<'r, str>> + Send + Sync + 'static,
) -> Column<Row> {
    Column::text(name, value)
}

/// Depth, reads with the allele, and their fraction, of one kind of evidence; where there is no allele, the depth alone.
fn reads(kind: &str, of: fn(&RawEvidence) -> Reads) -> [Column<Row>; 3] {
    let all = move |row: &Row| row.record().evidence.get(row.allele).map(of);
    let carrying = move |row: &Row| all(row).filter(|_| *row.allele() != Allele::Missing);
    [
        Column::number::<Int32Type>(&format!("{kind}_depth"), move |row| all(row)?.depth),
        Column::number::<Int32Type>(&format!("{kind}_alt_reads"), move |row| carrying(row)?.alt),
        Column::number::<Float64Type>(&format!("{kind}_vaf"), move |row| carrying(row)?.vaf),
    ]
}

/// One sample's genotype, seen from one allele.
#[derive(Serialize)]
struct SampleGenotype {
    sample: String,
    /// As in the file, or in the order of GATK's phase.
    gt: Option<String>,
    /// Copies of the chromosome that carry the row's allele; none where the record has no genotype for the sample.
    copies: Option<i32>,
    phased: bool,
    phase_set: Option<String>,
}

fn genotype_fields() -> Vec<Field> {
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    vec![
        field("sample", DataType::Utf8),
        field("gt", DataType::Utf8),
        field("copies", DataType::Int32),
        field("phased", DataType::Boolean),
        field("phase_set", DataType::Utf8),
    ]
}

impl Row {
    fn record(&self) -> &RawRecord {
        &self.chunk.records[self.record]
    }

    fn allele(&self) -> &Allele {
        &self.record().alternatives[self.allele]
    }

    /// As in the file, bases in upper case; none where there is no alternative allele.
    fn alternative(&self) -> Option<Cow<'_, str>> {
        match self.allele() {
            Allele::Sequence(bases) => Some(String::from_utf8_lossy(bases)),
            Allele::Symbolic(text) | Allele::Breakend(text) => Some((&**text).into()),
            Allele::Deleted => Some("*".into()),
            Allele::Missing | Allele::Refused => None,
        }
    }

    fn kind(&self) -> &'static str {
        match self.allele() {
            Allele::Sequence(bases) => sequence_kind(&self.record().reference, bases),
            Allele::Symbolic(_) => "symbolic",
            Allele::Breakend(_) => "breakend",
            Allele::Deleted => "spanning_deletion",
            Allele::Missing | Allele::Refused => "reference",
        }
    }

    /// What INFO says of an allele without sequence.
    fn structural(&self) -> Option<&Structural> {
        let bare = matches!(self.allele(), Allele::Symbolic(_) | Allele::Breakend(_));
        self.record().structural.as_deref().filter(|_| bare)
    }

    fn structural_length(&self) -> Option<i64> {
        self.structural()?.lengths.get(self.allele).copied().flatten()
    }

    fn genotypes(&self) -> Vec<SampleGenotype> {
        let samples = self.chunk.samples.iter().zip(&self.record().genotypes);
        samples.map(|(sample, genotype)| self.genotype(sample, genotype)).collect()
    }

    fn genotype(&self, sample: &str, genotype: &Genotype) -> SampleGenotype {
        let number = u16::try_from(self.allele + 1).ok();
        let carrying = genotype.alleles.iter().filter(|called| called.allele == number);
        let called = genotype.ploidy() > 0;
        SampleGenotype {
            sample: sample.to_owned(),
            gt: called.then(|| spelled(genotype)),
            copies: called.then(|| carrying.count() as i32),
            phased: genotype.is_phased(),
            phase_set: genotype.phase_set.as_ref().map(|set| match set {
                PhaseSet::Number(number) => number.to_string(),
                PhaseSet::Name(name) => name.to_string(),
            }),
        }
    }
}

/// `0/1`, `1|0`, `./.`.
fn spelled(genotype: &Genotype) -> String {
    let mut text = String::new();
    for (place, called) in genotype.alleles.iter().enumerate() {
        if place > 0 {
            text.push(if called.phased { '|' } else { '/' });
        }
        match called.allele {
            Some(allele) => text.push_str(&allele.to_string()),
            None => text.push('.'),
        }
    }
    text
}

/// What is left of both alleles without the bases that they begin and end with says what the change is.
fn sequence_kind(reference: &[u8], alternative: &[u8]) -> &'static str {
    let shared = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = shared(&mut reference.iter().zip(alternative));
    let (reference, alternative) = (&reference[start..], &alternative[start..]);
    let end = shared(&mut reference.iter().rev().zip(alternative.iter().rev()));
    match (reference.len() - end, alternative.len() - end) {
        (0, 0) => "reference",
        (0, _) => "insertion",
        (_, 0) => "deletion",
        (1, 1) => "snv",
        (before, after) if before == after => "mnv",
        _ => "delins",
    }
}

#[cfg(test)]
mod tests {
    use super::sequence_kind;

    #[test]
    fn kinds_of_alleles() {
        for (reference, alternative, kind) in [
            ("A", "C", "snv"),
            ("ACG", "ATG", "snv"),
            ("AC", "GT", "mnv"),
            ("ACG", "TCA", "mnv"),
            ("A", "ACC", "insertion"),
            ("ACC", "A", "deletion"),
            ("CAC", "CACAC", "insertion"),
            ("AC", "GTT", "delins"),
            ("A", "A", "reference"),
        ] {
            assert_eq!(sequence_kind(reference.as_bytes(), alternative.as_bytes()), kind);
        }
    }
}
