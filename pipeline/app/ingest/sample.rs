//! One row of the sheet: its calls, fusions, expression, reads of RNA and copy numbers.

use std::collections::{BTreeMap, HashSet};

use vaxloom_genome::reference::{Assembly, ContigNames, Reference};
use vaxloom_genome::rna_evidence::without_chr;
use vaxloom_genome::vcf::Samples;
use vaxloom_genome::{
    EvidenceOptions, Expression, FusionContent, RawVcf, SampleNames, SomaticVariant, VariantKey,
    VcfContent,
};

use super::computed::{self, ComputedRow};
use super::refusal::{Faults, Refusal};
use super::tumour::{self, CellFraction, HlaLosses};
use super::{Given, PatientInput};
use crate::sheet::Row;

/// Calls and expression of one sample.
#[derive(Debug)]
pub(crate) struct SampleInput {
    pub(crate) sample: String,
    pub(crate) csq_format: String,
    /// The calls of the VCF, then the fusions.
    pub(crate) variants: Vec<SomaticVariant>,
    /// One of each variant.
    pub(crate) rna_fragments: Vec<Fragments>,
    /// One of each variant.
    pub(crate) cell_fractions: Vec<CellFraction>,
    /// Of the calls where there is a reference, and of fusions.
    pub(crate) computed: Vec<ComputedRow>,
    pub(crate) expression: Vec<Expression>,
    /// What copy numbers say of HLA, where they were given.
    pub(crate) hla_losses: Option<HlaLosses>,
    /// Alternate alleles and fusions in the files: kept, refused, or not carried by the tumour.
    pub(crate) alleles: usize,
    pub(crate) quarantined: usize,
    pub(crate) not_in_tumor: usize,
}

/// RNA fragments over a variant.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Fragments {
    rna_fragments: Option<i32>,
    rna_alt_fragments: Option<i32>,
}

/// Reads what the row names. A file that cannot be used is a fault of the patient.
pub(super) fn read(given: &Given<'_>, input: &mut PatientInput, row: &Row, faults: &mut Faults) {
    let Some(cell) = &row.vcf else {
        return faults.add(
            row,
            "vcf",
            "sheet.no-vcf",
            "the cell is empty",
            "give the path of a VCF",
        );
    };
    let names = SampleNames { tumor: row.tumor_sample.clone(), normal: row.normal_sample.clone() };
    let path = faults.sheet.resolve(cell);
    let read = match given.reference {
        Some(_) => vaxloom_genome::read_calls(&path, cell, &names),
        None => vaxloom_genome::read_vcf(&path, cell, &names),
    };
    let content = match read {
        Ok(content) => content,
        Err(error) => return faults.add_error(row, "vcf", "vcf.file", &error),
    };
    for warning in &content.warnings {
        tracing::warn!(patient = row.patient, "{}", faults.sheet.hide(warning));
    }
    let computed = match given.reference {
        Some(reference) => compute(row, faults, &content, reference),
        None => Some(Vec::new()),
    };
    let Some(computed) = computed else { return };
    let Some(measured) = expression(row, faults) else { return };
    let mut sample = SampleInput::new(row, content, computed, measured, input);
    if let Some(cell) = &row.rna_bam {
        let path = faults.sheet.resolve(cell);
        if let Err(error) = sample.count_rna(&path, given.reference, row) {
            return faults.add_error(row, "rna_bam", "rna.file", &error);
        }
    }
    if let Some(cell) = &row.fusions {
        let path = faults.sheet.resolve(cell);
        match vaxloom_genome::read_fusions(&path, cell) {
            Ok(content) => sample.add_fusions(content, input, row),
            Err(error) => return faults.add_error(row, "fusions", "fusion.file", &error),
        }
    }
    if sample.add_copy_numbers(given, input, row, faults).is_some() {
        input.samples.push(sample);
    }
}

/// What the calls do, `None` where that is a fault.
fn compute(
    row: &Row,
    faults: &mut Faults,
    content: &VcfContent,
    reference: &Reference,
) -> Option<Vec<ComputedRow>> {
    let cell = row.vcf.as_ref()?;
    let path = faults.sheet.resolve(cell);
    let names = SampleNames { tumor: row.tumor_sample.clone(), normal: row.normal_sample.clone() };
    let phased = row.phased_vcf.as_ref().map(|cell| faults.sheet.resolve(cell));
    match computed::consequences(&path, cell, content, names, phased.as_deref(), reference) {
        Ok(rows) => Some(rows),
        Err(error) => {
            faults.add_error(row, "vcf", "vcf.consequences", &error);
            None
        }
    }
}

/// The table of the quantifier, `None` where it is a fault.
fn expression(row: &Row, faults: &mut Faults) -> Option<Vec<Expression>> {
    let Some(cell) = &row.expression else { return Some(Vec::new()) };
    let path = faults.sheet.resolve(cell);
    match vaxloom_genome::read_expression(&path, cell) {
        Ok(rows) if rows.is_empty() => {
            faults.add(
                row,
                "expression",
                "expression.empty",
                "the table has a header and no rows",
                "give the quantifier's whole table, or leave the cell empty",
            );
            None
        }
        Ok(rows) => Some(rows),
        Err(error) => {
            faults.add_error(row, "expression", "expression.file", &error);
            None
        }
    }
}

