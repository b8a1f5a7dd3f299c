#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
use super::*;

/// Numbers below 1 from a seed.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }
}

/// `n` antigens over three populations and six alleles, with three scenarios.
fn question(seed: u64, n: usize, responses: usize, rules: Rules) -> Question {
    let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    (0..8).for_each(|_| _ = draw.next());
    let fractions: Vec<f64> = (0..n).map(|_| [1.0, 1.0, 1.0, 0.6, 0.25][draw.below(5)]).collect();
    let (populations, carriers) = nested_populations(&fractions);
    let antigens = (0..n).zip(carriers).map(|(at, populations)| Antigen {
        id: format!("A{at}"),
        gene: format!("G{}", draw.below(n.div_ceil(2))),
        residues: 25 + draw.below(5),
        probability: 0.01 + (0.35 * draw.next().powi(3) * 1000.0).round() / 1000.0,
        alleles: (0..=draw.below(2)).map(|_| format!("H{}", draw.below(6))).collect(),
        populations,
        class_2: draw.next() < 0.3,
    });
    let antigens: Vec<Antigen> = antigens.collect();
    let scenario = |name: &str, probability, lost: &[(&str, Option<usize>)]| Scenario {
        name: name.to_owned(),
        probability,
        lost: lost.iter().map(|(allele, place)| ((*allele).to_owned(), *place)).collect(),
    };
    let last = populations.len().saturating_sub(1);
    let scenarios = vec![
        scenario("none", 0.7, &[]),
        scenario("haplotype", 0.2, &[("H0", None), ("H2", None), ("H4", None)]),
        scenario("subclonal", 0.1, &[("H1", Some(last))]),
    ];
    Question { antigens, populations, scenarios, rules, responses }
}

/// Whether a set keeps to the rules, said another way than the search does.
fn keeps(question: &Question, set: &[usize]) -> bool {
    let rules = &question.rules;
    let antigens: Vec<&Antigen> = set.iter().map(|&i| &question.antigens[i]).collect();
    let most = |limit: Option<usize>, name: &dyn Fn(&Antigen) -> String| {
        antigens.iter().all(|a| {
            let alike = antigens.iter().filter(|b| name(a) == name(b)).count();
            limit.is_none_or(|limit| alike <= limit)
        })
    };
    antigens.len() <= rules.most
        && rules.residues.is_none_or(|r| antigens.iter().map(|a| a.residues).sum::<usize>() <= r)
        && most(rules.per_gene, &|a| a.gene.clone())
        && most(rules.per_allele, &|a| a.alleles.first().cloned().unwrap_or_default())
        && antigens.iter().filter(|a| a.class_2).count() >= rules.class_2
        && rules.required.iter().all(|id| antigens.iter().any(|a| a.id == *id))
}

/// The value of a set by its definition: every outcome of every antigen.
fn by_outcomes(question: &Question, set: &[usize]) -> f64 {
    let mut total = 0.0;
    for scenario in &question.scenarios {
        for (place, population) in question.populations.iter().enumerate() {
            let lost = |allele: &String| {
                scenario
                    .lost
                    .iter()
                    .any(|(name, at)| name == allele && (at.is_none() || *at == Some(place)))
            };
            let counted: Vec<f64> = set
                .iter()
                .map(|&i| &question.antigens[i])
                .filter(|a| a.populations.contains(&place) && a.alleles.iter().any(|h| !lost(h)))
                .map(|a| a.probability)
                .collect();
            let mut hit = 0.0;
            for outcome in 0..1_u32 << counted.len() {
                if outcome.count_ones() as usize >= question.responses {
                    let of =
                        |(at, p): (usize, &f64)| if outcome >> at & 1 == 1 { *p } else { 1.0 - p };
                    hit += counted.iter().enumerate().map(of).product::<f64>();
                }
            }
            total += scenario.probability * population.fraction * hit;
        }
    }
    total
}

fn rules_of(kind: usize) -> Rules {
    let plain = Rules { most: 4, ..Rules::default() };
    match kind {
        0 => plain,
        1 => Rules { residues: Some(110), per_gene: Some(1), ..plain },
        2 => Rules { per_allele: Some(2), class_2: 1, ..plain },
        3 => Rules {
            per_gene: Some(1),
            per_allele: Some(1),
            residues: Some(85),
            class_2: 1,
            ..plain
        },
        4 => Rules { required: vec!["A3".to_owned()], class_2: 1, ..plain },
        _ => Rules {
            most: 5,
            residues: Some(133),
            per_gene: Some(2),
            per_allele: Some(2),
            class_2: 2,
            required: vec!["A7".to_owned()],
        },
    }
}

