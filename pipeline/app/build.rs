//! Lets the program find libtorch at run time: an rpath to the folder that LIBTORCH's links lead to.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let Some(libtorch) = env::var_os("LIBTORCH").map(PathBuf::from) else {
        return;
    };
    let library = libtorch.join("lib").join("libtorch_cpu.so");
    if let Some(folder) = library.canonicalize().ok().as_deref().and_then(|path| path.parent()) {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
