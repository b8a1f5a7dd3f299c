//! From a patient's ranked antigens to ranked candidate mRNA molecules.
//!
//! [`design::design`] is the way in; it calls, in this order:
//!
//! - [`profile`]: the fixed side of a molecule, read from TOML: promoter, untranslated regions, signal, linkers,
//!   trafficking domain, poly(A), and what must not occur; `inest` and `cov` are built in;
//! - [`joint`]: the new peptides that joining two antigens makes, scored by an injected predictor;
//! - [`mod@order`]: the exact best order of the antigens;
//! - [`coding`]: the coding sequence of highest codon adaptation that keeps forbidden motifs out;
//! - [`mod@verify`]: checks of the final molecule by other means than those that designed it.
//!
//! [`mod@fasta`] and [`mod@genbank`] write the result. Plain types and pure functions, one thread, no clock: the same input
//! gives the same bytes. Research use: a person decides what is made.

mod arrange;

pub mod coding;
pub mod codon;
pub mod construct;
pub mod design;
pub mod draw;
pub mod element;
pub mod energy;
pub mod fasta;
pub mod fold;
pub mod genbank;
pub mod joint;
pub mod lattice;
pub mod layout;
pub mod manifest;
pub mod motif;
pub mod order;
pub mod peptides;
pub mod profile;
pub mod select;
pub mod sequence;
pub mod shape;
pub mod split;
pub mod verify;

pub use coding::{Coding, CodonError, optimize};
pub use codon::cai;
pub use construct::{Candidate, Construct};
pub use design::{DesignError, DesignInput, design};
pub use fasta::fasta;
pub use genbank::{GenbankError, genbank};
pub use joint::{JointError, JointTable, JunctionScorer, joints};
pub use motif::Motif;
pub use order::{JointCost, Ordering, order};
pub use profile::{Profile, ProfileError};
pub use verify::{Check, Rescan, verify};
