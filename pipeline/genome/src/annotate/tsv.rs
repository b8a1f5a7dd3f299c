//! Rows as tab-separated text.

use std::borrow::Cow;

use super::AnnotatedRow;

/// The columns of [`AnnotatedRow::write_tsv`], in their order: the variant, then those of table `consequence`.
pub const COLUMNS: [&str; 29] = [
    "chrom",
    "pos",
    "ref",
    "alt",
    "gene",
    "gene_id",
    "transcript",
    "biotype",
    "canonical",
    "mane_select",
    "tsl",
    "cds_flags",
    "consequence",
    "variant_class",
    "hgvs_g",
    "hgvs_c",
    "hgvs_p",
    "protein_change",
    "protein_position",
    "amino_acids",
    "codons",
    "wildtype_protein",
    "mutant_protein",
    "mutant_start",
    "mutant_end",
    "haplotype",
    "unphased_neighbours",
    "bcsq",
    "note",
];

impl AnnotatedRow<'_> {
    /// Appends the row to `out`, with its line end. What is not known is empty; tabs and line ends within a value, which
    /// only an odd annotation can have, are written as spaces.
    pub fn write_tsv(&self, out: &mut Vec<u8>) {
        let c = &self.consequence;
        text(out, self.chrom);
        number(out, Some(self.pos));
        text(out, &self.ref_allele);
        text(out, &self.alt);
        for value in [&c.gene, &c.gene_id, &c.transcript, &c.biotype] {
            text(out, value);
        }
        for value in [c.canonical, c.mane_select] {
            text(out, if value { "true" } else { "false" });
        }
        number(out, c.tsl);
        some(out, c.cds_flags.as_ref());
        text(out, &c.consequence);
        text(out, &c.variant_class);
        for value in [&c.hgvs_g, &c.hgvs_c, &c.hgvs_p, &c.protein_change] {
            some(out, value.as_ref());
        }
        number(out, c.protein_position);
        for value in [&c.amino_acids, &c.codons, &c.wildtype_protein, &c.mutant_protein] {
            some(out, value.as_ref());
        }
        number(out, c.mutant_start);
        number(out, c.mutant_end);
        some(out, c.haplotype.as_ref());
        number(out, c.unphased_neighbours);
        some(out, c.bcsq.as_ref());
        some(out, c.note.as_ref());
        out.pop();
        out.push(b'\n');
    }
}

/// A value and the tab behind it.
fn text(out: &mut Vec<u8>, value: &str) {
    let start = out.len();
    out.extend_from_slice(value.as_bytes());
    for byte in &mut out[start..] {
        if matches!(byte, b'\t' | b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    out.push(b'\t');
}

fn some(out: &mut Vec<u8>, value: Option<&Cow<'_, str>>) {
    text(out, value.map_or("", |value| value));
}

fn number(out: &mut Vec<u8>, value: Option<impl Into<i64>>) {
    if let Some(value) = value {
        let mut rest: i64 = value.into();
        if rest < 0 {
            out.push(b'-');
        }
        let start = out.len();
        loop {
            out.push(b'0' + (rest % 10).unsigned_abs() as u8);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        out[start..].reverse();
    }
    out.push(b'\t');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Consequence;

    #[test]
    fn rows() {
        let consequence = Consequence {
            gene: "A\tB".into(),
            consequence: "missense_variant".into(),
            canonical: true,
            protein_position: Some(-120),
            unphased_neighbours: Some(0),
            hgvs_p: Some("p.Gly12Asp".into()),
            ..Consequence::default()
        };
        let row = AnnotatedRow {
            chrom: "chr1",
            pos: 1_000,
            ref_allele: "A".into(),
            alt: "T".into(),
            consequence,
            line: 7,
        };
        let mut out = Vec::new();
        row.write_tsv(&mut out);
        let line = String::from_utf8(out).unwrap_or_default();
        let values: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
        let named: Vec<String> = COLUMNS
            .iter()
            .zip(&values)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(values.len(), COLUMNS.len());
        assert_eq!(
            named.join(" "),
            "chrom=chr1 pos=1000 ref=A alt=T gene=A B canonical=true mane_select=false \
             consequence=missense_variant hgvs_p=p.Gly12Asp protein_position=-120 \
             unphased_neighbours=0"
        );
    }
}
