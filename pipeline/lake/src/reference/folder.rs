//! The folder of a reference: made beside the output, and put in its place when all is written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{FILES, Manifest, ReferenceError, Source};

/// A folder that is gone again unless it is put in place.
pub(super) struct Folder {
    /// Of the owner alone, as temporary folders are; the reference is a folder in it with the usual permissions.
    temporary: TempDir,
    path: PathBuf,
}

impl Folder {
    /// The manifest of `out` where it is a reference of the same content; none where it is free or may be replaced.
    pub(super) fn check(
        out: &Path,
        sources: &[Source],
        force: bool,
    ) -> Result<Option<Manifest>, ReferenceError> {
        let entries = match fs::read_dir(out) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ReferenceError::unreadable(out)(error)),
        };
        let mut empty = true;
        for entry in entries {
            let name = entry.map_err(ReferenceError::unreadable(out))?.file_name();
            let name = name.to_string_lossy();
            if !FILES.contains(&&*name) && name != Manifest::NAME {
                return Err(ReferenceError::Occupied {
                    dir: out.to_owned(),
                    found: name.into_owned(),
                });
            }
            empty = false;
        }
        if empty {
            return Ok(None);
        }
        match Manifest::read(out) {
            Ok(manifest) if manifest.is_of(sources) => {
                // Another version may read the same content in another way.
                let same = manifest.program == env!("CARGO_PKG_VERSION");
                Ok(Some(manifest).filter(|_| same))
            }
            Ok(manifest) if !force => {
                let names: Vec<_> =
                    manifest.sources.iter().map(|source| source.file.as_str()).collect();
                let (dir, found) = (out.to_owned(), names.join(", "));
                Err(ReferenceError::OtherSources { dir, found })
            }
            Err(error @ ReferenceError::Format { .. }) if !force => Err(error),
            // Replaced: on purpose, or because nothing can read it.
            _ => Ok(None),
        }
    }

    /// A new folder on the same disk as `out`.
    pub(super) fn beside(out: &Path) -> Result<Self, ReferenceError> {
        let parent = match out.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(ReferenceError::unwritable(parent))?;
        let temporary = tempfile::Builder::new()
            .prefix(".reference-")
            .tempdir_in(parent)
            .map_err(ReferenceError::unwritable(parent))?;
        let path = temporary.path().join("new");
        fs::create_dir(&path).map_err(ReferenceError::unwritable(&path))?;
        Ok(Self { temporary, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the folder in the place of `out`; what was there is removed.
    pub(super) fn put_in_place(self, out: &Path) -> Result<(), ReferenceError> {
        let old = self.temporary.path().join("old");
        let moved = match fs::rename(out, &old) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(ReferenceError::unwritable(out)(error)),
        };
        fs::rename(&self.path, out).map_err(|error| {
            if moved {
                // Back to where it was; where even that fails, the first error is the one to tell.
                fs::rename(&old, out).ok();
            }
            ReferenceError::unwritable(out)(error)
        })
    }
}
