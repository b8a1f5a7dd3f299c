//! One row of a MAF: a call, a germline variant, or the rule that it breaks.

use super::MafCall;
use super::alleles::VariantType;
use super::columns::{Column, Columns};
use crate::table::{Refusal, present};

/// What a usable row is.
pub(super) enum Row {
    Germline,
    Call {
        call: Box<MafCall>,
        /// `Tumor_Seq_Allele1` is neither the reference's nor the one that is used.
        third_allele: bool,
    },
}

const MEND: &str = "mend the row, or export the MAF again from the program that made it";

const fn bad(path: &'static str, rule: &'static str, message: &'static str) -> Refusal {
    Refusal { path, rule, message, remedy: MEND }
}

const RAGGED: Refusal =
    bad("row", "maf.columns", "the row has another number of columns than the header");
const NO_CONTIG: Refusal =
    bad("Chromosome", "maf.chromosome", "there is no chromosome; expected its name");
const STRAND: Refusal = Refusal {
    path: "Strand",
    rule: "maf.strand",
    message: "the alleles are not on the forward strand; expected `+`, as the MAF specification does",
    remedy: "write the alleles and `+` of the forward strand",
};
const LETTERS: &str = "expected `-` or the bases A, C, G, T and N";
const REFERENCE: Refusal = bad("Reference_Allele", "maf.allele", LETTERS);
const ALLELE1: Refusal = bad("Tumor_Seq_Allele1", "maf.allele", LETTERS);
const ALLELE2: Refusal = bad("Tumor_Seq_Allele2", "maf.allele", LETTERS);
const NO_CHANGE: Refusal = bad(
    "Tumor_Seq_Allele2",
    "maf.no-change",
    "neither of the tumour's alleles differs from the reference",
);
const START: Refusal =
    bad("Start_Position", "maf.position", "expected a whole number from 1 to 4294967294");
const END: Refusal =
    bad("End_Position", "maf.position", "expected a whole number from 1 to 4294967294");
const INSERTION: Refusal = bad(
    "End_Position",
    "maf.coordinates",
    "start and end of an insertion are not the two bases around it, so its place is unclear",
);
const LENGTH: Refusal = bad(
    "End_Position",
    "maf.coordinates",
    "start and end do not hold as many bases as the reference allele has",
);
const TYPE: Refusal = bad(
    "Variant_Type",
    "maf.variant-type",
    "the type is not that of the alleles; expected SNP, DNP, TNP, ONP, INS or DEL as they say",
);
const COUNT: &str = "expected a number of reads, whole and from 0 on, or nothing";
const DEPTH: Refusal = bad(
    "t_alt_count",
    "maf.depth",
    "the reads of an allele are more than those of the place; expected depth, reference and alternative reads that agree",
);

pub(super) fn read(columns: &Columns, text: &str) -> Result<Row, Refusal> {
    let cells: Vec<&str> = text.split('\t').collect();
    if cells.len() != columns.count {
        return Err(RAGGED);
    }
    let value = |column| columns.cell(&cells, column).and_then(present);
    if value(Column::Status).is_some_and(|status| status.eq_ignore_ascii_case("germline")) {
        return Ok(Row::Germline);
    }
    if value(Column::Strand).is_some_and(|strand| strand != "+") {
        return Err(STRAND);
    }
    let (reference, alternative, third_allele) = alleles(columns, &cells)?;
    let variant_type = VariantType::of(&reference, &alternative);
    if value(Column::VariantType).is_some_and(|word| !variant_type.is_called(word)) {
        return Err(TYPE);
    }
    let (start, end) =
        place(value(Column::Start), value(Column::End), variant_type, reference.len())?;
    let text = |column| value(column).map(str::to_owned);
    let mut call = MafCall {
        sample: text(Column::Sample),
        build: text(Column::Build),
        chrom: text(Column::Chromosome).ok_or(NO_CONTIG)?,
        start,
        end,
        ref_allele: reference,
        alt_allele: alternative,
        variant_type,
        gene: text(Column::Gene).filter(|gene| !gene.eq_ignore_ascii_case("unknown")),
        entrez_gene_id: entrez(value(Column::EntrezGene))?,
        classification: text(Column::Classification),
        consequence: text(Column::Consequence),
        transcript_id: text(Column::Transcript),
        hgvsc: text(Column::Hgvsc),
        hgvsp: text(Column::Hgvsp),
        hgvsp_short: text(Column::HgvspShort),
        protein_position: text(Column::ProteinPosition),
        codons: text(Column::Codons),
        dbsnp: text(Column::DbSnp),
        filter: text(Column::Filter),
        mutation_status: text(Column::Status),
        tumor_depth: None,
        tumor_ref_reads: None,
        tumor_alt_reads: None,
        normal_depth: None,
        normal_alt_reads: None,
        source_file: String::new(),
        source_line: 0,
    };
    count_reads(&mut call, value)?;
    Ok(Row::Call { call: Box::new(call), third_allele })
}

