//! A command's answer: standard output, or a file that is put in its place when it is whole. What stands there and is no file,
//! such as a pipe or a device, is written to as it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Bytes that are written at a time: they stay in a core's cache.
const BUFFER: usize = 1 << 18;

/// Where an answer goes.
pub(crate) struct Written {
    out: BufWriter<Box<dyn Write + Send>>,
    /// The file, and beside it the one that is written.
    place: Option<(PathBuf, PathBuf)>,
}

impl Written {
    /// To `path`, or to standard output.
    pub(crate) fn to(path: Option<&Path>) -> anyhow::Result<Self> {
        match path {
            None => Ok(Self::new(Box::new(io::stdout()), None)),
            Some(path) => Self::file(path).with_context(|| unwritable(path)),
        }
    }

    fn file(path: &Path) -> io::Result<Self> {
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Ok(Self::new(Box::new(OpenOptions::new().write(true).open(path)?), None));
        }
        // A link stays: what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial)?;
        Ok(Self::new(Box::new(file), Some((path, partial))))
    }

    fn new(out: Box<dyn Write + Send>, place: Option<(PathBuf, PathBuf)>) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER, out), place }
    }

    /// Ends the answer.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush().context("the answer cannot be written")?;
        if let Some((path, partial)) = self.place.take() {
            fs::rename(&partial, &path).with_context(|| unwritable(&path))?;
        }
        Ok(())
    }
}

/// A whole file at once: it is there as it is meant to be, or not at all.
pub(crate) fn whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = Written::to(Some(path))?;
    file.write_all(bytes).with_context(|| unwritable(path))?;
    file.finish()
}

fn unwritable(path: &Path) -> String {
    format!("{}: cannot be written", path.display())
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // Of an answer that failed nothing is left.
        if let Some((_, partial)) = &self.place {
            fs::remove_file(partial).ok();
        }
    }
}
