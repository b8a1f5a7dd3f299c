use super::super::tests::Draw;
use super::*;

/// The probability of at least `k` responses.
fn hit(k: usize, probabilities: &[f64]) -> f64 {
    let mut counts = vec![0.0; k];
    counts[0] = 1.0;
    for p in probabilities {
        for more in (0..k).rev() {
            let fewer = if more > 0 { counts[more - 1] } else { 0.0 };
            counts[more] = counts[more] * (1.0 - p) + fewer * p;
        }
    }
    1.0 - counts.iter().sum::<f64>()
}

#[test]
fn planes_lie_above_every_set_that_is_asked_for() {
    let mut draw = Draw(7);
    let mut planes = 0;
    for case in 0..400 {
        let k = 1 + case % 6;
        let mut probability = |_| match draw.below(12) {
            0 => 1.0,
            1 => 0.0,
            2 => 0.99,
            _ => 0.01 + 0.6 * draw.next(),
        };
        let inside: Vec<f64> = (0..case % 5).map(&mut probability).collect();
        let open: Vec<f64> = (0..9).map(&mut probability).collect();
        let x: Vec<f64> =
            (0..open.len()).map(|_| (draw.next() * 1.4 - 0.2).clamp(0.0, 1.0)).collect();
        let room = 3 + draw.below(7);
        let least = [f64::NEG_INFINITY, draw.next()][draw.below(2)];
        let plane = Envelope::new(k, &inside, &open, room, least).plane(&x);
        for mask in 0..1_usize << open.len() {
            let taken = |i: &usize| mask >> i & 1 == 1;
            let mut set = inside.clone();
            set.extend((0..open.len()).filter(taken).map(|i| open[i]));
            let hit = hit(k, &set);
            if set.len() - inside.len() > room || hit < least {
                continue;
            }
            let corner: Vec<f64> =
                (0..open.len()).map(|i| f64::from(u8::from(taken(&i)))).collect();
            let above = plane.at(&corner);
            assert!(above >= hit - 1e-9, "{case}: k {k}, set {mask:b}: {above} below {hit}");
        }
        planes += usize::from(plane.slopes.iter().any(|slope| *slope != 0.0));
    }
    assert!(planes > 250, "{planes}");
}

#[test]
fn a_plane_touches_the_set_it_is_made_for() {
    // Good sets of antigens that are alike: where the probability is concave, its plane is no higher than it there.
    for k in 1..=5 {
        let inside = vec![0.3; 14];
        let open: Vec<f64> = (0..12).map(|i| 0.2 + 0.01 * f64::from(i)).collect();
        let x: Vec<f64> = (0..12).map(|i| f64::from(u8::from(i % 2 == 0))).collect();
        let mut set = inside.clone();
        set.extend((0..12).step_by(2).map(|i| open[i]));
        let (plane, hit) =
            (Envelope::new(k, &inside, &open, 12, 0.0).plane(&x).at(&x), hit(k, &set));
        let miss = 1.0 - hit;
        assert!(plane >= hit && plane - hit < 0.01 * miss, "k {k}: {plane} {hit}");
    }
}
