//! Designs as LinearDesign prints them.

use std::fmt::Write;

use super::CodingDesign;

/// Four lines a design: `>` and the name, then `mRNA sequence:`, `mRNA structure:`, and energy with codon adaptation index.
pub fn lines(design: &CodingDesign) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    _ = writeln!(text, ">{}", design.name);
    _ = writeln!(text, "mRNA sequence:  {}", design.rna);
    _ = writeln!(text, "mRNA structure: {}", design.structure);
    _ = writeln!(
        text,
        "mRNA folding free energy: {:.2} kcal/mol; mRNA CAI: {:.3}",
        design.energy, design.cai
    );
    text
}
