//! Why something did not work, and whether to try again.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use prost::Message;
use swarmlog_generated::google::rpc::{Code, ErrorInfo, RetryInfo, Status};
use swarmlog_generated::swarmlog::v1::Retry;
use swarmlog_generated::swarmlog::v1::constants::{ERROR_DOMAIN, REASONS, Reason, backoff};

/// The end of a call, a refusal in a frame, or an error of the agent's own.
#[derive(Clone, Debug)]
pub struct Failure {
    name: String,
    message: String,
    action: &'static str,
    pub retryable: bool,
    /// What the coordinator asked to wait, at most a day; zero if it did not.
    pub retry_after: Duration,
}

impl Failure {
    /// Worth another try.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { name: String::new(), message: message.into(), action: "", retryable: true, retry_after: Duration::ZERO }
    }

    /// Another try would meet it again.
    pub fn lasting(message: impl Into<String>) -> Self {
        Self { retryable: false, ..Self::passing(message) }
    }

    /// Of a call.
    pub fn of_call(status: &tonic::Status) -> Self {
        let detailed = Status::decode(status.details()).ok();
        // A proxy may say something else than what it has from the coordinator.
        let whole = detailed.filter(|detailed| !detailed.details.is_empty() && detailed.code == status.code() as i32);
        Self::of_status(&whole.unwrap_or_else(|| Status {
            code: status.code() as i32,
            message: with_causes(status.message(), status),
            details: Vec::new(),
        }))
    }

    /// Of a status in a frame.
    pub fn of_status(status: &Status) -> Self {
        let mut known: Option<&Reason> = None;
        let mut retry_after = Duration::ZERO;
        for detail in &status.details {
            match detail.type_url.rsplit('/').next() {
                Some("google.rpc.ErrorInfo") => {
                    let info = ErrorInfo::decode(detail.value.as_slice()).unwrap_or_default();
                    // Of another domain it is somebody else's, and its words mean something else.
                    if info.domain == ERROR_DOMAIN {
                        known = REASONS.iter().find(|reason| reason.name == info.reason);
                    }
                }
                Some("google.rpc.RetryInfo") => {
                    let info = RetryInfo::decode(detail.value.as_slice()).unwrap_or_default();
                    let told = info.retry_delay.and_then(|delay| Duration::try_from(delay).ok());
                    let longest = Duration::from_millis(backoff::LONGEST_TOLD_MS.into());
                    retry_after = told.unwrap_or_default().min(longest);
                }
                _ => {}
            }
        }
        let code = Code::try_from(status.code).unwrap_or(Code::Unknown);
        Self {
            name: known.map_or(code.as_str_name(), |reason| reason.name).to_owned(),
            message: status.message.clone(),
            action: known.map_or("", |reason| reason.action),
            // A later coordinator may have reasons that are not known here: then the code decides.
            retryable: known.map_or_else(|| is_passing(code), |reason| reason.retry == Retry::Backoff),
            retry_after,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "{}: ", self.name)?;
        }
        write!(f, "{}", self.message.trim_end_matches('.'))?;
        if !self.action.is_empty() {
            write!(f, ". {}", self.action.trim_end_matches('.'))?;
        }
        write!(f, ".")
    }
}

/// What gRPC itself, or a proxy, ends calls with.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Internal
            | Code::Unknown
            | Code::Cancelled
    )
}

/// A message, and what caused the error that it is of: with a connection, what is wrong stands there.
pub fn with_causes(message: &str, error: &dyn Error) -> String {
    let mut told = message.to_owned();
    let mut cause = error.source();
    while let Some(e) = cause {
        let text = e.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = e.source();
    }
    told
}