impl SampleInput {
    /// A table of expression stands before what the VCF carries.
    fn new(
        row: &Row,
        content: VcfContent,
        computed: Vec<ComputedRow>,
        measured: Vec<Expression>,
        input: &mut PatientInput,
    ) -> Self {
        let quarantined = content.quarantined.len();
        input.refusals.extend(of_patient(row, content.quarantined));
        let fragments = vec![Fragments::default(); content.variants.len()];
        Self {
            sample: row.sample.clone(),
            csq_format: content.csq_format.as_str().to_owned(),
            alleles: content.alleles,
            quarantined,
            variants: content.variants,
            rna_fragments: fragments,
            cell_fractions: Vec::new(),
            computed,
            expression: if measured.is_empty() { content.expression } else { measured },
            hla_losses: None,
            not_in_tumor: content.not_in_tumor,
        }
    }

    /// Reads of RNA in the place of those that the VCF tells of, if any.
    fn count_rna(
        &mut self,
        path: &std::path::Path,
        reference: Option<&Reference>,
        row: &Row,
    ) -> Result<(), vaxloom_genome::RnaEvidenceError> {
        let keys: Vec<VariantKey<'_>> = self
            .variants
            .iter()
            .map(|call| VariantKey {
                chrom: &call.chrom,
                pos: call.pos,
                ref_allele: &call.ref_allele,
                alt_allele: &call.alt_allele,
            })
            .collect();
        let resolve = |name: &str| match reference {
            Some(reference) => reference.names().resolve(name).map(str::to_owned),
            None => without_chr(name),
        };
        let sequences = reference.map(Reference::sequences);
        let options = EvidenceOptions::default();
        let table = vaxloom_genome::rna_evidence(path, None, &keys, options, sequences, &resolve)?;
        for warning in &table.warnings {
            tracing::warn!(patient = row.patient, "{warning}");
        }
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let counted = self.variants.iter_mut().zip(&mut self.rna_fragments).zip(table.rows);
        for ((call, fragments), found) in counted {
            match found {
                Ok(found) => {
                    let depth = found.ref_reads + found.alt_reads + found.other_reads;
                    call.rna_depth = i32::try_from(depth).ok();
                    call.rna_alt_reads = i32::try_from(found.alt_reads).ok();
                    call.rna_vaf = found.read_vaf();
                    fragments.rna_fragments = i32::try_from(found.fragments).ok();
                    fragments.rna_alt_fragments = i32::try_from(found.alt_fragments).ok();
                }
                Err(reason) => *reasons.entry(reason.to_string()).or_default() += 1,
            }
        }
        for (reason, calls) in reasons {
            tracing::warn!(patient = row.patient, calls, "not counted in the RNA: {reason}");
        }
        Ok(())
    }

    /// Fusions as calls with their consequences: one call an adjacency, one consequence a pair of transcripts.
    fn add_fusions(&mut self, content: FusionContent, input: &mut PatientInput, row: &Row) {
        let mut seen = HashSet::new();
        for fusion in &content.fusions {
            let call = fusion.call();
            self.computed.push(ComputedRow::told(&call, "fusion", fusion.consequence()));
            if seen.insert(call.variant_id.clone()) {
                self.variants.push(call);
                self.rna_fragments.push(Fragments::default());
            }
        }
        self.alleles += seen.len() + content.quarantined.len();
        self.quarantined += content.quarantined.len();
        input.refusals.extend(of_patient(row, content.quarantined));
    }

    /// Clonality of every call, and the losses of HLA; `None` where the file is a fault.
    fn add_copy_numbers(
        &mut self,
        given: &Given<'_>,
        input: &mut PatientInput,
        row: &Row,
        faults: &mut Faults,
    ) -> Option<()> {
        let mut segments = Vec::new();
        if let Some(cell) = &row.cnv {
            let path = faults.sheet.resolve(cell);
            let content = match vaxloom_genome::read_copy_number(&path, cell) {
                Ok(content) => content,
                Err(error) => {
                    faults.add_error(row, "cnv", "copy-number.file", &error);
                    return None;
                }
            };
            input.refusals.extend(of_patient(row, content.quarantined));
            segments = content.segments;
            let assembly = assembly(given, row, faults);
            if assembly.is_none() && !segments.is_empty() {
                tracing::warn!(
                    patient = row.patient,
                    "the assembly is not known, so copy numbers say nothing of HLA; give --reference, or a VCF whose header has the contigs' lengths"
                );
            }
            let losses = tumour::hla_losses(&segments, content.allele_losses, assembly);
            self.hla_losses = Some(losses);
        }
        let sex = input.patient.sex.as_deref();
        self.cell_fractions = tumour::cell_fractions(&self.variants, &segments, row.purity, sex);
        Some(())
    }
}

fn of_patient(
    row: &Row,
    quarantined: Vec<vaxloom_genome::Quarantined>,
) -> impl Iterator<Item = Refusal> {
    let patient_id = Some(row.patient.clone());
    quarantined
        .into_iter()
        .map(move |found| Refusal { patient_id: patient_id.clone(), ..Refusal::from(found) })
}

/// Of the reference, or else of the contigs in the VCF's header.
fn assembly(given: &Given<'_>, row: &Row, faults: &Faults) -> Option<Assembly> {
    if let Some(known) = given.reference.and_then(|reference| reference.names().assembly()) {
        return Some(known);
    }
    let cell = row.vcf.as_ref()?;
    let vcf = RawVcf::open(&faults.sheet.resolve(cell), cell, Samples::All).ok()?;
    let contigs = vcf.header().contigs.iter().map(|contig| (contig.name.clone(), contig.length));
    ContigNames::new(contigs).assembly()
}
