//! A thousand random designs pass, and two hundred with one planted fault each are caught by the check that is there for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::construct::Candidate;
use crate::design::tests::designed;
use crate::joint::tests::ByText;
use crate::sequence::{RESIDUES, reverse_complement, transcribe};
use crate::shape::Shape;

struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    fn peptide(&mut self, length: usize) -> String {
        let letters = RESIDUES.as_bytes();
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}

/// Candidate molecules of random antigens, under one of the built-in profiles.
fn random_designs(seed: u64) -> (Profile, Vec<Construct>) {
    let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    (0..4).for_each(|_| _ = draw.below(2));
    let profile = Profile::built_in(["inest", "cov"][draw.below(2)]).unwrap();
    let antigens = (0..=draw.below(6)).map(|at| Candidate {
        id: format!("A{at}"),
        gene: format!("G{at}"),
        peptide: {
            let length = 15 + draw.below(18);
            draw.peptide(length)
        },
        weight: 1.0 / (at + 1) as f64,
    });
    let antigens: Vec<Candidate> = antigens.collect();
    let constructs = designed(antigens, &profile, &ByText).unwrap();
    (profile, constructs)
}

fn failed(construct: &Construct, profile: &Profile, expected: &[String]) -> Vec<&'static str> {
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    let rescan = Rescan { scorer: &ByText, known_self: &|_| false };
    let checks = verify(construct, profile, &expected, &rescan);
    checks.iter().filter(|check| !check.passed).map(|check| check.name).collect()
}

#[test]
fn a_thousand_random_designs_pass() {
    let mut designs = 0;
    for seed in 1.. {
        let (profile, constructs) = random_designs(seed);
        for construct in &constructs {
            assert!(construct.checks_passed, "{seed}: {:?}", construct.checks);
            assert!(failed(construct, &profile, &construct.peptides).is_empty(), "{seed}");
            designs += 1;
        }
        if designs >= 1000 {
            break;
        }
    }
}

/// Replaces `bases` bases of the template from `at` on by `with`, in the coding sequence and the mRNA too.
fn edit(construct: &mut Construct, profile: &Profile, at: usize, bases: usize, with: &str) {
    let left: usize = profile.left_parts().iter().map(|part| part.sequence.len()).sum();
    let template = construct.template.as_mut().unwrap();
    let before = template.len();
    let coding = left..left + construct.coding_sequence.len();
    template.replace_range(at..at + bases, with);
    let end = if coding.contains(&at) { coding.end + template.len() - before } else { coding.end };
    construct.coding_sequence = template[left..end].to_owned();
    construct.mrna = transcribe(&template[profile.untranscribed()..]);
    construct.length_nt = construct.mrna.len() as i32;
}

/// The first base on the template of a random codon of the antigens.
fn codon(construct: &Construct, profile: &Profile, draw: &mut Draw) -> usize {
    let left: usize = profile.left_parts().iter().map(|part| part.sequence.len()).sum();
    let head = profile.head().len() + construct.linkers[0].len();
    left + 3 * (head + draw.below(construct.peptides[0].len() - 12))
}

type Plant = fn(&mut Construct, &Profile, &mut Draw);

