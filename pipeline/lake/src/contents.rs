//! Everything that lies in a lake, whatever it is: the files of a folder as the system lists them, those included that a writer was
//! at when it died, or the objects of a store.

use std::fs;
use std::path::{Path as FilePath, PathBuf};

use bytes::Bytes;
use deltalake::logstore::object_store::path::Path;
use deltalake::logstore::object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use futures::{StreamExt, TryStreamExt, stream};

use crate::LakeError;
use crate::place::Place;

/// Files or objects that are on their way at a time.
const AT_A_TIME: usize = 4;

/// A file of a folder, or an object of a store.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Below the lake's folder or URL, as it was given.
    pub(crate) path: PathBuf,
    /// Where a store has it; none of a file.
    location: Option<Path>,
}

impl Item {
    /// Its name, without folders.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Place {
    /// Everything below a name, or all of the lake below an empty one, in order.
    pub(crate) async fn everything(&self, below: &str) -> Result<Vec<Item>, LakeError> {
        if let Some(root) = self.folder() {
            return files_below(&root.join(below));
        }
        let object = |object: ObjectMeta| {
            let parts = object.location.prefix_match(self.prefix()).into_iter().flatten();
            let path = parts.fold(self.name().to_owned(), |path, part| path.join(part.as_ref()));
            Item { path, location: Some(object.location) }
        };
        let prefix = if below.is_empty() { self.prefix().clone() } else { self.path(below) };
        let objects = self.store().list(Some(&prefix)).map_ok(object);
        let mut items: Vec<Item> = objects.try_collect().await.map_err(|e| self.failed(e))?;
        items.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(items)
    }

    /// What is in each, in order, some of them read ahead.
    pub(crate) fn read(
        &self,
        items: Vec<Item>,
    ) -> impl futures::Stream<Item = Result<(Item, Bytes), LakeError>> + '_ {
        let read = async |item: Item| {
            let bytes = self.content(&item).await?;
            Ok((item, bytes))
        };
        stream::iter(items).map(read).buffered(AT_A_TIME)
    }

    async fn content(&self, item: &Item) -> Result<Bytes, LakeError> {
        let Some(location) = &item.location else {
            let read = fs::read(&item.path).map_err(|error| LakeError::Unreadable {
                place: item.path.clone(),
                message: error.to_string(),
            });
            return Ok(read?.into());
        };
        let found = match self.store().get(location).await {
            Ok(found) => found.bytes().await,
            // What some tools put in the place of a folder: its name ends with a slash, which a listing leaves out.
            Err(Error::NotFound { .. }) => Ok(Bytes::new()),
            Err(error) => Err(error),
        };
        found.map_err(|source| LakeError::Store { path: item.path.clone(), source })
    }

    /// Takes these away, and answers with how many they were.
    pub(crate) async fn remove(&self, items: Vec<Item>) -> Result<usize, LakeError> {
        let count = items.len();
        let remove = async |item: Item| match &item.location {
            None => fs::remove_file(&item.path)
                .map_err(|source| LakeError::Unwritable { path: item.path.clone(), source }),
            Some(location) => match self.store().delete(location).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(source) => Err(LakeError::Store { path: item.path.clone(), source }),
            },
        };
        let mut removals = stream::iter(items).map(remove).buffer_unordered(AT_A_TIME);
        while let Some(removed) = removals.next().await {
            removed?;
        }
        Ok(count)
    }

    /// Puts a whole file or object in its place, and says where that is.
    pub(crate) async fn put(
        &self,
        folder: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<PathBuf, LakeError> {
        let location = self.path(folder).join(name);
        self.store().put(&location, bytes.into()).await.map_err(|error| self.failed(error))?;
        Ok(self.name().join(folder).join(name))
    }
}

/// Files below a folder, in order; none where it is not there.
pub(crate) fn files_below(folder: &FilePath) -> Result<Vec<Item>, LakeError> {
    let unreadable = |error: std::io::Error| LakeError::Unreadable {
        place: folder.to_owned(),
        message: error.to_string(),
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(Item { path, location: None });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
