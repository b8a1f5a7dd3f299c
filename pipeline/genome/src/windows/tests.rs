use super::*;

const WILDTYPE: &str = "MTEYKLVVVGAGGVGKSALTIQLIQNHF";

fn spelled(found: &[PeptideWindow]) -> Vec<String> {
    let spell = |w: &PeptideWindow| {
        let partner = w.wildtype_peptide.as_deref().unwrap_or("-");
        format!("{} {partner} {} {}-{}", w.peptide, w.start, w.mutation_start, w.mutation_end)
    };
    found.iter().map(spell).collect()
}

fn check(mutant: &str, wildtype: &str, range: (i32, i32), length: usize, expected: &[&str]) {
    let found = windows(mutant, wildtype, range.0, range.1, false, length..=length);
    assert_eq!(spelled(&found), expected, "{mutant}");
}

#[test]
fn substitution_has_aligned_partners() {
    let found = windows("MTEYKLVVVGADGVGKSALTIQLIQNHF", WILDTYPE, 12, 12, false, 8..=11);
    assert_eq!(found.len(), 8 + 9 + 10 + 11);
    assert_eq!(spelled(&found)[0], "KLVVVGAD KLVVVGAG 5 8-8");
    assert_eq!(spelled(&found)[37], "DGVGKSALTIQ GGVGKSALTIQ 12 1-1");
    assert!(found.is_sorted_by_key(|w| (w.length, w.start)));
}

#[test]
fn ends_of_the_protein() {
    check("VTEYKL", "MTEYKL", (1, 1), 3, &["VTE MTE 1 1-1"]);
    check("MTEYKV", "MTEYKL", (6, 6), 3, &["YKV YKL 4 3-3"]);
    check("MTEYKV", "MTEYKL", (6, 6), 7, &[]);
    check("MTEYKV", "MTEYKL", (6, 6), 6, &["MTEYKV MTEYKL 1 6-6"]);
    check("MTEYKV", "MTEYKL", (7, 7), 3, &[]);
}

#[test]
fn several_residues() {
    check(
        "MTFRKL",
        "MTEYKL",
        (3, 4),
        3,
        &["MTF MTE 1 3-3", "TFR TEY 2 2-3", "FRK EYK 3 1-2", "RKL YKL 4 1-1"],
    );
}

#[test]
fn deletion_spans_the_junction() {
    // ...YK[LVV]VG...: K and V become neighbours.
    check("MTEYKVGAGG", "MTEYKLVVVGAGG", (5, 6), 3, &["YKV - 4 2-3", "KVG - 5 1-2"]);
    // One of four A goes: every window shorter than the run is old.
    check("MCAAADE", "MCAAAADE", (5, 6), 3, &[]);
    check("MCAAADE", "MCAAAADE", (5, 6), 5, &["CAAAD - 2 4-5"]);
}

#[test]
fn insertion() {
    check("MTEWYKL", "MTEYKL", (4, 4), 3, &["TEW - 2 3-3", "EWY - 3 2-2", "WYK - 4 1-1"]);
    // A longer run of A: only a window with all of it is new, wherever the insertion is said to be.
    check("MCAAADE", "MCAADE", (3, 3), 3, &["AAA - 3 1-1"]);
    check("MCAAADE", "MCAADE", (4, 4), 3, &["AAA - 3 2-2"]);
    check("MCAAADE", "MCAADE", (5, 5), 3, &["AAA - 3 3-3"]);
}

#[test]
fn frameshift_of_equal_length_has_no_partners() {
    let found = windows("MTEYRAAC", "MTEYKLVV", 5, 8, true, 5..=5);
    assert_eq!(
        spelled(&found),
        ["MTEYR - 1 5-5", "TEYRA - 2 4-5", "EYRAA - 3 3-5", "YRAAC - 4 2-5"]
    );
}

#[test]
fn other_residues_are_left_out() {
    check("MUEWYKX", "MUEVYKX", (4, 4), 3, &["EWY EVY 3 2-2", "WYK VYK 4 1-1"]);
    check("MéWYK", "MéVYK", (4, 4), 2, &["WY VY 4 1-1"]);
    // The partner is unknown, the peptide is not.
    check("MTEWYK", "MTEUYK", (4, 4), 2, &["EW - 3 2-2", "WY - 4 1-1"]);
}

#[test]
fn long_peptides() {
    let protein: String = ('A'..='Z').chain('a'..='z').collect();
    let check = |start, end, length, expected: (&str, i32, i32, i32)| {
        let long = long_peptide(&protein, start, end, length);
        assert_eq!(
            (long.sequence.as_str(), long.start, long.mutation_start, long.mutation_end),
            expected
        );
    };
    check(20, 20, 27, ("GHIJKLMNOPQRSTUVWXYZabcdefg", 7, 14, 14));
    check(20, 21, 27, ("HIJKLMNOPQRSTUVWXYZabcdefgh", 8, 13, 14));
    check(3, 3, 9, ("ABCDEFGHI", 1, 3, 3));
    check(51, 51, 9, ("rstuvwxyz", 44, 8, 8));
    check(52, 52, 9, ("rstuvwxyz", 44, 9, 9));
    // A frameshift: 13 residues before its first new one, then as many new ones as fit.
    check(20, 52, 27, ("GHIJKLMNOPQRSTUVWXYZabcdefg", 7, 14, 27));
    // ... more before where few are new.
    check(50, 52, 27, ("Zabcdefghijklmnopqrstuvwxyz", 26, 25, 27));
    check(2, 40, 9, ("ABCDEFGHI", 1, 2, 9));
    check(20, 20, 99, (&protein, 1, 20, 20));
    assert_eq!(long_peptide("", 1, 1, 27).sequence, "");
}

#[test]
fn pieces_of_other_proteins_are_found() {
    let proteins = ["MTEYKLVVVGAGGVGK", "ACDEFGHIK"];
    let check = |peptides: &[&str], expected: &[&str]| {
        assert_eq!(peptides_in_proteins(peptides, &proteins), expected, "{peptides:?}");
    };
    check(&["VVVGADGVGK", "CDEFGHIK", "KLVVVGAG", "GKACDEFG"], &["CDEFGHIK", "KLVVVGAG"]);
    check(&["ACDEFGHIKL", ""], &[]);
    check(&[], &[]);
}
