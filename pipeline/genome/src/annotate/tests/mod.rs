#![allow(clippy::unwrap_used, clippy::panic)]

mod bad_input;
mod haplotypes;
mod oracle;
mod world;

use super::{Options, Phasing, alone};
use world::{PROTEIN, annotated, reference};

/// One allele on the forward gene: terms, class, short protein change, what the mutant has after the residues that it
/// shares with the wild type, and the changed range.
fn check(allele: &str, terms: &str, class: &str, change: &str, tail: &str, range: &str) {
    let parts: Vec<_> = allele.split(':').collect();
    let rows = alone(&reference(), "F", parts[0].parse().unwrap(), parts[1], parts[2]).unwrap();
    let row = &rows[0];
    assert_eq!((&*row.consequence, &*row.variant_class), (terms, class), "{allele}");
    assert_eq!(row.protein_change.as_deref().unwrap_or("-"), change, "{allele}");
    let mutant = row.mutant_protein.as_deref();
    let found_tail = mutant.map_or("-", |mutant| {
        let shared = mutant.bytes().zip(PROTEIN.bytes()).take_while(|(a, b)| a == b).count();
        &mutant[shared..]
    });
    assert_eq!(found_tail, tail, "{allele}");
    let found_range = match (row.mutant_start, row.mutant_end) {
        (Some(start), Some(end)) => format!("{start}-{end}"),
        _ => "-".to_owned(),
    };
    assert_eq!(found_range, range, "{allele}");
}

#[test]
fn substitutions() {
    // S3R: aGc>aGA at 29; K4= ; start and stop.
    check("29:C:A", "missense_variant", "missense", "p.S3R", "RKLGDEVPRTQFWYCNH", "3-3");
    check("32:A:G", "synonymous_variant", "synonymous", "p.K4=", "-", "-");
    check("30:A:T", "stop_gained", "stop_gained", "p.K4*", "", "-");
    check("21:A:G", "start_lost", "start_lost", "p.M1?", "-", "-");
    check("118:T:C", "stop_lost", "stop_lost", "p.*20Qext*3", "QAR", "20-22");
    check("119:A:G", "stop_retained_variant", "synonymous", "p.*20=", "-", "-");
    check("29:CA:AC", "missense_variant", "mnv", "p.S3_K4delinsRQ", "RQLGDEVPRTQFWYCNH", "3-4");
}

#[test]
fn insertions_and_deletions() {
    check(
        "26:T:TGGG",
        "inframe_insertion",
        "inframe_insertion",
        "p.A2_S3insG",
        "GSKLGDEVPRTQFWYCNH",
        "3-3",
    );
    check("29:CAAA:C", "inframe_deletion", "inframe_deletion", "p.K4del", "LGDEVPRTQFWYCNH", "3-4");
    check(
        "26:TAGC:T",
        "inframe_deletion",
        "inframe_deletion",
        "p.S3del",
        "KLGDEVPRTQFWYCNH",
        "2-3",
    );
    check(
        "35:GG:G",
        "frameshift_variant",
        "frameshift",
        "p.G6Vfs*20",
        "VTKFHVPSFGTAITKLDRP",
        "6-24",
    );
    check("117:C:CA", "frameshift_variant", "frameshift", "p.*20Iext*?", "ISSIDLDQ", "20-27");
}

#[test]
fn splice_sites_and_the_rest() {
    for (allele, terms) in [
        ("51:G:A", "splice_donor_variant"),
        ("55:G:A", "splice_region_variant"),
        ("65:C:A", "intron_variant"),
        ("90:G:C", "splice_acceptor_variant"),
        ("86:T:C", "splice_region_variant"),
        ("50:A:C", "splice_region_variant&synonymous_variant"),
        ("15:G:T", "5_prime_UTR_variant"),
        ("130:A:T", "3_prime_UTR_variant"),
        ("5:C:T", "intergenic_variant"),
        ("48:CCAGTAAG:C", "splice_donor_variant&frameshift_variant"),
        ("89:AGCGTA:A", "splice_acceptor_variant"),
    ] {
        let parts: Vec<_> = allele.split(':').collect();
        let rows = alone(&reference(), "F", parts[0].parse().unwrap(), parts[1], parts[2]).unwrap();
        assert_eq!((rows.len(), &*rows[0].consequence), (1, terms), "{allele}");
        assert!(rows[0].mutant_protein.is_none(), "{allele}");
    }
}

