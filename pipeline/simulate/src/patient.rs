//! One patient: a person, a genotype, a tumour, and its calls with what they do.

use std::collections::HashMap;

use rand::{Rng, RngExt};
use rand_distr::weighted::WeightedIndex;
use rand_distr::{Distribution, Normal, Poisson};

use crate::cancer::Cancer;
use crate::effect::{Effect, effect};
use crate::gene::Genes;
use crate::mutation::{Alleles, Mutation, Planter};
use crate::population::Population;
use crate::signature::Signature;
use crate::sites::Sites;
use crate::tumour::{Reads, Tumour, binomial};

/// Logarithm of the abundance of genes: median of 5 TPM and its spread; part of the genes that are silent; spread between patients.
/// A choice.
const ABUNDANCE: (f64, f64) = (1.6, 1.8);
const SILENT: f64 = 0.2;
const BETWEEN_PATIENTS: f64 = 0.5;
/// Mean of the abundances, as of 20,000 genes that are a million together.
const MEAN_TPM: f64 = 50.0;
/// Reads of RNA over a place for each TPM, and the most that are counted. A choice.
const RNA_READS: f64 = 1.5;
const DEEPEST_RNA: f64 = 3000.0;

/// What patients are drawn from.
pub struct World<'a> {
    /// Genes.
    pub genes: &'a Genes,
    /// Their coding bases by context.
    pub sites: Sites,
    /// All signatures.
    pub signatures: Vec<Signature>,
    /// Types of cancer, by share.
    pub cancers: Vec<Cancer>,
    /// Populations, as many people of each.
    pub populations: Vec<Population>,
    /// Abundance of each gene in the mean patient, in TPM.
    pub abundance: Vec<f64>,
    /// Mutations are this many times the published median.
    pub load: f64,
}

/// A call of the tumour.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was planted.
    pub mutation: Mutation,
    /// As the VCF writes it.
    pub alleles: Alleles,
    /// What it does.
    pub effect: Effect,
    /// Fraction of the tumour's cells that have it.
    pub fraction: f64,
    /// Reads of DNA.
    pub dna: Reads,
    /// Reads of RNA.
    pub rna: Reads,
    /// Abundance of the gene, in TPM.
    pub tpm: f64,
}

/// A patient with one tumour sample.
#[derive(Clone, Debug)]
pub struct Patient<'a> {
    /// Pseudonym.
    pub id: String,
    /// Type of cancer.
    pub cancer: &'a Cancer,
    /// Population of the genotype.
    pub population: &'a Population,
    /// `female` or `male`.
    pub sex: &'a str,
    /// Year of birth.
    pub birth: u32,
    /// Two alleles of each HLA gene.
    pub hla: Vec<[&'a str; 2]>,
    /// Signatures with their weights.
    pub exposures: Vec<(&'a str, f64)>,
    /// The tumour.
    pub tumour: Tumour,
    /// Mutations that the tumour was asked to have.
    pub asked: usize,
    /// Those that it has, by contig and position.
    pub calls: Vec<Call>,
}

/// Abundance of each of `genes` genes in the mean patient, in TPM.
pub fn abundance(genes: usize, random: &mut impl Rng) -> Vec<f64> {
    let law = Normal::new(ABUNDANCE.0, ABUNDANCE.1);
    let mut draw = || {
        let silent = random.random_bool(SILENT);
        let logarithm = law.as_ref().map_or(ABUNDANCE.0, |law| law.sample(random));
        if silent { 0.0 } else { logarithm.exp() }
    };
    let all: Vec<f64> = (0..genes).map(|_| draw()).collect();
    let mean = all.iter().sum::<f64>() / genes.max(1) as f64;
    all.into_iter().map(|tpm| if mean > 0.0 { tpm * MEAN_TPM / mean } else { tpm }).collect()
}

impl World<'_> {
    /// The patient of this name, whose random numbers are `random`'s.
    pub fn patient(&self, id: String, random: &mut impl Rng) -> Patient<'_> {
        let shares = WeightedIndex::new(self.cancers.iter().map(|cancer| cancer.share));
        let cancer = &self.cancers[shares.map_or(0, |law| law.sample(random))];
        let population = &self.populations[random.random_range(0..self.populations.len())];
        let any = if random.random_bool(0.5) { "female" } else { "male" };
        let sex = cancer.sex.as_deref().unwrap_or(any);
        let birth = random.random_range(cancer.birth.0..=cancer.birth.1);
        let hla = population.genotype(random);
        let tumour = Tumour::draw(self.genes.contigs.len(), random);
        let kind = cancer.kind(random);
        let asked = kind.mutations(self.load, random);
        let exposures = kind.exposures(random);
        let (genes, sites) = (self.genes, &self.sites);
        let planter = Planter::new(genes, sites, &self.signatures, kind, &exposures);
        let mut calls: Vec<Call> = planter.map_or_else(Vec::new, |mut planter| {
            let planted: Vec<Mutation> = (0..asked).filter_map(|_| planter.plant(random)).collect();
            let mut abundance = HashMap::new();
            let calls = planted.into_iter().map(|mutation| {
                let own = abundance.entry(mutation.gene);
                let tpm = *own.or_insert_with(|| self.abundance_of(mutation.gene, random));
                self.call(mutation, &tumour, tpm, random)
            });
            calls.collect()
        });
        calls.sort_by(|a, b| self.order(a).cmp(&self.order(b)));
        let names = kind.signatures.iter().map(|(name, _)| name.as_str());
        let exposures = names.zip(exposures).collect();
        Patient { id, cancer, population, sex, birth, hla, exposures, tumour, asked, calls }
    }

    /// The contig of a gene, as an index in the genes' contigs.
    pub fn contig(&self, gene: usize) -> usize {
        let name: &str = &self.genes.list[gene].contig;
        let found = self.genes.contigs.binary_search_by(|(known, _)| known.as_str().cmp(name));
        found.unwrap_or_default()
    }

    /// A gene's abundance in one patient.
    fn abundance_of(&self, gene: usize, random: &mut impl Rng) -> f64 {
        let own = Normal::new(0.0, BETWEEN_PATIENTS).map_or(0.0, |law| law.sample(random));
        (self.abundance[gene] * own.exp() * 1000.0).round() / 1000.0
    }

    fn call(&self, mutation: Mutation, tumour: &Tumour, tpm: f64, random: &mut impl Rng) -> Call {
        let gene = &self.genes.list[mutation.gene];
        let (alleles, effect) = (mutation.alleles(gene), effect(gene, &mutation.change));
        let fraction = tumour.clone_of(random);
        let dna = tumour.reads(self.contig(mutation.gene), fraction, random);
        let mean = (tpm * RNA_READS).min(DEEPEST_RNA);
        let depth = Poisson::new(mean).map_or(0.0, |law| law.sample(random));
        let rna = binomial(depth as u64, dna.fraction(), random);
        Call { mutation, alleles, effect, fraction, dna, rna, tpm }
    }

    fn order<'c>(&self, call: &'c Call) -> (usize, u32, &'c [u8], &'c [u8]) {
        let Alleles { position, reference, alternate } = &call.alleles;
        (self.contig(call.mutation.gene), *position, reference, alternate)
    }
}
