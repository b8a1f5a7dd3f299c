#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::architecture::{Architecture, Head};
use crate::data::tests::{bzip2, peptide, table};
use crate::encoding::Class;
use crate::recipe::{Calibration, Decoys, Format, HeldOut, Optimiser};
use std::fmt::Write as _;
use tempfile::TempDir;
use vaxloom_immune::encoding::AMINO_ACIDS;

const SEQUENCES: [(&str, &str); 3] = [
    ("HLA-A02:01", "YFAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWY"),
    ("HLA-B07:02", "YYSEYRNIYAQTDESNLYLSYDYYTWAERAYEWY"),
    ("HLA-C07:02", "YDSGYREKYRQADVSNLYLRSDSYTLAALAYTWY"),
];

fn random(length: usize, rng: &mut ChaCha8Rng) -> String {
    (0..length).map(|_| char::from(AMINO_ACIDS[rng.random_range(0..20)])).collect()
}

/// A data root and its recipe. Of the first allele there are 40 ligands of 8 residues, of the second as many of 11, and of
/// both as a genotype as many of 9 with flanks, from the second epoch on; and 20 affinities.
pub(crate) fn tables() -> (TempDir, Recipe) {
    let root = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let [mut hits, mut genotypes] =
        ["allele len seq\n", "hit,peptide,n_flank,c_flank,hla\n"].map(str::to_owned);
    for _ in 0..40 {
        writeln!(hits, "A0201 8 {}\nB0702 11 {}", random(8, &mut rng), random(11, &mut rng))
            .unwrap();
        let peptide = random(9, &mut rng);
        writeln!(genotypes, "1,{peptide},AAA,CCC,HLA-A*02:01 HLA-B*07:02").unwrap();
    }
    let mut affinities = "allele,peptide,measurement_value,measurement_inequality\n".to_owned();
    let mut windows = "n_flank,peptide,c_flank\n".to_owned();
    for _ in 0..20 {
        writeln!(affinities, "HLA-C*07:02,{},500,=", random(9, &mut rng)).unwrap();
        writeln!(
            windows,
            "{},{},{}",
            random(5, &mut rng),
            random(15, &mut rng),
            random(5, &mut rng)
        )
        .unwrap();
    }
    let pseudo = SEQUENCES.map(|(name, sequence)| format!("{name},{sequence}\n")).concat();
    let pseudo = format!("allele,pseudosequence\n{pseudo}");
    let at = |format, file, text: &str| table(root.path(), format, file, text.as_bytes());
    let mut of_genotypes = at(Format::MhcflurryMultiallelic, "genotypes", &genotypes);
    of_genotypes.from_epoch = 2;
    let recipe = Recipe {
        task: "mhc1-presentation".to_owned(),
        name: "test".to_owned(),
        seed: 1,
        architecture: Architecture {
            class: Class::One,
            heads: vec![Head::Presentation, Head::Affinity],
            members: 2,
            first: 8,
            second: 4,
            flank: 3,
        },
        optimiser: Optimiser {
            epochs: 2,
            patience: 2,
            batch: 16,
            learning_rate: 0.01,
            dropout: 0.1,
            affinity_weight: 1.0,
        },
        held_out: HeldOut { peptides: 0.1, molecules: vec![] },
        decoys: Decoys { per_ligand: 3, lengths: [9, 10], matched: false, of_other_molecules: 0 },
        calibration: Calibration { peptides: 400, lengths: [8, 11] },
        ligands: vec![at(Format::Hlathena, "hits", &hits), of_genotypes],
        affinities: vec![at(Format::CuratedAffinity, "affinities", &affinities)],
        excluded: vec![],
        windows: table(root.path(), Format::MhcflurryMultiallelic, "w.bz2", &bzip2(&windows)),
        pseudosequences: vec![at(Format::Pseudosequences, "pseudo", &pseudo)],
    };
    (root, recipe)
}

pub(crate) fn dataset(change: impl Fn(&mut Recipe)) -> Dataset {
    let (root, mut recipe) = tables();
    change(&mut recipe);
    Dataset::read(&recipe, root.path()).unwrap().unwrap()
}

/// Peptide rows of a batch: residues as text, and those of the flanks.
fn peptides(batch: &Batch) -> Vec<(String, String)> {
    let letters = |codes: &[u8]| {
        codes
            .iter()
            .filter_map(|&code| AMINO_ACIDS.get(usize::from(code)))
            .map(|&c| char::from(c))
            .collect::<String>()
    };
    let row = |row: &[u8]| {
        let length = usize::from(row[24]) + 8;
        // From the first residue, and from the last.
        let text =
            format!("{}{}", letters(&row[..9]), letters(&row[18 - length.saturating_sub(9)..18]));
        (text, letters(&row[18..24]))
    };
    batch.peptides.chunks(25).map(row).collect()
}

