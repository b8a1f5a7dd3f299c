//! A command's answer: standard output, or a file that is put in its place when it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Where an answer goes.
pub(crate) struct Written {
    out: Box<dyn Write>,
    /// The file, and beside it the one that is written.
    place: Option<(PathBuf, PathBuf)>,
}

impl Written {
    /// To `path`, or to standard output.
    pub(crate) fn to(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self { out: Box::new(BufWriter::new(io::stdout())), place: None });
        };
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        let out = Box::new(BufWriter::new(file));
        Ok(Self { out, place: Some((path.to_owned(), partial)) })
    }

    /// Ends the answer.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush().context("the answer cannot be written")?;
        if let Some((path, partial)) = self.place.take() {
            fs::rename(&partial, &path)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        Ok(())
    }
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
