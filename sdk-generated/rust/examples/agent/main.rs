//! An agent on the generated stubs, without an SDK: what docs/protocol.md asks of one, in the language's own ways.
//!
//! It does the work that docs/polyglot.md describes. `work` has that work; to write an agent of your own, begin there.
//!
//! - `digest`, `held_scope`, `ledger`: what is held, and the sums that receipts are checked by
//! - `work`: what operations do
//! - `replica`, `state_file`: all of it in one file, replaced as a whole
//! - `sync`, `lane`: what the frames of a log lead to, without input or output
//! - `lane_stream`, `session`, `agent`: the streams, a session of them, and session after session
//! - `failure`, `backoff`, `heartbeats`, `sums_schedule`: when to try again, and what to say meanwhile

mod agent;
mod backoff;
mod digest;
mod failure;
mod heartbeats;
mod held_scope;
mod lane;
mod lane_stream;
mod ledger;
mod publishing;
mod replica;
mod session;
mod state_file;
mod sums_schedule;
mod sync;
#[cfg(test)]
mod tests;
mod work;

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::agent::Agent;

const WRONG_ARGUMENTS: u8 = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let agent = match parse(&arguments) {
        Ok(agent) => agent,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(WRONG_ARGUMENTS);
        }
    };
    let started = json!({
        "agent": agent.name,
        "language": "rust",
        "version": env!("CARGO_PKG_VERSION"),
        "publishes": true,
    });
    println!("{started}");
    let (stop, stopped) = watch::channel(false);
    let mut ends = match signal(SignalKind::terminate()) {
        Ok(ends) => ends,
        Err(e) => {
            eprintln!("Expected to hear of SIGTERM, but: {e}.");
            return ExitCode::FAILURE;
        }
    };
    let name = agent.name.clone();
    let mut running = std::pin::pin!(agent.run(stopped));
    let ended = tokio::select! {
        ended = &mut running => ended,
        _ = ends.recv() => {
            stop.send_replace(true);
            running.await
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("Agent {name} ended: {why}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Agent, String> {
    let [target, swarm, name, folder] = arguments else {
        return Err("Expected HOST:PORT SWARM NAME FOLDER.".to_owned());
    };
    let port = target.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse().ok());
    if port.is_none_or(|port: u16| port == 0) {
        return Err(format!("Expected HOST:PORT of a coordinator, but got {target}."));
    }
    let is_name = |name: &str| (1..=128).contains(&name.len()) && !name.chars().any(char::is_control);
    for name in [swarm, name] {
        if !is_name(name) {
            return Err(format!("Expected a name of 1 to 128 bytes without control characters, but got {name:?}."));
        }
    }
    if !Path::new(folder).is_dir() {
        return Err(format!("Expected a folder that exists, but got {folder}."));
    }
    Agent::new(target, swarm, name, Path::new(folder))
}
