//! Another ranking of a tumour beside a table of pVACseq: the same best peptide, an overlapping one, another, or none, and why.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use super::Aggregated;
use super::table::{TableError, number};
use crate::features::alignment::shared_stretch;

/// Peptides that share this many residues in a row hold the same part of the protein.
pub const OVERLAP: usize = 7;

/// A variant by its place; a prefix `chr` is left out, so that tables with and without it can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantKey {
    /// Without `chr`.
    pub chromosome: String,
    /// 1-based, as in a VCF.
    pub position: u64,
    /// As in a VCF.
    pub reference: String,
    /// As in a VCF.
    pub alternative: String,
}

impl VariantKey {
    /// Of `chrom:pos:ref:alt`; `None` for any other text.
    pub fn of_vcf(variant: &str) -> Option<Self> {
        Self::of_parts(variant.rsplitn(4, ':'), |position, _| position)
    }

    /// Of pVACseq's `chrom-start-stop-ref-alt`, whose start is before the position of a substitution, and the position of an
    /// insertion or deletion; `None` for any other text.
    pub fn of_pvacseq(id: &str) -> Option<Self> {
        let mut parts: Vec<&str> = id.rsplitn(5, '-').collect();
        if parts.len() != 5 {
            return None;
        }
        parts.remove(2);
        Self::of_parts(parts.into_iter(), |start, substitution| start + u64::from(substitution))
    }

    /// From the last part to the first.
    fn of_parts<'a>(
        mut parts: impl Iterator<Item = &'a str>,
        position: impl Fn(u64, bool) -> u64,
    ) -> Option<Self> {
        let [alternative, reference, number, chromosome] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let substitution = reference.len() == alternative.len();
        Some(Self {
            chromosome: chromosome.strip_prefix("chr").unwrap_or(chromosome).to_owned(),
            position: position(number.parse().ok()?, substitution),
            reference: reference.to_owned(),
            alternative: alternative.to_owned(),
        })
    }
}

/// A variant of the other ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its place.
    pub variant: VariantKey,
    /// Gene symbol.
    pub gene: String,
    /// Best peptide.
    pub peptide: String,
    /// The allele that presents it, `HLA-A*02:01`.
    pub allele: String,
    /// Percentile rank of the peptide for the allele, where there is one.
    pub percentile: Option<f64>,
    /// Tier.
    pub tier: String,
    /// 1 is best.
    pub rank: usize,
}

/// How far two rankings agree on a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// The same peptide and allele.
    Same,
    /// The same peptide for another allele.
    OtherAllele,
    /// Peptides that share [`OVERLAP`] residues in a row.
    Overlapping,
    /// Another part of the protein.
    Different,
    /// pVACseq's alone.
    Absent,
    /// Ours alone.
    Added,
}

impl Agreement {
    /// All, in the order of a report.
    pub const ALL: [Self; 6] = [
        Self::Same,
        Self::OtherAllele,
        Self::Overlapping,
        Self::Different,
        Self::Absent,
        Self::Added,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::OtherAllele => "other allele",
            Self::Overlapping => "overlapping",
            Self::Different => "different",
            Self::Absent => "absent",
            Self::Added => "added",
        }
    }
}

/// One variant under both rankings.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its place.
    pub variant: VariantKey,
    /// How far they agree.
    pub agreement: Agreement,
    /// pVACseq's row.
    pub theirs: Option<Candidate>,
    /// Ours.
    pub ours: Option<Candidate>,
    /// Residues in a row that the best peptides share.
    pub shared: usize,
    /// Why they do not agree, or how their tiers differ; empty where nothing is to say.
    pub why: String,
}

/// What is known of our ranking beside its best peptides.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Our percentile rank of a peptide for an allele; `None` where it was not scored.
    pub percentile: &'a dyn Fn(&str, &str) -> Option<f64>,
    /// Why a variant is not in our ranking.
    pub absent: &'a dyn Fn(&VariantKey) -> Option<String>,
}

impl Known<'_> {
    /// Nothing.
    pub const NOTHING: Known<'static> = Known { percentile: &|_, _| None, absent: &|_| None };
}

/// Lines up `ours` with a table of pVACseq (`all_epitopes.aggregated.tsv`, plain or gzip), in the order of the table, then what we alone
/// have in the order of our ranks.
pub fn compare(
    file: &str,
    input: impl Read,
    ours: &[Candidate],
    known: Known<'_>,
) -> Result<Vec<Line>, TableError> {
    let theirs = Aggregated::read(file, input)?.candidates(file)?;
    let mut by_place: BTreeMap<&VariantKey, &Candidate> = BTreeMap::new();
    for our in ours {
        // Where a variant is there twice, the better rank is kept.
        let kept = by_place.entry(&our.variant).or_insert(our);
        if our.rank < kept.rank {
            *kept = our;
        }
    }
    let mut lines: Vec<Line> = theirs
        .into_iter()
        .map(|their| match by_place.remove(&their.variant) {
            Some(our) => both(their, our.clone(), known),
            None => absent(their, known),
        })
        .collect();
    let mut alone: Vec<&Candidate> = by_place.into_values().collect();
    alone.sort_by(|a, b| a.rank.cmp(&b.rank).then(a.variant.cmp(&b.variant)));
    lines.extend(alone.into_iter().map(|our| Line {
        variant: our.variant.clone(),
        agreement: Agreement::Added,
        theirs: None,
        ours: Some(our.clone()),
        shared: 0,
        why: "pVACseq's table does not have the variant".to_owned(),
    }));
    Ok(lines)
}

