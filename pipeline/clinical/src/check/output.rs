//! What passed, as NDJSON in a folder of its own.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Files are written under a name that ends in `.part` and get their own when the whole batch is accepted.
pub(crate) struct Output {
    dir: PathBuf,
    open: Option<BufWriter<File>>,
    written: Vec<PathBuf>,
}

impl Output {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), open: None, written: Vec::new() }
    }

    /// Adds a line to the output of a file; the first one makes the file.
    pub(crate) fn line(&mut self, name: &str, line: &[u8]) -> io::Result<()> {
        if self.open.is_none() {
            let path = self.path(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            self.open = Some(BufWriter::with_capacity(1 << 18, File::create(part(&path))?));
            self.written.push(path);
        }
        match &mut self.open {
            Some(out) => {
                out.write_all(line)?;
                out.write_all(b"\n")
            }
            None => Ok(()),
        }
    }

    /// The file is read: its output is complete.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        match self.open.take() {
            Some(mut out) => out.flush(),
            None => Ok(()),
        }
    }

    /// Gives the files their names, or takes them away.
    pub(crate) fn finish(self, keep: bool) -> io::Result<()> {
        for path in self.written {
            if keep {
                fs::rename(part(&path), &path)?;
            } else {
                fs::remove_file(part(&path))?;
            }
        }
        Ok(())
    }

    /// `a/Patient.json` becomes `a/Patient.ndjson`; where both are there, the second keeps its ending.
    fn path(&self, name: &str) -> PathBuf {
        let path = self.dir.join(name).with_extension("ndjson");
        if self.written.contains(&path) { self.dir.join(format!("{name}.ndjson")) } else { path }
    }
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}
