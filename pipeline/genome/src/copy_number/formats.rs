//! The columns of each program's segments.

use super::{Segment, number};
use crate::reference::Interval;
use crate::table::{Header, Refusal, TableError, present};

pub(super) const EXPECTED: &str = "segments of CNVkit (.cns), FACETS (tcn.em, lcn.em), ASCAT (nMajor, nMinor), Sequenza (CNt, A, B), PURPLE (copyNumber) or a SEG file (seg.mean), or LOHHLA's table (LossAllele, KeptAllele)";
const MEND: &str = "write the segments again with the program that called them";

const fn bad(path: &'static str, rule: &'static str, message: &'static str) -> Refusal {
    Refusal { path, rule, message, remedy: MEND }
}

pub(super) const RAGGED: Refusal =
    bad("row", "copy-number.columns", "the row has another number of columns than the header");
const CONTIG: Refusal =
    bad("contig", "copy-number.contig", "there is no contig; expected its name");
const PLACE: Refusal = bad(
    "start",
    "copy-number.position",
    "expected a first and a last base, whole numbers, the last not before the first",
);
const COPIES: Refusal = bad(
    "copies",
    "copy-number.copies",
    "expected numbers of copies from 0 on, the minor allele's no more than all, or nothing",
);
const LOG2: Refusal =
    bad("log2", "copy-number.log2", "expected the logarithm of a ratio of depths, or nothing");

/// What a program calls its columns.
struct Format {
    name: &'static str,
    /// A table with all of these is the program's.
    marks: &'static [&'static str],
    sample: &'static [&'static str],
    contig: &'static [&'static str],
    start: &'static [&'static str],
    end: &'static [&'static str],
    /// Starts count from 0, as in BED.
    zero_based: bool,
    total: &'static [&'static str],
    /// Copies of both parental chromosomes; where there is one column alone, it is the minor one's.
    alleles: [&'static [&'static str]; 2],
    log2: &'static [&'static str],
}

const FORMATS: [Format; 7] = [
    // https://github.com/mskcc/facets: `cncf` of `emcncf`; starts and ends are positions of SNPs. Chromosome X is 23.
    Format {
        name: "FACETS",
        marks: &["tcn.em", "lcn.em"],
        sample: &["ID"],
        contig: &["chrom"],
        start: &["start", "loc.start"],
        end: &["end", "loc.end"],
        zero_based: false,
        total: &["tcn.em"],
        alleles: [&["lcn.em"], &[]],
        log2: &["cnlr.median"],
    },
    // https://github.com/VanLoo-lab/ascat: segments of `ascat.runAscat`.
    Format {
        name: "ASCAT",
        marks: &["nMajor", "nMinor"],
        sample: &["sample"],
        contig: &["chr"],
        start: &["startpos"],
        end: &["endpos"],
        zero_based: false,
        total: &[],
        alleles: [&["nMajor"], &["nMinor"]],
        log2: &[],
    },
    // ASCAT as GDC publishes it (https://docs.gdc.cancer.gov/Data/File_Formats/Copy_Number_Variation_Format/).
    Format {
        name: "ASCAT",
        marks: &["Major_Copy_Number", "Minor_Copy_Number"],
        sample: &["GDC_Aliquot"],
        contig: &["Chromosome"],
        start: &["Start"],
        end: &["End"],
        zero_based: false,
        total: &["Copy_Number"],
        alleles: [&["Major_Copy_Number"], &["Minor_Copy_Number"]],
        log2: &[],
    },
    // https://cran.r-project.org/package=sequenza: `*_segments.txt`.
    Format {
        name: "Sequenza",
        marks: &["start.pos", "end.pos", "CNt"],
        sample: &[],
        contig: &["chromosome"],
        start: &["start.pos"],
        end: &["end.pos"],
        zero_based: false,
        total: &["CNt"],
        alleles: [&["A"], &["B"]],
        log2: &[],
    },
    // https://github.com/hartwigmedical/hmftools/tree/master/purple: `*.purple.cnv.somatic.tsv`, also of older versions.
    Format {
        name: "PURPLE",
        marks: &["copyNumber", "bafCount"],
        sample: &[],
        contig: &["chromosome", "#chromosome"],
        start: &["start"],
        end: &["end"],
        zero_based: false,
        total: &["copyNumber"],
        alleles: [
            &["majorAlleleCopyNumber", "majorAllelePloidy"],
            &["minorAlleleCopyNumber", "minorAllelePloidy"],
        ],
        log2: &[],
    },
    // https://cnvkit.readthedocs.io/en/stable/fileformats.html: `.cns`, and `.call.cns` with copies.
    Format {
        name: "CNVkit",
        marks: &["chromosome", "start", "end", "log2"],
        sample: &[],
        contig: &["chromosome"],
        start: &["start"],
        end: &["end"],
        zero_based: true,
        total: &["cn"],
        alleles: [&["cn1"], &["cn2"]],
        log2: &["log2"],
    },
    // https://software.broadinstitute.org/software/igv/SEG, and GDC's names of the same columns.
    Format {
        name: "SEG",
        marks: &[],
        sample: &["ID", "Sample", "GDC_Aliquot"],
        contig: &["chrom", "Chromosome"],
        start: &["loc.start", "Start"],
        end: &["loc.end", "End"],
        zero_based: false,
        total: &[],
        alleles: [&[], &[]],
        log2: &["seg.mean", "Segment_Mean"],
    },
];

