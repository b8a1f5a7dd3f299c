//! From changes of the genome to what each transcript makes of them.
//!
//! The path, in the order of the modules: `model` makes a transcript ready, `edge` says where a change lies beside
//! its borders, `chain` lines up the changes of one haplotype in the coding sequence, `group` says which of them
//! are read together and what they do, `entry` keeps what is said, `product` gives the whole proteins.
//!
//! The rules are those of `bcftools csq` (Danecek and McCarthy 2017, Bioinformatics 33:2037), so that both agree.

mod bcsq;
mod chain;
mod edge;
mod entry;
mod group;
mod haplotype;
mod model;
mod product;
mod protein;
mod region;
mod terms;
mod transcript;

pub(crate) use bcsq::bcsq_of;
pub use haplotype::Copies;
pub use product::Product;
pub use protein::{Mutant, ProteinEffect};
pub use region::{Effect, Effects, Variant, effects};
pub use terms::Terms;
pub(crate) use transcript::touched_by_insertion;
