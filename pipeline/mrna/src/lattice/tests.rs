#![allow(clippy::unwrap_used)]
use super::*;
use crate::fold::{FoldSettings, mfe};
use crate::motif::occurrences;

/// A small generator, so that the cases are the same everywhere.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn text(&mut self, letters: &str, length: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }
}

fn motif(name: &str, sequence: &str, both_strands: bool) -> Motif {
    Motif {
        name: name.to_owned(),
        sequence: sequence.to_owned(),
        both_strands,
        reason: String::new(),
        allowed_in: Vec::new(),
    }
}

/// Every way to write a protein, with its sum of -ln w.
fn writings(table: &CodonTable, protein: &str) -> Vec<(String, f64)> {
    let mut all = vec![(String::new(), 0.0)];
    for residue in protein.chars() {
        let codons = table
            .codons(residue)
            .iter()
            .map(|usage| (Rna::from_bases(usage.bases.to_vec()).to_string(), -usage.weight.ln()));
        let codons: Vec<(String, f64)> = codons.collect();
        let longer = |(text, cost): (String, f64)| {
            let more =
                codons.iter().map(move |(codon, more)| (format!("{text}{codon}"), cost + more));
            more.collect::<Vec<_>>()
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// The least objective over all writings, each folded on its own.
fn by_hand(task: &CodingTask<'_>) -> f64 {
    let settings =
        FoldSettings { dangles: Dangles::None, max_interior_loop: task.max_interior_loop };
    let coding = task.before.len()..task.before.len() + 3 * task.protein.len();
    let allowed = |rna: &str| {
        let dna = rna.replace('U', "T");
        !occurrences(&dna, task.forbidden)
            .iter()
            .any(|found| found.start < coding.end && found.end > coding.start)
    };
    let count = |rna: &str, pattern: &str| {
        coding.clone().filter(|&at| rna[..=at].ends_with(pattern)).count() as f64
    };
    let objective = |(text, unusual): (String, f64)| {
        let rna = format!("{}{text}{}", task.before, task.behind);
        let costs = task.costs.uridine * count(&rna, "U")
            + task.costs.cpg * count(&rna, "CG")
            + task.costs.upa * count(&rna, "UA");
        let energy = f64::from(mfe(&Rna::parse(&rna).unwrap(), settings).energy) / 100.0;
        allowed(&rna).then_some(energy + task.lambda * unusual + costs)
    };
    writings(task.table, task.protein)
        .into_iter()
        .filter_map(objective)
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn no_writing_of_a_short_protein_is_better() {
    let table = CodonTable::human();
    let mut draw = Draw(7);
    let forbidden = [
        motif("one", "GCTCTTC", true),
        motif("two", "CCGG", false),
        motif("three", "GGG", true),
        motif("four", "TTAA", false),
    ];
    for case in 0..60 {
        let residues = if case % 2 == 0 { "LRSLRS" } else { "ACDEFGHIKLMNPQRSTVWY" };
        let mut protein = draw.text(residues, 3 + case % 2 + usize::from(case % 6 == 5));
        if case % 7 == 0 {
            protein.push('*');
        }
        let (before, behind) = (draw.text("ACGU", case % 23), draw.text("ACGU", (case * 5) % 29));
        let costs = match case % 4 {
            3 => Costs { uridine: 0.31, cpg: 0.7, upa: 0.43, ..Costs::default() },
            _ => Costs::default(),
        };
        let task = CodingTask {
            lambda: [0.0, 0.7, 4.0][case % 3],
            max_interior_loop: [30, 20, 4, 1][case % 4],
            before: &before,
            behind: &behind,
            forbidden: if case % 5 == 0 { &forbidden } else { &[] },
            costs,
            ..CodingTask::new("case", &protein, &table)
        };
        match optimize(&task) {
            Ok(design) => {
                let least = by_hand(&task);
                assert!(
                    (design.objective - least).abs() < 0.001,
                    "{protein} {before} {behind}: {} {least}",
                    design.objective
                );
            }
            Err(LatticeError::FixedMotif { .. }) => {}
            Err(error) => {
                assert!(matches!(error, LatticeError::Conflict { .. }), "{error}");
                assert!(by_hand(&task).is_infinite(), "{protein}");
            }
        }
    }
}

/// Deep structures, with every kind of loop: what a fixed sequence folds into, read through the lattice.
#[test]
fn a_lattice_of_one_path_folds_like_a_molecule() {
    let table = CodonTable::human();
    let mut draw = Draw(99);
    for case in 0..25 {
        let (before, behind) = (draw.text("ACGU", 60 + 9 * case), draw.text("GGCCAU", 70));
        let task = CodingTask {
            before: &before,
            behind: &behind,
            ..CodingTask::new("fixed", "MWMW", &table)
        };
        let design = optimize(&task).unwrap();
        let settings = FoldSettings { dangles: Dangles::None, ..FoldSettings::default() };
        let fold = mfe(&Rna::parse(&design.rna).unwrap(), settings);
        assert!((design.energy - f64::from(fold.energy) / 100.0).abs() < 1e-9, "{}", design.rna);
    }
}

#[test]
fn a_design_is_the_best_fold_of_its_own_sequence() {
    let table = CodonTable::human();
    let mut draw = Draw(3);
    for lambda in [0.0, 1.0] {
        let protein = draw.text("ACDEFGHIKLMNPQRSTVWY", 60);
        let design =
            optimize(&CodingTask { lambda, ..CodingTask::new("random", &protein, &table) })
                .unwrap();
        let settings = FoldSettings { dangles: Dangles::None, ..FoldSettings::default() };
        let fold = mfe(&Rna::parse(&design.rna).unwrap(), settings);
        assert!((design.energy - f64::from(fold.energy) / 100.0).abs() < 1e-9);
        assert!(
            (design.objective - (design.energy - lambda * 60.0 * design.cai.ln())).abs() < 1e-9
        );
    }
}

#[test]
fn threads_and_a_wide_beam_change_nothing() {
    let table = CodonTable::human();
    let protein = Draw(5).text("ACDEFGHIKLMNPQRSTVWY", 70);
    let task = CodingTask { lambda: 2.0, ..CodingTask::new("random", &protein, &table) };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| optimize(&task).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(3));
    assert_eq!(one, optimize(&CodingTask { beam: Some(1_000_000), ..task.clone() }).unwrap());
    assert!(
        optimize(&CodingTask { beam: Some(1), ..task.clone() }).unwrap().objective >= one.objective
    );
    let narrow = optimize(&CodingTask { beam: Some(20), ..task.clone() }).unwrap();
    assert!(narrow.objective >= one.objective);
    assert!(narrow.objective < one.objective / 2.0, "{} {}", narrow.objective, one.objective);
}

#[test]
fn an_accessible_start_costs_stability_elsewhere() {
    let table = CodonTable::human();
    let protein = Draw(8).text("ACDEFGHIKLMNPQRSTVWY", 40);
    let free = optimize(&CodingTask::new("random", &protein, &table)).unwrap();
    let costs = Costs { paired_start: 3.0, accessible: 30, ..Costs::default() };
    let open =
        optimize(&CodingTask { costs, ..CodingTask::new("random", &protein, &table) }).unwrap();
    let paired =
        |design: &CodingDesign| design.structure[..30].bytes().filter(|sign| *sign != b'.').count();
    assert!(paired(&free) > 10 && paired(&open) < 4, "{} {}", paired(&free), paired(&open));
    assert!(open.energy > free.energy);
    assert!((open.costs - 3.0 * paired(&open) as f64).abs() < 1e-9);
}

#[test]
fn forbidden_motifs_are_kept_out_or_named() {
    let table = CodonTable::human();
    let sites = [
        motif("SapI", "GCTCTTC", true),
        motif("BsaI", "GGTCTC", true),
        motif("A run", "AAAAA", false),
    ];
    let task = CodingTask {
        forbidden: &sites,
        behind: "AAAACGCUCU",
        ..CodingTask::new("kinase", "MEDKRPKKKGSARPLSEEQ", &table)
    };
    let design = optimize(&task).unwrap();
    assert!(occurrences(&design.rna.replace('U', "T"), &sites).is_empty());

    let task = CodingTask {
        forbidden: &[motif("tryptophan", "TGGA", false)],
        ..CodingTask::new("w", "MAWK", &table)
    };
    let error = optimize(&task).unwrap_err();
    assert_eq!(
        error,
        LatticeError::Conflict {
            name: "w".to_owned(),
            residue: 4,
            motifs: "tryptophan".to_owned()
        }
    );

    let site = [motif("SapI", "GCTCTTC", true)];
    let task = CodingTask {
        forbidden: &site,
        before: "AAGAAGAGCA",
        ..CodingTask::new("w", "MAWK", &table)
    };
    let error = optimize(&task).unwrap_err();
    assert_eq!(
        error,
        LatticeError::FixedMotif { motif: "SapI".to_owned(), side: "before", position: 3 }
    );
}

#[test]
fn copies_of_a_linker_get_different_codons() {
    let table = CodonTable::human();
    let protein = "MKTAYGGSGGGGSGGDEFWLKGGSGGGGSGGQRNHIVGGSGGGGSGGCPY";
    let task = CodingTask {
        lambda: 3.0,
        longest_repeat: Some(12),
        ..CodingTask::new("beads", protein, &table)
    };
    let design = optimize(&task).unwrap();
    let windows: Vec<&[u8]> = design.rna.as_bytes().windows(13).collect();
    let mut different = windows.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(windows.len(), different.len());
    let again = optimize(&CodingTask {
        longest_repeat: Some(8),
        ..CodingTask::new("mw", "MWMWMWMWMW", &table)
    });
    assert!(
        matches!(again, Err(LatticeError::Repeat { bases: 9, first: 1, second: 3, .. })),
        "{again:?}"
    );
}

#[test]
fn a_front_goes_from_stable_to_usual() {
    let table = CodonTable::human();
    let protein = Draw(12).text("ACDEFGHIKLMNPQRSTVWY", 30);
    let front = pareto(&CodingTask::new("random", &protein, &table), 20.0, 12).unwrap();
    assert!(front.len() > 3, "{}", front.len());
    assert!(front.is_sorted_by(|one, next| one.energy < next.energy && one.cai < next.cai));
}

#[test]
fn bad_tasks_are_refused() {
    let table = CodonTable::human();
    let say = |task: CodingTask<'_>| optimize(&task).unwrap_err().to_string();
    let protein = |protein| say(CodingTask::new("p", protein, &table));
    assert_eq!(protein(""), "p: the protein is empty; give one residue or more");
    assert!(protein("MAXK").starts_with("p, residue 3: found 'X'"));
    assert!(protein("MA*K").starts_with("p, residue 3: found '*'"));
    assert!(protein("MUK").starts_with("p, residue 2: found 'U'"));
    let task = CodingTask::new("p", "MK", &table);
    assert!(say(CodingTask { lambda: -1.0, ..task.clone() }).starts_with("lambda: found -1"));
    assert!(say(CodingTask { lambda: f64::NAN, ..task.clone() }).starts_with("lambda: found NaN"));
    assert!(say(CodingTask { beam: Some(0), ..task.clone() }).starts_with("the beam: found 0"));
    assert!(
        say(CodingTask { max_interior_loop: 31, ..task.clone() })
            .starts_with("the longest interior loop: found 31")
    );
    assert!(
        say(CodingTask { before: "AUTG", ..task.clone() })
            .contains("before the coding sequence: position 3: found 'T'")
    );
    assert!(
        say(CodingTask { behind: "AUN", ..task.clone() })
            .contains("behind the coding sequence, position 3: found 'N'")
    );
    assert!(
        say(CodingTask { lambda: 1e9, ..task.clone() }).starts_with("lambda and costs together")
    );
    let odd = [motif("odd", "GAR", false)];
    assert!(
        say(CodingTask { forbidden: &odd, ..task.clone() }).starts_with("motif odd: found 'GAR'")
    );
    assert_eq!(optimize(&CodingTask::new("p", "mk*", &table)).unwrap().rna.len(), 9);
}
