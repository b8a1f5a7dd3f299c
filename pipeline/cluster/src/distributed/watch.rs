//! How far a job is, as the scheduler's REST tells it; a scheduler without REST tells nothing.

use std::future::poll_fn;
use std::time::Duration;

use axum::body::to_bytes;
use axum::http::Request;
use ballista_api_types::dto::{JobResponse, QueryStagesResponse, TaskStatus};
use serde::de::DeserializeOwned;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::Channel;

use super::MESSAGE;

/// How often is asked.
const EVERY: Duration = Duration::from_millis(500);

/// Tells how many tasks of a job are done, again and again, until it is dropped.
pub(super) async fn watch(mut channel: Channel, job: &str, tell: impl Fn(usize)) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Some(done) = done(&mut channel, job).await {
            tell(done);
        }
    }
}

async fn done(channel: &mut Channel, name: &str) -> Option<usize> {
    let jobs: Vec<JobResponse> = get(channel, "/api/jobs").await?;
    let job = jobs.iter().find(|job| job.job_name == name && job.status == "Running")?;
    let stages: QueryStagesResponse =
        get(channel, &format!("/api/job/{}/stages", job.job_id)).await?;
    let tasks = stages.stages.iter().flat_map(|stage| stage.tasks.iter().flatten());
    Some(tasks.filter(|task| matches!(task.status, TaskStatus::Successful)).count())
}

async fn get<T: DeserializeOwned>(channel: &mut Channel, path: &str) -> Option<T> {
    poll_fn(|context| channel.poll_ready(context)).await.ok()?;
    let request = Request::get(path).body(Body::empty()).ok()?;
    let answer = channel.call(request).await.ok()?;
    let bytes = to_bytes(axum::body::Body::new(answer.into_body()), MESSAGE as usize).await.ok()?;
    serde_json::from_slice(&bytes).ok()
}
