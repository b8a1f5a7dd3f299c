//! Training on planted motifs: small enough for seconds, real in every step.

use crate::world::{AFFINITIES, ALLELES, BOTH, CLASS_TWO_MOLECULES, World};
use std::fmt::Write as _;
use vaxloom_immune::Predictor;
use vaxloom_immune::metrics::pearson;
use vaxloom_models::{MhcPredictor, Site};

fn score(model: &MhcPredictor, peptide: &str, allele: &str) -> f32 {
    model.predict(&[(peptide, allele)]).unwrap()[0].clone().unwrap().score
}

#[test]
fn a_planted_motif_is_learned() {
    let (model, report) = World::new(600).model();
    let figures = report.training.held_out_figures.last().unwrap();
    assert!(figures.average_precision.unwrap() > 0.9, "{figures}");
    assert_eq!(figures.correlation, None);
    let [a, b] = ALLELES.map(|(name, ..)| name);
    let own = [score(&model, "ALKDGHTEV", a), score(&model, "APKDGHTEL", b)];
    let none = [score(&model, "AGKDGHTEG", a), score(&model, "AGKDGHTEG", b)];
    let other = [score(&model, "APKDGHTEL", a), score(&model, "ALKDGHTEV", b)];
    assert!(own.iter().all(|&s| s > 0.9) && none.iter().all(|&s| s < 0.1), "{own:?} {none:?}");
    // Decoys hardly ever carry the other allele's motif, so little is learned against it.
    assert!(own[0] > other[0] && own[1] > other[1], "{own:?} {other:?}");
}

/// Ligands of a genotype teach the allele that no table has alone.
#[test]
fn the_presenting_allele_of_a_genotype_is_found() {
    let mut world = World::with_ligands([600, 0]);
    let ligands: Vec<[String; 4]> = (0..600)
        .map(|i| [world.ligand(i % 2, 9), String::new(), String::new(), BOTH.to_owned()])
        .collect();
    // The other allele is known well before its own is looked for.
    world.add_genotypes(&ligands, "from_epoch = 3");
    let (model, _) = world.edit("epochs = 4", "epochs = 10").model();
    let [a, b] = ALLELES.map(|(name, ..)| name);
    let [own, other, first] =
        [("APKDGHTEL", b), ("APKDGHTEL", a), ("ALKDGHTEV", a)].map(|(p, m)| score(&model, p, m));
    assert!(own > 0.7 && own > other && first > 0.7, "{own} {other} {first}");
    // Half of the genotype's ligands are the second allele's, but for what is held out.
    let counted = model.molecules().get(b).unwrap().ligands;
    assert!((220..=290).contains(&counted), "{counted} ligands are the second allele's");
    assert!(model.resolve(b).unwrap().trained);
}

/// 1 - ln(IC50) / ln(50,000), which the residues at position 2 and at the end add up to.
fn planted_affinity(peptide: &str) -> f64 {
    let strength = |place: usize| f64::from(peptide.as_bytes()[place] - b'A') / 25.0;
    0.1 + 0.5 * strength(1) + 0.3 * strength(8)
}

fn nanomolar(target: f64) -> f64 {
    50_000_f64.powf(1.0 - target)
}

fn random_peptides(world: &mut World, count: usize) -> Vec<String> {
    (0..count).map(|_| String::from_utf8(world.random(9)).unwrap()).collect()
}

#[test]
fn affinities_are_learned() {
    let mut drawn = World::class_one();
    let mut text = format!("{AFFINITIES}HLA-A2,GILGFVFTL,5.0,=\nMamu-A*01:01,GILGFVFTL,5.0,=\n");
    for peptide in random_peptides(&mut drawn, 3000) {
        let value = nanomolar(planted_affinity(&peptide));
        writeln!(text, "HLA-A*02:01,{peptide},{value},=").unwrap();
    }
    let world = World::of_affinities(&text).edit("epochs = 4", "epochs = 20");
    let (model, report) = world.model();
    let training = report.training;
    assert_eq!(training.removed["not a human molecule typed to its protein"], 2);
    assert_eq!((training.ligands, training.affinities, training.held_out), (0, 2700, 300));
    let figures = training.held_out_figures.last().unwrap();
    assert!(figures.average_precision.is_none() && figures.correlation.unwrap() > 0.9, "{figures}");
    let fresh = random_peptides(&mut drawn, 300);
    let pairs: Vec<(&str, &str)> = fresh.iter().map(|p| (p.as_str(), ALLELES[0].0)).collect();
    let mut predicted = vec![];
    for scored in model.predict(&pairs).unwrap() {
        let scored = scored.unwrap();
        let affinity = scored.affinity.unwrap();
        // A model of affinities alone scores by them.
        let target = 1.0 - f64::from(affinity.nanomolar).ln() / 50_000_f64.ln();
        assert!((f64::from(scored.score) - target).abs() < 1e-3, "{scored:?}");
        assert!((scored.percentile - affinity.percentile).abs() < f32::EPSILON, "{scored:?}");
        predicted.push(target);
    }
    let measured: Vec<f64> = fresh.iter().map(|p| planted_affinity(p)).collect();
    let found = pearson(&predicted, &measured).unwrap();
    assert!(found > 0.9, "{found}");
    // What was trained on is counted, and makes the allele a known one where there are no ligands.
    let [a, b] = ALLELES.map(|(name, ..)| model.molecules().get(name).unwrap());
    assert_eq!((a.ligands, a.affinities, b.affinities), (0, 2700, 0));
    assert!(model.resolve(&a.name).unwrap().trained && !model.resolve(&b.name).unwrap().trained);
}

