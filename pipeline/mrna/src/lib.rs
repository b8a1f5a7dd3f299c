//! From a patient's ranked antigens to ranked candidate mRNA molecules.
//!
//! [`design::design`] is the way in, [`design::design_with`] and [`design::design_molecules`] where codons and folding come
//! from elsewhere and everything known about a molecule is wanted. They call, in this order:
//!
//! - [`profile`]: the fixed side of a molecule, read from TOML: promoter, untranslated regions, signal, linkers,
//!   trafficking domain, poly(A), what must not occur, and limits; `inest` and `cov` are built in;
//! - [`split`](mod@split): which antigens go into which of two molecules;
//! - [`joint`]: the new peptides that joining two antigens makes, under the patient's alleles of both classes;
//! - [`mod@order`]: the best order of the antigens, with its proof;
//! - [`coding`]: the coding sequence of highest codon adaptation that keeps forbidden motifs out;
//! - [`mod@verify`]: checks of the final molecule by other means than those that designed it, also of its [`shape`].
//!
//! Before all of it, [`select`](mod@select) chooses the antigens by what they add to the tumour hit. [`mod@files`] writes the
//! result: [`mod@fasta`], [`mod@genbank`], [`manifest`](mod@manifest), [`draw`](mod@draw), and tables. [`peptides`] reads
//! antigens from FASTA.
//!
//! Two tools stand on their own: [`mod@fold`] finds structures of RNA and their probabilities, and [`lattice`] the coding
//! sequence that is best in stability and codon usage together; [`energy`] is the model of both.
//!
//! Plain types and pure functions, no clock; threads are those of rayon's pool and change no result: the same input gives the
//! same bytes. Research use: a person decides what is made.

mod arrange;

pub mod coding;
pub mod codon;
pub mod construct;
pub mod design;
pub mod draw;
pub mod element;
pub mod energy;
pub mod fasta;
pub mod files;
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
pub use design::{
    Coded, Coder, CodingRequest, Design, DesignError, DesignInput, Molecules, Tools, design,
    design_molecules, design_with,
};
pub use draw::draw;
pub use element::{ConstructElement, elements};
pub use fasta::{coding_fasta, fasta};
pub use files::files;
pub use genbank::{GenbankError, genbank};
pub use joint::{Alleles, BindingScorer, JointError, JointTable, JunctionScorer, joints};
pub use manifest::manifest;
pub use motif::Motif;
pub use order::{JointCost, Ordering, Proof, order};
pub use peptides::{Peptide, PeptideError, read_peptides};
pub use profile::{Profile, ProfileError};
pub use select::{SelectError, Selection, select};
pub use shape::{Folded, Folding, Shape};
pub use verify::{Check, Rescan, verify};
