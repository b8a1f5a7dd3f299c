//! HLA genotypes by population.
//!
//! Both copies of HLA-A, -B and -C are drawn by the alleles' frequencies, each by itself: linkage of the genes on a haplotype
//! is not part of the table. Numbers: `data/hla.tsv`, whose head names their source.

use rand::Rng;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;

use crate::SimulateError;
use crate::table::Table;

const TABLE: Table = Table::new("hla.tsv", include_str!("../data/hla.tsv"));
const GENES: [&str; 3] = ["HLA-A", "HLA-B", "HLA-C"];

/// The alleles of a population.
#[derive(Clone, Debug)]
pub struct Population {
    /// `european`.
    pub name: String,
    /// Of HLA-A, HLA-B and HLA-C.
    pub genes: Vec<Alleles>,
}

/// The alleles of one gene.
#[derive(Clone, Debug)]
pub struct Alleles {
    /// Two-field name (`HLA-A*02:01`) and count.
    pub counts: Vec<(String, f64)>,
    alias: WeightedAliasIndex<f64>,
}

impl Population {
    /// Every population of the table.
    pub fn all() -> Result<Vec<Self>, SimulateError> {
        let rows = TABLE.rows()?;
        let mut names: Vec<&str> = rows.iter().map(|(_, cells)| cells[0]).collect();
        names.dedup();
        names
            .into_iter()
            .map(|name| {
                let genes = GENES.map(|gene| alleles(&rows, name, gene));
                Ok(Self {
                    name: name.to_owned(),
                    genes: genes.into_iter().collect::<Result<_, _>>()?,
                })
            })
            .collect()
    }

    /// The populations of this name; all for `mix`, which has as many people of each.
    pub fn named(name: &str) -> Result<Vec<Self>, SimulateError> {
        let all = Self::all()?;
        if name == "mix" {
            return Ok(all);
        }
        let names: Vec<&str> = all.iter().map(|population| population.name.as_str()).collect();
        let expected = format!("mix, {}", names.join(", "));
        let found = all.into_iter().find(|population| population.name == name);
        found.map(|population| vec![population]).ok_or_else(|| SimulateError::Unknown {
            what: "population",
            found: name.to_owned(),
            expected,
        })
    }

    /// The two alleles of each gene, in the order of the table.
    pub fn genotype(&self, random: &mut impl Rng) -> Vec<[&str; 2]> {
        self.genes
            .iter()
            .map(|gene| {
                let mut draw = || gene.alias.sample(random);
                let mut pair = [draw(), draw()];
                pair.sort_unstable();
                pair.map(|at| gene.counts[at].0.as_str())
            })
            .collect()
    }
}

fn alleles(
    rows: &[(usize, Vec<&str>)],
    population: &str,
    gene: &str,
) -> Result<Alleles, SimulateError> {
    let of_gene = |allele: &str| allele.split('*').next() == Some(gene);
    let counts = rows
        .iter()
        .filter(|(_, cells)| cells[0] == population && of_gene(cells[1]))
        .map(|(line, cells)| Ok((cells[1].to_owned(), TABLE.number(*line, cells[2])?)))
        .collect::<Result<Vec<_>, SimulateError>>()?;
    let alias = WeightedAliasIndex::new(counts.iter().map(|(_, count)| *count).collect())
        .map_err(|error| TABLE.wrong(1, &format!("{population}, {gene}: {error}")))?;
    Ok(Alleles { counts, alias })
}