#[test]
fn equals_brute_force() {
    let n = 10;
    let mut compared = 0;
    for seed in 1..=30 {
        for responses in 1..=5 {
            for kind in 0..6 {
                let question = question(seed, n, responses, rules_of(kind));
                let sets = (0..1_usize << n)
                    .map(|mask| (0..n).filter(|i| mask >> i & 1 == 1).collect::<Vec<_>>())
                    .filter(|set| keeps(&question, set));
                let model = Model::new(&question).unwrap();
                let best = sets.map(|set| model.value(&set)).max_by(f64::total_cmp);
                match (select(&question), best) {
                    (Ok(found), Some(best)) => {
                        assert!(keeps(&question, &found.chosen), "{seed} {responses} {kind}");
                        assert!((found.value - best).abs() < 1e-9, "{seed} {responses} {kind}");
                        assert!((found.value - by_outcomes(&question, &found.chosen)).abs() < 1e-9);
                        for steps in [0, 1, 2, 5] {
                            let early = select_within(&question, steps).unwrap();
                            assert!(early.bound >= best - 1e-9 && early.value <= best + 1e-9);
                            assert!(keeps(&question, &early.chosen));
                        }
                        assert!(found.optimal && found.greedy <= best + 1e-9);
                        compared += 1;
                    }
                    (Err(SelectError::Conflict(_)), None) => {}
                    (found, best) => panic!("{seed} {responses} {kind}: {found:?} {best:?}"),
                }
            }
        }
    }
    assert!(compared > 600, "{compared}");
}

#[test]
fn two_hundred_candidates() {
    let plain = Rules { most: 34, per_allele: Some(8), ..Rules::default() };
    for (responses, rules) in [
        (1, Rules { most: 20, per_gene: Some(2), class_2: 1, ..Rules::default() }),
        (1, plain.clone()),
        (2, plain.clone()),
        (2, Rules { per_gene: Some(1), class_2: 2, ..plain.clone() }),
        (2, Rules { residues: Some(34 * 27), class_2: 1, ..plain.clone() }),
        (3, Rules { per_gene: Some(1), per_allele: Some(10), class_2: 2, ..plain }),
    ] {
        for seed in 1..=2 {
            let question = question(seed, 200, responses, rules.clone());
            let found = select(&question).unwrap();
            println!(
                "k {responses} seed {seed}: {:.6} greedy {:.6} in {} steps",
                found.value, found.greedy, found.steps
            );
            assert!(keeps(&question, &found.chosen));
            assert!(found.value >= found.greedy - 1e-12);
            assert!(found.optimal && found.bound <= found.value, "{responses} {seed}: {found:?}");
            assert!(found.marginal.iter().all(|marginal| (-1e-12..=1.0).contains(marginal)));
        }
    }
}

#[test]
fn what_is_not_proved_is_said() {
    let rules =
        Rules { most: 34, per_allele: Some(6), residues: Some(34 * 26), ..Rules::default() };
    let question = question(5, 200, 2, rules);
    let early = select_within(&question, 3).unwrap();
    assert!(!early.optimal && early.bound > early.value && early.bound <= 1.0, "{early:?}");
    assert!(keeps(&question, &early.chosen));
    assert_eq!(early, select_within(&question, 3).unwrap());
}

