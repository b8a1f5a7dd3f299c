//! Where the CSQ of a VCF and the reference disagree.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Context;
use vaxloom_genome::annotate::AnnotatedRow;
use vaxloom_genome::consequence::{Comparison, compare, stated};
use vaxloom_genome::{AnnotatedCalls, Consequence, CsqFormat, SomaticVariant};

use super::annotated::key;
use super::samples;
use crate::args::ConsequenceArgs;
use crate::progress::thousands;

/// The annotated calls, read beside the computed rows: both are in the order of the file.
pub(super) struct Disagreements {
    calls: AnnotatedCalls,
    format: CsqFormat,
    waiting: VecDeque<SomaticVariant>,
    counts: Comparison,
    list: Option<BufWriter<File>>,
}

impl Disagreements {
    /// `None` where the VCF has no CSQ.
    pub(super) fn open(args: &ConsequenceArgs, name: &str) -> anyhow::Result<Option<Self>> {
        let calls = match AnnotatedCalls::open(&args.vcf, name, &samples(args)) {
            Ok(Some(calls)) => calls,
            // The file itself is judged by who computes from it.
            Ok(None) | Err(_) if args.disagreements.is_none() => return Ok(None),
            Ok(None) => anyhow::bail!(
                "{name}: has no CSQ to compare with; leave --disagreements out, or annotate it with Ensembl VEP"
            ),
            Err(error) => return Err(error.into()),
        };
        let list = args.disagreements.as_ref().map(|path| -> anyhow::Result<_> {
            let file = File::create(path)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
            let mut list = BufWriter::new(file);
            writeln!(list, "chrom\tpos\tref\talt\ttranscript\twhat\tvep\tvaxloom")?;
            Ok(list)
        });
        let format = calls.csq_format().clone();
        let (waiting, counts) = (VecDeque::new(), Comparison::default());
        Ok(Some(Self { calls, format, waiting, counts, list: list.transpose()? }))
    }

    /// Compares the rows of some alleles, all rows of each.
    pub(super) fn take(&mut self, rows: &[AnnotatedRow<'_>]) -> anyhow::Result<()> {
        for rows in rows.chunk_by(|one, next| one.line == next.line && one.alt == next.alt) {
            let first = &rows[0];
            let Some(variant) = self.annotated(first)? else { continue };
            let computed: Vec<&Consequence<'_>> = rows.iter().map(|row| &row.consequence).collect();
            let stated = stated(&self.format, key(&variant), &variant.annotation);
            let mut compared = compare(&stated, &computed);
            if let Some(list) = &mut self.list {
                for found in &compared.disagreements {
                    writeln!(
                        list,
                        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                        first.chrom,
                        first.pos,
                        first.ref_allele,
                        first.alt,
                        found.transcript,
                        found.what.name(),
                        found.annotated,
                        found.computed
                    )?;
                }
            }
            compared.disagreements.clear();
            self.counts.add(compared);
        }
        Ok(())
    }

    /// What the annotation says of an allele. Calls before its line, which gave no rows, are passed over.
    fn annotated(&mut self, row: &AnnotatedRow<'_>) -> anyhow::Result<Option<SomaticVariant>> {
        loop {
            let of_line = |call: &SomaticVariant| call.source_line >= row.line;
            let Some(first) = self.waiting.iter().position(of_line) else {
                self.waiting.clear();
                let Some(batch) = self.calls.next().transpose()? else { return Ok(None) };
                self.waiting.extend(batch);
                continue;
            };
            self.waiting.drain(..first);
            let found = self
                .waiting
                .iter()
                .take_while(|call| call.source_line == row.line)
                .find(|call| call.alt_allele == row.alt);
            return Ok(found.cloned());
        }
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        if let Some(mut list) = self.list {
            list.flush().context("the list of disagreements cannot be written")?;
        }
        let Comparison { agreeing, differing, only_annotated, only_computed, .. } = self.counts;
        let [agreeing, differing, only_annotated, only_computed] =
            [agreeing, differing, only_annotated, only_computed]
                .map(|count| thousands(count as usize));
        tracing::info!(
            "beside the file's CSQ: {agreeing} transcripts agree, {differing} differ, {only_annotated} only in CSQ, {only_computed} only from the reference"
        );
        Ok(())
    }
}