/// Each fault with the check that must see it.
const FAULTS: [(&str, Plant); 20] = [
    ("reading frame", |c, p, d| {
        let at = codon(c, p, d);
        edit(c, p, at, 3, ["TGA", "TAA", "TAG"][d.below(3)]);
    }),
    ("reading frame", |c, p, d| {
        let start = p.left_parts().iter().map(|part| part.sequence.len()).sum();
        edit(c, p, start, 3, ["CTG", "ACG", "ATA"][d.below(3)]);
    }),
    ("reading frame", |c, p, _| {
        let right: usize = p.right_parts().iter().map(|part| part.sequence.len()).sum();
        let stop = c.template.as_ref().unwrap().len() - right;
        edit(c, p, stop, 3, "GGA");
    }),
    ("reading frame", |c, p, d| {
        let at = codon(c, p, d) + d.below(3);
        edit(c, p, at, 1, "");
    }),
    ("reading frame", |c, p, d| {
        let at = codon(c, p, d) + d.below(3);
        edit(c, p, at, 0, ["A", "C", "G", "T"][d.below(4)]);
    }),
    ("translation", |c, p, d| {
        let at = codon(c, p, d);
        let old = c.template.as_ref().unwrap()[at..at + 3].to_owned();
        let residue = crate::codon::weight(&old).map(|(residue, _)| residue);
        edit(c, p, at, 3, if residue == Some('W') { "GAC" } else { "TGG" });
    }),
    ("translation", |c, p, d| {
        // A codon is lost, in frame.
        let at = codon(c, p, d);
        edit(c, p, at, 3, "");
    }),
    ("forbidden motifs", |c, p, d| {
        let at = codon(c, p, d) + d.below(3);
        let motif = p.forbidden[d.below(p.forbidden.len())].sequence.clone();
        edit(c, p, at, motif.len(), &motif);
    }),
    ("forbidden motifs", |c, p, d| {
        let at = codon(c, p, d) + d.below(3);
        let motif = reverse_complement(&p.forbidden[d.below(3)].sequence);
        edit(c, p, at, motif.len(), &motif);
    }),
    ("forbidden motifs", |c, p, _| {
        // Over the border of stop and 3' UTR.
        let right: usize = p.right_parts().iter().map(|part| part.sequence.len()).sum();
        let utr3 = c.template.as_ref().unwrap().len() - right + p.stop.sequence.len();
        edit(c, p, utr3 - 3, 7, "GCTCTTC");
    }),
    ("runs of one base", |c, p, d| {
        let at = codon(c, p, d);
        let (base, longest) = [("A", 7), ("C", 5), ("G", 5), ("T", 7)][d.below(4)];
        edit(c, p, at, longest + 1, &base.repeat(longest + 1));
    }),
    ("GC windows", |c, p, d| {
        let at = codon(c, p, d).min(c.template.as_ref().unwrap().len() - 500);
        let with = if d.below(2) == 0 { "GCCGGC".repeat(10) } else { "ATTAAT".repeat(10) };
        edit(c, p, at, 60, &with);
    }),
    ("upstream AUG", |c, p, d| {
        let at = p.promoter.sequence.len() + d.below(p.utr5.sequence.len() - 3);
        edit(c, p, at, 3, "ATG");
    }),
    ("parts", |c, p, d| {
        let at = p.promoter.sequence.len() + d.below(p.utr5.sequence.len());
        let old = c.template.as_ref().unwrap()[at..=at].to_owned();
        edit(c, p, at, 1, if old == "C" { "G" } else { "C" });
    }),
    ("parts", |c, p, d| {
        let end = c.template.as_ref().unwrap().len();
        let lost = 1 + d.below(40);
        edit(c, p, end - lost, lost, "");
    }),
    ("inverted repeats", |c, p, d| {
        let at = codon(c, p, d);
        let arm = reverse_complement(&c.template.as_ref().unwrap()[at..at + 30]);
        let far = c.template.as_ref().unwrap().len() - p.poly_a.sequence.len() - 60;
        edit(c, p, far, 30, &arm);
    }),
    ("transcript", |c, _, d| {
        let at = d.below(c.mrna.len());
        let base = if &c.mrna[at..=at] == "A" { "G" } else { "A" };
        c.mrna.replace_range(at..=at, base);
    }),
    ("antigens", |c, _, d| {
        let at = d.below(c.peptides.len());
        c.peptides[at].remove(0);
    }),
    (
        "junctions",
        |c, _, d| {
            if d.below(2) == 0 { c.junction_strong += 1 } else { c.junction_weak += 1 }
        },
    ),
    ("length", |c, p, _| {
        let end = c.template.as_ref().unwrap().len();
        let more = "A".repeat(p.max_length_nt);
        edit(c, p, end, 0, &more);
    }),
];

#[test]
fn two_hundred_planted_faults_are_caught() {
    let mut planted = 0;
    for seed in 1..=10 {
        let (profile, constructs) = random_designs(1000 + seed);
        for (place, (name, plant)) in FAULTS.iter().enumerate() {
            let mut construct = constructs[place % constructs.len()].clone();
            let expected = construct.peptides.clone();
            let mut draw = Draw(seed * 7919 + place as u64);
            plant(&mut construct, &profile, &mut draw);
            let failed = failed(&construct, &profile, &expected);
            assert!(failed.contains(name), "{seed}, fault {place}: {name} not in {failed:?}");
            planted += 1;
        }
    }
    assert_eq!(planted, 200);
}

#[test]
fn a_bad_shape_is_caught() {
    use crate::shape::tests::Pairing;
    let (profile, constructs) = random_designs(5);
    let construct = &constructs[0];
    let shape = Shape::of(&construct.mrna, &Pairing).unwrap();
    let check = |change: &dyn Fn(&mut Shape, &mut Profile), names: &[&str]| {
        let (mut shape, mut profile) = (shape.clone(), profile.clone());
        change(&mut shape, &mut profile);
        let checks = verify_shape(construct, &profile, &shape);
        let failed: Vec<&str> = checks.iter().filter(|c| !c.passed).map(|c| c.name).collect();
        assert_eq!(failed, names);
    };
    check(&|_, _| (), &[]);
    check(&|s, _| s.structure.truncate(100), &["structure"]);
    // The ends of a molecule, G and A, are no pair; thirty of those in a row are a long helix too.
    let n = shape.structure.len();
    let wrap = |pairs: usize| {
        format!("{}{}{}", "(".repeat(pairs), ".".repeat(n - 2 * pairs), ")".repeat(pairs))
    };
    check(&|s, _| s.structure = wrap(1), &["structure"]);
    check(&|s, _| s.structure = wrap(30), &["structure", "long helices"]);
    let closed = |shape: &mut Shape, profile: &mut Profile| {
        shape.unpaired = vec![0.01; n];
        profile.limits.start_unpaired = 0.1;
    };
    check(&closed, &["start codon"]);
}