#[test]
fn a_set_spreads_over_alleles_that_may_be_lost() {
    // Two good antigens on an allele that is lost half the time, one weaker on another: both kinds are taken.
    let antigen = |id: &str, probability, allele: &str| Antigen {
        id: id.to_owned(),
        gene: id.to_owned(),
        residues: 27,
        probability,
        alleles: vec![allele.to_owned()],
        populations: vec![0],
        class_2: false,
    };
    let scenario = |probability, lost: Vec<(String, Option<usize>)>| Scenario {
        name: String::new(),
        probability,
        lost,
    };
    let question = Question {
        antigens: vec![antigen("a", 0.6, "A"), antigen("b", 0.6, "A"), antigen("c", 0.4, "B")],
        populations: vec![Population { name: "all".to_owned(), fraction: 1.0 }],
        scenarios: vec![scenario(0.5, vec![]), scenario(0.5, vec![("A".to_owned(), None)])],
        rules: Rules { most: 2, ..Rules::default() },
        responses: 1,
    };
    let found = select(&question).unwrap();
    assert_eq!(found.chosen, [0, 2]);
    assert!((found.value - 0.5 * (1.0 - 0.4 * 0.6) - 0.5 * 0.4).abs() < 1e-12);
    assert!((found.hit[0] - found.value).abs() < 1e-12);
    assert!((found.marginal[1] - (found.value - 0.5 * 0.6)).abs() < 1e-12);
    assert!((value(&question, &[0, 2]).unwrap() - found.value).abs() < 1e-15);
    assert!(value(&question, &[0, 1]).unwrap() < found.value);
    let table = table(&question, &found);
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows, ["a\ta\t0.600000\tA\tfalse\t0.180000", "c\tc\t0.400000\tB\tfalse\t0.280000"]);
}

#[test]
fn rules_that_cannot_be_met_are_named() {
    let conflict = |change: &dyn Fn(&mut Question), named: &[&str], spared: &[&str]| {
        let mut question =
            question(3, 12, 1, Rules { most: 5, per_gene: Some(3), ..Rules::default() });
        change(&mut question);
        let error = select(&question).unwrap_err().to_string();
        assert!(named.iter().all(|name| error.contains(name)), "{error}");
        assert!(!spared.iter().any(|name| error.contains(name)), "{error}");
    };
    let no_help = |q: &mut Question| {
        q.rules.class_2 = 1;
        q.antigens.iter_mut().for_each(|a| a.class_2 = false);
    };
    conflict(
        &no_help,
        &["at least 1 antigens with a class II ligand (0 are offered)"],
        &["gene", "most"],
    );
    let too_long = |q: &mut Question| {
        q.rules.required = vec!["A0".to_owned(), "A1".to_owned()];
        q.rules.residues = Some(40);
    };
    conflict(&too_long, &["at most 40 residues", "required: A0, A1"], &["class II", "of a gene"]);
    let one_gene = |q: &mut Question| {
        q.rules.required = vec!["A0".to_owned(), "A1".to_owned()];
        q.rules.per_gene = Some(1);
        (q.antigens[0].gene, q.antigens[1].gene) = ("X".to_owned(), "X".to_owned());
    };
    conflict(&one_gene, &["at most 1 antigens of a gene", "required"], &["residues", "at most 5"]);
}

#[test]
fn odd_numbers_are_refused() {
    let check = |change: &dyn Fn(&mut Question), message: &str| {
        let mut question = question(1, 5, 1, Rules { most: 2, ..Rules::default() });
        change(&mut question);
        let error = select(&question).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    };
    check(
        &|q| q.antigens[1].probability = 1.2,
        "probability of antigen 2: found 1.2, expected 0 to 1",
    );
    check(&|q| q.antigens[1].probability = f64::NAN, "found NaN");
    check(&|q| q.antigens[4].id = "A0".to_owned(), "name of antigen 5: found A0");
    check(&|q| q.antigens[0].populations = vec![9], "populations of antigen 1: found 9");
    check(&|q| q.populations[0].fraction = 1.5, "fraction of population P1: found 1.5");
    check(&|q| q.scenarios[0].probability = 0.5, "probabilities of all scenarios: found 0.8");
    check(&|q| q.responses = 0, "responses: found 0");
    check(&|q| q.rules.required = vec!["B".to_owned()], "required: found B");
    let none =
        Question { antigens: vec![], ..question(1, 5, 1, Rules { most: 2, ..Rules::default() }) };
    assert_eq!(select(&none).unwrap().chosen, Vec::<usize>::new());
}

#[test]
fn fractions_become_nested_populations() {
    let (populations, carriers) = nested_populations(&[1.0, 0.3, 0.98, 0.6, 1.4]);
    let fractions: Vec<f64> = populations.iter().map(|p| (p.fraction * 100.0).round()).collect();
    assert_eq!(fractions, [40.0, 30.0, 30.0]);
    assert_eq!(carriers, [vec![0, 1, 2], vec![2], vec![0, 1, 2], vec![1, 2], vec![0, 1, 2]]);
    assert_eq!(nested_populations(&[]).0.len(), 0);
}
