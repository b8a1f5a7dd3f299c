use super::super::tests::Draw;
use super::*;

/// The best point of a program of two columns: of all crossings of two lines, those that keep the rows.
fn by_corners(columns: &[Column], rows: &[Row]) -> Option<f64> {
    let mut lines: Vec<([f64; 2], f64)> =
        rows.iter().map(|row| ([row.coefficients[0], row.coefficients[1]], row.most)).collect();
    for (at, column) in columns.iter().enumerate() {
        let unit = if at == 0 { [1.0, 0.0] } else { [0.0, 1.0] };
        lines.push((unit, column.upper));
        lines.push((unit.map(|a| -a), -column.lower));
    }
    let mut best = None;
    for (one, (a, c)) in lines.iter().enumerate() {
        for (b, d) in &lines[..one] {
            let whole = a[0] * b[1] - a[1] * b[0];
            if whole.abs() < 1e-9 {
                continue;
            }
            let point = [(c * b[1] - a[1] * d) / whole, (a[0] * d - c * b[0]) / whole];
            let keeps = |(a, c): &([f64; 2], f64)| a[0] * point[0] + a[1] * point[1] <= c + 1e-9;
            if lines.iter().all(keeps) {
                let value = columns[0].gain * point[0] + columns[1].gain * point[1];
                best = Some(best.map_or(value, |best: f64| best.max(value)));
            }
        }
    }
    best
}

#[test]
fn the_best_point_is_the_best_corner() {
    let mut draw = Draw(3);
    let (mut met, mut unmet) = (0, 0);
    for case in 0..2000 {
        let mut number = || (draw.next() * 2.0 - 1.0) * 3.0;
        let column =
            |gain: f64, lower: f64, width: f64| Column { gain, lower, upper: lower + width.abs() };
        let mut columns =
            vec![column(number(), number(), number()), column(number(), number(), number())];
        let rows: Vec<Row> = (0..case % 7)
            .map(|_| Row { coefficients: vec![number(), number()], most: number(), cut: true })
            .collect();
        let mut program = Program::new(&columns);
        for row in &rows {
            program.add(row.clone());
            program.solve(1000);
        }
        if case % 3 == 0 {
            // A column fixed on the way, and the program begun anew.
            (columns[0].lower, columns[0].upper) = (columns[0].upper, columns[0].upper);
            program.fix(0, columns[0].upper);
            if case % 2 == 0 {
                program.renew();
            }
        }
        let solved = program.solve(1000);
        if let Some(best) = by_corners(&columns, &rows) {
            let bound = program.bound();
            let found = bound.value;
            assert!(solved && (found - best).abs() < 1e-7, "{case}: {found} {best}");
            assert!(program.sound(&bound));
            met += 1;
        } else {
            assert!(!solved, "{case}");
            unmet += 1;
        }
    }
    assert!(met > 500 && unmet > 100, "{met} {unmet}");
}
