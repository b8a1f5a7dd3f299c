//! Damage to what presents peptides, from the patient's own variants and copy number.
//!
//! A vaccine against peptides that the tumour cannot show is in vain, so a loss is a hard stop of the ranking, and a first
//! hit a warning. Genes and what they do: reviewed by Dhatchinamoorthy et al. 2021 (Front Immunol 12:636568) for class I and
//! interferon gamma, and by Reith et al. 2005 (Nat Rev Immunol 5:793) for class II; losses under treatment: Zaretsky et al.
//! 2016 (N Engl J Med 375:819; B2M, JAK1, JAK2) and Sade-Feldman et al. 2017 (Nat Commun 8:1136; B2M).

/// What a gene is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No class I molecule reaches the surface without it.
    ClassOne,
    /// Peptides are moved into, trimmed and loaded in the endoplasmic reticulum; without it few are shown.
    ClassOneLoading,
    /// Class I genes are switched on.
    ClassOneExpression,
    /// The cell answers interferon gamma, which raises presentation.
    Interferon,
    /// Class II molecules are made or loaded.
    ClassTwo,
}

const GENES: [(&str, Role); 24] = [
    ("B2M", Role::ClassOne),
    ("CALR", Role::ClassOneLoading),
    ("CD74", Role::ClassTwo),
    ("CIITA", Role::ClassTwo),
    ("ERAP1", Role::ClassOneLoading),
    ("HLA-DMA", Role::ClassTwo),
    ("HLA-DMB", Role::ClassTwo),
    ("IFNGR1", Role::Interferon),
    ("IFNGR2", Role::Interferon),
    ("IRF1", Role::Interferon),
    ("JAK1", Role::Interferon),
    ("JAK2", Role::Interferon),
    ("NLRC5", Role::ClassOneExpression),
    ("PDIA3", Role::ClassOneLoading),
    ("PSMB8", Role::ClassOneLoading),
    ("PSMB9", Role::ClassOneLoading),
    ("RFX5", Role::ClassTwo),
    ("RFXANK", Role::ClassTwo),
    ("RFXAP", Role::ClassTwo),
    ("STAT1", Role::Interferon),
    ("TAP1", Role::ClassOneLoading),
    ("TAP2", Role::ClassOneLoading),
    ("TAPBP", Role::ClassOneLoading),
    ("TAPBPL", Role::ClassOneLoading),
];

/// What a gene (HGNC symbol) is needed for; `None` where presentation does not need it. The HLA genes of class I and II
/// that present peptides themselves are not here: a loss of one of their alleles is a matter of that allele alone.
pub fn role(gene: &str) -> Option<Role> {
    GENES.iter().find(|(symbol, _)| *symbol == gene).map(|(_, role)| *role)
}

/// One somatic or germline variant of a gene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneVariant<'a> {
    /// HGNC symbol.
    pub gene: &'a str,
    /// Whether no working protein is made of the allele: stop gained, frameshift, start lost, essential splice site.
    pub truncating: bool,
    /// Whether the tumour's cells all carry it; `None` where that is not known.
    pub clonal: Option<bool>,
}

/// Copies of a gene in a tumour cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneCopies<'a> {
    /// HGNC symbol.
    pub gene: &'a str,
    /// All copies.
    pub total: f64,
    /// Copies of the rarer parental chromosome; `None` where they are not told apart.
    pub minor: Option<f64>,
}

/// What is left of a gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A missense or in-frame change, whose effect is not known.
    Altered,
    /// One copy is lost or truncated.
    OneHit,
    /// Both are, in some of the tumour's cells.
    LostInPart,
    /// Both are, in all of them, or in as many as is known.
    Lost,
}

/// A gene of the machinery that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage<'a> {
    /// HGNC symbol.
    pub gene: &'a str,
    /// What it is needed for.
    pub role: Role,
    /// What is left.
    pub state: State,
}

/// Fewer copies than this are none: segments' copy numbers are not whole.
const NO_COPY: f64 = 0.5;

