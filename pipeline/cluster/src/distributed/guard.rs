//! What a member of the cluster lets in: callers with the token, and, at the scheduler, executors and clients that agree in
//! everything results depend on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};
use tonic::Status;

use super::identity::{Caller, Identity};

/// Calls of Ballista's scheduler.
const SCHEDULER: &str = "/ballista.protobuf.SchedulerGrpc/";

/// What one member lets in.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    token: Option<Arc<str>>,
    members: Option<Arc<Members>>,
}

/// Executors, by name, with what they are and when they were heard last.
#[derive(Debug)]
pub(super) struct Members {
    /// Version of vaxloom.
    program: &'static str,
    /// After how long an executor that says nothing is one no more.
    patience: Duration,
    executors: Mutex<HashMap<String, (Identity, Instant)>>,
}

impl Members {
    pub(super) fn new(program: &'static str, patience: Duration) -> Self {
        Self { program, patience, executors: Mutex::default() }
    }

    /// Takes an executor in, if it is what the others are.
    fn join(&self, caller: Caller) -> Result<(), String> {
        let Caller { name, identity, .. } = caller;
        if identity.program != self.program {
            return Err(format!(
                "executor {name} is not taken in: vaxloom {} there, {} of the scheduler; use one version for all",
                identity.program, self.program
            ));
        }
        let mut executors = self.executors.lock().unwrap_or_else(PoisonError::into_inner);
        executors.retain(|_, (_, heard)| heard.elapsed() < self.patience);
        let other =
            executors.iter().find(|(other, (known, _))| **other != name && *known != identity);
        if let Some((other, (known, _))) = other {
            let what = identity.differences("there", known, &format!("of executor {other}"));
            let what = what.unwrap_or_default();
            return Err(format!("executor {name} is not taken in: {what}; all must agree"));
        }
        executors.insert(name, (identity, Instant::now()));
        Ok(())
    }

    /// Lets a client ask, if its answers would be those of all executors.
    fn ask(&self, caller: &Caller) -> Result<(), String> {
        let executors = self.executors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut live = executors.iter().filter(|(_, (_, heard))| heard.elapsed() < self.patience);
        let Some((name, (known, _))) = live.next() else {
            return Err(
                "no executor has joined the scheduler; start one with: vaxloom executor --scheduler URL"
                    .to_owned(),
            );
        };
        match caller.identity.differences("here", known, &format!("of executor {name}")) {
            None => Ok(()),
            Some(what) => {
                Err(format!("the cluster would answer otherwise: {what}; all must agree"))
            }
        }
    }
}

impl Guard {
    /// Of an executor, which is asked for rows only.
    pub(super) fn of_rows(token: Option<&str>) -> Self {
        Self { token: token.map(Arc::from), members: None }
    }

    /// Of a scheduler.
    pub(super) fn of_members(token: Option<&str>, members: Members) -> Self {
        Self { token: token.map(Arc::from), members: Some(Arc::new(members)) }
    }

