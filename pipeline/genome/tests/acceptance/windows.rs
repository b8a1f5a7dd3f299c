//! pVACseq's own cases of windows around a change (griffithlab/pVACtools, tests/test_data/fasta_generator).

use std::fs;

use vaxloom_genome::{CsqFormat, VariantKey, consequences};

use crate::shared;

const FORMAT: &str =
    "Allele|Consequence|Feature|Protein_position|Amino_acids|FrameshiftSequence|WildtypeProtein";

fn check(case: &str, output: &str, flank: usize) {
    let folder = shared("pvacseq-windows").unwrap();
    let table = fs::read_to_string(folder.join(format!("input{case}.tsv"))).unwrap();
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let (columns, cells) = (lines.next().unwrap(), lines.next().unwrap());
    let cell = |name| cells[columns.iter().position(|&column| column == name).unwrap()];
    let terms = match cell("variant_type") {
        "FS" => "frameshift_variant",
        "inframe_del" => "inframe_deletion",
        "inframe_ins" => "inframe_insertion",
        _ => "missense_variant",
    };
    let annotation = [
        "A",
        terms,
        cell("transcript_name"),
        cell("protein_position"),
        cell("amino_acid_change"),
        cell("frameshift_amino_acid_sequence"),
        cell("wildtype_amino_acid_sequence"),
    ]
    .join("|");
    let key = VariantKey {
        chrom: "1",
        pos: 1,
        ref_allele: cell("reference"),
        alt_allele: cell("variant"),
    };
    let row = consequences(&CsqFormat::parse(FORMAT).unwrap(), key, &annotation).remove(0).unwrap();
    let fasta = fs::read_to_string(folder.join(format!("output{output}.fasta"))).unwrap();
    let expected: Vec<_> = fasta.lines().filter(|line| !line.starts_with('>')).collect();
    let (wildtype, mutant) = row.flank_windows(flank).unwrap();
    assert_eq!([wildtype, mutant], expected[..], "{case}");
}

#[test]
fn windows_of_every_kind_of_change() {
    if shared("pvacseq-windows").is_none() {
        return;
    }
    check("", "_peptide_sequence_length_21", 10);
    check("", "_peptide_sequence_length_31", 15);
    for case in [
        "_dnp",
        "_frameshift_variant_feature_elongation",
        "_inframe_deletion_aa_replacement",
        "_inframe_insertion_aa_insertion",
        "_mutation_at_relative_beginning_of_full_sequence",
    ] {
        check(case, case, 10);
    }
}