/// Where the columns of one table are.
pub(super) struct Columns {
    pub(super) format: &'static str,
    sample: Option<usize>,
    contig: usize,
    start: usize,
    end: usize,
    zero_based: bool,
    total: Option<usize>,
    alleles: [Option<usize>; 2],
    log2: Option<usize>,
}

impl Columns {
    /// `None` where the header is of no known table.
    pub(super) fn of(header: &Header<'_>) -> Result<Option<Self>, TableError> {
        let is = |format: &&Format| {
            let seg = || format.log2.iter().any(|name| header.has(name));
            format.marks.iter().all(|name| header.has(name)) && (!format.marks.is_empty() || seg())
        };
        let Some(format) = FORMATS.iter().find(is) else {
            return Ok(None);
        };
        let [one, other] = format.alleles;
        Ok(Some(Self {
            format: format.name,
            sample: header.find(format.sample)?,
            contig: header.require(format.contig, EXPECTED)?,
            start: header.require(format.start, EXPECTED)?,
            end: header.require(format.end, EXPECTED)?,
            zero_based: format.zero_based,
            total: header.find(format.total)?,
            alleles: [header.find(one)?, header.find(other)?],
            log2: header.find(format.log2)?,
        }))
    }

    /// The sample of a row, where the table says.
    pub(super) fn sample<'a>(&self, cells: &[&'a str]) -> Option<&'a str> {
        self.sample.map(|at| cells[at])
    }

    pub(super) fn segment(&self, cells: &[&str], line: i64) -> Result<Segment, Refusal> {
        let cell = |at: Option<usize>| at.map_or("", |at| cells[at]);
        let total = copies(cell(self.total))?;
        let [one, other] = self.alleles.map(|at| copies(cell(at)));
        let (one, other) = (one?, other?);
        let both = one.zip(other);
        let minor = match (both, self.alleles) {
            (Some((one, other)), _) => Some(one.min(other)),
            (None, [Some(_), None]) => one,
            _ => None,
        };
        let total = total.or(both.map(|(one, other)| one + other));
        // Fractions of copies may be estimated one by one.
        if minor.zip(total).is_some_and(|(minor, total)| minor > total + 0.5) {
            return Err(COPIES);
        }
        Ok(Segment {
            contig: present(cells[self.contig]).ok_or(CONTIG)?.to_owned(),
            interval: self.interval(cells)?,
            total,
            minor,
            log2: number(cell(self.log2), LOG2)?,
            source_line: line,
        })
    }

    fn interval(&self, cells: &[&str]) -> Result<Interval, Refusal> {
        let start = position(cells[self.start])?;
        let start = if self.zero_based { start.checked_add(1).ok_or(PLACE)? } else { start };
        let end = position(cells[self.end])?;
        if start == 0 || end < start {
            return Err(PLACE);
        }
        Ok(Interval { start, end })
    }
}

/// R writes round numbers as `1e+06`.
fn position(cell: &str) -> Result<u32, Refusal> {
    if let Ok(position) = cell.parse() {
        return Ok(position);
    }
    let number = number(cell, PLACE)?.ok_or(PLACE)?;
    let whole = number.fract().abs() < f64::EPSILON && (0.0..f64::from(u32::MAX)).contains(&number);
    if whole { Ok(number as u32) } else { Err(PLACE) }
}

/// Estimates a little below 0 (PURPLE) are 0.
fn copies(cell: &str) -> Result<Option<f64>, Refusal> {
    let copies = number(cell, COPIES)?;
    if copies.is_some_and(|copies| copies < -0.5) {
        return Err(COPIES);
    }
    Ok(copies.map(|copies| copies.max(0.0)))
}
