//! What the frames of a log lead to: the rules of docs/protocol.md and docs/sync.md, without input, output or a clock.

use swarmlog_generated::google::rpc::Status;
use swarmlog_generated::swarmlog::v1::data_response::Frame;
use swarmlog_generated::swarmlog::v1::{
    Capability, DataResponse, Delivery, DigestQuery, DigestReport, FellBehind, LogPlan, Position, Repair, ScopeSums,
    SnapshotPage, Welcome,
};

use crate::digest::ScopeName;
use crate::held_scope::digest_part;
use crate::replica::Replica;
use crate::sync::{Sync, check_keys, is_same, is_same_history};
use crate::work::Duty;

/// One log in one session. Where a frame does not follow on what it has, `frame` says why: what was read and not stored
/// is then to be forgotten, and another session begins from what is stored.
pub struct Lane {
    agent: String,
    pub replica: Replica,
    drift: bool,
    /// The coordinator sends keys that differ as soon as it sees the sums.
    pub heals: bool,
    view: Vec<ScopeName>,
    sync: Option<Sync>,
    last_repair_id: u64,
    /// Operations that came again.
    pub duplicates: u64,
}

/// What is to be done about a frame, in this order.
#[derive(Debug, Default)]
pub struct Step {
    /// Operations that cannot be applied: the coordinator is to say what becomes of them.
    pub refused: Vec<(u64, Status)>,
    /// The replica has changed: store it, then acknowledge its position.
    pub store: bool,
    /// To publish before it is stored, and to print behind.
    pub duties: Vec<Duty>,
    /// How many operations were applied.
    pub applied: u64,
    /// To be acknowledged although nothing changed.
    pub acknowledge: bool,
    /// Sums are to go with the ack, whenever the last ones were.
    pub report_sums: bool,
    pub digests: Option<DigestReport>,
    /// For people to read.
    pub notes: Vec<String>,
    /// At the end of a sync: whether the keyed state is another than that of the receipt, and is not mended in this
    /// session.
    pub differs: Option<bool>,
}

impl Lane {
    /// Follows the plan of a session.
    pub fn new(agent: &str, mut replica: Replica, plan: &LogPlan, welcome: &Welcome) -> Self {
        let view: Vec<_> = plan.scopes.iter().filter_map(|scope| ScopeName::of_message(Some(scope))).collect();
        let sync = Sync::planned(plan, replica.interrupted.as_ref());
        let fresh = replica.position.is_none();
        let start = plan.start.clone().unwrap_or_default();
        let replaces =
            replica.position.as_ref().is_some_and(|at| !is_same_history(at, &start) || start.op_id > at.op_id);
        if fresh || replaces {
            replica.position = Some(start);
        }
        replica.ledger.begin(&view, fresh, replaces, sync.begins_snapshot);
        let drift = welcome.capabilities & Capability::Drift as u64 != 0;
        let heals = drift && welcome.limits.as_ref().is_some_and(|limits| limits.drift_check_interval_ms > 0);
        let (agent, sync) = (agent.to_owned(), Some(sync));
        Self { agent, replica, drift, heals, view, sync, last_repair_id: 0, duplicates: 0 }
    }

    pub fn position(&self) -> Position {
        self.replica.position.clone().unwrap_or_default()
    }

    pub fn is_syncing(&self) -> bool {
        self.sync.is_some()
    }

    pub fn last_repair_id(&self) -> u64 {
        self.last_repair_id
    }

    /// The sums that go with an ack: of each scope held, outside syncs.
    pub fn sums(&self) -> Vec<ScopeSums> {
        if self.is_syncing() { Vec::new() } else { self.replica.ledger.sums() }
    }

    /// Takes the next frame.
    pub fn frame(&mut self, response: DataResponse) -> Result<Step, String> {
        match response.frame {
            Some(Frame::Delivery(delivery)) => self.delivery(&delivery),
            Some(Frame::Snapshot(page)) => self.page(&page),
            Some(Frame::Receipt(receipt)) => {
                if let Some(sync) = &mut self.sync {
                    sync.receipt = Some(receipt);
                }
                Ok(Step::default())
            }
            Some(Frame::CaughtUp(caught_up)) => self.caught_up(&caught_up.position.unwrap_or_default()),
            Some(Frame::FellBehind(frame)) => self.fell_behind(frame),
            Some(Frame::DigestQuery(query)) if self.drift => self.query(&query),
            Some(Frame::Repair(repair)) if self.drift => self.repair(&repair),
            Some(Frame::Notice(notice)) => {
                let notes = vec![format!("The coordinator passed a frame over: {}", notice.message)];
                Ok(Step { notes, ..Step::default() })
            }
            // Of a later version, or of no lane like this. What must not be missed would come with a capability that
            // was not asked for.
            _ => Ok(Step::default()),
        }
    }

