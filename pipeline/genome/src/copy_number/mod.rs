//! Copy number segments, and which copies of the genes of antigen presentation a tumour has lost.
//!
//! Read are the segments of CNVkit, FACETS, ASCAT, Sequenza, PURPLE and of SEG files, and LOHHLA's losses of HLA alleles; a
//! table is known by its header. Plain or gzip.

mod formats;
mod genes;
mod lohhla;

use std::path::Path;

use serde::Serialize;

pub use genes::PresentationGene;
pub use lohhla::AlleleLoss;

use crate::Quarantined;
use crate::reference::{Assembly, Interval};
use crate::table::{Header, Lines, Refusal, TableError, present};
use formats::Columns;

/// A stretch of the genome with one copy number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// Contig as in the file.
    pub contig: String,
    /// 1-based and inclusive, whatever the file has.
    pub interval: Interval,
    /// Copies in a tumour cell; PURPLE gives fractions.
    pub total: Option<f64>,
    /// Copies of the rarer parental chromosome in a tumour cell.
    pub minor: Option<f64>,
    /// Logarithm to base 2 of the ratio of depths.
    pub log2: Option<f64>,
    /// 1-based line of the file.
    pub source_line: i64,
}

/// What is left of a gene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Loss {
    /// Both parental copies are there.
    Kept,
    /// Not enough is known: no segment, only a ratio of depths, or no minor copy number.
    Unknown,
    /// One parental copy is gone.
    LossOfHeterozygosity,
    /// All copies are gone.
    HomozygousDeletion,
}

/// What a file holds: `rows` = segments + allele losses + quarantined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CopyNumberContent {
    /// The program whose table it is; `SEG` for the format of many.
    pub format: &'static str,
    /// In the order of the file.
    pub segments: Vec<Segment>,
    /// Of LOHHLA, in the order of the file.
    pub allele_losses: Vec<AlleleLoss>,
    /// Rows that could not be used.
    pub quarantined: Vec<Quarantined>,
    /// Rows of data.
    pub rows: usize,
}

/// Reads the table at `path`, which messages and rows call `name`.
pub fn read_copy_number(path: &Path, name: &str) -> Result<CopyNumberContent, TableError> {
    let mut lines = Lines::open(path, name)?;
    let unknown = || TableError::Unknown { file: name.to_owned(), expected: formats::EXPECTED };
    let text = lines.header("##")?.ok_or_else(unknown)?;
    let separator = if text.contains('\t') { '\t' } else { ',' };
    let header = Header::new(&text, separator, name, lines.line);
    let lohhla = lohhla::Columns::of(&header)?;
    let columns = if lohhla.is_some() { None } else { Columns::of(&header)? };
    let mut content = CopyNumberContent::default();
    let mut sample = None;
    while let Some(text) = lines.next()? {
        if text.trim().is_empty() {
            continue;
        }
        content.rows += 1;
        let cells: Vec<&str> =
            text.split(separator).map(|cell| cell.trim().trim_matches('"')).collect();
        let ragged = cells.len() != header.names.len();
        let read = match (&columns, &lohhla) {
            _ if ragged => Err(formats::RAGGED),
            (Some(columns), _) => {
                let other = columns.sample(&cells).map(str::to_owned);
                if sample.get_or_insert_with(|| other.clone()) != &other {
                    let (file, line) = (name.to_owned(), lines.line);
                    return Err(TableError::SeveralSamples { file, line });
                }
                columns.segment(&cells, lines.line).map(|found| content.segments.push(found))
            }
            (None, Some(columns)) => {
                columns.loss(&cells, lines.line).map(|found| content.allele_losses.push(found))
            }
            (None, None) => return Err(unknown()),
        };
        if let Err(refusal) = read {
            content.quarantined.push(refusal.of("copy_number", name, lines.line));
        }
    }
    match (columns, lohhla) {
        (Some(columns), _) => content.format = columns.format,
        (None, Some(_)) => content.format = "LOHHLA",
        (None, None) => return Err(unknown()),
    }
    Ok(content)
}

/// The segment at a 1-based position, the shortest if several hold it. Contigs may be named with `chr` or without, and X and Y
/// by 23 and 24.
pub fn at<'a>(segments: &'a [Segment], contig: &str, pos: u32) -> Option<&'a Segment> {
    let here = segments
        .iter()
        .filter(|segment| segment.interval.contains(pos) && same_contig(&segment.contig, contig));
    here.min_by_key(|segment| (segment.interval.len(), segment.interval, segment.source_line))
}

/// What is left of each gene of antigen presentation. Of a gene within several segments the worst state is given, since a part
/// of a gene makes no molecule.
pub fn hla_loss(segments: &[Segment], assembly: Assembly) -> Vec<(PresentationGene, Loss)> {
    let state = |gene: PresentationGene| {
        let (contig, place) = gene.place(assembly);
        let overlapping = segments.iter().filter(|segment| {
            let interval = segment.interval;
            interval.start <= place.end
                && place.start <= interval.end
                && same_contig(&segment.contig, contig)
        });
        (gene, overlapping.map(Segment::loss).max().unwrap_or(Loss::Unknown))
    };
    PresentationGene::ALL.into_iter().map(state).collect()
}

/// Copies below which there are none: PURPLE's threshold of a minor allele copy number that means a loss of heterozygosity
/// (<https://github.com/hartwigmedical/hmftools/tree/master/purple>), and LOHHLA's of a lost allele.
const NONE_LEFT: f64 = 0.5;

/// Copies below which there is no more than one.
const ONE_LEFT: f64 = 1.5;

impl Segment {
    /// What is left of what lies in the segment.
    pub fn loss(&self) -> Loss {
        match (self.total, self.minor) {
            (Some(total), _) if total < NONE_LEFT => Loss::HomozygousDeletion,
            (_, Some(minor)) if minor < NONE_LEFT => Loss::LossOfHeterozygosity,
            (_, Some(_)) => Loss::Kept,
            (Some(total), None) if total < ONE_LEFT => Loss::LossOfHeterozygosity,
            _ => Loss::Unknown,
        }
    }
}

fn same_contig(one: &str, other: &str) -> bool {
    fn bare(contig: &str) -> &str {
        match contig.strip_prefix("chr").unwrap_or(contig) {
            "23" => "X",
            "24" => "Y",
            contig => contig,
        }
    }
    bare(one) == bare(other)
}

/// A number, `None` where the cell has none.
fn number(cell: &str, refusal: Refusal) -> Result<Option<f64>, Refusal> {
    let parse = |cell: &str| cell.parse().ok().filter(|number: &f64| number.is_finite());
    present(cell).map(|cell| parse(cell).ok_or(refusal)).transpose()
}

#[cfg(test)]
mod tests;
