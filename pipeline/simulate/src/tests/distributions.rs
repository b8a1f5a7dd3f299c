//! The distributions that are made are those that were asked for.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{cohort, made_up};
use crate::Cohort;
use crate::cancer::{Cancer, EXOME, SPREAD};
use crate::mutation::Origin;
use crate::patient::Patient;
use crate::signature;
use crate::tumour::CopyNumbers;

/// Upper 0.1 % point of the chi-squared distribution (Wilson and Hilferty 1931, Proc Natl Acad Sci 17:684).
fn critical(freedom: usize) -> f64 {
    let k = freedom as f64;
    k * (1.0 - 2.0 / (9.0 * k) + 3.090_232 * (2.0 / (9.0 * k)).sqrt()).powi(3)
}

/// Checks counts against chances; cells of fewer than five expected are taken together.
fn check_chances(what: &str, counts: &[f64], chances: &[f64]) {
    let total: f64 = counts.iter().sum();
    let sum: f64 = chances.iter().sum();
    let (mut statistic, mut cells) = (0.0, 0);
    let mut rest = (0.0, 0.0);
    let mut add = |count: f64, expected: f64| {
        statistic += (count - expected).powi(2) / expected;
        cells += 1;
    };
    for (&count, chance) in counts.iter().zip(chances) {
        let expected = total * chance / sum;
        if expected < 5.0 {
            rest = (rest.0 + count, rest.1 + expected);
        } else {
            add(count, expected);
        }
    }
    if rest.1 >= 5.0 {
        add(rest.0, rest.1);
    } else {
        assert!(rest.0 < 20.0, "{what}: {} in cells where {} are expected", rest.0, rest.1);
    }
    assert!(cells > 1, "{what}: too few to tell");
    let limit = critical(cells - 1);
    assert!(
        statistic < limit,
        "{what}: chi-squared {statistic:.1} of {cells} cells, limit {limit:.1}"
    );
}

fn patients(count: usize, cancer: &str, load: f64, see: &mut dyn FnMut(&Patient<'_>)) {
    let cohort = Cohort { load, ..cohort(count, cancer) };
    let world = cohort.world(&made_up().2).unwrap();
    (0..count).for_each(|number| see(&cohort.patient(&world, number)));
}

#[test]
fn contexts_are_those_of_the_signatures() {
    let all = signature::all().unwrap();
    let mut counts = vec![vec![0.0; signature::CONTEXTS]; all.len()];
    let genes = &made_up().2;
    for cancer in ["SKCM", "LUAD", "UCEC", "BRCA", "STAD"] {
        patients(60, cancer, 0.5, &mut |patient| {
            for call in &patient.calls {
                let Origin::Signature(own, context) = call.mutation.origin else { continue };
                counts[own][context] += 1.0;
                // What was drawn is what was planted, read off the genome again.
                let gene = &genes.list[call.mutation.gene];
                let offset = call.mutation.change.offset;
                let middle = gene.coding[offset];
                let planted = call.mutation.change.inserted[0];
                let pyrimidine = matches!(middle, b'C' | b'T');
                let turned = if pyrimidine { planted } else { signature::complement(planted) };
                assert_eq!(signature::substitution(context).1, turned);
                let expected = signature::trinucleotide(context);
                assert_eq!(usize::from(gene.contexts[offset]), expected);
            }
        });
    }
    for (own, counts) in all.iter().zip(&counts) {
        if counts.iter().sum::<f64>() >= 1000.0 {
            check_chances(&own.name, counts, &own.chances);
        }
    }
    assert!(counts.iter().filter(|c| c.iter().sum::<f64>() >= 1000.0).count() >= 9);
}

#[test]
fn signatures_have_the_weights_of_the_type() {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let count = 400;
    patients(count, "LUAD", 0.01, &mut |patient| {
        for (name, weight) in &patient.exposures {
            *sums.entry((*name).to_owned()).or_default() += weight / count as f64;
        }
    });
    for (name, weight) in [("SBS1", 0.07), ("SBS2", 0.08), ("SBS4", 0.5), ("SBS5", 0.2)] {
        assert!((sums[name] - weight).abs() < 0.02, "{name}: {}", sums[name]);
    }
}

#[test]
fn loads_are_log_normal_around_the_published_median() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for (code, median) in [("SKCM", 12.9), ("LUAD", 8.1), ("BRCA", 1.2), ("PRAD", 0.7)] {
        let cancer = Cancer::named(code).unwrap().remove(0);
        let draw = |_| cancer.kind(&mut random).mutations(1.0, &mut random) as f64 / EXOME;
        let mut loads: Vec<f64> = (0..20_000).map(draw).collect();
        loads.sort_by(f64::total_cmp);
        // Quantiles of the normal distribution.
        for (part, deviate) in
            [(0.1, -1.2816), (0.25, -0.6745), (0.5, 0.0), (0.75, 0.6745), (0.9, 1.2816)]
        {
            let found = loads[(part * loads.len() as f64) as usize];
            let expected = median * (SPREAD * deviate).exp();
            // Mutations are counted in whole ones.
            let near = (found - expected).abs() < 0.05 * expected + 0.5 / EXOME;
            assert!(near, "{code}, quantile {part}: {found:.2}, expected {expected:.2}");
        }
    }
}

