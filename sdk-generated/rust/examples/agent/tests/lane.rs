//! What the frames of a log lead to.

use swarmlog_generated::swarmlog::v1::data_response::Frame;
use swarmlog_generated::swarmlog::v1::log_resume::Interrupted;
use swarmlog_generated::swarmlog::v1::{
    DataResponse, DigestQuery, FellBehind, Plan, Repair, ResumeTriple, SnapshotPage, Topic,
};

use super::log::{NAME, applied, at, deleted, delivery, end, event, give, in_epoch, keyed, lane, page, plan, scopes};
use crate::digest::hex;
use crate::lane::Lane;
use crate::replica::Replica;
use crate::work::Duty;

fn stored(replica: &Replica) -> Replica {
    Replica::decode(&replica.encode("fleet", NAME), "fleet", NAME).expect("what was stored is read")
}

/// A lane that is through with its first sync, at operation 3: two events, key a.
fn live() -> Lane {
    let mut lane = lane(Replica::default(), &plan(Plan::Delta, at(0), at(3)));
    let operations = vec![event(1, "", "one"), keyed(2, "a", "x"), event(3, "", "two")];
    let held = applied(at(3), operations.clone());
    give(&mut lane, [delivery(0, at(3), operations)]);
    let ended = give(&mut lane, end(&held, 3, 0));
    assert!(ended.notes.is_empty(), "the receipt holds: {:?}", ended.notes);
    lane
}

#[test]
fn every_operation_takes_effect_once_and_in_order() {
    let mut lane = live();
    let step =
        give(&mut lane, [delivery(2, at(5), vec![event(3, "", "two"), event(4, "", "three"), keyed(5, "b", "y")])]);
    assert_eq!((step.applied, step.store, lane.duplicates), (2, true, 1));
    assert_eq!(lane.replica.work.events, 3);
    // Of SHA-256(SHA-256(SHA-256(0^32, 1, "one"), 3, "two"), 4, "three"), computed apart from this.
    let chain = "c71bcff6acbe167945c85051faac60252a58e846306a294484bee0ca0c71a89f";
    assert_eq!(hex(&lane.replica.work.chain), chain);
    let again = give(&mut lane, [delivery(3, at(5), vec![event(4, "", "three"), keyed(5, "b", "y")])]);
    assert_eq!((again.store, again.acknowledge), (false, true));
    assert_eq!(hex(&lane.replica.work.chain), chain);
}

#[test]
fn what_does_not_follow_is_not_taken() {
    let wrong = [
        ("a gap", delivery(4, at(5), vec![event(5, "", "")])),
        ("the wrong order", delivery(3, at(5), vec![event(5, "", ""), event(4, "", "")])),
        ("beyond its interval", delivery(3, at(4), vec![event(5, "", "")])),
        ("another history", delivery(3, in_epoch(8, 4), vec![event(4, "", "")])),
        ("no position", delivery(3, Default::default(), vec![])),
        ("a page outside of a sync", page(Topic::Reconciliation, at(3), ("", ""), vec![])),
        ("a repair of elsewhere", repair(SnapshotPage { position: Some(at(2)), ..Default::default() })),
        ("falling behind elsewhere", fell_behind(2, 9)),
    ];
    for (what, frame) in wrong {
        let mut lane = live();
        let before = lane.replica.encode("fleet", NAME);
        let why = lane.frame(frame).expect_err(what);
        assert!(why.starts_with("Expected "), "{what}: {why}");
        assert_eq!(lane.replica.encode("fleet", NAME), before, "{what}");
    }
}

#[test]
fn what_is_not_known_is_passed_over() {
    let mut lane = live();
    let unknown = lane.frame(DataResponse { frame: None }).expect("nothing wrong");
    assert!(!unknown.store && !unknown.acknowledge);
    let mut strange = event(4, "", "of a later version");
    strange.operation_class = 99;
    let mut elsewhere = event(5, "", "to a kind of target of a later version");
    elsewhere.target = Some(Default::default());
    give(&mut lane, [delivery(3, at(6), vec![strange, elsewhere, event(6, "", "known")])]);
    assert_eq!(lane.replica.work.events, 3);
}

