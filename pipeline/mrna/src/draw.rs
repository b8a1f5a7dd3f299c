//! A folded molecule as a self-contained SVG picture: pairs as arcs, how open the bases are, and the parts below.

use std::fmt::Write;

use crate::construct::{Construct, OPENNESS_BASES};
use crate::layout::{Kind, Segment, layout};
use crate::profile::Profile;
use crate::shape::pairs;

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 40.0;
const ARCS: f64 = 320.0;
const OPEN: f64 = 90.0;
const PARTS: f64 = 22.0;
const TITLE: f64 = 30.0;

/// The picture of a construct; none where it is not folded. The same construct gives the same bytes.
pub fn draw(construct: &Construct, profile: &Profile) -> Option<String> {
    let (structure, energy) = (construct.structure.as_ref()?, construct.mfe?);
    let (openness, unpaired) = (construct.openness.as_ref()?, construct.mean_unpaired?);
    let picture = Picture {
        scale: (WIDTH - 2.0 * MARGIN) / construct.mrna.len().max(1) as f64,
        text: String::new(),
    };
    let title = format!(
        "{}: {} nt, {:.1} kcal/mol, {:.1} % of bases unpaired",
        construct.construct_id,
        construct.length_nt,
        energy,
        100.0 * unpaired
    );
    let segments = layout(construct, profile);
    Some(
        picture
            .open(&title)
            .arcs(structure)
            .openness(openness, construct.mrna.len())
            .parts(&segments, profile.untranscribed())
            .close(),
    )
}

struct Picture {
    /// Units a base.
    scale: f64,
    text: String,
}

impl Picture {
    fn x(&self, base: f64) -> f64 {
        MARGIN + base * self.scale
    }

