//! What forgetting does not reach in an object store: versions of objects that a bucket keeps.

use deltalake::logstore::object_store::ObjectStoreExt;

use crate::place::Place;

/// What is to be said of a lake's store; nothing of a folder.
pub(super) async fn told(place: &Place) -> Option<String> {
    let how = how_to_see(place)?;
    // Google numbers every object; the others tell a version only where the bucket keeps them, or did.
    let object = place.path("run").join("_delta_log").join("_last_checkpoint");
    let version = place.store().head(&object).await.ok().and_then(|object| object.version);
    let kept = if version.is_some() && place.scheme() != "gs" {
        "this bucket keeps versions of objects: what was removed can still be read there"
    } else {
        "if the bucket keeps versions of objects, or what was deleted, what was removed can still be read there"
    };
    Some(format!(
        "{kept}. Those are the bucket's own, and were neither removed nor searched; to see them: {how}; a rule of the bucket's life cycle ends them"
    ))
}

/// The command of the store's own tool.
fn how_to_see(place: &Place) -> Option<String> {
    let bucket = place.bucket();
    let prefix = match place.prefix().as_ref() {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    match place.scheme() {
        "file" => None,
        "s3" | "s3a" => {
            Some(format!("aws s3api list-object-versions --bucket {bucket} --prefix '{prefix}'"))
        }
        "gs" => {
            Some(format!("gcloud storage ls --all-versions --recursive 'gs://{bucket}/{prefix}'"))
        }
        _ => Some(format!(
            "az storage blob list --container-name {bucket} --prefix '{prefix}' --include dv"
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;
    use std::sync::Arc;

    use deltalake::logstore::object_store::memory::InMemory;
    use url::Url;

    use super::*;

    #[test]
    fn each_store_has_its_own_command() {
        for (url, expected) in [
            ("s3://bucket/a/lake", "list-object-versions --bucket bucket --prefix 'a/lake/'"),
            ("s3://bucket", "list-object-versions --bucket bucket --prefix ''"),
            ("gs://bucket/lake", "--recursive 'gs://bucket/lake/'"),
            ("az://box/lake", "--container-name box --prefix 'lake/'"),
            ("abfss://box@account.dfs.core.windows.net/lake", "--container-name box --prefix"),
        ] {
            let store = Arc::new(InMemory::new());
            let place = Place::in_store(&Url::parse(url).unwrap(), store).unwrap();
            let how = how_to_see(&place).unwrap();
            assert!(how.contains(expected), "{how}");
        }
        assert_eq!(how_to_see(&Place::of(Path::new("lake")).unwrap()), None);
    }
}
