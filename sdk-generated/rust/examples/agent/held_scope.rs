//! What the agent holds of one scope.

use std::collections::BTreeMap;
use std::ops::Bound;

use swarmlog_generated::swarmlog::v1::constants::session::{MAX_DIGEST_PARTS, MIN_DIGEST_PARTS};
use swarmlog_generated::swarmlog::v1::{DigestPart, DigestQuery, Operation, ScopeSums};

use crate::digest::{self, Digest, ScopeName};

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub value: Digest,
    pub data: Vec<u8>,
}

impl Held {
    /// As an operation sets it. The digest is that of the payload that came, and not what the coordinator says of it.
    pub fn of(operation: &Operation) -> Self {
        let payload = operation.payload.as_ref();
        Self {
            value: digest::value_digest(payload),
            data: payload.map(|payload| payload.data.clone()).unwrap_or_default(),
        }
    }
}

/// Keys and running sums of one scope.
#[derive(Clone, Debug)]
pub struct HeldScope {
    name: ScopeName,
    /// A string compares by its UTF-8 bytes, which is the order of the contract.
    keys: BTreeMap<String, Held>,
    state: Digest,
    /// Count and hash; None where they are not known, until a receipt says them.
    events: Option<(u64, Digest)>,
}

impl HeldScope {
    /// Of which nothing is held. `from_the_beginning`: every event will come.
    pub fn new(name: ScopeName, from_the_beginning: bool) -> Self {
        Self { name, keys: BTreeMap::new(), state: 0, events: from_the_beginning.then_some((0, 0)) }
    }

    pub fn name(&self) -> &ScopeName {
        &self.name
    }

    pub fn keys(&self) -> &BTreeMap<String, Held> {
        &self.keys
    }

    pub fn put(&mut self, key: String, held: Held) {
        self.remove(&key);
        self.state = self.state.wrapping_add(digest::key_digest(&self.name, &key, held.value));
        self.keys.insert(key, held);
    }

    pub fn remove(&mut self, key: &str) {
        if let Some(before) = self.keys.remove(key) {
            self.state = self.state.wrapping_sub(digest::key_digest(&self.name, key, before.value));
        }
    }

    pub fn remove_within(&mut self, after_key: &str, through_key: &str) {
        let gone: Vec<String> = self.within(after_key, through_key).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    pub fn event(&mut self, operation: &Operation) {
        let value = digest::value_digest(operation.payload.as_ref());
        self.skip(1, digest::event_digest(operation.op_id, &self.name, value));
    }

    /// Counts events of which only the sum is known.
    pub fn skip(&mut self, count: u64, hash: Digest) {
        if let Some((before, sum)) = self.events {
            self.events = Some((before.wrapping_add(count), sum.wrapping_add(hash)));
        }
    }

    pub fn forget_events(&mut self) {
        self.events = None;
    }

    /// Goes on from the events of these sums; a hash that is none leaves them unknown.
    pub fn take_events(&mut self, sums: &ScopeSums) {
        self.events = digest::from_bytes(&sums.event_hash).map(|hash| (sums.event_count, hash));
    }

    pub fn sums(&self) -> ScopeSums {
        let (event_count, event_hash) = match self.events {
            Some((count, hash)) => (count, digest::to_bytes(hash)),
            None => (0, Vec::new()),
        };
        ScopeSums {
            scope: Some(self.name.to_message()),
            state_digest: digest::to_bytes(self.state),
            event_count,
            event_hash,
            op_count: 0,
        }
    }

    /// How keyed state, and how events differ from what they should be, for people to read.
    pub fn differing(&self, expected: &ScopeSums) -> (Option<String>, Option<String>) {
        let name = &self.name;
        let state = (digest::from_bytes(&expected.state_digest) != Some(self.state)).then(|| {
            let (ours, theirs) = (shown(&digest::to_bytes(self.state)), shown(&expected.state_digest));
            format!("{name}: expected the keyed state to have the digest {theirs}, but it has {ours}")
        });
        let events = self.events.and_then(|(count, hash)| {
            let same = count == expected.event_count && digest::from_bytes(&expected.event_hash) == Some(hash);
            (!same).then(|| {
                let wanted = expected.event_count;
                let (ours, theirs) = (shown(&digest::to_bytes(hash)), shown(&expected.event_hash));
                format!("{name}: expected {wanted} events with the hash {theirs}, but {count} came, with {ours}")
            })
        });
        (state, events)
    }

    /// Cuts the keys of a query's interval into parts, as docs/drift.md says under "Cutting".
    pub fn parts(&self, query: &DigestQuery) -> Vec<DigestPart> {
        let keys: Vec<_> = self.within(&query.after_key, &query.through_key).collect();
        let (count, end) = (keys.len(), &query.through_key);
        let most = query.max_parts.clamp(MIN_DIGEST_PARTS, MAX_DIGEST_PARTS) as usize;
        let rest = count <= most && keys.last().is_none_or(|(key, _)| *key != end);
        let cuts = count.min(if rest { most - 1 } else { most });
        let mut parts = Vec::with_capacity(cuts + 1);
        for i in 1..=cuts {
            let part = &keys[count * (i - 1) / cuts..count * i / cuts];
            let last = if i == cuts && !rest { end } else { part[part.len() - 1].0 };
            let sum = part
                .iter()
                .fold(0, |sum: Digest, (key, held)| sum.wrapping_add(digest::key_digest(&self.name, key, held.value)));
            parts.push(digest_part(last, part.len(), sum));
        }
        if rest {
            parts.push(digest_part(end, 0, 0));
        }
        parts
    }

    /// Behind one key, up to another; an empty one is the beginning, or the end.
    fn within(&self, after_key: &str, through_key: &str) -> impl Iterator<Item = (&String, &Held)> {
        let through = if through_key.is_empty() { Bound::Unbounded } else { Bound::Included(through_key) };
        // A map panics where an interval ends before it begins.
        let is_interval = through_key.is_empty() || after_key < through_key;
        let bounds = (Bound::Excluded(after_key), through);
        is_interval.then(|| self.keys.range::<str, _>(bounds)).into_iter().flatten()
    }
}

/// A part of an answer.
pub fn digest_part(through_key: &str, key_count: usize, sum: Digest) -> DigestPart {
    DigestPart { through_key: through_key.to_owned(), key_count: key_count as u64, digest: digest::to_bytes(sum) }
}

/// For people to read. No bytes stand for zero; others that are no digest are shown as they are.
fn shown(bytes: &[u8]) -> String {
    digest::hex(&digest::from_bytes(bytes).map_or_else(|| bytes.to_vec(), digest::to_bytes))
}
