#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::motif::occurrences;
use crate::motif::tests::motif;

/// Whether a motif lies in `left + coding + right` and not inside one of the two contexts.
fn violated(left: &str, coding: &str, right: &str, motifs: &[Motif]) -> bool {
    let whole = format!("{left}{coding}{right}");
    let (start, end) = (left.len(), left.len() + coding.len());
    occurrences(&whole, motifs).iter().any(|o| o.end > start && o.start < end)
}

/// Least cost first, then letters, over every coding sequence there is.
fn brute_force(protein: &str, left: &str, right: &str, motifs: &[Motif]) -> Option<String> {
    let mut all = vec![(0_u64, String::new())];
    for residue in protein.chars() {
        let codons = codon::synonyms(residue).unwrap();
        all = all
            .iter()
            .flat_map(|(cost, text)| {
                codons
                    .iter()
                    .map(move |&c| (cost + codon::cost(c, codons), format!("{text}{}", c.0)))
            })
            .collect();
    }
    all.retain(|(_, coding)| !violated(left, coding, right, motifs));
    all.into_iter().min().map(|(_, coding)| coding)
}

#[test]
fn equals_brute_force_on_short_proteins() {
    let check = |protein: &str, left: &str, right: &str, motifs: &[Motif]| {
        let want = brute_force(protein, left, right, motifs);
        let got = optimize(protein, left, right, motifs).ok().map(|c| c.sequence);
        assert_eq!(got, want, "{protein} {left} {right}");
    };
    let sites = [motif("GCTCTTC", true), motif("GGTCTC", true), motif("CACCTGC", true)];
    let runs = [motif("GGGG", false), motif("CCCC", false), motif("AAAA", false)];
    let dense = [motif("CTG", true), motif("GCC", false), motif("GAG", true)];
    for protein in ["MLPGV", "KKKKK", "GGSGG", "HLLRS", "SRLAP", "PPPPP", "ARSLK", "FFFFF"] {
        for (left, right) in [("", ""), ("GCCACC", "TGACTCGAG"), ("GGTC", "CTGC"), ("AAA", "AAA")] {
            check(protein, left, right, &[]);
            check(protein, left, right, &sites);
            check(protein, left, right, &runs);
            check(protein, left, right, &dense);
        }
    }
}

#[test]
fn without_motifs_every_codon_is_the_best() {
    let coding = optimize("MLPGVKRS", "", "", &[]).unwrap();
    assert_eq!(coding.sequence, "ATGCTGCCCGGCGTGAAGCGGAGC");
    assert!((coding.cai - 1.0).abs() < 1e-12);
}

#[test]
fn a_motif_inside_a_context_is_not_ours() {
    let motifs = [motif("CACCTGC", true)];
    assert!(optimize("MA", "CACCTGC", "CACCTGC", &motifs).is_ok());
}

#[test]
fn what_cannot_be_done_is_named() {
    let check = |protein: &str, left: &str, right: &str, motifs: &[Motif], expected: CodonError| {
        assert_eq!(optimize(protein, left, right, motifs), Err(expected), "{protein}");
    };
    let infeasible = |first, last, motifs: &str| CodonError::Infeasible {
        first,
        last,
        motifs: motifs.to_owned(),
    };
    check("AAMWAA", "", "", &[motif("ATGTGG", false)], infeasible(3, 4, "motif ATGTGG"));
    check("LLLM", "", "TGA", &[motif("ATGTG", false)], infeasible(4, 4, "motif ATGTG"));
    check("MLL", "CC", "", &[motif("CCAT", true)], infeasible(1, 1, "motif CCAT"));
    check("", "", "", &[], CodonError::Empty);
    let residue = |position, found| CodonError::Residue { position, found };
    check("MAX", "", "", &[], residue(3, 'X'));
    check("MA*", "", "", &[], residue(3, '*'));
    assert!(matches!(optimize("M", "ACGU", "", &[]), Err(CodonError::NotDna { .. })));
    assert!(matches!(optimize("M", "", "", &[motif("", false)]), Err(CodonError::NotDna { .. })));
}

#[test]
fn a_whole_construct_is_quick_and_clean() {
    let protein = "GGSGGGGSGGKKKKKKPPPPPPLLSSRRFFAAEEHHPAHLA".repeat(15);
    let motifs = [
        motif("GCTCTTC", true),
        motif("CACCTGC", true),
        motif("AAAAAAAA", false),
        motif("CCCCCC", false),
    ];
    let coding = optimize(&protein, "GCCACC", "TGATGA", &motifs).unwrap();
    assert!(!violated("GCCACC", &coding.sequence, "TGATGA", &motifs));
    assert!(coding.cai > 0.9, "{}", coding.cai);
}
