//! Digests as docs/state-digest.md defines them, and the scopes they are kept for.

use sha2::{Digest as _, Sha256};
use swarmlog_generated::swarmlog::v1::target::Target as Arm;
use swarmlog_generated::swarmlog::v1::{AllAgents, Payload, Scope, Target, Topic};

/// The first 16 bytes of a SHA-256, as a big-endian number. Sums of digests wrap around at 2^128.
pub type Digest = u128;

/// One topic and one target. Ordered as the contract orders scopes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeName {
    topic: i32,
    kind: u8,
    name: String,
}

const ALL: u8 = 1;
const AGENT: u8 = 2;
const ROLE: u8 = 3;

impl ScopeName {
    /// What is for every agent on a topic.
    pub fn for_all(topic: Topic) -> Self {
        Self { topic: topic.into(), kind: ALL, name: String::new() }
    }

    /// None where the target is of a kind that only a later version knows.
    pub fn of(topic: i32, target: Option<&Target>) -> Option<Self> {
        let (kind, name) = match target?.target.as_ref()? {
            Arm::All(_) => (ALL, ""),
            Arm::Agent(name) => (AGENT, name.as_str()),
            Arm::Role(name) => (ROLE, name.as_str()),
        };
        Some(Self { topic, kind, name: name.to_owned() })
    }

    pub fn of_message(scope: Option<&Scope>) -> Option<Self> {
        Self::of(scope?.topic, scope?.target.as_ref())
    }

    pub fn to_message(&self) -> Scope {
        let target = match self.kind {
            AGENT => Arm::Agent(self.name.clone()),
            ROLE => Arm::Role(self.name.clone()),
            _ => Arm::All(AllAgents {}),
        };
        Scope { topic: self.topic, target: Some(Target { target: Some(target) }) }
    }

    fn hash_into(&self, hash: &mut Sha256) {
        // Topics are numbered from 1 to 5, and a later contract has not more than a byte of them.
        hash.update([self.topic as u8, self.kind]);
        with_length(hash, self.name.as_bytes());
    }
}

impl std::fmt::Display for ScopeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let topic = Topic::try_from(self.topic).map_or("UNKNOWN", |topic| topic.as_str_name());
        let topic = topic.trim_start_matches("TOPIC_").to_lowercase();
        match self.kind {
            AGENT => write!(f, "{topic} for agent {}", self.name),
            ROLE => write!(f, "{topic} for role {}", self.name),
            _ => write!(f, "{topic} for all"),
        }
    }
}

/// Of a payload; one that is missing counts as an empty one.
pub fn value_digest(payload: Option<&Payload>) -> Digest {
    let mut hash = Sha256::new_with_prefix([1]);
    match payload {
        Some(payload) => {
            with_length(&mut hash, payload.r#type.as_bytes());
            with_length(&mut hash, payload.content_type.as_bytes());
            hash.update(payload.schema_version.to_be_bytes());
            with_length(&mut hash, &payload.data);
        }
        None => hash.update([0; 16]),
    }
    first_half(hash)
}

/// Of a key that has a value.
pub fn key_digest(scope: &ScopeName, key: &str, value: Digest) -> Digest {
    let mut hash = Sha256::new_with_prefix([2]);
    scope.hash_into(&mut hash);
    with_length(&mut hash, key.as_bytes());
    hash.update(value.to_be_bytes());
    first_half(hash)
}

/// Of an event.
pub fn event_digest(op_id: u64, scope: &ScopeName, value: Digest) -> Digest {
    let mut hash = Sha256::new_with_prefix([3]);
    hash.update(op_id.to_be_bytes());
    scope.hash_into(&mut hash);
    hash.update(value.to_be_bytes());
    first_half(hash)
}

/// As the wire has it.
pub fn to_bytes(digest: Digest) -> Vec<u8> {
    digest.to_be_bytes().to_vec()
}

/// From the wire, where no bytes stand for zero. None if there are neither none nor 16.
pub fn from_bytes(bytes: &[u8]) -> Option<Digest> {
    if bytes.is_empty() {
        return Some(0);
    }
    bytes.try_into().ok().map(u128::from_be_bytes)
}

/// In hexadecimal, for people and for JSON.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Feeds a length in 4 bytes, then what has it.
pub fn with_length(hash: &mut Sha256, bytes: &[u8]) {
    // Nothing on the wire is as long as 4 GiB.
    hash.update((bytes.len() as u32).to_be_bytes());
    hash.update(bytes);
}

fn first_half(hash: Sha256) -> Digest {
    let whole = hash.finalize();
    u128::from_be_bytes(std::array::from_fn(|i| whole[i]))
}
