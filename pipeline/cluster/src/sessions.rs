//! Where sessions come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use tokio::sync::Mutex;
use vaxloom_immune::Predictor;
use vaxloom_lake::{Lake, LakeError, pipeline};

/// A source of sessions: a local lake, or what stands in front of a cluster.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// A session over the tables as they are to be seen now.
    async fn session(&self) -> Result<SessionContext, LakeError>;
}

/// Sessions over a lake in a folder, as its last finished run left it.
pub struct LakeSessions {
    root: PathBuf,
    predictor: Arc<dyn Predictor>,
    threads: usize,
    open: Mutex<Option<(Option<SystemTime>, SessionContext)>>,
}

impl LakeSessions {
    /// Opens the lake, so that a wrong folder is told at once.
    pub async fn open(
        root: &Path,
        predictor: Arc<dyn Predictor>,
        threads: usize,
    ) -> Result<Self, LakeError> {
        let sessions = Self { root: root.to_owned(), predictor, threads, open: Mutex::default() };
        sessions.session().await?;
        Ok(sessions)
    }

    /// A run ends with a commit to `run`, which changes this.
    fn stamp(&self) -> Option<SystemTime> {
        let log = self.root.join("run").join("_delta_log");
        std::fs::metadata(log).and_then(|data| data.modified()).ok()
    }
}

#[async_trait]
impl Sessions for LakeSessions {
    async fn session(&self) -> Result<SessionContext, LakeError> {
        let stamp = self.stamp();
        let mut open = self.open.lock().await;
        if let Some((read, session)) = &*open
            && *read == stamp
        {
            return Ok(session.clone());
        }
        let lake = Lake::open(&self.root).await?;
        let session = pipeline::reader(&lake, &self.predictor, self.threads).await?;
        *open = Some((stamp, session.clone()));
        Ok(session)
    }
}
