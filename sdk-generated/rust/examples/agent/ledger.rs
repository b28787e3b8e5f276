//! What the agent holds of each scope, and the sums of it.

use std::collections::{BTreeMap, BTreeSet};

use swarmlog_generated::swarmlog::v1::{
    DigestPart, DigestQuery, LogResume, Operation, OperationClass, Scope, ScopeSums, Skipped, SnapshotPage, SyncReceipt,
};

use crate::digest::{self, Digest, ScopeName};
use crate::held_scope::{Held, HeldScope};

/// What the agent holds of each scope of its view.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    scopes: BTreeMap<ScopeName, HeldScope>,
    /// Those of which the keyed state is held: as of the position, or as far as what was interrupted says.
    held: BTreeSet<ScopeName>,
}

impl Ledger {
    /// As it was stored: scopes and sums, without keys.
    pub fn stored(resume: &LogResume) -> Self {
        let mut ledger = Self::default();
        for name in resume.scopes.iter().filter_map(|scope| ScopeName::of_message(Some(scope))) {
            ledger.scopes.insert(name.clone(), HeldScope::new(name.clone(), true));
            ledger.held.insert(name);
        }
        for sums in &resume.sums {
            let Some(name) = ScopeName::of_message(sums.scope.as_ref()) else { continue };
            let scope = ledger.scopes.entry(name.clone()).or_insert_with(|| HeldScope::new(name, false));
            // Without a hash, events are not known; those of scopes without sums go without saying.
            scope.forget_events();
            if !sums.event_hash.is_empty() {
                scope.take_events(sums);
            }
        }
        ledger
    }

    pub fn scope(&self, name: &ScopeName) -> Option<&HeldScope> {
        self.scopes.get(name)
    }

    pub fn scopes(&self) -> impl Iterator<Item = &HeldScope> {
        self.scopes.values()
    }

    /// A key that was stored.
    pub fn restore(&mut self, name: &ScopeName, key: String, held: Held) {
        if let Some(scope) = self.scopes.get_mut(name) {
            scope.put(key, held);
        }
    }

    /// Begins to follow a plan: what is not in its view is dropped.
    ///
    /// `fresh`: nothing was ever applied. `replaces`: the position moves over what was not given, so events are not
    /// known any more. `holds_nothing`: a snapshot begins.
    pub fn begin(&mut self, view: &[ScopeName], fresh: bool, replaces: bool, holds_nothing: bool) {
        self.scopes.retain(|name, _| view.contains(name));
        self.held.retain(|name| view.contains(name));
        for name in view {
            let scope = self.scopes.entry(name.clone()).or_insert_with(|| HeldScope::new(name.clone(), fresh));
            if replaces {
                scope.forget_events();
            }
            if fresh {
                self.held.insert(name.clone());
            }
        }
        if holds_nothing {
            self.held.clear();
        }
    }

    /// An operation as the log has it. Ephemeral ones, classes of later versions and scopes beyond the view are in no
    /// sum.
    pub fn operation(&mut self, operation: &Operation) {
        let Some(name) = ScopeName::of(operation.topic, operation.target.as_ref()) else { return };
        let Some(scope) = self.scopes.get_mut(&name) else { return };
        match operation.operation_class() {
            OperationClass::Event => scope.event(operation),
            OperationClass::Keyed if operation.tombstone => scope.remove(&operation.key),
            OperationClass::Keyed => scope.put(operation.key.clone(), Held::of(operation)),
            _ => {}
        }
    }

    /// Events that are not handed out. `partly_seen`: some of them may have been counted before.
    pub fn skipped(&mut self, skipped: &Skipped, partly_seen: bool) -> Result<(), String> {
        let Some(scope) = self.mut_scope(skipped.scope.as_ref()) else { return Ok(()) };
        if partly_seen {
            scope.forget_events();
            return Ok(());
        }
        scope.skip(skipped.count, digest_of(&skipped.event_hash)?);
        Ok(())
    }

    /// Keys of an interval are replaced.
    pub fn replace(&mut self, page: &SnapshotPage) {
        let Some(scope) = self.mut_scope(page.scope.as_ref()) else { return };
        scope.remove_within(&page.after_key, &page.through_key);
        for operation in &page.operations {
            scope.put(operation.key.clone(), Held::of(operation));
        }
    }

    /// A page of a snapshot was applied; `pending` are the scopes whose pages have not all come.
    pub fn paged(&mut self, page: &SnapshotPage, pending: &[ScopeName]) {
        self.held.retain(|name| !pending.contains(name));
        if page.through_key.is_empty()
            && let Some(name) = ScopeName::of_message(page.scope.as_ref())
        {
            self.held.insert(name);
        }
    }

    /// Events cannot be mended behind the agent's back: it goes on from these sums.
    pub fn take_events(&mut self, sums: &ScopeSums) {
        if let Some(scope) = self.mut_scope(sums.scope.as_ref()) {
            scope.take_events(sums);
        }
    }

    /// The end of a sync: all of the view is held. Answers what differs from the sums of the receipt.
    pub fn finish(&mut self, receipt: &SyncReceipt, view: &[ScopeName]) -> Mismatches {
        let mut found = Mismatches::default();
        self.held = view.iter().cloned().collect();
        for (name, scope) in &mut self.scopes {
            let stated =
                receipt.sums.iter().find(|sums| ScopeName::of_message(sums.scope.as_ref()).as_ref() == Some(name));
            let expected = stated.cloned().unwrap_or_default();
            let (state, events) = scope.differing(&expected);
            found.state |= state.is_some();
            found.told.extend([state, events].into_iter().flatten());
            scope.take_events(&expected);
        }
        found
    }

    /// The scopes held, for a resume state.
    pub fn held(&self) -> Vec<Scope> {
        self.held.iter().map(ScopeName::to_message).collect()
    }

    /// The sums of every scope. `event_hash` is empty where events are not known.
    pub fn sums(&self) -> Vec<ScopeSums> {
        self.scopes.values().map(HeldScope::sums).collect()
    }

    /// Answers a query for where the agent stands. None where it does not know the scope.
    pub fn parts(&self, query: &DigestQuery) -> Option<Vec<DigestPart>> {
        let scope = self.scopes.get(&ScopeName::of_message(query.scope.as_ref())?)?;
        Some(scope.parts(query))
    }

    fn mut_scope(&mut self, scope: Option<&Scope>) -> Option<&mut HeldScope> {
        self.scopes.get_mut(&ScopeName::of_message(scope)?)
    }
}

/// What differed from a receipt.
#[derive(Debug, Default)]
pub struct Mismatches {
    /// For people to read.
    pub told: Vec<String>,
    /// Keyed state differed: it can be sent anew. Events cannot.
    pub state: bool,
}

fn digest_of(bytes: &[u8]) -> Result<Digest, String> {
    digest::from_bytes(bytes).ok_or_else(|| format!("Expected 16 bytes of an event hash, but got {}", bytes.len()))
}