    /// Writing to a string cannot fail.
    fn add(&mut self, line: std::fmt::Arguments<'_>) {
        _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    fn open(mut self, title: &str) -> Self {
        let height = TITLE + ARCS + OPEN + PARTS + 60.0;
        let title = escaped(title);
        self.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" \
             font-family=\"sans-serif\" font-size=\"11\" role=\"img\">"
        ));
        self.add(format_args!("<title>{title}</title>"));
        self.add(format_args!("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
        self.add(format_args!("<text x=\"{MARGIN}\" y=\"18\" font-size=\"13\">{title}</text>"));
        self
    }

    /// Every pair as half an ellipse over its two bases, flattened so that the widest fits.
    fn arcs(mut self, structure: &str) -> Self {
        let floor = TITLE + ARCS;
        let partner = pairs(structure).unwrap_or_default();
        let found = partner.iter().enumerate().filter_map(|(five, three)| {
            three.filter(|three| *three > five).map(|three| (five, three))
        });
        let found: Vec<(usize, usize)> = found.collect();
        let widest = found.iter().map(|(five, three)| three - five).max().unwrap_or(1);
        let tall = |width: usize| ARCS * (width as f64 / widest as f64).sqrt();
        self.add(format_args!(
            "<g fill=\"none\" stroke=\"#2b6cb0\" stroke-width=\"0.6\" stroke-opacity=\"0.55\">"
        ));
        for (five, three) in found {
            let (start, end) = (self.x(five as f64 + 0.5), self.x(three as f64 + 0.5));
            let (across, up) = ((end - start) / 2.0, tall(three - five));
            self.add(format_args!(
                "<path d=\"M{start:.2} {floor:.0}A{across:.2} {up:.2} 0 0 1 {end:.2} {floor:.0}\"/>"
            ));
        }
        self.add(format_args!("</g>"));
        self
    }

    /// The mean probability of being unpaired of each stretch, at its middle, as a line between 0 and 1.
    fn openness(mut self, openness: &[f32], bases: usize) -> Self {
        let (top, floor) = (TITLE + ARCS + 12.0, TITLE + ARCS + 12.0 + OPEN);
        let point = |(stretch, mean): (usize, &f32)| {
            let first = stretch * OPENNESS_BASES;
            let middle = (first + (first + OPENNESS_BASES).min(bases)) as f64 / 2.0;
            format!("{:.2},{:.2}", self.x(middle), floor - OPEN * f64::from(*mean))
        };
        let points: Vec<String> = openness.iter().enumerate().map(point).collect();
        let (left, right) = (self.x(0.0), WIDTH - MARGIN);
        for (share, y) in [("1", top), ("0", floor)] {
            self.add(format_args!(
                "<line x1=\"{left:.2}\" y1=\"{y:.0}\" x2=\"{right:.2}\" y2=\"{y:.0}\" stroke=\"#cbd5e0\"/>"
            ));
            self.add(format_args!(
                "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{share}</text>",
                left - 6.0,
                y + 4.0
            ));
        }
        self.add(format_args!(
            "<polyline fill=\"none\" stroke=\"#c05621\" stroke-width=\"1\" points=\"{}\"><title>probability of being \
             unpaired, mean of {OPENNESS_BASES} bases</title></polyline>",
            points.join(" ")
        ));
        self
    }

    fn parts(mut self, segments: &[Segment], untranscribed: usize) -> Self {
        let top = TITLE + ARCS + OPEN + 24.0;
        for segment in segments.iter().filter(|segment| segment.range.end > untranscribed) {
            let first = segment.range.start.saturating_sub(untranscribed);
            let length = segment.range.end - untranscribed - first;
            let (x, width) = (self.x(first as f64), length as f64 * self.scale);
            let name = escaped(&segment.name);
            self.add(format_args!(
                "<rect x=\"{x:.2}\" y=\"{top:.0}\" width=\"{width:.2}\" height=\"{PARTS:.0}\" fill=\"{}\" \
                 stroke=\"#ffffff\" stroke-width=\"0.5\"><title>{name}, bases {} to {}</title></rect>",
                colour(&segment.kind),
                first + 1,
                first + length
            ));
            if width > 6.5 * segment.name.chars().count() as f64 {
                let middle = x + width / 2.0;
                self.add(format_args!(
                    "<text x=\"{middle:.2}\" y=\"{:.0}\" text-anchor=\"middle\">{name}</text>",
                    top + PARTS - 7.0
                ));
            }
        }
        self
    }

    fn close(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

fn colour(kind: &Kind) -> &'static str {
    match kind {
        Kind::Promoter | Kind::Utr5 | Kind::Kozak | Kind::Utr3 => "#cbd5e0",
        Kind::Head | Kind::Trafficking => "#b7a6dd",
        Kind::Linker => "#f6e05e",
        Kind::Antigen(at) if at % 2 == 0 => "#7fc8a9",
        Kind::Antigen(_) => "#a8dcc4",
        Kind::Stop => "#e53e3e",
        Kind::PolyA => "#e2e8f0",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::tests::{antigens, designed_with};
    use crate::joint::tests::ByText;
    use crate::shape::tests::Pairing;

    #[test]
    fn a_picture_holds_every_pair_and_part() {
        let profile = Profile::built_in("cov").unwrap();
        let mut designs = designed_with(antigens(4), &profile, &ByText, Some(&Pairing)).unwrap();
        let construct = &mut designs[0].construct;
        construct.genes[0] = "A<B>&\"C".to_owned();
        let svg = draw(construct, &profile).unwrap();
        assert_eq!(svg, draw(construct, &profile).unwrap());
        let opened = construct.structure.as_ref().unwrap().matches('(').count();
        assert!(opened > 0 && svg.matches("<path").count() == opened);
        let transcribed = layout(construct, &profile).len();
        assert_eq!(svg.matches("<rect").count(), transcribed + 1);
        assert!(svg.contains("A&lt;B&gt;&amp;&quot;C") && svg.ends_with("</svg>\n"));
        assert!(!svg.contains("http://") || svg.matches("http://").count() == 1);
        // A point a stretch, the last one over the molecule's last bases.
        let (_, line) = svg.split_once("points=\"").unwrap();
        let points = line.split('"').next().unwrap().split(' ').count();
        assert_eq!(points, construct.mrna.len().div_ceil(OPENNESS_BASES));
        construct.structure = None;
        assert_eq!(draw(construct, &profile), None);
    }
}
