#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

/// Pairs the first base that it can with the last, inwards from both ends of every stretch of 60 bases, helices of four
/// pairs at most; a stand-in where a test needs some structure, not a physical one.
pub(crate) struct Pairing;

impl Folding for Pairing {
    fn mfe(&self, rna: &str) -> Result<Folded, String> {
        let mut structure = String::new();
        for stretch in rna.as_bytes().chunks(60) {
            let n = stretch.len();
            let fits = |at: &usize| {
                let pair = [stretch[*at], stretch[n - 1 - at]];
                [b"AU", b"UA", b"GC", b"CG", b"GU", b"UG"].contains(&&pair)
            };
            let stem = (0..n.saturating_sub(3).min(8) / 2).take_while(fits).count();
            structure += &"(".repeat(stem);
            structure += &".".repeat(n - 2 * stem);
            structure += &")".repeat(stem);
        }
        let energy = -(structure.matches('(').count() as f64);
        Ok(Folded { structure, energy })
    }

    fn unpaired(&self, rna: &str) -> Result<Vec<f64>, String> {
        let structure = self.mfe(rna)?.structure;
        Ok(structure.chars().map(|letter| if letter == '.' { 0.9 } else { 0.1 }).collect())
    }
}

fn letters(structure: &str) -> String {
    let letter = |kind: &Loop| match kind {
        Loop::Hairpin => 'H',
        Loop::Exterior => 'E',
        Loop::Interior => 'I',
        Loop::Multi => 'M',
        Loop::Bulge => 'B',
        Loop::Stem => 'S',
    };
    loops(structure).unwrap().iter().map(letter).collect()
}

/// Examples deposited with the program (Demo/Degscore_unit_tests.csv): sequence, structure, loops, score.
const DEPOSITED: [(&str, &str, &str, f64); 3] = [
    (
        "UCCGCCCGGACCGGAUGAAAGUCCCUGUCGAUCCACGUGACUACAAUCUCGGCGACAUUGCGUCUCCCGGGAGCCCUAAGUCACUAUGAUACAGCCACUG",
        ".......((((.........))))((((..(((...((((((....((((((.(((.....)))..))))))......))))))...)))))))......",
        "EEEEEEESSSSHHHHHHHHHSSSSSSSSBBSSSIIISSSSSSIIIISSSSSSISSSHHHHHSSSIISSSSSSIIIIIISSSSSSIIISSSSSSSEEEEEE",
        35.022,
    ),
    (
        "UGAGGAGCUCUUAAGCCUUUCACGUAUAUGGUAAGCUCACUGAUGCUGUUUAUUUCGCCUUUAUCACGAUGUAAGAUGUCCUCAAGAAUUCUGGUUAGGG",
        "(((((((((....)))(((.((((((((.(((.(((........))).........)))..))).))).)).)))...))))))................",
        "SSSSSSSSSHHHHSSSSSSISSSSSSSSISSSISSSHHHHHHHHSSSIIIIIIIIISSSIISSSBSSSBSSISSSMMMSSSSSSEEEEEEEEEEEEEEEE",
        38.448,
    ),
    ("GGGUUUCCC", "(((...)))", "SSSHHHSSS", 3.883),
];

#[test]
fn degradation_equals_the_deposited_examples() {
    for (rna, structure, expected, score) in DEPOSITED {
        assert_eq!(letters(structure), expected);
        let got = degradation(rna, &loops(structure).unwrap());
        assert!((got - score).abs() < 1e-9, "{got} {score}");
    }
    let (rna, structure, ..) = DEPOSITED[2];
    let expected = [0.17, 0.217, 0.511, 0.641, 0.714, 0.49, 0.347, 0.15, 0.643];
    let got = degradation_by_base(rna, &loops(structure).unwrap());
    assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{got:?}");
    assert_eq!(degradation_by_base("", &[]), Vec::<f64>::new());
}

#[test]
fn helices_and_openness_are_read_off() {
    let check = |structure: &str, helix: (usize, usize)| {
        let unpaired = vec![0.5; structure.len()];
        let shape =
            Shape { structure: structure.to_owned(), energy: 0.0, unpaired, degradation: 0.0 };
        assert_eq!(shape.longest_helix(), helix, "{structure}");
    };
    check(".....", (0, 0));
    check("(((...)))", (3, 0));
    check("((.((...))))", (2, 0));
    check(".((.((((...))))))", (4, 4));
    check("((...))((...))", (2, 0));
    let shape = Shape::of("GGGUUUCCC", &Pairing).unwrap();
    assert!((shape.mean_unpaired(0..9) - 0.9 * 5.0 / 9.0 - 0.1 * 4.0 / 9.0).abs() < 0.3);
    assert!((shape.mean_unpaired(50..60) - 1.0).abs() < 1e-12);
}

#[test]
fn an_answer_that_does_not_fit_is_an_error() {
    struct Told(&'static str, usize);
    impl Folding for Told {
        fn mfe(&self, _: &str) -> Result<Folded, String> {
            Ok(Folded { structure: self.0.to_owned(), energy: 0.0 })
        }
        fn unpaired(&self, _: &str) -> Result<Vec<f64>, String> {
            Ok(vec![0.0; self.1])
        }
    }
    let check = |told: Told, message: &str| {
        let error = Shape::of("GGGAAACCC", &told).unwrap_err();
        assert!(error.contains(message), "{error}");
    };
    check(Told("((...))", 9), "9 bases, a structure of 7");
    check(Told(".........", 8), "8 probabilities");
    check(Told("(((...)).", 9), "no dot-bracket");
    check(Told("((.[.].))", 9), "no dot-bracket");
}
