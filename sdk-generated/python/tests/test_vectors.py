"""The vectors that every SDK agrees on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from swarmlog.session import digest_parts, digests
from swarmlog.session.scope_ledger import ScopeLedger
from swarmlog.session.scopes import Scope
from swarmlog.v1 import drift_pb2, operation_pb2

DOCS = Path(__file__).parents[3] / "docs"


def read(name: str) -> list[dict[str, Any]]:
    path = DOCS / name
    if not path.exists():
        pytest.skip(f"Expected the vectors of the contract, but there is no {path}")
    vectors: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return vectors


def scope_of(vector: dict[str, Any]) -> Scope:
    name = vector["name"]
    return Scope(
        vector["topic"],
        agent=name if vector["kind"] == 2 else "",
        role=name if vector["kind"] == 3 else "",
    )


def test_state_digests() -> None:
    ledgers: dict[Scope, ScopeLedger] = {}
    vectors = read("state-digest-vectors.json")
    assert vectors
    for vector in vectors:
        scope = scope_of(vector)
        ledger = ledgers.setdefault(scope, ScopeLedger(scope, True, True))
        value = digests.value_digest(
            operation_pb2.Payload(
                type=vector["type"],
                content_type=vector["contentType"],
                schema_version=vector["schemaVersion"],
                data=bytes.fromhex(vector["dataHex"]),
            )
        )
        expected = vector["expected"]
        if vector["tombstone"]:
            ledger.remove(vector["key"])
        else:
            assert value.hex() == expected["valueDigestHex"]
            if vector["class"] == "EVENT":
                ledger.event(vector["opId"], value)
            else:
                ledger.put(vector["key"], value)
        sums = ledger.sums()
        assert sums.state_digest.hex() == expected["stateDigestHex"]
        assert sums.event_count == expected["eventCount"]
        assert sums.event_hash.hex() == expected["eventHashHex"]


def test_drift() -> None:
    vectors = read("drift-vectors.json")
    assert vectors
    for vector in vectors:
        ledger = ScopeLedger(scope_of(vector["scope"]), True, True)
        for held in vector["held"]:
            ledger.put(held["key"], bytes.fromhex(held["valueDigestHex"]))
        assert ledger.sums().state_digest.hex() == vector["stateDigestHex"]
        for query in vector["queries"]:
            assert answered(ledger, query) == query["expected"], vector["name"]
        for repair in vector["repairs"]:
            there = {op["key"]: op["valueDigestHex"] for op in repair["operations"]}
            for key in ledger.within(repair["afterKey"], repair["throughKey"]):
                if key not in there:
                    ledger.remove(key)
            for key, value in there.items():
                ledger.put(key, bytes.fromhex(value))
            assert ledger.sums().state_digest.hex() == repair["stateDigestHex"], vector["name"]


def answered(ledger: ScopeLedger, query: dict[str, Any]) -> list[dict[str, Any]]:
    asked = drift_pb2.DigestQuery(
        after_key=query["afterKey"],
        through_key=query["throughKey"],
        max_parts=query["maxParts"],
    )
    keys = ledger.within(asked.after_key, asked.through_key)
    parts = digest_parts.cut(keys, ledger.key_digests(keys), asked)
    return [
        {
            "throughKey": part.through_key,
            "keyCount": part.key_count,
            "digestHex": part.digest.hex(),
        }
        for part in parts
    ]
