//! Frames of a made-up coordinator.

use swarmlog_generated::swarmlog::v1::data_response::Frame;
use swarmlog_generated::swarmlog::v1::target::Target as Arm;
use swarmlog_generated::swarmlog::v1::{
    AllAgents, Capability, CaughtUp, DataResponse, Delivery, Limits, Log, LogPlan, Operation, OperationClass, Payload,
    Plan, Position, Scope, SnapshotPage, SyncReceipt, Target, Topic, Welcome,
};

use crate::digest::ScopeName;
use crate::lane::{Lane, Step};
use crate::replica::Replica;

pub const NAME: &str = "a1";

pub fn at(op_id: u64) -> Position {
    in_epoch(7, op_id)
}

pub fn in_epoch(epoch: u64, op_id: u64) -> Position {
    Position { incarnation: 5, epoch, log: Log::Main.into(), partition: 0, op_id, running_hash: vec![9; 16] }
}

pub fn scopes() -> Vec<Scope> {
    [Topic::Commands, Topic::Reconciliation].map(|topic| ScopeName::for_all(topic).to_message()).into()
}

pub fn plan(kind: Plan, start: Position, target: Position) -> LogPlan {
    LogPlan {
        log: Log::Main.into(),
        plan: kind.into(),
        base_op_id: start.op_id,
        start: Some(start),
        head: Some(target.clone()),
        target: Some(target),
        exact: true,
        scopes: scopes(),
        snapshot_scopes: if kind == Plan::Snapshot { scopes() } else { Vec::new() },
        ..Default::default()
    }
}

pub fn lane(replica: Replica, plan: &LogPlan) -> Lane {
    let capabilities = Capability::Sync as u64 | Capability::Drift as u64;
    let limits = Some(Limits { drift_check_interval_ms: 10_000, ..Default::default() });
    Lane::new(NAME, replica, plan, &Welcome { capabilities, limits, ..Default::default() })
}

fn operation(op_id: u64, topic: Topic, kind: &str, data: &str) -> Operation {
    Operation {
        op_id,
        topic: topic.into(),
        target: Some(Target { target: Some(Arm::All(AllAgents {})) }),
        operation_class: OperationClass::Event.into(),
        payload: Some(Payload { r#type: kind.to_owned(), data: data.into(), ..Default::default() }),
        ..Default::default()
    }
}

pub fn event(op_id: u64, kind: &str, data: &str) -> Operation {
    operation(op_id, Topic::Commands, kind, data)
}

pub fn keyed(op_id: u64, key: &str, data: &str) -> Operation {
    let operation_class = OperationClass::Keyed.into();
    Operation { operation_class, key: key.to_owned(), ..operation(op_id, Topic::Reconciliation, "", data) }
}

pub fn deleted(op_id: u64, key: &str) -> Operation {
    Operation { tombstone: true, payload: None, ..keyed(op_id, key, "") }
}

pub fn delivery(from_op_id: u64, to: Position, operations: Vec<Operation>) -> DataResponse {
    let delivery = Delivery { from_op_id, to: Some(to), operations, ..Default::default() };
    DataResponse { frame: Some(Frame::Delivery(delivery)) }
}

/// The keyed state of a topic, from a key to another.
pub fn page(topic: Topic, at: Position, keys: (&str, &str), operations: Vec<Operation>) -> DataResponse {
    let scope = Some(ScopeName::for_all(topic).to_message());
    let (after_key, through_key) = (keys.0.to_owned(), keys.1.to_owned());
    let page = SnapshotPage { position: Some(at), scope, after_key, through_key, operations };
    DataResponse { frame: Some(Frame::Snapshot(page)) }
}

/// The end of a sync, as a coordinator states it that holds just what another replica holds.
pub fn end(of: &Replica, sent_count: u64, snapshot_count: u64) -> [DataResponse; 2] {
    let target = of.position.clone();
    let receipt = SyncReceipt {
        target: target.clone(),
        sums: of.ledger.sums(),
        sent_count,
        snapshot_count,
        ..Default::default()
    };
    [Frame::Receipt(receipt), Frame::CaughtUp(CaughtUp { position: target })]
        .map(|frame| DataResponse { frame: Some(frame) })
}

/// Gives the lane frames that it takes; answers what the last one led to.
pub fn give(lane: &mut Lane, frames: impl IntoIterator<Item = DataResponse>) -> Step {
    frames.into_iter().map(|frame| lane.frame(frame).expect("a frame that follows")).last().expect("a frame")
}

/// What an agent holds that applied these operations, one after the other, to nothing.
pub fn applied(to: Position, operations: Vec<Operation>) -> Replica {
    let mut lane = lane(Replica::default(), &plan(Plan::Delta, in_epoch(to.epoch, 0), to.clone()));
    give(&mut lane, [delivery(0, to, operations)]);
    let end = end(&lane.replica, 0, 0);
    give(&mut lane, end);
    lane.replica
}
