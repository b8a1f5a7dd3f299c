//! `gff_scan(path)`: a row for each transcript of a GFF3 or GTF file.

use arrow::datatypes::{DataType, Field, Int32Type, Int64Type};
use serde::Serialize;
use vaxloom_genome::reference::{CodingPart, Interval, Strand, Transcript, Utr, read_annotation};

use super::column::numbers;
use super::{Column, Format, Request, Sink, Stop};

pub(super) struct Gff;

impl Format for Gff {
    const NAME: &'static str = "gff";
    const OPTIONS: &'static [&'static str] = &[];
    const REFUSES: bool = true;
    type Row = Transcript;

    fn columns() -> Vec<Column<Transcript>> {
        vec![
            Column::text("id", |t: &Transcript| Some((&t.id).into())).always(),
            Column::text("version", |t: &Transcript| Some(t.version.as_deref()?.into())),
            Column::text("gene_id", |t: &Transcript| Some((&t.gene_id).into())).always(),
            Column::text("gene", |t: &Transcript| Some((&t.gene).into())).always(),
            Column::text("biotype", |t: &Transcript| Some((&t.biotype).into())).always(),
            Column::text("contig", |t: &Transcript| Some((&t.contig).into())).always(),
            Column::text("strand", |t: &Transcript| Some(strand(t.strand).into())).always(),
            Column::number::<Int64Type>("start", |t: &Transcript| Some(t.interval.start.into()))
                .always(),
            Column::number::<Int64Type>("end", |t: &Transcript| Some(t.interval.end.into()))
                .always(),
            Column::list("exons", numbers(&["start", "end"]), exons),
            Column::list("coding", numbers(&["start", "end", "phase"]), coding),
            Column::list("utrs", utr_fields(), utrs),
            Column::text("protein_id", |t: &Transcript| Some(t.protein_id.as_deref()?.into())),
            Column::flag("mane_select", |t: &Transcript| t.mane_select),
            Column::flag("mane_plus_clinical", |t: &Transcript| t.mane_plus_clinical),
            Column::flag("canonical", |t: &Transcript| t.canonical),
            Column::number::<Int32Type>("tsl", |t: &Transcript| t.tsl),
            Column::text("appris", |t: &Transcript| Some(t.appris.as_deref()?.into())),
            Column::flag("cds_start_not_found", |t: &Transcript| t.cds_start_not_found),
            Column::flag("cds_end_not_found", |t: &Transcript| t.cds_end_not_found),
            Column::number::<Int32Type>("selenocysteines", |t: &Transcript| {
                Some(t.selenocysteines.len() as i32)
            })
            .always(),
            Column::flag("mitochondrial", |t: &Transcript| t.mitochondrial),
        ]
    }

    fn read(request: &Request, sink: &mut Sink<Transcript>) -> Result<(), Stop> {
        let annotation = read_annotation(&request.path, &request.name)?;
        for warning in &annotation.warnings {
            sink.warn(&request.name, warning);
        }
        sink.refuse(&annotation.refused)?;
        sink.add(&annotation.transcripts)
    }
}

/// As in column 7 of the file.
fn strand(strand: Strand) -> &'static str {
    match strand {
        Strand::Forward => "+",
        Strand::Reverse => "-",
    }
}

/// A part of the coding sequence. Positions are 1-based, both ends included, here and below.
#[derive(Serialize)]
struct Coding {
    start: u32,
    end: u32,
    /// Bases to skip to the next codon's first base; none where the file has `.`.
    phase: Option<u8>,
}

#[derive(Serialize)]
struct Untranslated {
    start: u32,
    end: u32,
    /// Whether it is before the start codon.
    five_prime: bool,
    /// Whether it follows from exons and coding parts: the annotation writes none of the transcript.
    derived: bool,
}

fn exons(transcript: &Transcript) -> Vec<Interval> {
    transcript.exons.clone()
}

fn coding(transcript: &Transcript) -> Vec<Coding> {
    let part = |part: &CodingPart| {
        let Interval { start, end } = part.interval;
        Coding { start, end, phase: part.phase }
    };
    transcript.coding.iter().map(part).collect()
}

fn utrs(transcript: &Transcript) -> Vec<Untranslated> {
    let part = |utr: &Utr| {
        let Interval { start, end } = utr.interval;
        Untranslated { start, end, five_prime: utr.five_prime, derived: utr.derived }
    };
    transcript.utrs.iter().map(part).collect()
}

fn utr_fields() -> Vec<Field> {
    let mut fields = numbers(&["start", "end"]);
    let flags = ["five_prime", "derived"].map(|name| Field::new(name, DataType::Boolean, true));
    fields.extend(flags);
    fields
}
