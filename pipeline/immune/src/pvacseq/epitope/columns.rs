//! From the cells of a row to typed values.

use std::collections::HashSet;
use std::sync::Arc;

use csv::ByteRecord;

use super::{Epitope, Flag, Text, Tsl, Variant};
use crate::pvacseq::anchor;
use crate::pvacseq::rules::{Metric, Rules};
use crate::pvacseq::table::{Table, TableError, is_unknown, number};

/// Columns of text that every table has.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Chromosome,
    Start,
    Stop,
    Reference,
    Variant,
    Index,
    Transcript,
    Tsl,
    TranscriptLength,
    Canonical,
    ManeSelect,
    Biotype,
    CdsFlags,
    VariantType,
    Mutation,
    ProteinPosition,
    Gene,
    Allele,
    Positions,
    Peptide,
}

/// Their names, in that order.
const TEXTS: [&str; 20] = [
    "Chromosome",
    "Start",
    "Stop",
    "Reference",
    "Variant",
    "Index",
    "Transcript",
    "Transcript Support Level",
    "Transcript Length",
    "Canonical",
    "MANE Select",
    "Biotype",
    "Transcript CDS Flags",
    "Variant Type",
    "Mutation",
    "Protein Position",
    "Gene Name",
    "HLA Allele",
    "Mutation Position",
    "MT Epitope Seq",
];

/// Columns of numbers that every table has, in the order of [`Whole::numbers`].
const NUMBERS: [&str; 5] = [
    "Gene Expression",
    "Tumor RNA VAF",
    "Tumor RNA Depth",
    "Tumor DNA VAF",
    "Transcript Expression",
];

/// Where the columns of a table are, and which of its numbers are whole.
pub(in crate::pvacseq) struct Columns {
    /// In the order of [`Cell`].
    texts: Vec<usize>,
    problematic: Option<usize>,
    numbers: Vec<usize>,
    /// Of the metrics in use: place among all, mutant's column, wild type's.
    metrics: Vec<(usize, usize, usize)>,
    /// What has been seen so far.
    pub(in crate::pvacseq) whole: Whole,
    shared: HashSet<Text>,
}

/// Columns whose every cell is a whole number: they are written without decimals.
#[derive(Debug, Clone, Copy)]
pub(in crate::pvacseq) struct Whole {
    pub(in crate::pvacseq) numbers: [bool; NUMBERS.len()],
    pub(in crate::pvacseq) mutant: [bool; Metric::COUNT],
    pub(in crate::pvacseq) wild_type: [bool; Metric::COUNT],
}

/// pVACseq keeps these two of the mutant in single precision, always with decimals, which decides ties and last digits.
const SINGLE_PRECISION: [Metric; 2] = [Metric::Ic50, Metric::CombinedPercentile];

impl Columns {
    pub(in crate::pvacseq) fn of(table: &Table<'_>, rules: &Rules) -> Result<Self, TableError> {
        let (mutant, wild_type) = rules.summary.columns();
        let column = |summary: &str, side: &str, metric: &Metric| {
            format!("{summary} {side} {}", metric.epitope_column())
        };
        let used = rules.metrics_of_epitopes();
        let names: Vec<String> = TEXTS
            .iter()
            .chain(&NUMBERS)
            .map(|name| (*name).to_owned())
            .chain(used.iter().map(|metric| column(mutant, "MT", metric)))
            .chain(used.iter().map(|metric| column(wild_type, "WT", metric)))
            .collect();
        let places = table.places(&names)?;
        let (texts, places) = places.split_at(TEXTS.len());
        let (numbers, places) = places.split_at(NUMBERS.len());
        let (mutant, wild_type) = places.split_at(used.len());
        let metrics = used.iter().zip(mutant).zip(wild_type);
        Ok(Self {
            texts: texts.to_vec(),
            problematic: table.place("Problematic Positions"),
            numbers: numbers.to_vec(),
            metrics: metrics.map(|((metric, mt), wt)| (*metric as usize, *mt, *wt)).collect(),
            whole: Whole {
                numbers: [true; NUMBERS.len()],
                mutant: Metric::ALL.map(|metric| !SINGLE_PRECISION.contains(&metric)),
                wild_type: [true; Metric::COUNT],
            },
            shared: HashSet::new(),
        })
    }

    /// A row as typed values.
    pub(in crate::pvacseq) fn read(
        &mut self,
        table: &Table<'_>,
        line: u64,
        record: &ByteRecord,
    ) -> Result<(Variant, Epitope), TableError> {
        let mut row = Row { table, line, record, texts: &self.texts, shared: &mut self.shared };
        let variant = row.variant()?;
        let mut epitope = row.epitope(self.problematic)?;
        let Row { table, .. } = row;
        let value = |place: usize, whole: &mut bool| {
            let cell = &record[place];
            let digits = cell.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
            *whole = *whole && digits && !cell.is_empty();
            number(cell).ok_or_else(|| table.cell_error(line, place, "a number or NA"))
        };
        let numbers = [
            &mut epitope.gene_expression,
            &mut epitope.rna_vaf,
            &mut epitope.rna_depth,
            &mut epitope.dna_vaf,
            &mut epitope.transcript_expression,
        ];
        let places = self.numbers.iter().zip(&mut self.whole.numbers);
        for (number, (place, whole)) in numbers.into_iter().zip(places) {
            *number = value(*place, whole)?;
        }
        for &(metric, mutant, wild_type) in &self.metrics {
            epitope.mutant[metric] = value(mutant, &mut self.whole.mutant[metric])?;
            epitope.wild_type[metric] = value(wild_type, &mut self.whole.wild_type[metric])?;
        }
        for metric in SINGLE_PRECISION {
            let value = &mut epitope.mutant[metric as usize];
            *value = f64::from(*value as f32);
        }
        Ok((variant, epitope))
    }
}

