//! Where a lake is: a folder, or a prefix of an object store (`s3://`, `gs://`, `az://`, `abfss://`).
//!
//! Credentials, region and endpoint come from the environment, by the names that the stores' own tools use (`AWS_...`,
//! `AZURE_...`, `GOOGLE_...`). A commit is an object that is only written where there is none yet, so the store must know
//! conditional writes; S3, GCS, Azure and the servers that speak like S3 do.

use std::fmt;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::prelude::SessionContext;
use deltalake::DeltaTableBuilder;
use deltalake::logstore::logstore_factories;
use deltalake::logstore::object_store::path::Path;
use deltalake::logstore::object_store::{
    self, DynObjectStore, ObjectMeta, ObjectStore, ObjectStoreExt, local::LocalFileSystem,
};
use futures::{StreamExt, TryStreamExt};
use url::Url;

use crate::error::chain;
use crate::{LakeError, object};

/// Schemes of object stores, and the names of the environment that their stores are told.
const STORES: &[(&str, &str)] = &[
    ("s3", "AWS_"),
    ("s3a", "AWS_"),
    ("gs", "GOOGLE_"),
    ("az", "AZURE_"),
    ("azure", "AZURE_"),
    ("adl", "AZURE_"),
    ("abfs", "AZURE_"),
    ("abfss", "AZURE_"),
];

/// Whether a lake of this name is in an object store, not in a folder.
pub fn in_store(name: &FilePath) -> bool {
    url(name).is_some()
}

fn url(name: &FilePath) -> Option<&str> {
    name.to_str().filter(|text| text.contains("://"))
}

/// Where a lake is.
#[derive(Clone)]
pub(crate) struct Place {
    /// As it was given.
    name: PathBuf,
    /// With a slash at its end.
    url: Url,
    store: Arc<DynObjectStore>,
    /// Of the lake in the store.
    prefix: Path,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.url)
    }
}

impl Place {
    /// The place of a name: a URL of an object store, or else a folder.
    pub(crate) fn of(name: &FilePath) -> Result<Self, LakeError> {
        match url(name) {
            Some(url) => Self::of_url(name, url),
            None => Self::of_folder(name),
        }
    }

    /// The place of a URL in a store that is made already, such as one that fails on purpose.
    pub(crate) fn in_store(url: &Url, store: Arc<DynObjectStore>) -> Result<Self, LakeError> {
        let name = PathBuf::from(url.as_str());
        let mut url = url.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let prefix =
            Path::from_url_path(url.path()).map_err(|error| unusable(&name, error.to_string()))?;
        let place = Self { name, url, store, prefix };
        place.known_to_delta();
        Ok(place)
    }

    fn of_url(name: &FilePath, text: &str) -> Result<Self, LakeError> {
        let url = Url::parse(text).map_err(|error| unusable(name, error.to_string()))?;
        let Some((_, environment)) = STORES.iter().find(|(scheme, _)| *scheme == url.scheme())
        else {
            let known: Vec<&str> = STORES.iter().map(|(scheme, _)| *scheme).collect();
            let known = known.join("://, ");
            return Err(unusable(
                name,
                format!("found {}://, expected a folder or {known}://", url.scheme()),
            ));
        };
        let settings = std::env::vars()
            .filter(|(key, _)| key.starts_with(environment))
            .map(|(key, value)| (key.to_ascii_lowercase(), value));
        let store =
            object::of_url(&url, settings).map_err(|error| unusable(name, error.to_string()))?;
        Self::in_store(&url, store)
    }

    fn of_folder(name: &FilePath) -> Result<Self, LakeError> {
        let folder = std::path::absolute(name)
            .map_err(|source| LakeError::Unwritable { path: name.to_owned(), source })?;
        let url = Url::from_directory_path(&folder)
            .map_err(|()| unusable(name, "no absolute path".to_owned()))?;
        let prefix =
            Path::from_absolute_path(&folder).map_err(|error| unusable(name, error.to_string()))?;
        Ok(Self { name: name.to_owned(), url, store: Arc::new(LocalFileSystem::new()), prefix })
    }

    /// Delta asks by scheme how a log is kept: in all these stores as in a folder.
    fn known_to_delta(&self) {
        let scheme = |name: &str| Url::parse(&format!("{name}://")).ok();
        let (Some(own), Some(file)) = (scheme(self.url.scheme()), scheme("file")) else { return };
        let factories = logstore_factories();
        let kept = factories.get(&file).map(|kept| Arc::clone(kept.value()));
        if let Some(kept) = kept.filter(|_| !factories.contains_key(&own)) {
            factories.insert(own, kept);
        }
    }

    /// As it was given: a folder or a URL.
    pub(crate) fn name(&self) -> &FilePath {
        &self.name
    }

    /// `file`, or that of an object store.
    pub(crate) fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Bucket or container of an object store.
    pub(crate) fn bucket(&self) -> &str {
        // Azure has it before the account's name.
        Some(self.url.username())
            .filter(|name| !name.is_empty())
            .or(self.url.host_str())
            .unwrap_or_default()
    }

