#![allow(clippy::unwrap_used)]

use super::*;
use crate::architecture::Architecture;
use crate::data::tests::peptide;
use crate::encoding::Class;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tch::Device;

/// A network of random parameters, the molecules' among them, and the parts of three molecules.
fn network(class: Class, heads: Vec<Head>) -> (Network, Tensor) {
    let architecture = Architecture { class, heads, members: 2, first: 8, second: 4, flank: 0 };
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let parameters: Vec<Tensor> = (architecture.shapes().into_iter())
        .map(|(_, shape)| {
            let values: Vec<f32> =
                (0..shape.iter().product()).map(|_| rng.random::<f32>() - 0.5).collect();
            let shape: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
            Tensor::from_slice(&values).view(shape.as_slice())
        })
        .collect();
    let network = Network::new(&architecture, &parameters, Device::Cpu).unwrap();
    let molecules: Vec<u8> = (0..3 * 34).map(|i| (i * 7 % 20) as u8).collect();
    let parts = network.molecule_part(&molecules).unwrap();
    (network, parts)
}

/// The logit of one row with one molecule.
fn logit(network: &Network, row: &[u8], molecules: &Tensor, molecule: i64, head: usize) -> f32 {
    let parts = network.peptide_part(row).unwrap();
    let molecule = molecules.narrow(0, molecule, 1);
    floats(&network.logits(&parts, &molecule).unwrap()).unwrap()[head]
}

#[test]
fn an_example_is_its_best_row_with_its_best_molecule() {
    let (network, parts) = network(Class::Two, vec![Head::Presentation]);
    let encoding = network.architecture().encoding();
    let mut batch = Batch::default();
    let examples =
        [("PKYVKQNTLKLAT", &[0_u16, 2][..]), ("ACDEFGHIK", &[1]), ("WYVTSRQPNMLKIHGF", &[2, 1, 0])];
    for (text, molecules) in examples {
        let peptide = peptide(text, Class::Two);
        batch.push(&encoding, (&peptide, &Flanks::UNKNOWN), molecules, Target::Ligand);
    }
    assert_eq!((batch.len(), batch.rows.len()), (3, 5 * 2 + 1 + 8 * 3));
    let chosen = batch.best(&network, &parts).unwrap();
    let logits = batch.logits(&network, &parts).unwrap();
    let rows: Vec<&[u8]> = batch.peptides.chunks(encoding.width()).collect();
    let (mut first, mut expected_rows) = (0, vec![]);
    for (place, (text, molecules)) in examples.iter().enumerate() {
        let count = text.len() - 8;
        let candidates = (first..first + count)
            .flat_map(|row| molecules.iter().map(move |&m| (row, i64::from(m))));
        let scored = candidates.map(|(row, m)| (row, m, logit(&network, rows[row], &parts, m, 0)));
        let best = scored.max_by(|a, b| a.2.total_cmp(&b.2)).unwrap();
        assert_eq!(
            (chosen.rows[place], chosen.molecules[place]),
            (best.0 as i64, best.1),
            "{text}"
        );
        assert!((logits[place] - best.2).abs() < 1e-5, "{text}");
        expected_rows.extend_from_slice(rows[best.0]);
        first += count;
    }
    let part = batch.part_of(&network, &chosen).unwrap();
    let expected = network.peptide_part(&expected_rows).unwrap();
    assert_eq!(floats(&part).unwrap(), floats(&expected).unwrap());
}

#[test]
fn the_head_of_the_target_decides() {
    let (network, parts) = network(Class::One, vec![Head::Presentation, Head::Affinity]);
    let encoding = network.architecture().encoding();
    let affinity = Target::Affinity { target: 0.5, bound: Bound::Exact };
    // One candidate each, where nothing is chosen, and two.
    for molecules in [&[1_u16][..], &[0, 1]] {
        let mut batch = Batch::default();
        let peptide = peptide("GILGFVFTL", Class::One);
        for target in [Target::Ligand, affinity, Target::Decoy] {
            batch.push(&encoding, (&peptide, &Flanks::UNKNOWN), molecules, target);
        }
        let row = &batch.peptides[..encoding.width()];
        let best = |head| {
            let logits =
                molecules.iter().map(|&m| logit(&network, row, &parts, i64::from(m), head));
            logits.fold(f32::NEG_INFINITY, f32::max)
        };
        let expected = [best(0), best(1), best(0)];
        let found = batch.logits(&network, &parts).unwrap();
        let close =
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-5);
        assert!(close, "{molecules:?}: {found:?}, not {expected:?}");
        let chosen = batch.best(&network, &parts).unwrap();
        assert_eq!(chosen.rows, [0, 1, 2]);
        assert_eq!(batch.part_of(&network, &chosen).unwrap().size(), [3, 16]);
    }
}

#[test]
fn candidates_beyond_one_forward_are_scored_too() {
    let (network, parts) = network(Class::One, vec![Head::Presentation]);
    let encoding = network.architecture().encoding();
    let mut batch = Batch::default();
    for i in 0..AT_ONCE {
        let text = format!(
            "{}{}{}GFVFTL",
            char::from(b"ACDEF"[i % 5]),
            char::from(b"GHIKL"[i / 5 % 5]),
            char::from(b"MNPQR"[i / 25 % 5])
        );
        batch.push(
            &encoding,
            (&peptide(&text, Class::One), &Flanks::UNKNOWN),
            &[0, 1],
            Target::Ligand,
        );
    }
    assert!(batch.rows.len() > AT_ONCE);
    let logits = batch.logits(&network, &parts).unwrap();
    assert_eq!(logits.len(), AT_ONCE);
    for place in [0, AT_ONCE / 2, AT_ONCE - 1] {
        let row = &batch.peptides[place * encoding.width()..][..encoding.width()];
        let expected = logit(&network, row, &parts, 0, 0).max(logit(&network, row, &parts, 1, 0));
        assert!((logits[place] - expected).abs() < 1e-5, "{place}");
    }
}
