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

fn brute_force(n: usize, cost: impl Fn(Option<usize>, Option<usize>) -> JointCost) -> Ordering {
    let joints = Joints::new(n, cost);
    let ranked = permutations(n).into_iter().map(|sequence| (joints.total(&sequence), sequence));
    let (cost, sequence) = ranked.min().unwrap();
    Ordering { sequence, cost }
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
    for n in 0..=7 {
        for seed in 1..=12 {
            // Small ranges make ties, large ones do not.
            for range in [1, 2, 3, 1000] {
                let cost = random(seed * 7919, range);
                assert_eq!(
                    order(n, &cost),
                    brute_force(n, &cost),
                    "n {n} seed {seed} range {range}"
                );
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
}

#[test]
fn twenty_peptides_are_ordered_exactly() {
    // A planted order of no cost among random joints.
    let planted: Vec<usize> = (0..20).map(|i| i * 7 % 20).collect();
    let noise = random(5, 50);
    let follows = |from: Option<usize>, to: Option<usize>| match (from, to) {
        (None, Some(first)) => first == planted[0],
        (Some(last), None) => last == planted[19],
        (Some(a), Some(b)) => planted.windows(2).any(|pair| pair == [a, b]),
        (None, None) => false,
    };
    let started = std::time::Instant::now();
    let ordering = order(20, |from, to| {
        if follows(from, to) {
            JointCost::default()
        } else {
            JointCost { weak: 1, ..noise(from, to) }
        }
    });
    println!("20 peptides ordered in {:.2} s", started.elapsed().as_secs_f64());
    assert_eq!(ordering.sequence, planted);
    assert_eq!(ordering.cost, JointCost::default());
}

#[test]
fn twenty_equal_peptides_keep_their_order() {
    let started = std::time::Instant::now();
    let ordering = order(20, |_, _| JointCost { worst: 3, sum: 1, ..JointCost::default() });
    println!("20 ties ordered in {:.2} s", started.elapsed().as_secs_f64());
    assert_eq!(ordering.sequence, (0..20).collect::<Vec<_>>());
    assert_eq!(ordering.cost.sum, 21);
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
        let ours = order(names.len(), cost).cost;
        let reached = f64::from(u32::MAX - ours.worst) / 1000.0;
        println!("{stem}: lowest junction score {reached}, pVACvector {lowest}");
        assert_eq!(ours.strong, 0);
        assert!(reached >= lowest);
    };
    check("Test.vector.results", "Test.vector.results.output.junctions.tsv", 17_203.02);
    check("example", "example.junctions.tsv", 1_778.455);
}