/// One row, and what its texts are shared with.
struct Row<'a> {
    table: &'a Table<'a>,
    line: u64,
    record: &'a ByteRecord,
    texts: &'a [usize],
    shared: &'a mut HashSet<Text>,
}

impl Row<'_> {
    fn variant(&mut self) -> Result<Variant, TableError> {
        Ok(Variant {
            chromosome: self.text(Cell::Chromosome)?,
            start: self.whole(Cell::Start)?,
            stop: self.whole(Cell::Stop)?,
            reference: self.text(Cell::Reference)?,
            alternative: self.text(Cell::Variant)?,
        })
    }

    /// Without its numbers.
    fn epitope(&mut self, problematic: Option<usize>) -> Result<Epitope, TableError> {
        let frameshift = self.cell(Cell::VariantType) == b"FS";
        let sides = self.cell(Cell::Mutation).split(|byte| *byte == b'/').count();
        self.demand(frameshift || sides == 2, Cell::Mutation, "a change such as P/A")?;
        let positions = self.cell(Cell::Positions);
        let (changed, known) = (!is_unknown(positions), anchor::positions(positions).is_some());
        self.demand(!changed || known, Cell::Positions, "positions such as 7, 8, or NA")?;
        self.demand(!is_unknown(self.cell(Cell::Peptide)), Cell::Peptide, "a peptide")?;
        let tsl = Tsl::parse(self.cell(Cell::Tsl));
        let length = self.whole(Cell::TranscriptLength)?;
        Ok(Epitope {
            index: self.text(Cell::Index)?,
            transcript: self.text(Cell::Transcript)?,
            tsl: tsl.ok_or_else(|| self.wrong(Cell::Tsl, "a level, Not Supported or NA"))?,
            transcript_length: u32::try_from(length)
                .map_err(|_| self.wrong(Cell::TranscriptLength, "a number of residues"))?,
            canonical: self.flag(Cell::Canonical)?,
            mane_select: self.flag(Cell::ManeSelect)?,
            protein_coding: self.cell(Cell::Biotype) == b"protein_coding",
            complete_cds: self.cell(Cell::CdsFlags) == b"None",
            frameshift,
            mutation: self.text(Cell::Mutation)?,
            protein_position: self.text(Cell::ProteinPosition)?,
            gene: self.text(Cell::Gene)?,
            allele: self.text(Cell::Allele)?,
            positions: if changed { Some(self.text(Cell::Positions)?) } else { None },
            problematic: problematic.map(|place| self.text_at(place)).transpose()?,
            peptide: self.text(Cell::Peptide)?,
            mutant: [f64::NAN; Metric::COUNT],
            wild_type: [f64::NAN; Metric::COUNT],
            gene_expression: f64::NAN,
            transcript_expression: f64::NAN,
            rna_vaf: f64::NAN,
            rna_depth: f64::NAN,
            dna_vaf: f64::NAN,
        })
    }

    fn cell(&self, cell: Cell) -> &[u8] {
        &self.record[self.texts[cell as usize]]
    }

    fn text(&mut self, cell: Cell) -> Result<Text, TableError> {
        self.text_at(self.texts[cell as usize])
    }

    fn text_at(&mut self, place: usize) -> Result<Text, TableError> {
        let text = std::str::from_utf8(&self.record[place]);
        let text = text.map_err(|_| self.table.cell_error(self.line, place, "text in UTF-8"))?;
        if let Some(known) = self.shared.get(text) {
            return Ok(Arc::clone(known));
        }
        let text: Text = Arc::from(text);
        self.shared.insert(Arc::clone(&text));
        Ok(text)
    }

    fn whole(&self, cell: Cell) -> Result<i64, TableError> {
        let number = std::str::from_utf8(self.cell(cell)).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.wrong(cell, "a whole number"))
    }

    fn flag(&self, cell: Cell) -> Result<Flag, TableError> {
        Flag::parse(self.cell(cell)).ok_or_else(|| self.wrong(cell, "True, False or Not Run"))
    }

    fn demand(&self, holds: bool, cell: Cell, expected: &'static str) -> Result<(), TableError> {
        if holds { Ok(()) } else { Err(self.wrong(cell, expected)) }
    }

    fn wrong(&self, cell: Cell, expected: &'static str) -> TableError {
        self.table.cell_error(self.line, self.texts[cell as usize], expected)
    }
}
