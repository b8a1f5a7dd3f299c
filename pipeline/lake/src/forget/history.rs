//! The history of tables, taken away: nothing is left but what their pinned versions name.

use std::collections::BTreeSet;

use deltalake::{DeltaTable, checkpoints};

use crate::contents::Item;
use crate::{Lake, LakeError};

/// How many files went.
#[derive(Debug, Default)]
pub(super) struct Removed {
    pub(super) data: usize,
    pub(super) log: usize,
}

/// Lets every table's log begin at its pinned version, and removes every file that this version does not name.
pub(super) async fn remove(lake: &Lake) -> Result<Removed, LakeError> {
    let place = lake.place();
    let mut removed = Removed::default();
    for table in vaxloom_tables::all() {
        lake.check_held()?;
        let Some(version) = lake.versions().get(&table.name) else {
            // A run that never finished left it.
            removed.data += place.remove(place.everything(&table.name).await?).await?;
            continue;
        };
        let delta = lake.version(&table.name, *version).await?;
        let fail = |error| LakeError::writing(&table.name, &error);
        checkpoints::create_checkpoint(&delta, None).await.map_err(fail)?;
        let named = named(&delta).map_err(fail)?;
        let folder = lake.root().join(&table.name);
        let log = folder.join("_delta_log");
        let all = place.everything(&table.name).await?;
        let (mut logs, mut data): (Vec<Item>, Vec<Item>) =
            all.into_iter().partition(|item| item.path.starts_with(&log));
        let version = format!("{version:020}.");
        let there: BTreeSet<String> = data.iter().map(Item::name).collect();
        if let Some(missing) = named.difference(&there).next() {
            let message =
                "the table names this file, and it is not there; nothing was removed".to_owned();
            return Err(LakeError::Unreadable { place: folder.join(missing), message });
        }
        data.retain(|item| !named.contains(&item.name()));
        logs.retain(|item| {
            let name = item.name();
            name != "_last_checkpoint" && !is_of_version(&name, &version)
        });
        removed.data += place.remove(data).await?;
        removed.log += place.remove(logs).await?;
    }
    Ok(removed)
}

/// `VERSION.json`, and the checkpoint of the version; no file that was never put in its place.
fn is_of_version(name: &str, version: &str) -> bool {
    name.strip_prefix(version).is_some_and(|rest| {
        rest == "json" || (rest.starts_with("checkpoint") && rest.ends_with("parquet"))
    })
}

/// Names of the files of the table's version; each has a name of its own, whatever its folder.
fn named(delta: &DeltaTable) -> Result<BTreeSet<String>, deltalake::DeltaTableError> {
    let name = |uri: String| uri.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(delta.get_file_uris()?.map(name).collect())
}