#[test]
fn rows_are_split_by_peptide() {
    let data = dataset(|_| ());
    assert_eq!(data.training_molecules, ["HLA-A*02:01", "HLA-B*07:02", "HLA-C*07:02"]);
    assert_eq!(data.training_sequences.len(), 3 * 34);
    assert_eq!(data.counts(), (126, 14), "a tenth of the peptides is held out");
    let (ligands, affinities) = data.kinds();
    assert_eq!(ligands + affinities, 126);
    let of = |examples: &[Example]| examples.iter().map(|e| e.peptide).collect::<HashSet<_>>();
    assert!(of(&data.train).is_disjoint(&of(&data.held_out)));
    assert_eq!(of(&dataset(|_| ()).held_out), of(&data.held_out), "the seed decides");
    assert_ne!(of(&dataset(|recipe| recipe.seed = 2).held_out), of(&data.held_out));
}

#[test]
fn the_same_row_counts_once() {
    let data = dataset(|recipe| {
        let again = recipe.ligands.clone();
        recipe.ligands.extend(again);
        let again = recipe.affinities.clone();
        recipe.affinities.extend(again);
    });
    assert_eq!(data.counts(), (126, 14));
    assert_eq!(data.removed, [("same row twice".to_owned(), 140)].into());
}

#[test]
fn molecules_without_a_pseudo_sequence_are_counted() {
    let (root, mut recipe) = tables();
    let pseudo = format!("allele,pseudosequence\n{},{}\n", SEQUENCES[0].0, SEQUENCES[0].1);
    recipe.pseudosequences =
        vec![table(root.path(), Format::Pseudosequences, "one", pseudo.as_bytes())];
    let data = Dataset::read(&recipe, root.path()).unwrap().unwrap();
    // Of a genotype every molecule must be known.
    assert_eq!(data.removed, [("molecule without pseudo-sequence".to_owned(), 100)].into());
    assert_eq!(data.training_molecules, ["HLA-A*02:01"]);
}

#[test]
fn an_epoch_has_each_row_and_the_decoys_of_ligands() {
    let data = dataset(|_| ());
    let of_genotypes = data.train.iter().filter(|e| e.molecules.len() == 2).count();
    let (ligands, affinities) = data.kinds();
    let order = |epoch| data.epoch_order(epoch, &mut stream(1, Stream::Epoch(epoch)));
    assert_eq!(
        order(0).len(),
        4 * (ligands - of_genotypes) + affinities,
        "genotypes from epoch 2 on"
    );
    assert_eq!(order(1).len(), 4 * ligands + affinities);
    let key = |draws: &[Draw]| draws.iter().map(|d| (d.example, d.decoy)).collect::<Vec<_>>();
    let distinct: BTreeSet<_> = key(&order(1)).into_iter().collect();
    assert_eq!(distinct.len(), order(1).len());
    assert_eq!(key(&order(1)), key(&order(1)));
    assert_ne!(key(&order(1)), key(&order(2)));
    let batch = |epoch| data.batch(&order(1), &mut stream(1, Stream::Epoch(epoch))).peptides;
    assert_eq!(batch(1), batch(1));
    assert_ne!(batch(1), batch(2), "decoys are drawn anew");
}

/// The decoys of every training ligand, with the ligand.
fn decoys(data: &Dataset) -> Vec<(Peptide, &Example)> {
    let mut rng = stream(3, Stream::Epoch(0));
    let ligands = data.train.iter().filter(|e| e.measured == Measured::Ligand);
    let of = |example| (1..=3).map(move |decoy| (decoy, example));
    ligands.flat_map(of).map(|(decoy, e)| (data.decoy(e, decoy, &mut rng).0, e)).collect()
}

#[test]
fn decoys_are_no_known_ligands() {
    let data = dataset(|_| ());
    for (decoy, example) in decoys(&data) {
        assert!((9..=10).contains(&decoy.residues().len()));
        assert!(example.molecules.iter().all(|&m| !data.known.contains(&(m, decoy))));
    }
    // The windows are 25 residues long: about half of their peptides are declared ligands here.
    let mut data = dataset(|_| ());
    for start in 0..9 {
        for window in 0..20 {
            let mut rng = stream(window, Stream::Epoch(start));
            let natural = data.natural.draw(&mut rng).0;
            data.known.insert((0, natural));
        }
    }
    for (decoy, example) in decoys(&data) {
        assert!(!example.molecules.contains(&0) || !data.known.contains(&(0, decoy)));
    }
}

#[test]
fn matched_decoys_have_the_lengths_of_the_ligands() {
    let data = dataset(|recipe| recipe.decoys.matched = true);
    let decoys = decoys(&data);
    assert!(decoys.iter().all(|(decoy, e)| decoy.residues().len() == e.peptide.residues().len()));
    let lengths: BTreeSet<usize> = decoys.iter().map(|(decoy, _)| decoy.residues().len()).collect();
    assert_eq!(lengths, [8, 9, 11].into());
}