/// The damaged genes of a patient's machinery, worst first, then by symbol. Two truncating variants are taken to be on both
/// copies, which their phase seldom tells.
pub fn damage<'a>(variants: &[GeneVariant<'a>], copies: &[GeneCopies<'a>]) -> Vec<Damage<'a>> {
    let genes =
        variants.iter().map(|variant| variant.gene).chain(copies.iter().map(|gene| gene.gene));
    let mut genes: Vec<&str> = genes.collect();
    genes.sort_unstable();
    genes.dedup();
    let mut damaged: Vec<Damage<'_>> = genes
        .into_iter()
        .filter_map(|gene| {
            let of_gene: Vec<GeneVariant<'_>> =
                variants.iter().filter(|variant| variant.gene == gene).copied().collect();
            let copies = copies.iter().find(|copies| copies.gene == gene);
            Some(Damage { gene, role: role(gene)?, state: state(&of_gene, copies)? })
        })
        .collect();
    damaged.sort_by(|a, b| b.state.cmp(&a.state).then(a.gene.cmp(b.gene)));
    damaged
}

fn state(variants: &[GeneVariant<'_>], copies: Option<&GeneCopies<'_>>) -> Option<State> {
    if copies.is_some_and(|copies| copies.total < NO_COPY) {
        return Some(State::Lost);
    }
    let one_parent = copies.is_some_and(|copies| {
        copies.minor.is_some_and(|minor| minor < NO_COPY) || copies.total < 1.0 + NO_COPY
    });
    let truncating = || variants.iter().filter(|variant| variant.truncating);
    let hits = truncating().count() + usize::from(one_parent);
    match hits {
        0 if variants.is_empty() => None,
        0 => Some(State::Altered),
        1 => Some(State::OneHit),
        _ if truncating().any(|variant| variant.clonal == Some(false)) => Some(State::LostInPart),
        _ => Some(State::Lost),
    }
}

/// What damage means for peptides of class I and II.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// No class I peptide is shown: B2M is lost.
    pub class_one_lost: bool,
    /// Few are, or they cannot be raised: a gene of loading, expression or interferon is lost, or B2M in some of the cells.
    pub class_one_impaired: bool,
    /// No class II peptide is shown by the tumour itself. Antigen-presenting cells still show them.
    pub class_two_lost: bool,
}

/// The outcome of [`damage`].
pub fn outcome(damage: &[Damage<'_>]) -> Outcome {
    let lost = |role: Role, state: State| {
        damage.iter().any(|gene| gene.role == role && gene.state >= state)
    };
    let others = [Role::ClassOneLoading, Role::ClassOneExpression, Role::Interferon];
    Outcome {
        class_one_lost: lost(Role::ClassOne, State::Lost),
        class_one_impaired: lost(Role::ClassOne, State::LostInPart)
            || others.into_iter().any(|role| lost(role, State::LostInPart)),
        class_two_lost: lost(Role::ClassTwo, State::Lost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(gene: &str, truncating: bool, clonal: Option<bool>) -> GeneVariant<'_> {
        GeneVariant { gene, truncating, clonal }
    }

    fn copies(gene: &str, total: f64, minor: Option<f64>) -> GeneCopies<'_> {
        GeneCopies { gene, total, minor }
    }

    #[test]
    fn two_hits_are_a_loss_and_one_is_a_warning() {
        let truncated = variant("B2M", true, Some(true));
        let missense = variant("B2M", false, None);
        let normal = copies("B2M", 2.0, Some(1.0));
        let one_parent = copies("B2M", 2.0, Some(0.0));
        for (variants, copies, expected) in [
            (vec![], Some(normal), None),
            (vec![missense], None, Some(State::Altered)),
            (vec![truncated], Some(normal), Some(State::OneHit)),
            (vec![missense], Some(one_parent), Some(State::OneHit)),
            (vec![truncated], Some(one_parent), Some(State::Lost)),
            (vec![truncated], Some(copies("B2M", 1.0, None)), Some(State::Lost)),
            (vec![truncated, truncated], None, Some(State::Lost)),
            (vec![truncated, variant("B2M", true, Some(false))], None, Some(State::LostInPart)),
            (vec![], Some(copies("B2M", 0.1, None)), Some(State::Lost)),
        ] {
            let copies: Vec<GeneCopies<'_>> = copies.into_iter().collect();
            let found = damage(&variants, &copies);
            assert_eq!(found.first().map(|gene| gene.state), expected, "{variants:?} {copies:?}");
        }
    }

    #[test]
    fn genes_are_worst_first_and_others_are_not_named() {
        let variants = [
            variant("TP53", true, Some(true)),
            variant("JAK1", true, None),
            variant("CIITA", true, None),
            variant("CIITA", true, None),
            variant("TAP1", false, None),
        ];
        let found = damage(&variants, &[copies("TTN", 0.0, None), copies("JAK1", 2.0, Some(0.0))]);
        let names: Vec<&str> = found.iter().map(|gene| gene.gene).collect();
        assert_eq!(names, ["CIITA", "JAK1", "TAP1"]);
        let expected =
            Outcome { class_one_lost: false, class_one_impaired: true, class_two_lost: true };
        assert_eq!(outcome(&found), expected);
    }

    #[test]
    fn what_is_lost_depends_on_the_gene() {
        let lost = |gene| outcome(&damage(&[], &[copies(gene, 0.0, None)]));
        assert!(lost("B2M").class_one_lost && lost("B2M").class_one_impaired);
        assert!(lost("TAP2").class_one_impaired && !lost("TAP2").class_one_lost);
        assert!(lost("RFX5").class_two_lost && !lost("RFX5").class_one_impaired);
        assert_eq!(
            outcome(&[]),
            Outcome { class_one_lost: false, class_one_impaired: false, class_two_lost: false }
        );
        assert!(GENES.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, each once");
    }
}