#[test]
fn rare_tumours_are_hypermutated() {
    let (mut many, mut indels, mut all) = (0, 0, 0);
    let count = 600;
    patients(count, "UCEC", 0.05, &mut |patient| {
        let repair = patient.exposures.iter().any(|(name, _)| *name == "SBS6");
        if repair {
            many += 1;
            all += patient.calls.len();
            indels += patient.calls.iter().filter(|c| c.mutation.origin == Origin::Indel).count();
        }
    });
    let part = f64::from(many) / count as f64;
    assert!((part - 0.28).abs() < 0.06, "{part}");
    let part = indels as f64 / all as f64;
    assert!((part - 0.25).abs() < 0.02, "{part}");
}

#[test]
fn alleles_have_the_frequencies_of_the_population() {
    for name in ["african", "east-asian", "european", "south-asian"] {
        let cohort = Cohort { population: name.to_owned(), load: 0.01, ..cohort(3000, "PRAD") };
        let world = cohort.world(&made_up().2).unwrap();
        let mut seen: BTreeMap<String, f64> = BTreeMap::new();
        let mut same = 0;
        for number in 0..cohort.patients {
            let patient = cohort.patient(&world, number);
            same += i32::from(patient.hla[0][0] == patient.hla[0][1]);
            for allele in patient.hla.iter().flatten() {
                *seen.entry((*allele).to_owned()).or_default() += 1.0;
            }
        }
        for gene in &world.populations[0].genes {
            let chances: Vec<f64> = gene.counts.iter().map(|(_, count)| *count).collect();
            let counts: Vec<f64> =
                gene.counts.iter().map(|(a, _)| seen.get(a).copied().unwrap_or(0.0)).collect();
            check_chances(&format!("{name} {}", gene.counts[0].0), &counts, &chances);
        }
        // Hardy and Weinberg.
        let alleles = &world.populations[0].genes[0].counts;
        let total: f64 = alleles.iter().map(|(_, count)| count).sum();
        let expected: f64 = alleles.iter().map(|(_, count)| (count / total).powi(2)).sum();
        let found = f64::from(same) / cohort.patients as f64;
        assert!((found - expected).abs() < 0.03, "{name}: {found:.3} homozygous, {expected:.3}");
    }
}

#[test]
fn reads_follow_purity_and_clones() {
    let (mut expected, mut found, mut depth, mut subclonal, mut all) = (0.0, 0.0, 0.0, 0.0, 0.0);
    patients(150, "SKCM", 0.5, &mut |patient| {
        if patient.tumour.copies != CopyNumbers::Unknown {
            return;
        }
        for call in &patient.calls {
            all += 1.0;
            subclonal += f64::from(u8::from(call.fraction < 1.0));
            expected += call.dna.depth as f64 * patient.tumour.purity * call.fraction / 2.0;
            found += call.dna.alternate as f64;
            depth += call.dna.depth as f64;
        }
    });
    let error = (found - expected) / expected.sqrt();
    assert!(error.abs() < 4.0, "{found} of {depth} reads, {expected} expected");
    let part: f64 = subclonal / all;
    assert!((part - 0.3).abs() < 0.01, "{part}");
}

#[test]
fn a_mixed_cohort_has_the_types_by_their_share() {
    let small = Cohort { load: 0.01, ..cohort(4000, "mix") };
    let world = small.world(&made_up().2).unwrap();
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for number in 0..small.patients {
        *counts.entry(small.patient(&world, number).cancer.code.as_str()).or_default() += 1.0;
    }
    let shares: Vec<f64> = world.cancers.iter().map(|cancer| cancer.share).collect();
    let counts: Vec<f64> =
        world.cancers.iter().map(|cancer| counts[cancer.code.as_str()]).collect();
    check_chances("types of cancer", &counts, &shares);
}
