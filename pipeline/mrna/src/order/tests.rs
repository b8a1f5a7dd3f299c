#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
use super::*;

/// Every order of `0..n`, lexicographically.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        all = all
            .iter()
            .flat_map(|order: &Vec<usize>| {
                (0..n)
                    .filter(|next| !order.contains(next))
                    .map(|next| [order.as_slice(), &[next]].concat())
            })
            .collect();
    }
    all
}

fn brute_force(
    n: usize,
    cost: impl Fn(Option<usize>, Option<usize>) -> JointCost,
) -> (JointCost, Vec<usize>) {
    let joints = Joints::new(n, cost);
    let ranked = permutations(n).into_iter().map(|sequence| (joints.total(&sequence), sequence));
    ranked.min().unwrap()
}

/// A joint's cost from a seed, each field below `range`.
fn random(seed: u64, range: u64) -> impl Fn(Option<usize>, Option<usize>) -> JointCost {
    move |from, to| {
        let node = |index: Option<usize>| index.map_or(99, |i| i as u64);
        let mut state = seed ^ (node(from) * 131 + node(to)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) % range
        };
        (0..8).for_each(|_| _ = draw());
        JointCost {
            strong: draw() as u32 / 2,
            weak: draw() as u32,
            worst: draw() as u32,
            linker_length: draw() as u32,
            sum: draw(),
        }
    }
}

#[test]
fn equals_brute_force() {
    for n in 0..=8 {
        for seed in 1..=(if n == 8 { 2 } else { 12 }) {
            // Small ranges make ties, large ones do not.
            for range in [1, 2, 3, 1000] {
                let cost = random(seed * 7919, range);
                let (least, first) = brute_force(n, &cost);
                let found = order(n, &cost);
                assert_eq!((found.cost, found.sequence), (least, first), "{n} {seed} {range}");
                assert!(found.proof.optimal && found.proof.bound == least);
                if n > 0 {
                    let found = passes::order(&Joints::new(n, &cost), STEPS);
                    assert_eq!(found.cost, least, "n {n} seed {seed} range {range}");
                    assert!(found.proof.optimal && found.proof.bound == least);
                    assert_eq!(found.cost, Joints::new(n, &cost).total(&found.sequence));
                }
            }
        }
    }
}

#[test]
fn the_ranks_are_kept_in_their_order() {
    // Two peptides: order 0,1 has fewer weak binders, order 1,0 a milder worst joint.
    let cost = |from, to| match (from, to) {
        (Some(0), Some(1)) => JointCost { weak: 1, worst: 9, ..JointCost::default() },
        (Some(1), Some(0)) => JointCost { weak: 2, worst: 1, ..JointCost::default() },
        _ => JointCost::default(),
    };
    assert_eq!(order(2, cost).sequence, [0, 1]);
}

#[test]
fn large_costs_are_limited_and_do_not_overflow() {
    let most = JointCost {
        strong: u32::MAX,
        weak: u32::MAX,
        worst: u32::MAX,
        linker_length: u32::MAX,
        sum: u64::MAX,
    };
    let ordering = order(12, |_, _| most);
    assert_eq!(ordering.sequence, (0..12).collect::<Vec<_>>());
    assert_eq!(ordering.cost.sum, 13 * JointCost::SUM_LIMIT);
    let ordering = order(MOST_PEPTIDES, |_, _| most);
    assert_eq!(ordering.cost.sum, (MOST_PEPTIDES as u64 + 1) * JointCost::SUM_LIMIT);
    assert_eq!(ordering.cost.linker_length, (MOST_PEPTIDES as u32 + 1) * JointCost::LINKER_LIMIT);
    assert!(ordering.proof.optimal);
}

/// A planted order of no cost among joints of `noise`, of which a share of `dense` percent costs no count either.
fn planted(
    n: usize,
    dense: u64,
    noise: impl Fn(Option<usize>, Option<usize>) -> JointCost,
) -> (Vec<usize>, impl Fn(Option<usize>, Option<usize>) -> JointCost) {
    let sequence: Vec<usize> = (0..n).map(|i| i * 7 % n).collect();
    let hidden = sequence.clone();
    let cost = move |from: Option<usize>, to: Option<usize>| {
        let follows = match (from, to) {
            (None, Some(first)) => first == hidden[0],
            (Some(last), None) => last == hidden[n - 1],
            (Some(a), Some(b)) => hidden.windows(2).any(|pair| pair == [a, b]),
            (None, None) => false,
        };
        let joint = noise(from, to);
        match (follows, joint.sum % 100 < dense) {
            (true, _) => JointCost::default(),
            (false, true) => JointCost { strong: 0, weak: 0, ..joint },
            (false, false) => JointCost { weak: joint.weak + 1, ..joint },
        }
    };
    (sequence, cost)
}

#[test]
fn a_planted_order_is_found() {
    for n in [13, 20, 34, 40, 60] {
        for dense in [0, 15, 50, 90] {
            for seed in 1..4 {
                let (sequence, cost) = planted(n, dense, random(seed * 31 + n as u64, 1000));
                let found = order(n, cost);
                assert_eq!(found.cost, JointCost::default(), "{n} {dense} {seed}");
                assert_eq!(found.sequence, sequence, "{n} {dense} {seed}");
                assert!(found.proof.optimal, "{n} {dense} {seed}");
            }
        }
    }
}

