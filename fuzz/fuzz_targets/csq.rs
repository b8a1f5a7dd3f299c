//! Ensembl VEP's CSQ. An input has three parts, a line each: the format (empty for a usual one), `REF ALT` (blanks
//! between), and the entries.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vaxloom_fuzz::{Slot, check_consequence, one_thread, written};
use vaxloom_genome::{CsqFormat, SampleNames, VariantKey, consequences, read_vcf};

const FORMAT: &str = "Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|HGVSc|HGVSp|Protein_position|Amino_acids|Codons|FLAGS|ALLELE_NUM|TSL|FrameshiftSequence|WildtypeProtein";

fuzz_target!(init: one_thread(), |data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.splitn(3, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let (format, alleles, entries) = (next(), next(), next());
    let format = if format.is_empty() { FORMAT } else { format };
    check_file(format, alleles, entries);
    let Ok(format) = CsqFormat::parse(format) else { return };
    assert_eq!(CsqFormat::parse(format.as_str()).as_ref(), Ok(&format));
    let (ref_allele, alt_allele) = alleles.split_once(' ').unwrap_or((alleles, "T"));
    let key = VariantKey { chrom: "1", pos: 100, ref_allele, alt_allele };
    let rows = consequences(&format, key, entries);
    let expected = entries.split(',').filter(|entry| !entry.is_empty()).count();
    assert_eq!(rows.len(), expected);
    for row in rows.iter().flatten() {
        check_consequence(row);
    }
});

/// The same in a VCF, whose alleles must find their entries.
fn check_file(format: &str, alleles: &str, entries: &str) {
    let columns = alleles.replace(' ', "\t");
    let vcf = format!(
        "##fileformat=VCFv4.2\n##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Ensembl VEP. Format: {format}\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t100\t.\t{columns}\t.\tPASS\tCSQ={entries}\n"
    );
    let path = written(Slot::First, vcf.as_bytes());
    let Ok(content) = read_vcf(&path, "t.vcf", &SampleNames::default()) else { return };
    for variant in &content.variants {
        let key = VariantKey {
            chrom: &variant.chrom,
            pos: variant.pos,
            ref_allele: &variant.ref_allele,
            alt_allele: &variant.alt_allele,
        };
        let rows = consequences(&content.csq_format, key, &variant.annotation);
        assert!(
            rows.iter().all(|row| row.as_ref().err().is_none_or(|row| row.rule != "csq.fields"))
        );
        rows.iter().flatten().for_each(check_consequence);
    }
}