    fn delivery(&mut self, delivery: &Delivery) -> Result<Step, String> {
        let to = delivery.to.clone().unwrap_or_default();
        self.check_follows(delivery, &to)?;
        let stands = self.replica.op_id();
        if let Some(sync) = &mut self.sync {
            sync.received += delivery.operations.len() as u64;
        }
        let seen = delivery.operations.iter().take_while(|operation| operation.op_id <= stands).count();
        self.duplicates += seen as u64;
        if to.op_id <= stands {
            return Ok(Step { acknowledge: seen > 0, ..Step::default() });
        }
        let mut step = Step { store: true, ..Step::default() };
        for operation in &delivery.operations[seen..] {
            match self.replica.apply(operation, &self.agent) {
                Ok(duty) => {
                    step.applied += 1;
                    step.duties.extend(duty);
                }
                Err(why) => step.refused.push((operation.op_id, why)),
            }
        }
        for skipped in &delivery.skipped {
            self.replica.ledger.skipped(skipped, delivery.from_op_id < stands)?;
        }
        self.replica.interrupted = self.sync.as_ref().map(|sync| sync.interrupted_at(&to));
        self.replica.position = Some(to);
        Ok(step)
    }

    fn check_follows(&self, delivery: &Delivery, to: &Position) -> Result<(), String> {
        let (from, stands) = (delivery.from_op_id, self.position());
        if !is_same_history(&stands, to) {
            return Err(format!(
                "Expected deliveries of epoch {:016x}, but got one of {:016x}",
                stands.epoch, to.epoch
            ));
        }
        if from > stands.op_id {
            return Err(format!(
                "Expected a delivery from operation {} on, but one begins behind {from}",
                stands.op_id
            ));
        }
        let mut before = from;
        for operation in &delivery.operations {
            if operation.op_id <= before || operation.op_id > to.op_id {
                let (end, got) = (to.op_id, operation.op_id);
                return Err(format!(
                    "Expected operations in order within ({from}, {end}], but got {got} behind {before}"
                ));
            }
            before = operation.op_id;
        }
        match &self.sync {
            Some(sync) if to.op_id > sync.target().op_id => {
                let target = sync.target().op_id;
                Err(format!("Expected deliveries up to {target}, where the sync ends, but got one up to {}", to.op_id))
            }
            _ => Ok(()),
        }
    }

    fn page(&mut self, page: &SnapshotPage) -> Result<Step, String> {
        let Some(sync) = &mut self.sync else {
            return Err("Expected keyed state within a sync, but got some behind one".to_owned());
        };
        if !sync.page(page)? {
            self.duplicates += page.operations.len() as u64;
            return Ok(Step::default());
        }
        self.replica.ledger.replace(page);
        self.replica.ledger.paged(page, sync.pending());
        self.replica.interrupted = Some(sync.interrupted_at(sync.target()));
        self.replica.position = Some(sync.target().clone());
        Ok(Step { store: true, ..Step::default() })
    }

    fn caught_up(&mut self, at: &Position) -> Result<Step, String> {
        let Some(sync) = &mut self.sync else { return Ok(Step::default()) };
        let receipt = sync.end(at)?;
        let mut found = self.replica.ledger.finish(&receipt, &self.view);
        found.told.extend(sync.miscounted(&receipt));
        self.replica.interrupted = None;
        self.replica.position = Some(sync.target().clone());
        self.sync = None;
        let notes = found.told.into_iter().map(|told| format!("The receipt does not hold: {told}")).collect();
        Ok(Step { store: true, notes, differs: Some(found.state && !self.heals), ..Step::default() })
    }

    fn fell_behind(&mut self, frame: FellBehind) -> Result<Step, String> {
        let at = frame.position.unwrap_or_default();
        let stands = self.position();
        if self.is_syncing() || !is_same(&at, &stands) {
            let (ours, theirs) = (stands.op_id, at.op_id);
            return Err(format!(
                "Expected to fall behind at operation {ours} outside of a sync, but it was at {theirs}"
            ));
        }
        self.sync = Some(Sync::fell_behind(at.op_id, frame.head.unwrap_or_default()));
        Ok(Step::default())
    }

    fn query(&mut self, query: &DigestQuery) -> Result<Step, String> {
        let stands = self.position();
        if self.sync.as_ref().is_some_and(|sync| !sync.may_be_asked(&stands)) {
            let id = query.query_id;
            return Err(format!("Expected queries of digests where the plan compares, but query {id} came before"));
        }
        let parts = self.replica.ledger.parts(query);
        let unknown = parts.is_none();
        let parts = parts.unwrap_or_else(|| vec![digest_part(&query.through_key, 0, 0)]);
        let digests = DigestReport { query_id: query.query_id, position: Some(stands), parts, unknown };
        Ok(Step { digests: Some(digests), ..Step::default() })
    }

    fn repair(&mut self, repair: &Repair) -> Result<Step, String> {
        let stands = self.position();
        if self.is_syncing() {
            return Err("Expected repairs between syncs, but one came inside of one".to_owned());
        }
        for page in &repair.pages {
            if !page.position.as_ref().is_some_and(|at| is_same(at, &stands)) {
                return Err(format!("Expected a repair at operation {}, but got one of elsewhere", stands.op_id));
            }
            check_keys(page)?;
            self.replica.ledger.replace(page);
        }
        let mut notes = Vec::new();
        if !repair.pages.is_empty() {
            let operations: usize = repair.pages.iter().map(|page| page.operations.len()).sum();
            notes.push(format!("What this agent held was not what the log says; {operations} keys were set anew"));
        }
        if let Some(events) = &repair.events {
            self.replica.ledger.take_events(events);
            let good = repair.good_op_id;
            notes.push(format!("Events were lost, doubled or changed behind operation {good}; they cannot be mended"));
        }
        self.last_repair_id = repair.repair_id;
        Ok(Step { store: true, report_sums: true, notes, ..Step::default() })
    }
}
