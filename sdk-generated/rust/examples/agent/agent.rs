//! One run of the agent: session after session, until it is told to stop, or nothing but a person can help.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use swarmlog_generated::swarmlog::v1::constants::session::HANDSHAKE_TIMEOUT_MS;
use tokio::sync::watch;
use tokio::time::sleep;
use tonic::transport::{Channel, Endpoint};

use crate::backoff::{Backoff, jitter};
use crate::failure::{Failure, with_causes};
use crate::heartbeats::Heartbeats;
use crate::replica::Replica;
use crate::session;
use crate::state_file::StateFile;

/// How much one stream may have on its way to the agent before it is read, and all streams of the connection together.
/// hyper gives both back when a message is read: so the connection needs room for Control besides a lane that is not
/// read.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;

pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_millis(HANDSHAKE_TIMEOUT_MS as u64);

/// What outlives sessions, and what it needs to know.
pub struct Agent {
    pub swarm: String,
    pub name: String,
    /// Unique per run, so that two of them are told apart.
    pub instance: String,
    pub file: StateFile,
    pub heartbeats: Heartbeats,
    pub counts: Counts,
    pub backoff: Backoff,
    /// The keyed state differed from the last receipt.
    pub differed: bool,
    endpoint: Endpoint,
}

/// Since the agent was started; heartbeats carry them.
#[derive(Debug, Default)]
pub struct Counts {
    pub duplicates: Cell<u64>,
    pub out_of_order: Cell<u64>,
}

/// How a session ended, if it was not because the agent is to stop.
pub struct End {
    pub why: Failure,
    /// What a drain asked for.
    pub at_least: Duration,
    /// The session was established, and ended by the other side.
    pub lost: bool,
}

impl From<Failure> for End {
    fn from(why: Failure) -> Self {
        Self { why, at_least: Duration::ZERO, lost: false }
    }
}

impl Agent {
    /// `target` is HOST:PORT. An error says why it is not.
    pub fn new(target: &str, swarm: &str, name: &str, folder: &Path) -> Result<Self, String> {
        let timeout = HANDSHAKE_TIMEOUT;
        let endpoint = Endpoint::from_shared(format!("http://{target}"))
            .map_err(|_| format!("Expected HOST:PORT, but got {target}."))?
            .connect_timeout(timeout)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        Ok(Self {
            swarm: swarm.to_owned(),
            name: name.to_owned(),
            instance: format!("{:016x}", fastrand::u64(..)),
            file: StateFile::in_folder(folder),
            heartbeats: Heartbeats::default(),
            counts: Counts::default(),
            backoff: Backoff::default(),
            differed: false,
            endpoint,
        })
    }

    /// Follows the log until `stop` is true. An error is one that another try would meet again.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), Failure> {
        while !*stop.borrow() {
            let Err(end) = session::run(&mut self, &mut stop).await else { return Ok(()) };
            if !end.why.retryable {
                return Err(end.why);
            }
            let at_least = end.at_least.max(end.why.retry_after);
            let delay = self.backoff.next(Instant::now(), at_least, end.lost, jitter);
            eprintln!("{} Trying again in {} ms.", end.why, delay.as_millis());
            tokio::select! {
                _ = sleep(delay) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        Ok(())
    }

    /// What is on the disk. Each session begins with that, so nothing that was read and not stored survives one.
    pub fn stored(&self) -> Result<Replica, Failure> {
        let path = self.file.path().display();
        let bytes = self.file.read().map_err(|e| Failure::passing(format!("Expected to read {path}, but: {e}")))?;
        let Some(bytes) = bytes else { return Ok(Replica::default()) };
        Replica::decode(&bytes, &self.swarm, &self.name)
            .map_err(|why| Failure::lasting(format!("{path}: {why}. Restore it, or delete it to begin anew")))
    }

    /// A connection for one session.
    pub async fn connect(&self) -> Result<Channel, Failure> {
        self.endpoint.connect().await.map_err(|e| {
            let why = with_causes(&e.to_string(), &e);
            Failure::passing(format!("Expected to reach the coordinator at {}, but: {why}", self.endpoint.uri()))
        })
    }
}
