//! Figures of trained models on benchmarks that are made up here.

use crate::world::World;
use std::fmt::Write as _;
use std::path::PathBuf;
use vaxloom_immune::Predictor;
use vaxloom_immune::bootstrap::Interval;
use vaxloom_immune::metrics::{auroc, pearson};
use vaxloom_models::figures::{Evaluation, Part};
use vaxloom_models::{MhcPredictor, evaluate};

/// What holds of every evaluation: each interval contains its estimate, and the model has no lead over itself.
fn assert_sound(evaluation: &Evaluation) {
    let contains = |i: &Interval| i.low <= i.estimate && i.estimate <= i.high;
    for part in &evaluation.parts {
        assert_eq!(part.tools.len(), evaluation.tools.len());
        for (name, tool) in evaluation.tools.iter().zip(&part.tools) {
            assert_eq!(
                (tool.means.len(), tool.differences.len()),
                (part.figures.len(), part.figures.len())
            );
            for (place, (mean, difference)) in tool.means.iter().zip(&tool.differences).enumerate()
            {
                assert!(contains(mean) && contains(difference), "{name}: {mean:?} {difference:?}");
                let lead = part.tools[0].means[place].estimate - mean.estimate;
                assert!((difference.estimate - lead).abs() < 1e-12, "{name}: {difference:?}");
            }
        }
        for own in &part.tools[0].differences {
            assert_eq!(
                (own.estimate, own.low, own.high),
                (0.0, 0.0, 0.0),
                "the model against itself"
            );
        }
    }
}

fn assert_close(part: &Part, tool: usize, expected: &[f64]) {
    for ((mean, expected), name) in part.tools[tool].means.iter().zip(expected).zip(&part.figures) {
        let found = mean.estimate;
        assert!(
            (found - expected).abs() < 1e-9,
            "{}, tool {tool}: {name} {found}, not {expected}",
            part.title
        );
    }
}

fn counts(part: &Part) -> Vec<(usize, usize)> {
    part.samples.iter().map(|sample| (sample.positives, sample.negatives)).collect()
}

const HEADER: &str =
    "Sequence,Length,MixMHCpred2.0.2,MixMHCpred2.2,NetMHCpan4.1,MHCflurry2.0,HLAthena,Ligand\n";

/// A presentation benchmark of one sample with these alleles and rows.
fn presentation(world: &World, alleles: &str, rows: &str) -> PathBuf {
    let folder = world.path().join("benchmark");
    std::fs::create_dir_all(&folder).unwrap();
    world.write("benchmark/alleles_by_file.tsv", &format!("Filename\tHLAs\ns.csv\t{alleles}\n"));
    world.write("benchmark/s.csv", &format!("{HEADER}{rows}"));
    folder
}

#[test]
fn figures_of_a_made_up_sample() {
    let world = World::new(400);
    let (model, _) = world.model();
    let trained = std::fs::read_to_string(world.path().join("hits")).unwrap();
    let trained = trained.lines().nth(1).unwrap().rsplit(' ').next().unwrap();
    // A perfect tool, one that has it all wrong, and three that say the same of every peptide.
    let rows = format!(
        "{trained},8,9,0.1,1,1,1,1\n\
         ALKDGHTEV,9,9,0.2,1,1,1,1\nAGKDGHTEG,9,1,50,1,1,1,0\nGGKDGHTEG,9,2,60,1,1,1,0\n"
    );
    let folder = presentation(&world, "A0201,B0702", &rows);
    let evaluation = evaluate(&model, &folder, world.path()).unwrap();
    assert_sound(&evaluation);
    assert_eq!(evaluation.tools[0], format!("mhc1-presentation/planted {}", model.version()));
    assert_eq!(evaluation.tools[1..3], ["MixMHCpred2.2", "MixMHCpred2.0.2"]);
    let [all, unseen] = &evaluation.parts[..] else { panic!("two parts") };
    assert_eq!(all.figures, ["AUROC", "AP", "PPVn"]);
    // Both ligands are a tie at the end: one step to a precision of 2/4, as if all were one.
    let wrong = [0.0, 0.5, 0.0];
    for (tool, expected) in
        [[1.0; 3], [1.0; 3], wrong, [0.5; 3], [0.5; 3], [0.5; 3]].iter().enumerate()
    {
        assert_close(all, tool, expected);
    }
    assert_eq!((counts(all), counts(unseen)), (vec![(2, 2)], vec![(1, 2)]));
    assert_close(unseen, 2, &[0.0, 1.0 / 3.0, 0.0]);
}

