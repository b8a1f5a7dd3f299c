#![allow(clippy::unwrap_used)]
use super::*;

fn codes(letters: &str) -> Vec<Base> {
    letters
        .bytes()
        .map(|letter| LETTERS.iter().position(|&other| other == letter).unwrap() as Base)
        .collect()
}

#[test]
fn hairpins_of_every_kind() {
    // Energies as ViennaRNA 2.8.0 gives them.
    let thirty_one = format!("C{}G", "A".repeat(31));
    for (loop_bases, energy) in [
        ("GAAAC", 540),
        ("AAAAU", 590),
        ("GUUAC", 690),
        ("CAACG", 680),
        ("CCGAGG", 350),
        ("CAAAAG", 410),
        ("ACAGUGUU", 180),
        ("AAAAAAAU", 510),
        (thirty_one.as_str(), 623),
    ] {
        assert_eq!(turner_2004().hairpin(&codes(loop_bases)), energy, "{loop_bases}");
    }
    assert_eq!(turner_2004().hairpin(&codes("CAAG")), IMPOSSIBLE);
}

#[test]
fn interior_loops_of_every_kind() {
    for (left, right, energy) in [
        ("CG", "CG", -240),
        ("AC", "GU", -220),
        ("CAG", "CG", 140),
        ("AAAU", "AU", 380),
        ("CCG", "CGG", 50),
        ("CACG", "CGG", 110),
        ("CGG", "CACG", 110),
    ] {
        assert_eq!(turner_2004().interior(&codes(left), &codes(right)), energy, "{left} {right}");
    }
}

#[test]
fn an_interior_loop_reads_the_same_from_its_other_pair() {
    let strands = ["GAC", "GAUC", "UAGA", "CACCU", "GGGGGGA", "AC", "CU"];
    for left in strands {
        for right in strands {
            let (left, right) = (codes(left), codes(right));
            if pair(left[0], right[right.len() - 1]) == 0
                || pair(left[left.len() - 1], right[0]) == 0
            {
                continue;
            }
            assert_eq!(
                turner_2004().interior(&left, &right),
                turner_2004().interior(&right, &left)
            );
        }
    }
}

#[test]
fn stacks_and_tables_are_symmetric() {
    for closing in 1..7 {
        for inner in 1..7 {
            assert_eq!(turner_2004().stack(closing, inner), turner_2004().stack(inner, closing));
            for (a, b) in (1..5).flat_map(|a| (1..5).map(move |b| (a, b))) {
                assert_eq!(int11(closing, inner, a, b), int11(inner, closing, b, a));
                for (c, d) in (1..5).flat_map(|c| (1..5).map(move |d| (c, d))) {
                    assert_eq!(
                        int22(closing, inner, [a, b], [c, d]),
                        int22(inner, closing, [c, d], [a, b])
                    );
                }
            }
        }
    }
}

#[test]
fn n_stands_for_the_worst_base() {
    let worst = (1..5).map(|base| int11(3, 4, base, 2)).max();
    assert_eq!(Some(int11(3, 4, 0, 2)), worst);
    let model = turner_2004();
    let worst = (1..5).map(|base| model.hairpin_mismatch(3, base, 2)).max();
    assert_eq!(Some(model.hairpin_mismatch(3, 0, 2)), worst);
}