/// Joints as antigens make them: how bad a joint is depends on its left end, its right start, and both together.
fn like_antigens(seed: u64) -> impl Fn(Option<usize>, Option<usize>) -> JointCost {
    let draw = random(seed, 1000);
    move |from, to| {
        let (left, right, both) = (draw(from, None), draw(None, to), draw(from, to));
        let mean = (left.worst + right.worst + both.worst) / 3;
        JointCost {
            strong: mean.saturating_sub(500) / 120,
            weak: mean.saturating_sub(300) / 80,
            worst: mean * 1000,
            linker_length: if both.sum % 3 == 0 { 10 } else { 0 },
            sum: u64::from(mean * 1000),
        }
    }
}

/// A joint costs the same both ways: the hardest case for bounds by assignment, which pairs nodes up.
fn symmetric(seed: u64) -> impl Fn(Option<usize>, Option<usize>) -> JointCost {
    let draw = random(seed, 1000);
    move |from, to| {
        let both = if from < to { draw(from, to) } else { draw(to, from) };
        JointCost { strong: both.strong / 100, weak: both.weak / 100, ..both }
    }
}

#[test]
fn branch_and_bound_equals_the_recursion() {
    for n in 9..=13 {
        for seed in 1..=6 {
            let check = |joints: &Joints| {
                let (a, b) = (held_karp::order(joints), passes::order(joints, STEPS));
                assert_eq!(a.cost, b.cost, "{n} {seed}");
                assert!(b.proof.optimal && b.proof.bound == b.cost, "{n} {seed}");
            };
            for range in [2, 4, 1000] {
                check(&Joints::new(n, random(seed * 101, range)));
            }
            check(&Joints::new(n, like_antigens(seed)));
            check(&Joints::new(n, symmetric(seed)));
        }
    }
}

#[test]
fn thirty_four_and_forty_peptides_are_proved() {
    for n in [20, 34, 40] {
        for seed in 1..=3 {
            for (name, found) in [
                ("ties", order(n, random(seed, 3))),
                ("spread", order(n, random(seed, 1000))),
                ("antigens", order(n, like_antigens(seed))),
                ("symmetric", order(n, symmetric(seed.min(2)))),
            ] {
                println!("{n} {seed} {name}: {:?} in {} steps", found.cost, found.proof.steps);
                assert!(found.proof.optimal, "{n} {seed} {name}: {:?}", found.proof);
                let mut sorted = found.sequence.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..n).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_search_that_stops_early_says_how_far_it_is() {
    let mut stopped = 0;
    for seed in 1..=20 {
        let cost = like_antigens(seed);
        let exact = order(30, &cost);
        assert!(exact.proof.optimal);
        for steps in [0, 1, 2, 5, 20, 60] {
            let found = order_within(30, steps, &cost);
            assert!(found.cost >= exact.cost && found.proof.bound <= exact.cost, "{seed} {steps}");
            assert_eq!(found.proof.optimal, found.proof.bound == found.cost);
            stopped += u32::from(!found.proof.optimal);
        }
        // Small enough for the recursion, which then takes over.
        assert_eq!(order_within(14, 0, &cost).cost, order(14, &cost).cost);
    }
    assert!(stopped > 5, "{stopped}");
}

/// Junctions that pVACvector scored and the order that it chose, under its own measure: the higher the score (nM), the
/// weaker the strongest binder of the junction; a pair that it lists nowhere is not allowed.
#[test]
fn at_least_as_good_as_pvacvector() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/mrna/pvacvector");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}"));
    let check = |stem: &str, junctions: &str, lowest: f64| {
        let Ok(table) = read(junctions) else {
            println!("skipped: the shared pVACvector example is not here");
            return;
        };
        let names: Vec<String> = read(&format!("{stem}.input.fa"))
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix('>').map(str::to_owned))
            .collect();
        // The best score of each ordered pair, in thousandths, over the spacers; only whole peptides.
        let mut scores = std::collections::HashMap::new();
        for row in table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()) {
            let thousandths = (row[5].parse::<f64>().unwrap() * 1000.0).round() as u32;
            if row[1] == "0" && row[3] == "0" {
                let best = scores.entry((row[0], row[4])).or_insert(thousandths);
                *best = thousandths.max(*best);
            }
        }
        let cost = |from: Option<usize>, to: Option<usize>| match (from, to) {
            (Some(from), Some(to)) => match scores.get(&(names[from].as_str(), names[to].as_str()))
            {
                Some(&score) => JointCost { worst: u32::MAX - score, ..JointCost::default() },
                None => JointCost { strong: 1, ..JointCost::default() },
            },
            _ => JointCost::default(),
        };
        // The order that pVACvector found: the names of the header, spacers left out.
        let header = read(&format!("{stem}.output.fa")).unwrap();
        let header = header.lines().next().unwrap().trim_start_matches('>').to_owned();
        let listed = header.split('|').next().unwrap().split(',');
        let theirs: Vec<usize> =
            listed.filter_map(|name| names.iter().position(|known| known == name)).collect();
        assert_eq!(theirs.len(), names.len());
        let joints = Joints::new(names.len(), cost);
        let ours = order(names.len(), cost).cost;
        assert!(ours <= joints.total(&theirs), "{stem}");
        assert_eq!(passes::order(&joints, STEPS).cost, ours);
        let reached = f64::from(u32::MAX - ours.worst) / 1000.0;
        println!("{stem}: lowest junction score {reached}, pVACvector {lowest}");
        assert_eq!(ours.strong, 0);
        assert!(reached >= lowest);
    };
    check("Test.vector.results", "Test.vector.results.output.junctions.tsv", 17_203.02);
    check("example", "example.junctions.tsv", 1_778.455);
}
