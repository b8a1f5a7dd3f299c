//! Consequences of a sample's calls, computed from a reference.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use serde::Serialize;
use vaxloom_genome::annotate::{AnnotateError, Options, Phasing, RegionRows, annotate};
use vaxloom_genome::consequence::{Disagreement, What, compare, stated};
use vaxloom_genome::reference::Reference;
use vaxloom_genome::{
    Consequence, CsqFormat, Quarantined, SampleNames, SomaticVariant, VariantKey, VcfContent,
};

/// A row of the temporary table `computed_consequence`: what a variant does to a transcript, or why that cannot be said.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ComputedRow {
    pub(crate) variant_id: String,
    pub(crate) source_file: String,
    pub(crate) source_line: i64,
    /// What it was computed from.
    pub(crate) path: String,
    #[serde(flatten)]
    pub(crate) consequence: Option<Consequence<'static>>,
    pub(crate) rule: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) remedy: Option<String>,
}

impl ComputedRow {
    pub(crate) fn told(variant: &SomaticVariant, path: &str, told: Consequence<'static>) -> Self {
        Self { consequence: Some(told), ..Self::of(variant, path.to_owned()) }
    }

    fn refused(variant: &SomaticVariant, why: &Quarantined) -> Self {
        Self {
            rule: Some(why.rule.clone()),
            message: Some(why.message.clone()),
            remedy: Some(why.remedy.clone()),
            ..Self::of(variant, why.path.clone())
        }
    }

    fn of(variant: &SomaticVariant, path: String) -> Self {
        Self {
            variant_id: variant.variant_id.clone(),
            source_file: variant.source_file.clone(),
            source_line: variant.source_line,
            path,
            consequence: None,
            rule: None,
            message: None,
            remedy: None,
        }
    }
}

/// What the calls of `content` do, which was read from the VCF at `path`, on the haplotypes that genotypes tell. What the CSQ
/// says otherwise is noted. Of what the VCF holds beside these calls nothing is said: `content` has told of it.
pub(super) fn consequences(
    path: &Path,
    name: &str,
    content: &VcfContent,
    samples: SampleNames,
    phased_vcf: Option<&Path>,
    reference: &Reference,
) -> Result<Vec<ComputedRow>, AnnotateError> {
    let options = Options { samples, phasing: Phasing::Known, phased_vcf };
    let places = content.variants.iter().enumerate();
    let places: HashMap<(i64, &str), usize> =
        places.map(|(at, call)| ((call.source_line, call.variant_id.as_str()), at)).collect();
    let mut told: Vec<Vec<Consequence<'static>>> = vec![Vec::new(); content.variants.len()];
    let mut refused: HashMap<i64, VecDeque<Quarantined>> = HashMap::new();
    annotate(path, name, reference, &options, own_rows, |rows, quarantined| {
        for (line, variant_id, consequence) in rows {
            if let Some(&at) = places.get(&(line, variant_id.as_str())) {
                told[at].push(consequence);
            }
        }
        let news = quarantined.into_iter().filter(|row| !content.quarantined.contains(row));
        news.for_each(|row| refused.entry(row.source_line).or_default().push_back(row));
        Ok(())
    })?;
    let (mut rows, mut lost) = (Vec::new(), 0);
    for (call, mut told) in content.variants.iter().zip(told) {
        if told.is_empty() {
            match reason(refused.get_mut(&call.source_line)) {
                Some(why) => rows.push(ComputedRow::refused(call, &why)),
                None => lost += 1,
            }
        }
        note_disagreements(&content.csq_format, call, &mut told);
        rows.extend(told.into_iter().map(|told| ComputedRow::told(call, "reference", told)));
    }
    match lost {
        0 => Ok(rows),
        lost => Err(AnnotateError::Sink(
            format!("{name}: {lost} calls have neither a consequence nor a reason in quarantine; this is a mistake in vaxloom: please report it").into(),
        )),
    }
}

/// The rows of a region with the line and the name of their variant.
fn own_rows(region: &mut RegionRows<'_>) -> Vec<(i64, String, Consequence<'static>)> {
    let mut rows = Vec::new();
    region.for_each(|row| {
        let (before, after) = (row.ref_allele.to_ascii_uppercase(), row.alt.to_ascii_uppercase());
        let variant_id = format!("{}:{}:{before}:{after}", row.chrom, row.pos);
        rows.push((row.line, variant_id, row.consequence.clone().into_owned()));
    });
    rows
}

/// Why the next allele of a line cannot be used: what holds for the whole record, or else for one allele after the other.
fn reason(refused: Option<&mut VecDeque<Quarantined>>) -> Option<Quarantined> {
    let refused = refused?;
    let whole = refused.iter().find(|row| row.path == "record").cloned();
    whole.or_else(|| refused.pop_front())
}

fn note_disagreements(
    format: &CsqFormat,
    call: &SomaticVariant,
    told: &mut [Consequence<'static>],
) {
    if call.annotation.is_empty() {
        return;
    }
    let key = VariantKey {
        chrom: &call.chrom,
        pos: call.pos,
        ref_allele: &call.ref_allele,
        alt_allele: &call.alt_allele,
    };
    let computed: Vec<&Consequence<'_>> = told.iter().collect();
    let found = compare(&stated(format, key, &call.annotation), &computed).disagreements;
    let plain = |transcript: &str| transcript.split('.').next().unwrap_or_default().to_owned();
    for row in told {
        let of_row = found.iter().filter(|d| plain(&d.transcript) == plain(&row.transcript));
        let words: Vec<String> = of_row.map(words).collect();
        row.disagreement = (!words.is_empty()).then(|| words.join("; ").into());
    }
}

/// Proteins are too long to be told.
fn words(found: &Disagreement) -> String {
    match found.what {
        What::MutantProtein => "another mutant protein".to_owned(),
        what => format!(
            "{} {} is {} here",
            what.name(),
            or_none(&found.annotated),
            or_none(&found.computed)
        ),
    }
}

fn or_none(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}