#[test]
fn a_delta_that_is_cut_off_says_so_when_it_comes_back() {
    let mut lane = lane(Replica::default(), &plan(Plan::Delta, at(0), at(9)));
    give(&mut lane, [delivery(0, at(4), vec![keyed(4, "a", "x")])]);
    let presented = stored(&lane.replica).presented().expect("a position");
    let triple = ResumeTriple { base_op_id: 0, cursor_op_id: 4, target_op_id: 9, exact: true };
    assert_eq!(presented.interrupted, Some(Interrupted::Triple(triple)));
    assert!(presented.sums.is_empty(), "sums mean nothing in the middle of a delta");
    assert_eq!(presented.scopes, scopes());
}

#[test]
fn sums_are_presented_where_nothing_is_interrupted() {
    let presented = stored(&live().replica).presented().expect("a position");
    assert_eq!(presented.interrupted, None);
    assert_eq!(presented.sums, live().sums());
    assert_eq!(presented.sums[0].event_count, 2);
}

#[test]
fn a_receipt_that_does_not_hold_is_told_and_followed() {
    let mut lane = lane(Replica::default(), &plan(Plan::Delta, at(0), at(3)));
    let truth = applied(at(3), vec![event(1, "", "one"), keyed(2, "a", "x"), event(3, "", "two")]);
    give(&mut lane, [delivery(0, at(3), vec![event(1, "", "one"), keyed(2, "a", "stale")])]);
    let ended = give(&mut lane, end(&truth, 3, 0));
    assert_eq!(ended.notes.len(), 3, "state, events and count: {:?}", ended.notes);
    assert!(ended.store && ended.differs == Some(false), "the coordinator mends it by the sums");
    let sums = lane.sums();
    assert_eq!(sums[0], truth.ledger.sums()[0], "events cannot be mended: it goes on from the receipt's");
    assert_ne!(sums[1], truth.ledger.sums()[1], "what is held is said as it is");
    let healed = keyed(2, "a", "x");
    let scope = sums[1].scope.clone();
    let page = SnapshotPage { position: Some(at(3)), scope, operations: vec![healed], ..Default::default() };
    let step = give(&mut lane, [repair(page)]);
    assert!(step.store && step.report_sums && lane.last_repair_id() == 1);
    assert_eq!(lane.sums(), truth.ledger.sums());
}

#[test]
fn a_sync_does_not_end_without_a_receipt() {
    let mut lane = lane(Replica::default(), &plan(Plan::Delta, at(0), at(3)));
    let [_, caught_up] = end(&applied(at(3), vec![]), 0, 0);
    assert!(lane.frame(caught_up).expect_err("no receipt").contains("receipt"));
}

#[test]
fn a_snapshot_replaces_keys_and_resumes_at_a_page() {
    let whole = [keyed(4, "b", "new"), keyed(5, "d", "new")];
    let truth = applied(at(9), whole.to_vec());
    let mut cut_off = lane(live().replica, &plan(Plan::Snapshot, at(3), at(9)));
    give(&mut cut_off, [page(Topic::Commands, at(9), ("", ""), vec![])]);
    give(&mut cut_off, [page(Topic::Reconciliation, at(9), ("", "b"), whole[..1].to_vec())]);
    let presented = stored(&cut_off.replica).presented().expect("a position");
    assert_eq!(presented.scopes, scopes()[..1], "a scope is held when its last page has come");
    let Some(Interrupted::Snapshot(snapshot)) = presented.interrupted else { panic!("a snapshot was interrupted") };
    assert_eq!((snapshot.last_key.as_str(), snapshot.scope.as_ref()), ("b", Some(&scopes()[1])));

    let mut rest = plan(Plan::Snapshot, at(9), at(9));
    rest.snapshot_scopes.remove(0);
    let mut resumed = lane(stored(&cut_off.replica), &rest);
    give(&mut resumed, [page(Topic::Reconciliation, at(9), ("b", ""), whole[1..].to_vec())]);
    let [receipt, caught_up] = end(&truth, 0, 1);
    give(&mut resumed, [receipt]);
    give(&mut resumed, [caught_up]);
    let state = |replica: &Replica| replica.ledger.sums()[1].state_digest.clone();
    assert_eq!(state(&resumed.replica), state(&truth));
    assert_eq!(resumed.replica.presented().expect("a position").scopes, scopes());
}

