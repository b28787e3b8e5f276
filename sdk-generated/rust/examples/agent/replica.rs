//! All that the agent stores: where it stands, what it holds, and what its work made of it.

use prost::Message;
use sha2::{Digest as _, Sha256};
use swarmlog_generated::google::rpc::Status;
use swarmlog_generated::swarmlog::v1::log_resume::Interrupted;
use swarmlog_generated::swarmlog::v1::{LogResume, Operation, Position, Scope, SnapshotResume, Topic};

use crate::digest::{self, ScopeName};
use crate::held_scope::Held;
use crate::ledger::Ledger;
use crate::work::{Duty, Work};

/// Position, effects and what is held, in one piece, so that they are stored together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    /// None before anything was applied.
    pub position: Option<Position>,
    pub interrupted: Option<Interrupted>,
    pub ledger: Ledger,
    pub work: Work,
}

impl Replica {
    pub fn op_id(&self) -> u64 {
        self.position.as_ref().map_or(0, |position| position.op_id)
    }

    /// What Hello says: sums only where nothing is interrupted.
    pub fn presented(&self) -> Option<LogResume> {
        let mut resume = self.resume()?;
        if resume.interrupted.is_some() {
            resume.sums.clear();
        }
        resume.sums.retain(|sums| !sums.event_hash.is_empty());
        Some(resume)
    }

    /// Applies an operation. One that is refused counts as received all the same, so the sums have it.
    pub fn apply(&mut self, operation: &Operation, agent: &str) -> Result<Option<Duty>, Status> {
        self.ledger.operation(operation);
        let table = self.ledger.scope(&ScopeName::for_all(Topic::Reconciliation));
        self.work.apply(operation, agent, table)
    }

    /// The bytes of a file.
    pub fn encode(&self, swarm: &str, agent: &str) -> Vec<u8> {
        let keys = self.ledger.scopes().flat_map(|scope| {
            scope.keys().iter().map(|(key, held)| StoredKey {
                scope: Some(scope.name().to_message()),
                key: key.clone(),
                value: digest::to_bytes(held.value),
                data: held.data.clone(),
            })
        });
        let stored = Stored {
            swarm: swarm.to_owned(),
            agent: agent.to_owned(),
            resume: self.resume(),
            events: self.work.events,
            chain: self.work.chain.to_vec(),
            keys: keys.collect(),
        };
        let mut bytes = stored.encode_to_vec();
        let check = Sha256::digest(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// From the bytes of a file; an error says why it is not one of this agent.
    pub fn decode(bytes: &[u8], swarm: &str, agent: &str) -> Result<Self, String> {
        let damaged = || "Expected what this agent stored, but the file was damaged or is another one".to_owned();
        let (body, check) = bytes.split_at_checked(bytes.len().wrapping_sub(32)).ok_or_else(damaged)?;
        if Sha256::digest(body).as_slice() != check {
            return Err(damaged());
        }
        let stored = Stored::decode(body).map_err(|_| damaged())?;
        if (stored.swarm.as_str(), stored.agent.as_str()) != (swarm, agent) {
            let (of, whose) = (stored.swarm, stored.agent);
            return Err(format!("Expected the state of agent {agent} in swarm {swarm}, but it is of {whose} in {of}"));
        }
        let chain = stored.chain.try_into().map_err(|_| damaged())?;
        let resume = stored.resume.unwrap_or_default();
        let mut ledger = Ledger::stored(&resume);
        for key in stored.keys {
            let name = ScopeName::of_message(key.scope.as_ref()).ok_or_else(damaged)?;
            let value = digest::from_bytes(&key.value).ok_or_else(damaged)?;
            ledger.restore(&name, key.key, Held { value, data: key.data });
        }
        let work = Work { events: stored.events, chain };
        Ok(Self { position: resume.position, interrupted: resume.interrupted, ledger, work })
    }

    fn resume(&self) -> Option<LogResume> {
        let position = self.position.clone()?;
        let scopes = self.ledger.held();
        // No scopes would mean that the agent does not say which it holds. One that holds none is at the beginning of a
        // snapshot.
        let interrupted = self.interrupted.clone().or_else(|| {
            let snapshot = SnapshotResume { position: Some(position.clone()), ..Default::default() };
            scopes.is_empty().then_some(Interrupted::Snapshot(snapshot))
        });
        Some(LogResume { position: Some(position), sums: self.ledger.sums(), scopes, interrupted })
    }
}

#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(string, tag = "1")]
    swarm: String,
    #[prost(string, tag = "2")]
    agent: String,
    #[prost(message, optional, tag = "3")]
    resume: Option<LogResume>,
    #[prost(uint64, tag = "4")]
    events: u64,
    #[prost(bytes = "vec", tag = "5")]
    chain: Vec<u8>,
    #[prost(message, repeated, tag = "6")]
    keys: Vec<StoredKey>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredKey {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(string, tag = "2")]
    key: String,
    #[prost(bytes = "vec", tag = "3")]
    value: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    data: Vec<u8>,
}