/// Files of one set of the affinity benchmark: peptide, log10 of the measured IC50, and of what the tools predicted.
fn affinity_set(world: &World, set: &str, rows: &[(&str, f64, [f64; 3])]) {
    for (tool, (name, file)) in [
        ("netmhcpan", format!("pred.netmhcpan.blind.{set}.xls")),
        ("netmhc", format!("pred.netmhc.blind.{set}.xls")),
        ("smmpmbec_cpp", format!("pred.blind.smmpmbec_cpp.{set}.xls")),
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::create_dir_all(world.path().join("predictions").join(name)).unwrap();
        let summary = "BENCHMARK\tmethod\tmhckey\tSize\tBinders\tPCC\tAUC\n";
        let mut text = if tool == 2 { format!("{summary}{summary}") } else { String::new() };
        text.push_str("sequence\tmeas\tpred\n");
        // The last tool has the rows in another order.
        let mut rows = rows.to_vec();
        if tool == 2 {
            rows.reverse();
        }
        for (peptide, measured, predicted) in rows {
            writeln!(text, "{peptide}\t{measured}\t{}", predicted[tool]).unwrap();
        }
        world.write(&format!("predictions/{name}/{file}"), &text);
    }
}

/// Two sets, the second of binders alone. The first peptide is in training, the second was removed from it.
fn affinity_benchmark() -> (World, MhcPredictor, Vec<(String, &'static str, f64)>) {
    let mut world = World::of_all_kinds(100).edit("epochs = 4", "epochs = 2");
    let table = std::fs::read_to_string(world.path().join("affinities.csv")).unwrap();
    let trained: Vec<&str> = table.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
    let kim = format!(
        "species\tmhc\tsequence\tinequality\tmeas\nhuman\tHLA-A*02:01\t{}\t=\t100\n",
        trained[2]
    );
    world.add("excluded", "kim-blind", "kim.txt", kim.as_bytes(), "");
    let (model, report) = world.model();
    assert_eq!(report.training.removed["pair of a test set"], 1);
    let [p, q] = [trained[1], trained[2]];
    affinity_set(
        &world,
        "HLA-A-0201-9",
        &[
            (p, 1.0, [1.0, 4.0, 1.0]),
            (q, 2.0, [2.0, 3.0, 3.0]),
            ("GGGGGGGGG", 3.0, [3.0, 2.0, 2.0]),
            ("AAAAAAAAA", 4.0, [4.0, 1.0, 4.0]),
        ],
    );
    let second = [("WWWWWWWWWW", 0.5, [0.5, 4.5, 0.5]), ("FFFFFFFFFF", 2.0, [2.0, 3.0, 2.0])];
    affinity_set(&world, "HLA-B-0702-10", &second);
    affinity_set(&world, "H-2-Kb-8", &[("AAFEFVYV", 4.0, [1.0; 3])]);
    let [a, b] = ["HLA-A*02:01", "HLA-B*07:02"];
    let rows = vec![
        (p.to_owned(), a, 1.0),
        (q.to_owned(), a, 2.0),
        ("GGGGGGGGG".to_owned(), a, 3.0),
        ("AAAAAAAAA".to_owned(), a, 4.0),
        ("WWWWWWWWWW".to_owned(), b, 0.5),
        ("FFFFFFFFFF".to_owned(), b, 2.0),
    ];
    (world, model, rows)
}

#[test]
fn figures_of_made_up_affinities() {
    let (world, model, rows) = affinity_benchmark();
    let evaluation = evaluate(&model, world.path(), world.path()).unwrap();
    assert_sound(&evaluation);
    assert_eq!(evaluation.tools[1..], ["NetMHCpan", "NetMHC", "SMMPMBEC"]);
    let [all, unseen, by_set] = &evaluation.parts[..] else { panic!("three parts") };
    assert_eq!(all.figures, ["AUROC", "PCC"]);
    // Binders have an IC50 of 500 nM or less.
    assert_eq!(counts(all), [(4, 2)]);
    assert_eq!(counts(unseen), [(3, 2)], "a row that was removed from training was not seen");
    assert_eq!(counts(by_set), [(2, 2)], "a set of binders alone has no figures");
    for part in [all, unseen, by_set] {
        assert_close(part, 1, &[1.0, 1.0]);
        assert_close(part, 2, &[0.0, -1.0]);
    }
    // Sums of squares 98.5/12, of products 86.5/12; 6.5 of 8 pairs.
    assert_close(all, 3, &[6.5 / 8.0, 86.5 / 98.5]);
    assert_close(unseen, 3, &[4.5 / 6.0]);
    assert_close(by_set, 3, &[0.75, 0.8]);
    let pairs: Vec<(&str, &str)> = rows.iter().map(|(p, m, _)| (p.as_str(), *m)).collect();
    let predicted: Vec<f64> = (model.predict(&pairs).unwrap().into_iter())
        .map(|scored| -f64::from(scored.unwrap().affinity.unwrap().nanomolar).log10())
        .collect();
    let measured: Vec<f64> = rows.iter().map(|row| -row.2).collect();
    let binders: Vec<bool> = rows.iter().map(|row| row.2 < 2.7).collect();
    let own = [auroc(&predicted, &binders).unwrap(), pearson(&predicted, &measured).unwrap()];
    assert_close(all, 0, &own);
}

#[test]
fn what_is_wrong_with_affinities_is_said() {
    let (world, model, _) = affinity_benchmark();
    let good = ("AAAAAAAAA", 1.0, [1.0; 3]);
    let smm = "predictions/smmpmbec_cpp/pred.blind.smmpmbec_cpp.HLA-A-0201-9.xls";
    let summary = "BENCHMARK\tof\tthe set\n";
    affinity_set(&world, "HLA-A-0201-9", &[good, ("GGGGGGGGX", 4.0, [1.0; 3])]);
    let said = |expected: &str| {
        let error = evaluate(&model, world.path(), world.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    said(
        "pred.netmhcpan.blind.HLA-A-0201-9.xls, line 3: expected a row that can be scored (residue 'X'",
    );
    affinity_set(&world, "HLA-A-0201-9", &[good, ("GGGGGGGGG", 4.0, [1.0; 3])]);
    for (text, expected) in [
        (
            format!("{summary}{summary}sequence\tmeas\tpred\nAAAAAAAAA\t1\t1\nGGGGGGGGG\tx\t1\n"),
            "HLA-A-0201-9.xls, line 5: expected a number",
        ),
        (
            format!("{summary}sequence\tmeas\tpred\nAAAAAAAAA\t1\n"),
            "line 3: expected as many fields",
        ),
        (format!("{summary}sequence\tmeas\n"), "expected a column pred"),
        (
            format!("{summary}sequence\tmeas\tpred\nAAAAAAAAA\t1\t1\n"),
            "expected the peptides of the first tool's file",
        ),
    ] {
        world.write(smm, &text);
        said(expected);
    }
    std::fs::remove_file(world.path().join(smm)).unwrap();
    said("HLA-A-0201-9.xls: No such file");
}

#[test]
fn figures_of_made_up_class_two_rows() {
    let mut world = World::class_two(200).edit("epochs = 12", "epochs = 6");
    let [first, second] = [world.with_core(1).0, world.with_core(1).0];
    let (model, _) = world.model();
    let table = std::fs::read_to_string(world.path().join("rows.csv")).unwrap();
    let trained = table.lines().nth(1).unwrap().split(',').next().unwrap();
    let rows = format!(
        "HLA,peptide,label,HLA_seq,length\nDRB1_0101,{first},1,,\nHLA-DRB1*01:01,{second},1,,\n\
         DRB1_0101,GGGGGGGGGGGGGGG,0,,\nHLA-DPA10103-DPB10401,GGGGGGGGGGGGGG,0,,\n\
         DRB1_0101,AAAAAAAA,1,,\nDRB1_0101,{trained},1,,\n"
    );
    world.write("test_data.csv", &rows);
    let published = "set_tool-1:(0.85521, 0.6, 0.87524)\nnot a row\n";
    world.write("baseline_testset1_metrics_1000.txt", published);
    let evaluation = evaluate(&model, world.path(), world.path()).unwrap();
    assert_sound(&evaluation);
    let [all, unseen] = &evaluation.parts[..] else { panic!("two parts") };
    assert!(all.title.contains("1 without a score"), "{}", all.title);
    assert_eq!((counts(all), counts(unseen)), (vec![(4, 2)], vec![(3, 2)]));
    // The peptide without a score is last: AP 1, 1, 1 and 4/6.
    assert_close(all, 0, &[6.0 / 8.0, (3.0 + 4.0 / 6.0) / 4.0, 3.0 / 4.0]);
    assert_close(unseen, 0, &[4.0 / 6.0, (2.0 + 3.0 / 5.0) / 3.0, 2.0 / 3.0]);
    let published = evaluation.published.join("\n");
    assert!(published.ends_with("| set_tool-1 | 0.8552 | 0.8752 |"), "{published}");
    for (row, expected) in [
        ("DRB1_0101,GGGGGGGGGGGGGGG,2", "test_data.csv, line 3: expected 0 or 1 in column label"),
        ("HLA-A*02:01,GGGGGGGGGGGGGGG,1", "line 3: expected a class II molecule"),
        ("DPB1*04:01,GGGGGGGGGGGGGGG,1", "line 3: expected a class II molecule"),
        ("DRB1_0101,GGGGGGGGGGGGGGG,1", "0 negatives"),
    ] {
        world.write("test_data.csv", &format!("HLA,peptide,label\nDRB1_0101,{first},1\n{row}\n"));
        let error = evaluate(&model, world.path(), world.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let other =
        evaluate(&model, &presentation(&world, "A0201", ""), world.path()).unwrap_err().to_string();
    assert!(other.contains("expected a benchmark of mhc2-presentation: test_data.csv"), "{other}");
}

#[test]
fn what_is_wrong_with_a_benchmark_is_said() {
    let world = World::new(20).edit("epochs = 4", "epochs = 1");
    let (model, _) = world.model();
    let good = "ALKDGHTEV,9,1,1,1,1,1,1\nAGKDGHTEG,9,1,1,1,1,1,0\n";
    for (alleles, rows, said) in [
        ("A0201", "ALKDGHTEV,9,1,1,1,1,1,1\n", "s.csv: tool 0: 1 positives and 0 negatives"),
        ("A0201", "ALKDGHTEV,9,1,1,1,1,1,2\n", "s.csv, line 2: expected 0 or 1 in column Ligand"),
        ("A0201", "ALKDGHTEV,9,1,,1,1,1,1\n", "line 2: expected a number in every tool's column"),
        ("A0201", "ALKDGHTEX,9,1,1,1,1,1,1\n", "line 2: expected a peptide that can be scored"),
        ("A0201", "ALKDGHTEV,9,1\n", "s.csv, line 2: expected as many fields"),
        ("A0201,HLA-Z", good, "alleles_by_file.tsv, line 2: expected a class I allele"),
        ("C0102", good, "allele HLA-C*01:02 is unknown"),
    ] {
        let folder = presentation(&world, alleles, rows);
        let error = evaluate(&model, &folder, world.path()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    // Nothing is there; or what is there asks for a head that the model has not.
    std::fs::create_dir(world.path().join("predictions")).unwrap();
    for folder in [world.path().join("nowhere"), world.path().to_owned()] {
        let error = evaluate(&model, &folder, world.path()).unwrap_err().to_string();
        assert!(error.contains("expected a benchmark of mhc1-presentation"), "{error}");
    }
}
