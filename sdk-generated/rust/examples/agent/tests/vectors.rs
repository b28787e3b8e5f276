//! The vectors that every SDK is held to: of docs/ and of the conformance suite.

use std::path::Path;
use std::time::{Duration, Instant};

use prost::Message;
use serde_json::{Value, json};
use swarmlog_generated::google::rpc::Status;
use swarmlog_generated::swarmlog::v1::target::Target as Arm;
use swarmlog_generated::swarmlog::v1::{
    AllAgents, DigestQuery, HeartbeatReply, Operation, OperationClass, Payload, Target,
};

use crate::backoff::Backoff;
use crate::digest::{ScopeName, from_bytes, hex, to_bytes, value_digest};
use crate::failure::Failure;
use crate::heartbeats::Heartbeats;
use crate::held_scope::{Held, HeldScope};
use crate::ledger::Ledger;

fn vectors(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let all: Value = serde_json::from_str(&text).expect("vectors are JSON");
    let vectors = all["vectors"].as_array().expect("a list of vectors").clone();
    assert!(!vectors.is_empty(), "{file} has vectors");
    vectors
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).expect("a number")
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = text(value);
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hexadecimal")).collect()
}

fn scope(of: &Value) -> ScopeName {
    let name = text(&of["name"]);
    let arm = match number(&of["kind"]) {
        1 => Arm::All(AllAgents {}),
        2 => Arm::Agent(name),
        _ => Arm::Role(name),
    };
    let topic = i32::try_from(number(&of["topic"])).expect("a topic");
    ScopeName::of(topic, Some(&Target { target: Some(arm) })).expect("a target")
}

fn operation(of: &Value) -> Operation {
    let class = format!("OPERATION_CLASS_{}", text(&of["class"]));
    let message = scope(of).to_message();
    Operation {
        op_id: number(&of["opId"]),
        topic: message.topic,
        target: message.target,
        operation_class: OperationClass::from_str_name(&class).expect("a class").into(),
        key: text(&of["key"]),
        tombstone: of["tombstone"].as_bool().expect("whether it is a tombstone"),
        payload: Some(Payload {
            r#type: text(&of["type"]),
            content_type: text(&of["contentType"]),
            schema_version: number(&of["schemaVersion"]).try_into().expect("a version"),
            data: bytes(&of["dataHex"]),
        }),
        ..Default::default()
    }
}

/// Applies operations one after the other, and compares what comes of each.
fn check_sums(operations: &[Value], expected: &[Value]) {
    let view: Vec<ScopeName> = operations.iter().map(scope).collect();
    let mut ledger = Ledger::default();
    ledger.begin(&view, true, false, false);
    for (of, expected) in operations.iter().zip(expected) {
        let operation = operation(of);
        ledger.operation(&operation);
        if !operation.tombstone {
            let value = value_digest(operation.payload.as_ref());
            assert_eq!(hex(&to_bytes(value)), text(&expected["valueDigestHex"]), "{of}");
        }
        let sums = ledger.scope(&scope(of)).expect("a scope").sums();
        assert_eq!(hex(&sums.state_digest), text(&expected["stateDigestHex"]), "{of}");
        assert_eq!(sums.event_count, number(&expected["eventCount"]), "{of}");
        assert_eq!(hex(&sums.event_hash), text(&expected["eventHashHex"]), "{of}");
    }
}

#[test]
fn sums_are_those_of_the_document() {
    let vectors = vectors("docs/state-digest-vectors.json");
    let expected: Vec<Value> = vectors.iter().map(|vector| vector["expected"].clone()).collect();
    check_sums(&vectors, &expected);
}

#[test]
fn sums_are_those_of_the_suite() {
    for vector in vectors("conformance/vectors/state-digest.json") {
        let operations = vector["input"]["operations"].as_array().expect("operations");
        check_sums(operations, vector["expected"].as_array().expect("sums"));
    }
}

