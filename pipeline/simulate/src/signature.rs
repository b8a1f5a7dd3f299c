//! Mutational signatures: how often each of the 96 substitutions in context comes about under a process.
//!
//! Numbers: `data/signatures.tsv`, whose head names their source.

use rand::Rng;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;

use crate::SimulateError;
use crate::table::Table;

/// A trinucleotide with a pyrimidine in the middle, 0 to 31: `16 * (middle is T) + 4 * left + right`, bases in the order ACGT.
pub type Trinucleotide = usize;

/// A substitution in its context, 0 to 95, in the order of the table: C>A, C>G, C>T, T>A, T>C, T>G; left; right.
pub type Context = usize;

/// Number of substitutions in context.
pub const CONTEXTS: usize = 96;

const BASES: [u8; 4] = *b"ACGT";
const SUBSTITUTIONS: [(u8, u8); 6] =
    [(b'C', b'A'), (b'C', b'G'), (b'C', b'T'), (b'T', b'A'), (b'T', b'C'), (b'T', b'G')];

const TABLE: Table = Table::new("signatures.tsv", include_str!("../data/signatures.tsv"));

/// A mutational signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// `SBS1`.
    pub name: String,
    /// Chances of the contexts; their sum is one but for rounding.
    pub chances: Vec<f64>,
    alias: WeightedAliasIndex<f64>,
}

impl Signature {
    /// A substitution in context, by chance.
    pub fn draw(&self, random: &mut impl Rng) -> Context {
        self.alias.sample(random)
    }
}

/// All signatures of the table, in its order.
pub fn all() -> Result<Vec<Signature>, SimulateError> {
    let rows = TABLE.rows()?;
    for ((line, cells), context) in rows.iter().zip(0..) {
        if cells[0] != name(context) {
            return Err(TABLE.wrong(*line, cells[0]));
        }
    }
    let names = TABLE.header().into_iter().enumerate().skip(1);
    names
        .map(|(column, name)| {
            let chances = rows
                .iter()
                .map(|(line, cells)| TABLE.number(*line, cells[column]))
                .collect::<Result<Vec<f64>, _>>()?;
            let alias = WeightedAliasIndex::new(chances.clone())
                .map_err(|error| TABLE.wrong(1, &format!("{name}: {error}")))?;
            Ok(Signature { name: name.to_owned(), chances, alias })
        })
        .collect()
}

/// `A[C>T]G`.
pub fn name(context: Context) -> String {
    let (from, to) = substitution(context);
    let [left, _, right] = bases(trinucleotide(context));
    [left, b'[', from, b'>', to, b']', right].map(char::from).iter().collect()
}

/// The pyrimidine and what becomes of it.
pub fn substitution(context: Context) -> (u8, u8) {
    SUBSTITUTIONS[context / 16]
}

/// Where it comes about.
pub fn trinucleotide(context: Context) -> Trinucleotide {
    let thymine = usize::from(substitution(context).0 == b'T');
    16 * thymine + context % 16
}

/// The substitution of the middle base of a trinucleotide, of either strand; `None` for other letters.
pub fn context(around: [u8; 3], to: u8) -> Option<Context> {
    let (around, to) = if matches!(around[1], b'A' | b'G') {
        (turned(around), complement(to))
    } else {
        (around, to)
    };
    let class = SUBSTITUTIONS.iter().position(|&known| known == (around[1], to))?;
    Some(16 * class + 4 * letter(around[0])? + letter(around[2])?)
}

/// The trinucleotide of either strand; `None` for other letters.
pub fn trinucleotide_of(around: [u8; 3]) -> Option<Trinucleotide> {
    let around = if matches!(around[1], b'A' | b'G') { turned(around) } else { around };
    let thymine = usize::from(around[1] == b'T');
    let known = matches!(around[1], b'C' | b'T');
    Some(16 * thymine + 4 * letter(around[0])? + letter(around[2])?).filter(|_| known)
}

/// Its bases.
pub fn bases(trinucleotide: Trinucleotide) -> [u8; 3] {
    let middle = if trinucleotide >= 16 { b'T' } else { b'C' };
    [BASES[trinucleotide % 16 / 4], middle, BASES[trinucleotide % 4]]
}

/// The base that pairs with `base`; other letters stay.
pub fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' => b'A',
        other => other,
    }
}

fn turned([left, middle, right]: [u8; 3]) -> [u8; 3] {
    [complement(right), complement(middle), complement(left)]
}

fn letter(base: u8) -> Option<usize> {
    BASES.iter().position(|&known| known == base)
}
