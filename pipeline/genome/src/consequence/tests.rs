#![allow(clippy::unwrap_used)]

use super::*;

const FORMAT: &str = "Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|HGVSp|Protein_position|Amino_acids|FrameshiftSequence|WildtypeProtein|CANONICAL|MANE_SELECT|TSL";
const WILDTYPE: &str = "MTEYKLVVVGAGGVGKS";
const KEY: VariantKey<'_> = VariantKey { chrom: "12", pos: 1, ref_allele: "C", alt_allele: "T" };

/// One entry: terms, Protein_position, Amino_acids, FrameshiftSequence.
fn consequence(
    terms: &str,
    position: &str,
    amino_acids: &str,
    frameshift: &str,
) -> Result<Consequence<'static>, Unusable> {
    let format = CsqFormat::parse(FORMAT).unwrap();
    let text = format!(
        "T|{terms}|KRAS|ENSG1|Transcript|ENST1|protein_coding||{position}|{amino_acids}|{frameshift}|{WILDTYPE}|YES|NM_1|1"
    );
    consequences(&format, KEY, &text).remove(0)
}

fn check(terms: &str, position: &str, amino_acids: &str, frameshift: &str, expected: &str) {
    let row = consequence(terms, position, amino_acids, frameshift).unwrap();
    let number = |value: Option<i32>| value.map_or("-".to_owned(), |value| value.to_string());
    let found = format!(
        "{} {} {} {} {}-{}",
        row.variant_class,
        row.protein_change.as_deref().unwrap_or("-"),
        number(row.protein_position),
        row.mutant_protein.as_deref().unwrap_or("-"),
        number(row.mutant_start),
        number(row.mutant_end)
    );
    assert_eq!(found, expected, "{terms} {position} {amino_acids}");
}

#[test]
fn classes_with_a_mutant_protein() {
    check("missense_variant", "12", "G/D", "", "missense p.G12D 12 MTEYKLVVVGADGVGKS 12-12");
    check("missense_variant", "11-12", "AG/AD", "", "missense p.G12D 12 MTEYKLVVVGADGVGKS 12-12");
    check(
        "missense_variant",
        "11-12",
        "AG/TD",
        "",
        "mnv p.A11_G12delinsTD 11 MTEYKLVVVGTDGVGKS 11-12",
    );
    check(
        "inframe_insertion",
        "5-6",
        "-/W",
        "",
        "inframe_insertion p.K5_L6insW 5 MTEYKWLVVVGAGGVGKS 6-6",
    );
    check("inframe_deletion", "4-5", "YK/Y", "", "inframe_deletion p.K5del 5 MTEYLVVVGAGGVGKS 4-5");
    check(
        "inframe_deletion",
        "4-6",
        "YKL/W",
        "",
        "inframe_deletion p.Y4_L6delinsW 4 MTEWVVVGAGGVGKS 4-4",
    );
    check(
        "protein_altering_variant",
        "4-5",
        "YK/FR",
        "",
        "mnv p.Y4_K5delinsFR 4 MTEFRLVVVGAGGVGKS 4-5",
    );
    check(
        "stop_gained&inframe_insertion",
        "5-6",
        "-/*",
        "",
        "inframe_insertion p.K5_L6ins* 5 MTEYK ---",
    );
    check("frameshift_variant", "5", "K/X", "MTEYRAAC", "frameshift p.K5Rfs*5 5 MTEYRAAC 5-8");
    check("frameshift_variant", "5", "K/KX", "MTEYK", "frameshift p.L6* 6 MTEYK ---");
}

#[test]
fn classes_without_one() {
    check("stop_gained", "12", "G/*", "", "stop_gained p.G12* 12 - ---");
    check("synonymous_variant", "12", "G", "", "synonymous p.G12= 12 - ---");
    check("start_lost", "1", "M/V", "", "start_lost p.M1? 1 - ---");
    check("intron_variant", "", "", "", "noncoding - - - ---");
    // VEP could not follow the frame across a splice site.
    check("frameshift_variant&splice_region_variant", "5-6", "KL/KX", "", "frameshift - 5 - ---");
}

#[test]
fn annotations_that_contradict_themselves_are_refused() {
    for (terms, position, amino_acids, frameshift, rule) in [
        ("missense_variant", "12", "A/D", "", "csq.protein-mismatch"),
        ("missense_variant", "99", "G/D", "", "csq.protein-mismatch"),
        ("frameshift_variant", "5", "K/X", "MAAAAAA", "csq.protein-mismatch"),
        ("missense_variant", "", "G/D", "", "csq.no-change"),
        ("missense_variant", "12", "", "", "csq.no-change"),
    ] {
        let refused = consequence(terms, position, amino_acids, frameshift).unwrap_err();
        assert_eq!((refused.rule, refused.transcript.as_str()), (rule, "ENST1"));
    }
    let format = CsqFormat::parse(FORMAT).unwrap();
    let entry =
        |wildtype: &str| format!("T|missense_variant|||Transcript|E|||12|G/D||{wildtype}|||");
    for (text, rule) in [
        (entry(""), "csq.no-wildtype"),
        (entry("MTEYKLVVVGAGG*GKS"), "csq.stop-in-wildtype"),
        (entry("MTEYKLVVVGAGÄ"), "csq.no-wildtype"),
        (entry(WILDTYPE) + "|", "csq.fields"),
    ] {
        assert_eq!(consequences(&format, KEY, &text).remove(0).unwrap_err().rule, rule);
    }
    let plain = CsqFormat::parse(&FORMAT.replace("|FrameshiftSequence", "")).unwrap();
    let text = format!("T|frameshift_variant|||Transcript|E|||5|K/X|{WILDTYPE}|||");
    assert_eq!(
        consequences(&plain, KEY, &text).remove(0).unwrap_err().rule,
        "csq.no-frameshift-sequence"
    );
}

#[test]
fn an_annotation_has_a_row_for_each_entry() {
    let format =
        CsqFormat::parse("Allele|Consequence|Feature|Protein_position|Amino_acids|HGVSp|TSL")
            .unwrap();
    let annotation = "T|synonymous_variant|E1|5|K|p.Lys5%3D|1 (assigned to previous version 4),T|intron_variant|E2||||";
    let rows: Vec<_> =
        consequences(&format, KEY, annotation).into_iter().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0].hgvs_p.as_deref(), rows[0].protein_change.as_deref()),
        (Some("p.Lys5="), Some("p.K5="))
    );
    assert_eq!((rows[0].tsl, rows[1].tsl), (Some(1), None));
    assert!(consequences(&format, KEY, "").is_empty());
}