#[test]
fn names() {
    let named = |chrom: &str, pos, old: &str, new: &str| {
        let row = alone(&reference(), chrom, pos, old, new).unwrap().remove(0);
        [row.hgvs_g, row.hgvs_c, row.hgvs_p, row.codons, row.amino_acids]
            .map(|text| text.map_or("-".to_owned(), std::borrow::Cow::into_owned))
    };
    assert_eq!(
        named("F", 29, "C", "A"),
        ["F:g.29C>A", "TF.1:c.9C>A", "PF.1:p.Ser3Arg", "agC/agA", "S/R"]
    );
    assert_eq!(
        named("R", 122, "G", "T"),
        ["R:g.122G>T", "TR.1:c.9C>A", "PR.1:p.Ser3Arg", "agC/agA", "S/R"]
    );
    assert_eq!(named("F", 52, "T", "C")[1], "TF.1:c.30+2T>C");
    assert_eq!(named("F", 15, "G", "T")[1], "TF.1:c.-6G>T");
    assert_eq!(named("F", 130, "A", "T")[1], "TF.1:c.*10A>T");
}

#[test]
fn records_of_all_kinds() {
    let outcome = annotated(
        "FORMAT S",
        "F 29 . C A,G . PASS . GT 1/2
         F 30 . AAAC AAC,AAACT . PASS . GT 0/1
         F 40 . C <DEL>,<INS> . PASS END=60;SVTYPE=DEL GT 1/2
         F 41 . G G]R:17] . PASS SVTYPE=BND GT 0/1
         F 43 . G * . PASS . GT 0/1
         F 44 . T . . PASS . GT 0/0",
        &Options::default(),
    );
    let rows: Vec<String> =
        outcome.rows.iter().map(|(place, row)| format!("{place} {}", row.consequence)).collect();
    assert_eq!(
        rows,
        [
            "F:29:C:A missense_variant",
            "F:29:C:G missense_variant",
            "F:30:AAAC:AAC frameshift_variant",
            "F:40:C:<DEL> deletion",
            "F:40:C:<INS> feature_elongation&coding_sequence_variant",
            "F:40:C:<INS> insertion",
            "F:41:G:G]R:17] breakend",
        ]
    );
    let totals = outcome.totals;
    assert_eq!((totals.alleles, totals.told, totals.absent, totals.without_allele), (9, 6, 1, 2));
}

#[test]
fn unnormalised_records_give_the_same_protein() {
    let protein = |pos, old: &str, new: &str| {
        let row = alone(&reference(), "F", pos, old, new).unwrap().remove(0);
        (row.mutant_protein, row.hgvs_c, row.hgvs_p)
    };
    let short = protein(29, "CA", "C");
    for (pos, old, new) in
        [(30, "AA", "A"), (31, "AA", "A"), (28, "GCAAAC", "GCAAC"), (30, "AAA", "AA")]
    {
        assert_eq!(protein(pos, old, new), short, "{pos} {old}>{new}");
    }
}

#[test]
fn phasing_can_be_set_aside() {
    let options = Options { phasing: Phasing::Alone, ..Options::default() };
    let outcome = annotated("", "F 30 . A C . . .\nF 31 . A C . . .", &options);
    let changes: Vec<_> =
        outcome.rows.iter().map(|(_, row)| row.protein_change.as_deref().unwrap()).collect();
    assert_eq!(changes, ["p.K4Q", "p.K4T"]);
    assert_eq!(outcome.totals.unphased_neighbours, 2);
}