    fn judge(&self, path: &str, headers: &HeaderMap) -> Result<(), Status> {
        let caller = text(headers, USER_AGENT.as_str()).and_then(Caller::of_header);
        let bearer = text(headers, AUTHORIZATION.as_str());
        let bearer = bearer.and_then(|header| header.strip_prefix("Bearer "));
        let shown = bearer.or_else(|| caller.as_ref().and_then(|caller| caller.token.as_deref()));
        let known = match &self.token {
            None => true,
            Some(token) => {
                shown.is_some_and(|shown| Sha256::digest(shown) == Sha256::digest(&**token))
            }
        };
        if !known {
            return Err(Status::unauthenticated(
                "not the token of this cluster; give it with --cluster-token",
            ));
        }
        let (Some(members), Some(call)) = (&self.members, path.strip_prefix(SCHEDULER)) else {
            return Ok(());
        };
        let Some(caller) = caller else {
            return Err(Status::failed_precondition(
                "the caller does not say what it is; only vaxloom can use this cluster",
            ));
        };
        let judged = match call {
            "PollWork" | "RegisterExecutor" | "HeartBeatFromExecutor" => members.join(caller),
            "ExecuteQuery" | "ExecuteQueryPush" | "CreateUpdateSession" => members.ask(&caller),
            _ => Ok(()),
        };
        judged.map_err(Status::failed_precondition)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Answers, or says why not: in the words of gRPC to its clients, as HTTP to others.
pub(super) async fn guard(
    State(guard): State<Guard>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let Err(status) = guard.judge(request.uri().path(), request.headers()) else {
        return next.run(request).await;
    };
    tracing::debug!("{}: {}", request.uri().path(), status.message());
    let grpc = text(request.headers(), "content-type")
        .is_some_and(|kind| kind.starts_with("application/grpc"));
    if grpc {
        return status.into_http();
    }
    (StatusCode::UNAUTHORIZED, status.message().to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::identity::NONE;
    use super::*;

    fn caller(name: &str, program: &str, model: &str, token: Option<&str>) -> Caller {
        let text = str::to_owned;
        let identity = Identity {
            program: text(program),
            model: text(model),
            class_two: text("two 1"),
            reference: text(NONE),
            epitopes: text(NONE),
        };
        Caller { name: text(name), identity, token: token.map(text) }
    }

    fn headers(caller: &Caller) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, format!("{} tonic", caller.header()).parse().unwrap());
        headers
    }

    fn scheduler(token: Option<&str>) -> Guard {
        Guard::of_members(token, Members::new("1.0.0", Duration::from_mins(1)))
    }

    const POLL: &str = "/ballista.protobuf.SchedulerGrpc/PollWork";
    const ASK: &str = "/ballista.protobuf.SchedulerGrpc/ExecuteQueryPush";

    #[test]
    fn executors_and_clients_must_agree() {
        let guard = scheduler(None);
        let said = |path: &str, name: &str, program: &str, model: &str| {
            let judged = guard.judge(path, &headers(&caller(name, program, model, None)));
            judged.err().map(|status| status.message().to_owned())
        };
        let nobody = said(ASK, "client", "1.0.0", "one 3").unwrap();
        assert!(nobody.starts_with("no executor has joined"), "{nobody}");
        assert_eq!(said(POLL, "a:1", "1.0.0", "one 3"), None);
        assert_eq!(said(POLL, "a:1", "1.0.0", "one 3"), None);
        assert_eq!(said(ASK, "client", "1.0.0", "one 3"), None);
        let cases = [
            (POLL, "b:1", "0.9.0", "one 3", "vaxloom 0.9.0 there, 1.0.0 of the scheduler"),
            (POLL, "b:1", "1.0.0", "one 4", "model of class I: one 4 there, one 3 of executor a:1"),
            (
                ASK,
                "client",
                "1.0.0",
                "one 2",
                "model of class I: one 2 here, one 3 of executor a:1",
            ),
            (ASK, "client", "1.1.0", "one 3", "vaxloom: 1.1.0 here, 1.0.0 of executor a:1"),
        ];
        for (path, name, program, model, told) in cases {
            let message = said(path, name, program, model).unwrap();
            assert!(message.contains(told), "{message}");
        }
    }

    #[test]
    fn an_executor_that_is_heard_no_more_is_none() {
        let members = Members::new("1.0.0", Duration::ZERO);
        let guard = Guard::of_members(None, members);
        let judge = |path, model| guard.judge(path, &headers(&caller("a:1", "1.0.0", model, None)));
        judge(POLL, "one 3").unwrap();
        assert!(judge(ASK, "one 3").is_err());
        assert!(judge(POLL, "one 4").is_ok());
    }

    #[test]
    fn nothing_is_answered_without_the_token() {
        let guard = scheduler(Some("the secret of the cluster"));
        let asks =
            |path: &str, headers: &HeaderMap| guard.judge(path, headers).map_err(|e| e.code());
        let with = |token| headers(&caller("a:1", "1.0.0", "one 3", token));
        let refused = Err(tonic::Code::Unauthenticated);
        assert_eq!(asks(POLL, &with(None)), refused);
        assert_eq!(asks(POLL, &with(Some("another"))), refused);
        assert_eq!(asks(POLL, &with(Some("the secret of the cluster"))), Ok(()));
        assert_eq!(asks("/api/jobs", &HeaderMap::new()), refused);
        let mut person = HeaderMap::new();
        person.insert(AUTHORIZATION, "Bearer the secret of the cluster".parse().unwrap());
        assert_eq!(asks("/api/jobs", &person), Ok(()));
        assert_eq!(asks(POLL, &person), Err(tonic::Code::FailedPrecondition));
    }
}