/// Reference, the tumour's allele, and whether there is a third one. Many files have only one of the tumour's two alleles.
fn alleles(columns: &Columns, cells: &[&str]) -> Result<(String, String, bool), Refusal> {
    let allele = |column, refusal| {
        let cell = columns.cell(cells, column).and_then(present);
        cell.map(|cell| bases(cell).ok_or(refusal)).transpose()
    };
    let reference = allele(Column::Reference, REFERENCE)?.ok_or(REFERENCE)?;
    let first = allele(Column::Allele1, ALLELE1)?;
    let second = allele(Column::Allele2, ALLELE2)?;
    if first.is_none() && second.is_none() {
        return Err(ALLELE2);
    }
    let changed = |allele: Option<String>| allele.filter(|allele| *allele != reference);
    match (changed(first), changed(second)) {
        (None, None) => Err(NO_CHANGE),
        (Some(first), None) => Ok((reference, first, false)),
        (first, Some(second)) => {
            let third = first.is_some_and(|first| first != second);
            Ok((reference, second, third))
        }
    }
}

/// Upper case; empty for `-`.
fn bases(cell: &str) -> Option<String> {
    let cell = cell.to_ascii_uppercase();
    if cell == "-" {
        return Some(String::new());
    }
    let known = cell.bytes().all(|base| b"ACGTN".contains(&base));
    known.then_some(cell)
}

/// Start and end; where there is no end, it follows from the alleles.
fn place(
    start: Option<&str>,
    end: Option<&str>,
    variant_type: VariantType,
    length: usize,
) -> Result<(u32, u32), Refusal> {
    let position =
        |text: &str| text.parse().ok().filter(|&position| (1..u32::MAX).contains(&position));
    let start = start.and_then(position).ok_or(START)?;
    let insertion = variant_type == VariantType::Ins;
    let span = if insertion { 1 } else { length as u32 - 1 };
    let expected = start.checked_add(span).filter(|&end| end < u32::MAX).ok_or(END)?;
    let end = end.map_or(Ok(expected), |end| position(end).ok_or(END))?;
    match (end == expected, insertion) {
        (true, _) => Ok((start, end)),
        (false, true) => Err(INSERTION),
        (false, false) => Err(LENGTH),
    }
}

/// 0 stands for a gene without identifier.
fn entrez(value: Option<&str>) -> Result<Option<u32>, Refusal> {
    let refusal =
        bad("Entrez_Gene_Id", "maf.number", "expected the number of a gene at NCBI, 0 or nothing");
    let id = value.map(|id| id.parse().map_err(|_| refusal)).transpose()?;
    Ok(id.filter(|&id: &u32| id > 0))
}

fn count_reads<'a>(
    call: &mut MafCall,
    value: impl Fn(Column) -> Option<&'a str>,
) -> Result<(), Refusal> {
    let reads = |column, path| {
        let refusal = bad(path, "maf.number", COUNT);
        value(column).map(|count| count.parse::<u32>().map_err(|_| refusal)).transpose()
    };
    call.tumor_depth = reads(Column::TumorDepth, "t_depth")?;
    call.tumor_ref_reads = reads(Column::TumorRef, "t_ref_count")?;
    call.tumor_alt_reads = reads(Column::TumorAlt, "t_alt_count")?;
    call.normal_depth = reads(Column::NormalDepth, "n_depth")?;
    call.normal_alt_reads = reads(Column::NormalAlt, "n_alt_count")?;
    let above = |reads: Option<u32>, depth: Option<u32>| {
        reads.zip(depth).is_some_and(|(reads, depth)| reads > depth)
    };
    let impossible = above(call.tumor_alt_reads, call.tumor_depth)
        || above(call.tumor_ref_reads, call.tumor_depth)
        || above(call.normal_alt_reads, call.normal_depth);
    if impossible { Err(DEPTH) } else { Ok(()) }
}
