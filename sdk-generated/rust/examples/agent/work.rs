//! What this agent does with operations: the part that an agent of your own replaces.
//!
//! It chains events of `commands` that are for all agents, reports what it holds when it is told to, and answers when
//! it is asked (docs/polyglot.md). Keyed state of `reconciliation` it keeps as the ledger has it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use swarmlog_generated::google::rpc::{Code, Status};
use swarmlog_generated::swarmlog::v1::{Operation, OperationClass, Topic};

use crate::digest::{ScopeName, hex, with_length};
use crate::held_scope::HeldScope;

const REPORT: &str = "polyglot.Report";
const ASK: &str = "polyglot.Ask";

/// What was made of the events so far. Stored with the position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub events: u64,
    pub chain: [u8; 32],
}

/// What is to be done about an event besides storing its effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Duty {
    /// To print when it is on the disk.
    Report(Value),
    /// To publish before it is on the disk.
    Answer { asked_by: u64 },
}

impl Work {
    /// Applies one operation. `table` is the keyed state of `reconciliation` for all by now.
    ///
    /// An error says why the operation cannot be applied; it has no effect then.
    pub fn apply(
        &mut self,
        operation: &Operation,
        agent: &str,
        table: Option<&HeldScope>,
    ) -> Result<Option<Duty>, Status> {
        let commands = ScopeName::for_all(Topic::Commands);
        let is_event = operation.operation_class() == OperationClass::Event;
        if !is_event || ScopeName::of(operation.topic, operation.target.as_ref()) != Some(commands) {
            return Ok(None);
        }
        let payload = operation.payload.as_ref();
        let data = payload.map_or(&[][..], |payload| &payload.data);
        let kind = payload.map_or("", |payload| &payload.r#type);
        let report = if kind == REPORT { Some(text(data)?) } else { None };
        self.chain(operation.op_id, data);
        Ok(match report {
            Some(name) => Some(Duty::Report(self.report(name, operation.op_id, table))),
            None if kind == ASK && data == agent.as_bytes() => Some(Duty::Answer { asked_by: operation.op_id }),
            None => None,
        })
    }

    fn chain(&mut self, op_id: u64, data: &[u8]) {
        let mut hash = Sha256::new_with_prefix(self.chain);
        hash.update(op_id.to_be_bytes());
        hash.update(data);
        self.chain = hash.finalize().into();
        self.events += 1;
    }

    fn report(&self, name: &str, op_id: u64, table: Option<&HeldScope>) -> Value {
        json!({
            "report": name,
            "opId": op_id,
            "events": self.events,
            "chain": hex(&self.chain),
            "keys": table.map_or(0, |table| table.keys().len()),
            "table": hex(&table_hash(table)),
        })
    }
}

fn text(data: &[u8]) -> Result<&str, Status> {
    let is_printable = |byte: &u8| (b' '..=b'~').contains(byte);
    match std::str::from_utf8(data) {
        Ok(text) if data.iter().all(is_printable) => Ok(text),
        _ => Err(Status {
            code: Code::InvalidArgument.into(),
            message: format!("Expected a {REPORT} of printable ASCII, but got other bytes"),
            details: Vec::new(),
        }),
    }
}

fn table_hash(table: Option<&HeldScope>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (key, held) in table.into_iter().flat_map(HeldScope::keys) {
        with_length(&mut hash, key.as_bytes());
        with_length(&mut hash, &held.data);
    }
    hash.finalize().into()
}
