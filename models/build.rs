//! Lets this package's tests and examples find libtorch where they were linked against it.
//!
//! `$LIBTORCH/lib` may hold links to the CPU libraries alone; the path is resolved so that the CUDA
//! libraries, which lie beside the real files, are found by the same rpath.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let Ok(libtorch) = std::env::var("LIBTORCH") else {
        return;
    };
    let library = Path::new(&libtorch).join("lib/libtorch_cpu.so");
    if let Some(folder) = library.canonicalize().ok().as_deref().and_then(Path::parent) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
