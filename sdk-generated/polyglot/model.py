"""What every agent of the polyglot swarm must hold, folded from the log."""

from __future__ import annotations

import dataclasses
import hashlib


def fold_table(table: dict[str, bytes]) -> str:
    """The digest of a table, as docs/polyglot.md has it."""
    digest = hashlib.sha256()
    for key, data in sorted((key.encode(), data) for key, data in table.items()):
        for part in (key, data):
            digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()


@dataclasses.dataclass
class Model:
    """What every agent must hold, folded from the log as it was published."""

    events: int = 0
    chain: bytes = bytes(32)
    table: dict[str, bytes] = dataclasses.field(default_factory=dict)
    # By operation ID of a report: its text, count and chain then.
    reports: dict[int, tuple[str, int, str]] = dataclasses.field(default_factory=dict)

    def apply(self, operation: dict[str, object]) -> None:
        """Fold one operation, as `tail --json` shows it."""
        if operation["target"] != "all":
            return
        text = str(operation.get("payload", ""))
        data, key, op_id = text.encode(), str(operation.get("key", "")), int(str(operation["opId"]))
        if operation["topic"] == "commands" and operation["class"] == "event":
            self.events += 1
            self.chain = hashlib.sha256(self.chain + op_id.to_bytes(8, "big") + data).digest()
            if operation.get("type") == "polyglot.Report":
                self.reports[op_id] = (text, self.events, self.chain.hex())
        elif operation["topic"] == "reconciliation" and operation["class"] == "keyed":
            if operation.get("tombstone"):
                self.table.pop(key, None)
            else:
                self.table[key] = data
