//! `vaxloom predict`: scores for people who only want scores.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use vaxloom_immune::hla::HlaAllele;

use crate::args::{PredictArgs, Task};
use crate::exit::{self, Exit};
use crate::predictor;

/// Peptides that a batch holds: bounds memory whatever the input.
const BATCH: usize = 65_536;

/// Scores every peptide for every allele, one row a pair, in the order of the input.
pub(crate) fn predict(args: &PredictArgs, threads: usize) -> anyhow::Result<Exit> {
    let Task::Mhc1Presentation = args.task;
    let alleles = args
        .alleles
        .iter()
        .map(|text| Ok(HlaAllele::parse(text)?.two_field()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let peptides = peptides(&text_of(&args.peptides)?);
    if peptides.is_empty() {
        bail!("{}: no peptides; expected one a line, or FASTA", args.peptides.display());
    }
    exit::runtime(threads)?;
    let predictor = predictor::built_in(&args.device, threads)?;
    let scored_as = alleles
        .iter()
        .map(|allele| Ok(predictor.resolve(allele)?.scored_as))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut out = output(args.output.as_deref())?;
    writeln!(out, "peptide\tallele\tpresentation_score\tpresentation_percentile\tscored_as\tnote")?;
    for batch in peptides.chunks(BATCH) {
        let pairs: Vec<(&str, &str)> =
            batch.iter().flat_map(|p| alleles.iter().map(|a| (p.as_str(), a.as_str()))).collect();
        for (place, answer) in predictor.predict(&pairs)?.into_iter().enumerate() {
            let ((peptide, allele), scored_as) = (pairs[place], &scored_as[place % alleles.len()]);
            match answer {
                Ok(p) => writeln!(
                    out,
                    "{peptide}\t{allele}\t{}\t{}\t{scored_as}\t",
                    p.score, p.percentile
                )?,
                Err(why) => writeln!(out, "{peptide}\t{allele}\t\t\t{scored_as}\t{why}")?,
            }
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        let mut file = File::open(path).with_context(|| format!("{}", path.display()))?;
        file.read_to_string(&mut text).with_context(|| format!("{}", path.display()))?;
    }
    Ok(text)
}

/// One peptide a line, or all distinct windows of 8 to 11 residues of FASTA records.
fn peptides(text: &str) -> Vec<String> {
    if !text.trim_start().starts_with('>') {
        return text.lines().map(|l| l.trim().to_uppercase()).filter(|l| !l.is_empty()).collect();
    }
    let mut windows = BTreeSet::new();
    for record in text.split('>').skip(1) {
        let protein: String =
            record.lines().skip(1).map(str::trim).collect::<String>().to_uppercase();
        for length in 8..=11 {
            windows.extend(
                protein.as_bytes().windows(length).map(|w| String::from_utf8_lossy(w).into_owned()),
            );
        }
    }
    windows.into_iter().collect()
}

fn output(path: Option<&Path>) -> anyhow::Result<Box<dyn Write>> {
    Ok(match path {
        None => Box::new(BufWriter::new(io::stdout())),
        Some(path) => Box::new(BufWriter::new(
            File::create(path).with_context(|| format!("{}", path.display()))?,
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_fasta_are_told_apart() {
        assert_eq!(peptides("siinfekl\n\nGILGFVFTL\n"), ["SIINFEKL", "GILGFVFTL"]);
        assert_eq!(peptides(">p some words\nACDEFGH\nIK\n").len(), 2 + 1);
    }
}
