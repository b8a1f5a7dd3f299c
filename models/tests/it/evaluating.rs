//! Figures of the trained model: on a benchmark made up here, and on the real one where it is.

use crate::training::World;
use std::path::Path;
use vaxloom_models::{Mhc1Presentation, evaluate};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");

#[test]
fn the_figures_of_the_card_are_reproduced() {
    let (data, benchmark) = (Path::new(SHARED), Path::new(SHARED).join("presentation-benchmark"));
    if !benchmark.exists() {
        println!("skipped: {} is not there", benchmark.display());
        return;
    }
    let model = Mhc1Presentation::built_in().unwrap();
    let evaluation = evaluate(&model, &benchmark, data).unwrap();
    let card = Path::new(env!("CARGO_MANIFEST_DIR")).join("mhc1-presentation/base/card.md");
    let card = std::fs::read_to_string(card).unwrap();
    for line in evaluation.to_string().lines().filter(|line| line.starts_with('|')) {
        assert!(card.contains(line), "the card does not hold: {line}");
    }
    let own = evaluation.all.mean[0];
    // The level of HLAthena, which is trained on the same ligands.
    assert!(own.auroc > 0.9724 && own.average_precision > 0.9144 && own.ppv_n > 0.8552, "{own:?}");
}

const HEADER: &str =
    "Sequence,Length,MixMHCpred2.0.2,MixMHCpred2.2,NetMHCpan4.1,MHCflurry2.0,HLAthena,Ligand\n";

/// A benchmark of one sample with these alleles and rows.
fn benchmark(world: &World, alleles: &str, rows: &str) -> std::path::PathBuf {
    let folder = world.path().join("benchmark");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("alleles_by_file.tsv"),
        format!("Filename\tHLAs\ns.csv\t{alleles}\n"),
    )
    .unwrap();
    std::fs::write(folder.join("s.csv"), format!("{HEADER}{rows}")).unwrap();
    folder
}

#[test]
fn figures_of_a_made_up_sample() {
    let world = World::new(400, |recipe| recipe);
    let model = Mhc1Presentation::load(&world.train("out", &mut |_| ()).unwrap().folder).unwrap();
    let trained = std::fs::read_to_string(world.path().join("hlathena")).unwrap();
    let trained = trained.lines().nth(1).unwrap().rsplit(' ').next().unwrap();
    // A perfect tool, one that has it all wrong, and three that say the same of every peptide.
    let rows = format!(
        "{trained},8,9,0.1,1,1,1,1\n\
         ALKDGHTEV,9,9,0.2,1,1,1,1\nAGKDGHTEG,9,1,50,1,1,1,0\nGGKDGHTEG,9,2,60,1,1,1,0\n"
    );
    let evaluation =
        evaluate(&model, &benchmark(&world, "A0201,B0702", &rows), world.path()).unwrap();
    let expected = [(1.0, 1.0), (1.0, 1.0), (0.0, 0.0), (0.5, 0.5)];
    for (tool, (auroc, ppv_n)) in expected.into_iter().enumerate() {
        let found = evaluation.all.mean[tool];
        assert_eq!((found.auroc, found.ppv_n), (auroc, ppv_n), "{}", evaluation.tools[tool]);
    }
    let counts =
        |part: &vaxloom_models::figures::Part| (part.samples[0].ligands, part.samples[0].decoys);
    assert_eq!((counts(&evaluation.all), counts(&evaluation.unseen)), ((2, 2), (1, 2)));
}

#[test]
fn what_is_wrong_with_a_benchmark_is_said() {
    let world = World::new(20, |recipe| recipe.replace("epochs = 4", "epochs = 1"));
    let model = Mhc1Presentation::load(&world.train("out", &mut |_| ()).unwrap().folder).unwrap();
    let good = "ALKDGHTEV,9,1,1,1,1,1,1\nAGKDGHTEG,9,1,1,1,1,1,0\n";
    for (alleles, rows, said) in [
        ("A0201", "ALKDGHTEV,9,1,1,1,1,1,1\n", "s.csv: 1 positives and 0 negatives"),
        ("A0201", "ALKDGHTEV,9,1,1,1,1,1,2\n", "line 2: expected 0 or 1 in column Ligand"),
        ("A0201", "ALKDGHTEV,9,1,,1,1,1,1\n", "line 2: expected a number in every tool's column"),
        ("A0201", "ALKDGHTEX,9,1,1,1,1,1,1\n", "line 2: expected a peptide that can be scored"),
        ("A0201,HLA-Z", good, "line 2: expected class I alleles"),
        ("C0102", good, "allele HLA-C*01:02 is unknown"),
    ] {
        let folder = benchmark(&world, alleles, rows);
        let error = evaluate(&model, &folder, world.path()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let missing = evaluate(&model, &world.path().join("nowhere"), world.path()).unwrap_err();
    assert!(missing.to_string().contains("alleles_by_file.tsv: No such file"), "{missing}");
}