/// Rows that say `>` push predictions above their IC50 and no further; those that say `<` below it.
#[test]
fn bounds_push_from_one_side() {
    for (sign, bound) in [(">", 5000.0), ("<", 100.0)] {
        let mut world = World::new(100);
        let mut text = AFFINITIES.to_owned();
        for peptide in random_peptides(&mut world, 600) {
            writeln!(text, "HLA-A*02:01,{peptide},{bound},{sign}").unwrap();
        }
        world.add("affinities", "curated-affinity", "affinities.csv", text.as_bytes(), "");
        let fresh = random_peptides(&mut world, 100);
        let world = world
            .edit("[\"presentation\"]", "[\"presentation\", \"affinity\"]")
            .edit("dropout = 0.1", "dropout = 0.0\naffinity_weight = 20.0");
        let (model, report) = world.model();
        // A bound has no correlation.
        assert!(report.training.held_out_figures.iter().all(|f| f.correlation.is_none()));
        let pairs: Vec<(&str, &str)> = fresh.iter().map(|p| (p.as_str(), ALLELES[0].0)).collect();
        let predicted: Vec<f32> = (model.predict(&pairs).unwrap().into_iter())
            .map(|scored| scored.unwrap().affinity.unwrap().nanomolar)
            .collect();
        let right = |&&nanomolar: &&f32| {
            if sign == ">" { nanomolar >= 0.8 * bound } else { nanomolar <= 1.25 * bound }
        };
        let count = predicted.iter().filter(right).count();
        assert!(count >= 95, "{sign}: {count} of 100 on the right side of {bound}: {predicted:?}");
        // A bound is no target: nothing draws a prediction back to it.
        let near = |n: &&f32| (0.8 * bound..=1.25 * bound).contains(*n);
        let count = predicted.iter().filter(near).count();
        assert!(count <= 50, "{sign}: {count} of 100 at {bound}: {predicted:?}");
    }
}

#[test]
fn flanks_count_where_they_are_known() {
    let mut world = World::new(300);
    let ligands: Vec<[String; 4]> = (0..600)
        .map(|i| {
            let after = if i % 10 == 0 { "AAAAA" } else { "KAAAA" };
            [world.ligand(0, 9), "D".repeat(15), after.to_owned(), ALLELES[0].0.to_owned()]
        })
        .collect();
    world.add_genotypes(&ligands, "");
    let world =
        world.edit("second = 16", "second = 16\nflank = 5").edit("epochs = 4", "epochs = 8");
    let (model, _) = world.model();
    let peptide = "AVKDGHTEV";
    let sites = [Some(("DDDDD", "KAAAA")), None, Some(("DDDDD", "EAAAA")), Some(("", ""))]
        .map(|flanks| Site { peptide, flanks });
    let scored = model.predict_grid(&sites, &[ALLELES[0].0]).unwrap();
    let [with, without, against, empty] = [0, 1, 2, 3].map(|i| scored[i].clone().unwrap().score);
    assert!(with > without && with > against, "{with} {without} {against}");
    assert!((without - empty).abs() < f32::EPSILON, "unknown flanks are flanks without residues");
    assert!(score(&model, "ALKDGHTEV", ALLELES[0].0) > 0.7);
}

/// Ligands whose core has four anchors at a random place. The shortest have room for one core only, which tells the
/// network where the anchors of the others are.
#[test]
fn the_binding_core_is_found() {
    let mut world = World::class_two(500);
    let fresh: Vec<(String, usize)> = (0..100).map(|i| world.with_core(i % 2)).collect();
    let table = "peptide,mhc_class,mhc_restriction\nAAAAAAAAAAAAAA,II,HLA-DPB1*04:01\n";
    let alpha = "alpha = { \"HLA-DPB1*04:01\" = \"DPA1*01:03\" }";
    world.add("ligands", "maptac", "maptac.csv", table.as_bytes(), alpha);
    let (model, report) = world.model();
    assert_eq!(report.training.molecules, 2);
    let names: Vec<&str> = model.molecules().molecules().iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, CLASS_TWO_MOLECULES.map(|(name, _)| name));
    let (mut cores, mut own) = ([0, 0], 0);
    for (i, (peptide, core)) in fresh.iter().enumerate() {
        let pairs = [(peptide.as_str(), names[i % 2]), (peptide.as_str(), names[1 - i % 2])];
        let scored = model.predict(&pairs).unwrap();
        let [right, wrong] = [0, 1].map(|i| scored[i].clone().unwrap());
        cores[i % 2] += usize::from(right.core == Some(*core as u8));
        own += usize::from(right.score > wrong.score);
    }
    assert!(cores.iter().all(|&of| of >= 45), "{cores:?} cores of 50 each");
    assert!(own >= 90, "{own} molecules of 100");
}

#[test]
fn training_stops_when_nothing_is_gained() {
    let world = World::new(300).edit("epochs = 4\npatience = 4", "epochs = 60\npatience = 2");
    let training = world.train("out", &mut |_| ()).unwrap().training;
    let epochs = training.held_out_figures.len() as u64;
    let means: Vec<f64> = training
        .held_out_figures
        .iter()
        .map(vaxloom_models::weights::HeldOutFigures::mean)
        .collect();
    let best = training.best_epoch;
    assert!(epochs < 60 && best == epochs - 2, "best {best} of {epochs}");
    assert!(means.iter().all(|&mean| mean <= means[best as usize - 1]), "{means:?}");
}