fn absent(their: Candidate, known: Known<'_>) -> Line {
    let why = (known.absent)(&their.variant);
    Line {
        variant: their.variant.clone(),
        agreement: Agreement::Absent,
        theirs: Some(their),
        ours: None,
        shared: 0,
        why: why.unwrap_or_else(|| "the variant is not among our mutations".to_owned()),
    }
}

fn both(their: Candidate, our: Candidate, known: Known<'_>) -> Line {
    let shared = shared_stretch(&our.peptide, &their.peptide).len();
    let agreement = match (our.peptide == their.peptide, our.allele == their.allele) {
        (true, true) => Agreement::Same,
        (true, false) => Agreement::OtherAllele,
        (false, _) if shared >= OVERLAP => Agreement::Overlapping,
        (false, _) => Agreement::Different,
    };
    let mut why = Vec::new();
    if agreement != Agreement::Same {
        why.push(other_peptide(&their, &our, known));
    }
    if our.tier != their.tier {
        why.push(format!("tier {} with us, {} with pVACseq", our.tier, their.tier));
    }
    Line {
        variant: their.variant.clone(),
        agreement,
        theirs: Some(their),
        ours: Some(our),
        shared,
        why: why.join("; "),
    }
}

fn other_peptide(their: &Candidate, our: &Candidate, known: Known<'_>) -> String {
    let ours = our.percentile.or_else(|| (known.percentile)(&our.peptide, &our.allele));
    let theirs = (known.percentile)(&their.peptide, &their.allele);
    let (their_pair, our_pair) = (
        format!("{} for {}", their.peptide, their.allele),
        format!("{} for {}", our.peptide, our.allele),
    );
    match (theirs, ours) {
        (Some(theirs), Some(ours)) if ours <= theirs => format!(
            "our predictor ranks {our_pair} at {ours:.2} % and {their_pair} at {theirs:.2} %"
        ),
        (Some(theirs), Some(ours)) => format!(
            "our predictor ranks {their_pair} better, at {theirs:.2} %, than {our_pair}, at {ours:.2} %: a rule before the score decided"
        ),
        _ => format!(
            "{their_pair} is not among our scored peptides: another length or transcript, or a peptide of the wild type or the reference proteome"
        ),
    }
}

/// Writes the lines as a table, tab-separated.
pub fn write(lines: &[Line], output: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(b'\t').from_writer(output);
    writer.write_record([
        "variant",
        "gene",
        "agreement",
        "shared_residues",
        "their_rank",
        "their_tier",
        "their_peptide",
        "their_allele",
        "our_rank",
        "our_tier",
        "our_peptide",
        "our_allele",
        "why",
    ])?;
    for line in lines {
        let VariantKey { chromosome, position, reference, alternative } = &line.variant;
        let side = |side: &Option<Candidate>| {
            side.as_ref().map_or_else(
                || ["NA"; 4].map(str::to_owned),
                |c| [c.rank.to_string(), c.tier.clone(), c.peptide.clone(), c.allele.clone()],
            )
        };
        let gene = line.theirs.as_ref().or(line.ours.as_ref()).map_or("", |c| c.gene.as_str());
        let mut cells = vec![
            format!("{chromosome}:{position}:{reference}:{alternative}"),
            gene.to_owned(),
            line.agreement.name().to_owned(),
            line.shared.to_string(),
        ];
        cells.extend(side(&line.theirs).into_iter().chain(side(&line.ours)));
        cells.push(line.why.clone());
        writer.write_record(cells)?;
    }
    Ok(writer.flush()?)
}

impl Aggregated {
    /// Its variants, ranked as they stand; `file` is its name in errors.
    pub fn candidates(&self, file: &str) -> Result<Vec<Candidate>, TableError> {
        let names = ["ID", "Gene", "Best Peptide", "Allele", "%ile MT", "Tier"];
        let places: Vec<usize> = names.iter().filter_map(|name| self.place(name)).collect();
        let [id, gene, peptide, allele, percentile, tier] = places[..] else {
            let missing: Vec<&str> =
                names.into_iter().filter(|name| self.place(name).is_none()).collect();
            return Err(TableError::Columns { file: file.to_owned(), missing: missing.join(", ") });
        };
        let candidate = |(cells, rank): (&Vec<String>, usize)| {
            let variant = VariantKey::of_pvacseq(&cells[id]).ok_or_else(|| TableError::Cell {
                file: file.to_owned(),
                line: rank as u64 + 1,
                column: "ID".to_owned(),
                expected: "chromosome-start-stop-reference-variant",
            })?;
            Ok(Candidate {
                variant,
                gene: cells[gene].clone(),
                peptide: cells[peptide].clone(),
                allele: cells[allele].clone(),
                percentile: number(cells[percentile].as_bytes()).filter(|value| !value.is_nan()),
                tier: cells[tier].clone(),
                rank,
            })
        };
        self.rows.iter().zip(1..).map(candidate).collect()
    }
}

#[cfg(test)]
mod tests;