#[test]
fn pages_that_leave_keys_out_or_lie_elsewhere_are_not_taken() {
    for (what, wrong) in [
        ("a gap", page(Topic::Reconciliation, at(9), ("c", ""), vec![])),
        ("another scope first", page(Topic::Telemetry, at(9), ("", ""), vec![])),
        ("another position", page(Topic::Commands, at(8), ("", ""), vec![])),
        ("keys behind its end", page(Topic::Commands, at(9), ("", "b"), vec![keyed(4, "c", "")])),
        ("keys before its beginning", page(Topic::Commands, at(9), ("b", ""), vec![keyed(4, "a", "")])),
    ] {
        let mut lane = lane(live().replica, &plan(Plan::Snapshot, at(3), at(9)));
        lane.frame(wrong).expect_err(what);
    }
}

#[test]
fn another_history_replaces_the_position_and_leaves_effects() {
    let mut lane = lane(live().replica, &plan(Plan::Snapshot, in_epoch(8, 40), in_epoch(8, 40)));
    let truth = applied(in_epoch(8, 40), vec![keyed(7, "z", "y")]);
    give(&mut lane, [page(Topic::Commands, in_epoch(8, 40), ("", ""), vec![])]);
    give(&mut lane, [page(Topic::Reconciliation, in_epoch(8, 40), ("", ""), vec![keyed(7, "z", "y")])]);
    let ended = give(&mut lane, end(&truth, 0, 1));
    assert!(ended.notes.is_empty(), "{:?}", ended.notes);
    assert_eq!(lane.replica.position, Some(in_epoch(8, 40)));
    assert_eq!(lane.replica.work.events, 2);
    assert_eq!(lane.sums(), truth.ledger.sums());
}

#[test]
fn a_reader_that_fell_behind_follows_a_delta() {
    let mut lane = live();
    give(&mut lane, [fell_behind(3, 9)]);
    assert!(lane.is_syncing() && lane.sums().is_empty());
    give(&mut lane, [delivery(3, at(9), vec![deleted(8, "a")])]);
    let truth = applied(at(9), vec![event(1, "", "one"), event(3, "", "two")]);
    let ended = give(&mut lane, end(&truth, 1, 0));
    assert!(ended.notes.is_empty() && !lane.is_syncing(), "{:?}", ended.notes);
}

#[test]
fn queries_are_answered_between_syncs_and_where_a_plan_compares() {
    let query = DigestQuery { query_id: 4, scope: Some(scopes()[1].clone()), max_parts: 8, ..Default::default() };
    let frame = || DataResponse { frame: Some(Frame::DigestQuery(query.clone())) };
    let report = give(&mut live(), [frame()]).digests.expect("an answer");
    assert_eq!((report.query_id, report.position, report.parts.len()), (4, Some(at(3)), 2));
    let mut comparing = plan(Plan::Snapshot, at(3), at(3));
    comparing.compares = true;
    assert!(give(&mut lane(live().replica, &comparing), [frame()]).digests.is_some());
    lane(live().replica, &plan(Plan::Snapshot, at(3), at(3))).frame(frame()).expect_err("this plan compares nothing");
}

#[test]
fn reports_and_asks_lead_to_duties_and_what_cannot_be_printed_is_refused() {
    let mut lane = live();
    let operations = vec![
        event(4, "polyglot.Report", "r \"1\""),
        event(5, "polyglot.Ask", NAME),
        event(6, "polyglot.Ask", "another"),
        event(7, "polyglot.Report", "\u{7}"),
    ];
    let step = give(&mut lane, [delivery(3, at(7), operations)]);
    let [Duty::Report(line), Duty::Answer { asked_by: 5 }] = &step.duties[..] else { panic!("{:?}", step.duties) };
    assert_eq!(
        (&line["report"], &line["opId"], &line["events"], &line["keys"]),
        (&"r \"1\"".into(), &4.into(), &3.into(), &1.into())
    );
    assert_eq!(line["table"], "226071355c810991e53b062e9e3db9747ddbfc162c91a2ceb7ed65379188eb0c");
    assert_eq!(step.refused.iter().map(|(op_id, _)| *op_id).collect::<Vec<_>>(), [7]);
    assert_eq!(lane.replica.work.events, 5, "what is refused has no effect");
    assert_eq!(lane.sums()[0].event_count, 6, "and counts as received");
}

fn repair(page: SnapshotPage) -> DataResponse {
    let repair = Repair { pages: vec![page], repair_id: 1, ..Default::default() };
    DataResponse { frame: Some(Frame::Repair(repair)) }
}

fn fell_behind(from: u64, head: u64) -> DataResponse {
    let frame = FellBehind { position: Some(at(from)), head: Some(at(head)) };
    DataResponse { frame: Some(Frame::FellBehind(frame)) }
}