    /// The folder, where it is one.
    pub(crate) fn folder(&self) -> Option<&FilePath> {
        (self.url.scheme() == "file").then_some(&self.name)
    }

    pub(crate) fn store(&self) -> &Arc<DynObjectStore> {
        &self.store
    }

    /// Of the lake in its store.
    pub(crate) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The store of the lake, as DataFusion names it.
    pub(crate) fn store_url(&self) -> Result<ObjectStoreUrl, LakeError> {
        Ok(ObjectStoreUrl::parse(&self.url[..url::Position::BeforePath])?)
    }

    /// Lets a session read the files of the lake.
    pub(crate) fn give_store(&self, session: &SessionContext) {
        if let Ok(url) = self.store_url() {
            session.runtime_env().register_object_store(url.as_ref(), Arc::clone(&self.store));
        }
    }

    /// The path of something of the lake in its store.
    pub(crate) fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    /// How Delta opens a table of the lake.
    pub(crate) fn table(&self, name: &str) -> Result<DeltaTableBuilder, LakeError> {
        let url = self
            .url
            .join(&format!("{name}/"))
            .map_err(|error| unusable(&self.name, error.to_string()))?;
        let builder = DeltaTableBuilder::from_url(url.clone())?;
        Ok(builder.with_storage_backend(Arc::clone(&self.store), url))
    }

    /// Whether there is a table of that name, finished or not.
    pub(crate) async fn has_table(&self, name: &str) -> Result<bool, LakeError> {
        let log = self.path(name).join("_delta_log");
        let mut objects = self.store.list(Some(&log));
        Ok(objects.next().await.transpose().map_err(|error| self.failed(error))?.is_some())
    }

    /// The highest version in a table's log, of those above `version`.
    pub(crate) async fn last_commit(
        &self,
        name: &str,
        version: u64,
    ) -> Result<Option<u64>, LakeError> {
        let log = self.path(name).join("_delta_log");
        let after = log.clone().join(format!("{version:020}.json"));
        let entries = self.store.list_with_offset(Some(&log), &after);
        let entries: Vec<_> =
            entries.try_collect().await.map_err(|error: object_store::Error| self.failed(error))?;
        // A commit, or a checkpoint of one; other names do not begin with a version.
        let version =
            |entry: &ObjectMeta| entry.location.filename()?.split('.').next()?.parse().ok();
        Ok(entries.iter().filter_map(version).max())
    }

    /// Names of what lies in the lake: tables, and whatever else there is.
    pub(crate) async fn entries(&self) -> Result<Vec<String>, LakeError> {
        let listed = self
            .store
            .list_with_delimiter(Some(&self.prefix))
            .await
            .map_err(|error| self.failed(error))?;
        let names = listed.common_prefixes.iter().chain(listed.objects.iter().map(|o| &o.location));
        Ok(names.filter_map(|path| path.filename().map(str::to_owned)).collect())
    }

    /// Refuses what is neither a lake, which holds tables of ours and what is made of them, nor empty.
    pub(crate) async fn check(&self) -> Result<(), LakeError> {
        if self.has_table("run").await? {
            return Ok(());
        }
        for name in self.entries().await? {
            let ours = name.starts_with('.')
                || name == "reports"
                || vaxloom_tables::table(&name).is_some();
            if !ours {
                return Err(LakeError::NotALake { path: self.name.clone(), found: name });
            }
        }
        Ok(())
    }

    /// Everything of a table: files of data and of the log.
    pub(crate) async fn objects(&self, name: &str) -> Result<Vec<ObjectMeta>, LakeError> {
        let objects = self.store.list(Some(&self.path(name))).try_collect().await;
        objects.map_err(|error| self.failed(error))
    }

    /// Files of a table that a writer of a folder was at when it died. An object store has none.
    pub(crate) fn unfinished(&self, name: &str) -> Result<Vec<PathBuf>, LakeError> {
        let Some(folder) = self.folder().map(|root| root.join(name)) else { return Ok(Vec::new()) };
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let unreadable = |source| LakeError::Unwritable { path: folder.clone(), source };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            // The store's own name for a file that is being written: the name, a #, and a number.
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            if name.is_some_and(|name| name.contains(".parquet#")) {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// Takes everything of a table away.
    pub(crate) async fn remove_table(&self, name: &str) -> Result<(), LakeError> {
        for object in self.objects(name).await? {
            self.store.delete(&object.location).await.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// An error of the store, with the lake's name; of a folder it is the system's.
    pub(crate) fn failed(&self, source: object_store::Error) -> LakeError {
        let path = self.name.clone();
        if self.url.scheme() == "file" {
            return LakeError::Unwritable { path, source: io::Error::other(chain(&source)) };
        }
        LakeError::Store { path, source }
    }
}

fn unusable(name: &FilePath, found: String) -> LakeError {
    LakeError::Place { path: name.to_owned(), found }
}
