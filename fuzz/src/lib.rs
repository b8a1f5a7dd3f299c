//! What the fuzz targets share: files in memory, a small reference, and what holds of every consequence.

mod calls;
mod consequence;
mod file;
mod mutant;
mod reference;

pub use calls::{Calls, bases};
pub use consequence::{check_consequence, check_names};
pub use file::{Slot, written};
pub use mutant::check_mutant;
pub use reference::{contig, reference};

/// Lets the readers' parallel parts run on the calling thread, so that an input takes the same path every time.
pub fn one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("the pool is built once, before its first use");
}
