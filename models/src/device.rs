//! Which device computes, and why.
//!
//! The program is linked against the CPU libraries alone. Where there is a GPU, `libtorch_cuda.so`
//! is opened at run time from the folder of `libtorch_cpu.so`, before the first CUDA call; it
//! registers itself with libtorch.

use crate::ModelError;
use std::ffi::CString;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tch::{Cuda, Device};

/// Chooses by name: `auto`, `cpu`, `cuda` or `cuda:N`. The text says which device it is and why.
pub fn choose_device(name: &str) -> Result<(Device, String), ModelError> {
    match name {
        "cpu" => Ok((Device::Cpu, "cpu: asked for".to_owned())),
        "auto" => Ok(match cuda() {
            Ok(devices) => (Device::Cuda(0), format!("cuda:0: {devices} found")),
            Err(reason) => (Device::Cpu, format!("cpu: {reason}")),
        }),
        "cuda" => cuda_device(name, 0),
        _ => match name.strip_prefix("cuda:").and_then(|n| n.parse().ok()) {
            Some(index) => cuda_device(name, index),
            None => Err(refusal(name, "expected auto, cpu, cuda or cuda:N")),
        },
    }
}

fn cuda_device(name: &str, index: usize) -> Result<(Device, String), ModelError> {
    let devices = cuda().map_err(|reason| refusal(name, &reason))?;
    if index < devices {
        return Ok((Device::Cuda(index), format!("cuda:{index}: asked for")));
    }
    Err(refusal(name, &format!("{devices} CUDA devices found, counted from 0")))
}

fn refusal(asked: &str, reason: &str) -> ModelError {
    ModelError::Device { asked: asked.to_owned(), reason: reason.to_owned() }
}

/// The number of CUDA devices, or why there is none. Asked of the system once.
fn cuda() -> Result<usize, String> {
    static CUDA: OnceLock<Result<usize, String>> = OnceLock::new();
    CUDA.get_or_init(find_cuda).clone()
}

fn find_cuda() -> Result<usize, String> {
    if !std::path::Path::new("/proc/driver/nvidia").exists()
        && open_library("libcuda.so.1").is_err()
    {
        return Err("no NVIDIA driver".to_owned());
    }
    let folder = libtorch_folder().ok_or("the folder of libtorch_cpu.so is not known")?;
    open_library(&folder.join("libtorch_cuda.so").to_string_lossy())?;
    match Cuda::device_count() {
        devices if devices > 0 && Cuda::is_available() => Ok(devices as usize),
        _ => Err("an NVIDIA driver, but no device that libtorch can use".to_owned()),
    }
}

/// Where the libtorch of this process was loaded from.
fn libtorch_folder() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with("/libtorch_cpu.so"))?;
    let path = PathBuf::from(&line[line.find('/')?..]);
    path.parent().map(PathBuf::from)
}

/// Opens a shared library for the rest of the process's life, its symbols for all.
fn open_library(name: &str) -> Result<(), String> {
    let c_name = CString::new(name).map_err(|e| e.to_string())?;
    // SAFETY: the name is a NUL-terminated string that outlives the call. The initialisers that run
    // are libtorch's and the driver's own, made to be run by dlopen; the handle is never closed.
    #[allow(unsafe_code)]
    let handle = unsafe { libc::dlopen(c_name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
    if handle.is_null() { Err(format!("{name} cannot be loaded")) } else { Ok(()) }
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

/// How many threads training and scoring may use; all of the machine's where this is never called.
/// Scores do not depend on it.
pub fn set_threads(threads: usize) {
    THREADS.store(threads.max(1), Ordering::Relaxed);
}

/// The threads that may be used.
pub(crate) fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// Lets libtorch's operations use all threads, as training wants it.
pub(crate) fn many_threads() {
    tch::set_num_threads(threads() as i32);
}

/// Keeps libtorch's operations on the calling thread, where the caller shares out the work itself.
pub(crate) fn single_thread() {
    tch::set_num_threads(1);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn devices_by_name() {
        assert_eq!(choose_device("cpu").unwrap().0, Device::Cpu);
        for wrong in ["gpu", "cuda:x", "", "CPU", "cuda:-1"] {
            let error = choose_device(wrong).unwrap_err().to_string();
            assert!(error.contains("expected auto, cpu, cuda or cuda:N"), "{error}");
        }
        assert!(choose_device("cuda:999").is_err());
    }

    #[test]
    fn auto_says_why() {
        let (device, why) = choose_device("auto").unwrap();
        match device {
            Device::Cpu => assert!(why.starts_with("cpu: "), "{why}"),
            other => assert_eq!((other, &why[..7]), (Device::Cuda(0), "cuda:0:")),
        }
    }

    #[test]
    fn libtorch_is_found_in_the_process() {
        Cuda::device_count();
        assert!(libtorch_folder().unwrap().join("libtorch_cpu.so").exists());
    }
}
