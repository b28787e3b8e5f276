//! How far one sync has come: a delta, then pages of keyed state where the plan has some, then the receipt.

use swarmlog_generated::swarmlog::v1::log_resume::Interrupted;
use swarmlog_generated::swarmlog::v1::{
    LogPlan, Plan, Position, ResumeTriple, SnapshotPage, SnapshotResume, SyncReceipt,
};

use crate::digest::ScopeName;

/// Begins anew with each session, and with each FellBehind.
#[derive(Debug)]
pub struct Sync {
    target: Position,
    base_op_id: u64,
    exact: bool,
    compares: bool,
    /// A snapshot is what would be interrupted, from the first delivery on.
    snapshot: Option<SnapshotResume>,
    /// All keyed state will come, and no page of it was applied yet.
    pub begins_snapshot: bool,
    /// Whose pages come, in order; those before `next` have come.
    paged: Vec<ScopeName>,
    next: usize,
    /// What the next page may at most begin behind.
    after_key: String,
    pub receipt: Option<SyncReceipt>,
    pub received: u64,
    pub in_pages: u64,
}

impl Sync {
    /// As a plan says. `interrupted` is what was stored.
    pub fn planned(plan: &LogPlan, interrupted: Option<&Interrupted>) -> Self {
        let target = plan.target.clone().or_else(|| plan.head.clone()).unwrap_or_default();
        let before = match interrupted {
            Some(Interrupted::Snapshot(before)) if before.position.as_ref().is_some_and(|at| is_same(at, &target)) => {
                Some(before.clone())
            }
            _ => None,
        };
        let is_snapshot = plan.plan() == Plan::Snapshot;
        let paged: Vec<_> =
            plan.snapshot_scopes.iter().filter_map(|scope| ScopeName::of_message(Some(scope))).collect();
        let begun = before.as_ref().and_then(|before| ScopeName::of_message(before.scope.as_ref()));
        let resumes_first = begun.is_some() && begun.as_ref() == paged.first();
        let after_key =
            before.as_ref().filter(|_| resumes_first).map(|before| before.last_key.clone()).unwrap_or_default();
        let fresh = SnapshotResume { position: Some(target.clone()), ..Default::default() };
        Self {
            base_op_id: plan.base_op_id,
            exact: plan.exact,
            compares: plan.compares,
            snapshot: before.or_else(|| is_snapshot.then_some(fresh)),
            begins_snapshot: is_snapshot && begun.is_none(),
            paged,
            next: 0,
            after_key,
            receipt: None,
            received: 0,
            in_pages: 0,
            target,
        }
    }

    /// The delta of a reader that fell behind what the coordinator has in memory.
    pub fn fell_behind(base_op_id: u64, head: Position) -> Self {
        let plan = LogPlan { target: Some(head), base_op_id, exact: true, ..Default::default() };
        Self::planned(&plan, None)
    }

    pub fn target(&self) -> &Position {
        &self.target
    }

    /// What is stored as interrupted with a delivery up to a position.
    pub fn interrupted_at(&self, to: &Position) -> Interrupted {
        match &self.snapshot {
            Some(snapshot) => Interrupted::Snapshot(snapshot.clone()),
            None => Interrupted::Triple(ResumeTriple {
                base_op_id: self.base_op_id,
                cursor_op_id: to.op_id,
                target_op_id: self.target.op_id,
                exact: self.exact || to.op_id == self.target.op_id,
            }),
        }
    }

    /// Whether it is time to be asked what is held: all deliveries have come.
    pub fn may_be_asked(&self, at: &Position) -> bool {
        self.compares && is_same(at, &self.target)
    }

    /// The scopes whose pages have not all come.
    pub fn pending(&self) -> &[ScopeName] {
        &self.paged[self.next..]
    }

    /// Takes a page as the next one. False if it was applied before; an error says why it cannot be the next one.
    pub fn page(&mut self, page: &SnapshotPage) -> Result<bool, String> {
        let at = page.position.as_ref().map_or(0, |at| at.op_id);
        if !page.position.as_ref().is_some_and(|at| is_same(at, &self.target)) {
            return Err(format!("Expected keyed state as of operation {}, but got some as of {at}", self.target.op_id));
        }
        let scope = ScopeName::of_message(page.scope.as_ref());
        let Some(index) = self.paged.iter().position(|paged| Some(paged) == scope.as_ref()) else {
            return Err("Expected keyed state of the scopes in the plan, but got some of another".to_owned());
        };
        check_keys(page)?;
        self.in_pages += page.operations.len() as u64;
        let is_current = index == self.next;
        if index < self.next || (is_current && !page.through_key.is_empty() && page.through_key <= self.after_key) {
            return Ok(false);
        }
        let skips = index > self.next || page.after_key > self.after_key;
        if skips && !self.compares {
            return Err(format!(
                "Expected keyed state behind '{}', but got some behind '{}'",
                self.after_key, page.after_key
            ));
        }
        let is_last = page.through_key.is_empty();
        self.next = if is_last { index + 1 } else { index };
        self.after_key.clone_from(&page.through_key);
        self.snapshot = Some(SnapshotResume {
            position: Some(self.target.clone()),
            scope: page.scope.clone(),
            last_key: page.through_key.clone(),
        });
        Ok(true)
    }

    /// Takes the receipt, if the sync can end at a position; an error says why it cannot.
    pub fn end(&mut self, at: &Position) -> Result<SyncReceipt, String> {
        if !is_same(at, &self.target) {
            return Err(format!("Expected the sync to end at {}, but it ends at {}", self.target.op_id, at.op_id));
        }
        if let Some(missing) = self.pending().first()
            && !self.compares
        {
            return Err(format!("Expected the keyed state of {missing}, but the sync ends without it"));
        }
        let receipt = self.receipt.take().filter(|receipt| receipt.target.as_ref().is_some_and(|to| is_same(to, at)));
        receipt.ok_or_else(|| {
            format!("Expected a receipt for operation {} at the end of the sync, but there is none", at.op_id)
        })
    }

    /// How the counts of a receipt differ from what came, for people to read.
    pub fn miscounted(&self, receipt: &SyncReceipt) -> Vec<String> {
        let counts = [
            (receipt.sent_count, self.received, "in deliveries"),
            (receipt.snapshot_count, self.in_pages, "in pages of keyed state"),
        ];
        let differing = counts.into_iter().filter(|(stated, came, _)| stated != came);
        differing.map(|(stated, came, of)| format!("expected {stated} operations {of}, but {came} came")).collect()
    }
}

/// Whether both name the same point of the same history.
pub fn is_same(a: &Position, b: &Position) -> bool {
    a.op_id == b.op_id && is_same_history(a, b)
}

/// Whether an operation ID means the same in both.
pub fn is_same_history(a: &Position, b: &Position) -> bool {
    (a.incarnation, a.epoch) == (b.incarnation, b.epoch)
}

/// That the keys of a page ascend, and lie in its interval.
pub fn check_keys(page: &SnapshotPage) -> Result<(), String> {
    let mut before = &page.after_key;
    for operation in &page.operations {
        if operation.key <= *before {
            return Err(format!("Expected keys in ascending order behind '{before}', but got '{}'", operation.key));
        }
        before = &operation.key;
    }
    if !page.through_key.is_empty() && *before > page.through_key {
        return Err(format!("Expected keys up to '{}', but got '{before}'", page.through_key));
    }
    Ok(())
}
