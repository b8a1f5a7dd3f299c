//! A tumour's calls as a VCF, and its copy numbers.

use std::fmt::Write as _;

use crate::patient::{Call, Patient, World};
use crate::tumour::{CopyNumbers, FEW_READS};

const HEADER: &str = "##FILTER=<ID=PASS,Description=\"All filters passed\">
##FILTER=<ID=weak_evidence,Description=\"Fewer than four reads carry the variant\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Read depth\">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Allelic depths\">
##FORMAT=<ID=AF,Number=A,Type=Float,Description=\"Variant-allele fraction\">
##FORMAT=<ID=RDP,Number=1,Type=Integer,Description=\"RNA read depth\">
##FORMAT=<ID=RAD,Number=R,Type=Integer,Description=\"RNA allelic depths\">
##FORMAT=<ID=RAF,Number=A,Type=Float,Description=\"RNA variant-allele fraction\">
##FORMAT=<ID=GX,Number=.,Type=String,Description=\"Gene expression (TPM)\">
";

/// What every VCF of the cohort begins with.
pub(crate) fn head(world: &World<'_>) -> String {
    let mut text =
        "##fileformat=VCFv4.2\n##source=vaxloom simulate: invented, of no person\n".to_owned();
    for (name, length) in &world.genes.contigs {
        let _ = match length {
            Some(length) => writeln!(text, "##contig=<ID={name},length={length}>"),
            None => writeln!(text, "##contig=<ID={name}>"),
        };
    }
    text + HEADER
}

/// The VCF of one tumour sample.
pub(crate) fn vcf(head: &str, world: &World<'_>, patient: &Patient<'_>, sample: &str) -> String {
    let mut text = String::with_capacity(head.len() + 128 * patient.calls.len());
    text.push_str(head);
    let _ = writeln!(text, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}");
    for call in &patient.calls {
        line(world, call, &mut text);
    }
    text
}

fn line(world: &World<'_>, call: &Call, text: &mut String) {
    let gene = &world.genes.list[call.mutation.gene];
    let (contig, position) = (&gene.contig, call.alleles.position);
    let reference = String::from_utf8_lossy(&call.alleles.reference);
    let alternate = String::from_utf8_lossy(&call.alleles.alternate);
    let filter = if call.dna.alternate < FEW_READS { "weak_evidence" } else { "PASS" };
    let (dna, rna, tpm) = (call.dna, call.rna, call.tpm);
    let _ = writeln!(
        text,
        "{contig}\t{position}\t.\t{reference}\t{alternate}\t.\t{filter}\t.\tGT:DP:AD:AF:RDP:RAD:RAF:GX\t0/1:{}:{},{}:{:.4}:{}:{},{}:{:.4}:{}|{tpm}",
        dna.depth,
        dna.depth - dna.alternate,
        dna.alternate,
        dna.fraction(),
        rna.depth,
        rna.depth - rna.alternate,
        rna.alternate,
        rna.fraction(),
        gene.id,
    );
}

/// ASCAT's segments, or LOHHLA's table; `None` where nothing is told.
pub(crate) fn copy_numbers(
    world: &World<'_>,
    patient: &Patient<'_>,
    sample: &str,
) -> Option<String> {
    match &patient.tumour.copies {
        CopyNumbers::Unknown => None,
        CopyNumbers::Segments(copies) => {
            let mut text = "sample\tchr\tstartpos\tendpos\tnMajor\tnMinor\n".to_owned();
            for ((name, length), copies) in world.genes.contigs.iter().zip(copies) {
                let (end, major, minor) =
                    (length.unwrap_or(i32::MAX as u32), copies.major, copies.minor);
                let _ = writeln!(text, "{sample}\t{name}\t1\t{end}\t{major}\t{minor}");
            }
            Some(text)
        }
        CopyNumbers::HlaLoss(lost) => {
            let mut text = "region\tHLA_A_type1\tHLA_A_type2\tHLA_type1copyNum_withBAFBin\tHLA_type2copyNum_withBAFBin\tPVal_unique\tLossAllele\tKeptAllele\n".to_owned();
            for (pair, &lost) in patient.hla.iter().zip(lost).filter(|(pair, _)| pair[0] != pair[1])
            {
                let names = pair.map(lohhla);
                let copies = if lost == 0 { "0.08\t1.02" } else { "1.02\t0.08" };
                let [first, second] = &names;
                let (gone, kept) = (&names[lost], &names[1 - lost]);
                let _ =
                    writeln!(text, "{sample}\t{first}\t{second}\t{copies}\t0.0001\t{gone}\t{kept}");
            }
            Some(text).filter(|text| text.lines().count() > 1)
        }
    }
}

/// `HLA-A*02:01` as LOHHLA writes it: `hla_a_02_01`.
fn lohhla(allele: &str) -> String {
    allele.to_ascii_lowercase().replace(['-', '*', ':'], "_")
}