#[test]
fn queries_are_answered_in_the_parts_of_the_suite() {
    for vector in vectors("conformance/vectors/digest-parts.json") {
        let input = &vector["input"];
        let mut held = HeldScope::new(scope(&input["scope"]), true);
        for key in input["held"].as_array().expect("keys") {
            let value = from_bytes(&bytes(&key["valueDigestHex"])).expect("16 bytes");
            held.put(text(&key["key"]), Held { value, data: Vec::new() });
        }
        let query = DigestQuery {
            after_key: text(&input["afterKey"]),
            through_key: text(&input["throughKey"]),
            max_parts: number(&input["maxParts"]).try_into().expect("a number of parts"),
            ..Default::default()
        };
        let parts = held.parts(&query).into_iter().map(
            |part| json!({"throughKey": part.through_key, "keyCount": part.key_count, "digestHex": hex(&part.digest)}),
        );
        assert_eq!(Value::from_iter(parts), vector["expected"], "{}", vector["name"]);
    }
}

#[test]
fn errors_mean_what_the_suite_says() {
    for vector in vectors("conformance/vectors/errors.json") {
        let status = Status::decode(bytes(&vector["input"]["statusHex"]).as_slice()).expect("a status");
        let (failure, expected) = (Failure::of_status(&status), &vector["expected"]);
        assert_eq!(Value::from(failure.retryable), expected["retryable"], "{}", vector["name"]);
        let wait = expected["retryAfterNs"].as_u64().unwrap_or(0);
        assert_eq!(failure.retry_after, Duration::from_nanos(wait), "{}", vector["name"]);
        let told = failure.to_string();
        let action = text(&expected["action"]);
        assert!(told.starts_with(&text(&expected["reason"])), "{}: {told}", vector["name"]);
        assert!(told.contains(action.trim_end_matches('.')), "{}: {told}", vector["name"]);
    }
}

#[test]
fn delays_are_those_of_the_suite() {
    // The agent has no delays of the other kinds.
    let is_known = |step: &Value| matches!(step["do"].as_str(), Some("delay" | "delayAfterLoss" | "worked"));
    let mut checked = 0;
    for vector in vectors("conformance/vectors/backoff.json") {
        let steps = vector["input"]["steps"].as_array().expect("steps");
        if !steps.iter().all(is_known) {
            continue;
        }
        let fraction = vector["input"]["fraction"].as_f64().expect("a fraction");
        let (beginning, mut backoff, mut delays) = (Instant::now(), Backoff::default(), Vec::new());
        for step in steps {
            let now = beginning + Duration::from_nanos(step["atNs"].as_u64().unwrap_or(0));
            if step["do"] == "worked" {
                backoff.succeeded(now);
                continue;
            }
            let told = Duration::from_nanos(step["toldNs"].as_u64().unwrap_or(0));
            let random = |most: u64| (fraction * (most + 1) as f64).floor() as u64;
            let delay = backoff.next(now, told, step["do"] == "delayAfterLoss", random);
            delays.push(delay.as_nanos() as u64);
        }
        assert_eq!(Value::from(delays), vector["expected"], "{}", vector["name"]);
        checked += 1;
    }
    assert!(checked > 10, "{checked} vectors are of delays that the agent has");
}

#[test]
fn the_clock_is_as_far_ahead_as_the_suite_says() {
    for vector in vectors("conformance/vectors/clock-filter.json") {
        let mut heartbeats = Heartbeats::default();
        for sample in vector["input"]["samples"].as_array().expect("samples") {
            let reply = HeartbeatReply {
                agent_sent_unix_nano: number(&sample["agentSentUnixNano"]),
                received_unix_nano: number(&sample["receivedUnixNano"]),
                sent_unix_nano: number(&sample["sentUnixNano"]),
                ..Default::default()
            };
            heartbeats.answered(&reply, number(&sample["agentReceivedUnixNano"]));
        }
        let next = heartbeats.next(0).expect("all were answered");
        let said = next.clock_offset_nano.zip(next.clock_uncertainty_nano).map(
            |(offset, uncertainty)| json!({"offsetNs": offset.to_string(), "uncertaintyNs": uncertainty.to_string()}),
        );
        assert_eq!(said.unwrap_or(Value::Null), vector["expected"], "{}", vector["name"]);
    }
}