#[test]
fn some_decoys_are_ligands_of_other_molecules() {
    let data = dataset(|recipe| recipe.decoys.of_other_molecules = 2);
    let ligands: HashSet<Peptide> =
        data.ligands.iter().map(|&i| data.train[i as usize].peptide).collect();
    for (i, (decoy, example)) in decoys(&data).into_iter().enumerate() {
        // A genotype of both alleles has no other ligands to take.
        let wanted = i % 3 < 2 && example.molecules.len() == 1;
        assert_eq!(
            ligands.contains(&decoy),
            wanted,
            "decoy {} of {:?}",
            i % 3 + 1,
            example.molecules
        );
        assert!(example.molecules.iter().all(|&m| !data.known.contains(&(m, decoy))));
    }
    let more = dataset(|recipe| recipe.decoys.of_other_molecules = 9);
    assert_eq!(more.of_other_molecules, 3, "no more than there are decoys");
}

#[test]
fn a_batch_holds_what_was_drawn() {
    let data = dataset(|_| ());
    let draws = data.epoch_order(1, &mut stream(1, Stream::Epoch(1)));
    let batch = data.batch(&draws, &mut stream(1, Stream::Epoch(1)));
    let (mut with_flanks, mut genotypes, mut strange) = (0, 0, 0);
    for ((draw, (text, flanks)), target) in draws.iter().zip(peptides(&batch)).zip(&batch.targets) {
        let example = &data.train[draw.example as usize];
        let own = peptide(&text, Class::One) == example.peptide;
        let expected = if draw.decoy > 0 { Target::Decoy } else { example.measured.into() };
        assert_eq!((own, *target), (draw.decoy == 0, expected), "{text}");
        if example.molecules.len() == 2 {
            genotypes += 1;
            with_flanks += usize::from(!flanks.is_empty());
            strange += usize::from(draw.decoy == 0 && !["", "AAACCC"].contains(&flanks.as_str()));
        } else {
            // Neither the ligand's flanks are known nor, so as not to give it away, the decoy's.
            assert_eq!(flanks, "");
        }
    }
    assert_eq!(strange, 0);
    let share = f64::from(with_flanks as u32) / f64::from(genotypes as u32);
    assert!((0.35..0.65).contains(&share), "flanks are given half of the time, not {share}");
}

#[test]
fn held_out_decoys_are_the_same_at_every_call() {
    let data = dataset(|_| ());
    let [first, second] = [data.held_out(), data.held_out()];
    let bytes =
        |batches: &[Batch]| batches.iter().flat_map(|b| b.peptides.clone()).collect::<Vec<_>>();
    assert_eq!(bytes(&first), bytes(&second));
    let targets: Vec<Target> = first.iter().flat_map(|b| b.targets.clone()).collect();
    let ligands = targets.iter().filter(|t| **t == Target::Ligand).count();
    assert_eq!(targets.iter().filter(|t| **t == Target::Decoy).count(), 3 * ligands);
    assert_eq!(targets.len() - 4 * ligands + ligands, 14);
}

#[test]
fn held_out_molecules_have_no_training_rows() {
    let data = dataset(|recipe| recipe.held_out.molecules = vec!["B0702".to_owned()]);
    assert!(data.train.iter().chain(&data.held_out).all(|e| !e.molecules.contains(&1)));
    // Its own ligands are measured apart, with decoys; those of genotypes are left out.
    let apart = data.held_out_molecules();
    let [(name, batches)] = &apart[..] else { panic!("one molecule") };
    let targets: Vec<Target> = batches.iter().flat_map(|b| b.targets.clone()).collect();
    assert_eq!((*name, targets.len()), ("HLA-B*07:02", 40 * 4));
    assert_eq!(data.counts().0 + data.counts().1, 60);
}

#[test]
fn training_rows_are_counted_without_decoys() {
    let data = dataset(|_| ());
    let (batches, affinities) = data.training_rows();
    let (ligands, of_affinity) = data.kinds();
    assert_eq!(batches.iter().map(Batch::len).sum::<usize>(), ligands);
    assert_eq!(affinities, [("HLA-C*07:02".to_owned(), of_affinity)].into());
}

#[test]
fn windows_without_a_peptide_are_no_data_set() {
    for (change, there) in [
        ((|recipe| recipe.decoys.lengths = [9, 14]) as fn(&mut Recipe), true),
        (|recipe| recipe.decoys.lengths = [9, 26], false),
        (|recipe| recipe.calibration.lengths = [9, 26], false),
    ] {
        let (root, mut recipe) = tables();
        change(&mut recipe);
        assert_eq!(Dataset::read(&recipe, root.path()).unwrap().is_some(), there);
    }
}
