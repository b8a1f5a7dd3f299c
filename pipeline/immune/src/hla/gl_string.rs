//! Genotype List Strings (Milius et al. 2013, Tissue Antigens 82:106).
//!
//! By rising strength: `^` joins genes, `|` separates possible genotypes, `+` joins the copies of a gene, `~` joins
//! genes of one haplotype, `/` separates possible alleles. In code systems a `hla#VERSION#` stands before it.

use super::HlaAllele;

/// The alleles of a GL String, or the one allele that the text is. `/`-lists stay whole.
///
/// Where possible genotypes of a gene (`|`) all agree in two fields, the first is taken; where they do not, that gene
/// stays whole, and [`HlaAllele::parse`] refuses it as ambiguous. Blank parts are left out.
pub fn split_gl_string(text: &str) -> Vec<String> {
    let list = text.rsplit('#').next().unwrap_or(text);
    list.split('^').flat_map(gene_copies).collect()
}

fn gene_copies(gene: &str) -> Vec<String> {
    let genotypes: Vec<Vec<String>> = gene.split('|').map(copies).collect();
    let first = two_fields(&genotypes[0]);
    if genotypes.len() > 1
        && (first.is_none() || genotypes.iter().any(|other| two_fields(other) != first))
    {
        return vec![gene.trim().to_owned()];
    }
    genotypes.into_iter().next().unwrap_or_default()
}

fn copies(genotype: &str) -> Vec<String> {
    genotype
        .split(['+', '~'])
        .map(str::trim)
        .filter(|allele| !allele.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Sorted, since the copies of a gene have no order.
fn two_fields(alleles: &[String]) -> Option<Vec<String>> {
    let mut names: Vec<String> = alleles
        .iter()
        .map(|allele| HlaAllele::parse(allele).map(|a| a.two_field()))
        .collect::<Result<_, _>>()
        .ok()?;
    names.sort();
    Some(names)
}
