//! `vaxloom compare`: a patient's ranking beside pVACseq's table of the same tumour.

use std::collections::HashMap;
use std::fs::File;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use vaxloom_immune::pvacseq::compare::{Agreement, Candidate, Known, VariantKey, compare, write};
use vaxloom_lake::{Lake, Session, pipeline, query};

use crate::args::CompareArgs;
use crate::exit::{self, Exit};
use crate::written::Written;
use crate::{predictor, rows};

#[derive(Deserialize)]
struct Ranked {
    variant_id: String,
    gene: String,
    best_peptide: String,
    best_allele: String,
    mt_percentile: f64,
    tier: String,
    rank: usize,
}

#[derive(Deserialize)]
struct Scored {
    peptide: String,
    allele: String,
    percentile: f64,
}

#[derive(Deserialize)]
struct Absent {
    variant_id: String,
    why: String,
}

const RANKED: &str = "SELECT variant_id, gene, best_peptide, best_allele, mt_percentile, tier, rank FROM neoantigen WHERE patient_id = {patient} ORDER BY rank";

const SCORED: &str = "SELECT DISTINCT s.peptide, s.allele, s.percentile FROM presentation AS s JOIN peptide AS p ON s.peptide = p.peptide \
     WHERE p.patient_id = {patient}";

/// Calls that came to no neoantigen, with the reason.
const ABSENT: &str = "SELECT v.variant_id, coalesce( \
        'no mutant protein of it: ' || max(CASE WHEN c.chosen AND c.mutant_protein IS NULL THEN c.consequence END), \
        CASE WHEN count(c.variant_id) = 0 THEN 'no transcript could be used: see the quarantine' END, \
        'no peptide of it is new') AS why \
     FROM somatic_variant AS v LEFT JOIN consequence AS c \
        ON v.patient_id = c.patient_id AND v.sample_id = c.sample_id AND v.variant_id = c.variant_id \
     WHERE v.patient_id = {patient} GROUP BY v.variant_id";

pub(crate) fn run(args: &CompareArgs, threads: usize) -> anyhow::Result<Exit> {
    let predictor = predictor::built_in("auto", threads)?;
    let (ranked, scored, absent) = exit::runtime(threads)?.block_on(async {
        let lake = Lake::open(&args.lake).await?;
        let session = pipeline::reader(&lake, &predictor, threads).await?;
        let ranked: Vec<Ranked> = ask(&session, RANKED, &args.patient).await?;
        let scored: Vec<Scored> = ask(&session, SCORED, &args.patient).await?;
        let absent: Vec<Absent> = ask(&session, ABSENT, &args.patient).await?;
        anyhow::Ok((ranked, scored, absent))
    })?;
    if absent.is_empty() {
        bail!(
            "{}: no calls of patient {}; SELECT patient_id FROM patient lists them",
            args.lake.display(),
            args.patient
        );
    }
    let candidate = |row: Ranked| {
        let variant = VariantKey::of_vcf(&row.variant_id)?;
        let Ranked { gene, best_peptide, best_allele, mt_percentile, tier, rank, .. } = row;
        let (peptide, allele, percentile) = (best_peptide, best_allele, Some(mt_percentile));
        Some(Candidate { variant, gene, peptide, allele, percentile, tier, rank })
    };
    let ours: Vec<Candidate> = ranked.into_iter().filter_map(candidate).collect();
    let percentiles: HashMap<(String, String), f64> =
        scored.into_iter().map(|row| ((row.peptide, row.allele), row.percentile)).collect();
    let reasons: HashMap<String, String> = absent
        .into_iter()
        .filter_map(|row| Some((key(&VariantKey::of_vcf(&row.variant_id)?), row.why)))
        .collect();
    let known = Known {
        percentile: &|peptide, allele| {
            percentiles.get(&(peptide.to_owned(), allele.to_owned())).copied()
        },
        absent: &|variant| {
            let why = reasons.get(&key(variant)).cloned();
            Some(why.unwrap_or_else(|| "it is not among the calls of the tumour".to_owned()))
        },
    };
    let name = args.pvacseq.display().to_string();
    let file = File::open(&args.pvacseq)
        .with_context(|| format!("{name}: cannot be read; check the path"))?;
    let lines = compare(&name, file, &ours, known)?;
    let mut out = Written::to(args.output.as_deref())?;
    write(&lines, &mut out)?;
    out.finish()?;
    let counts = Agreement::ALL.map(|kind| {
        let count = lines.iter().filter(|line| line.agreement == kind).count();
        format!("{count} {}", kind.name())
    });
    tracing::info!("{} variants: {}", lines.len(), counts.join(", "));
    Ok(Exit::Done)
}

fn key(variant: &VariantKey) -> String {
    format!(
        "{}:{}:{}:{}",
        variant.chromosome, variant.position, variant.reference, variant.alternative
    )
}

async fn ask<T: DeserializeOwned>(
    session: &Session,
    sql: &str,
    patient: &str,
) -> anyhow::Result<Vec<T>> {
    let quoted = format!("'{}'", patient.replace('\'', "''"));
    let answer = query::query(session, &sql.replace("{patient}", &quoted)).await?;
    rows::json_rows(&answer.batches)
}
