// The bytes of a cursor file, the same as those of Python's SDK. All integers are big-endian:
//
//     file    magic 'S' 'W' 'L' 'P' | version u32 = 1 | record ...
//     record  length u32 | CRC-32 u32 over length and payload | payload
//     payload cursor length u32, or ff ff ff ff for none | cursor | key ...
//     key     scope length u32, 0 for the scope of the key before | Scope
//             | key length u32 | key, UTF-8 | digest length u8, 0 if the key is gone | digest
//
// Read from the beginning, the last whole cursor counts, and the changes of keys up to it. Records are appended one after the
// other, each flushed before the next, so only the last one can be torn: a bad record with a whole one behind it is damage.
import { crc32 } from "node:zlib";

import { fromBinary, toBinary } from "@bufbuild/protobuf";

import { ScopeSchema } from "../gen/swarmlog/v1/operation_pb.js";
import { AgentCursor, CursorStoreError } from "./cursor.js";
import { KeyIndex } from "./key-index.js";
import { HeldKey } from "./session/held-key.js";
import { Scope } from "./session/scope.js";

const MAGIC = 0x53574c50;
const VERSION = 1;
const NO_CURSOR = 0xffffffff;
const U32_BYTES = 4;
const HEADER_BYTES = 2 * U32_BYTES;
// A rewrite puts keys into records of about this size, so that nothing is as large as the file.
const REWRITE_RECORD_BYTES = 64 * 1024;

/** What a file holds. */
export interface Contents {
  readonly cursor: AgentCursor;
  /** Value digests by scope and key. */
  readonly keys: KeyIndex;
}

/** A record of a cursor and what changed with it. */
export function record(cursor: AgentCursor | undefined, changed: Iterable<HeldKey>): Buffer {
  const stored = cursor?.toBytes();
  const parts: Uint8Array[] = [u32(stored?.length ?? NO_CURSOR), stored ?? Buffer.alloc(0)];
  let before: string | undefined;
  for (const { scope, key, valueDigest } of changed) {
    const encoded = scope.id === before ? Buffer.alloc(0) : toBinary(ScopeSchema, scope.toMessage());
    before = scope.id;
    const utf8 = Buffer.from(key);
    parts.push(u32(encoded.length), encoded, u32(utf8.length), utf8);
    parts.push(Uint8Array.of(valueDigest.length), valueDigest);
  }
  const payload = Buffer.concat(parts);
  const length = u32(payload.length);
  return Buffer.concat([length, u32(crc32(payload, crc32(length))), payload]);
}

/** A whole file, part by part. */
export function* rewritten({ cursor, keys }: Contents): Generator<Buffer> {
  yield Buffer.concat([u32(MAGIC), u32(VERSION)]);
  let some: HeldKey[] = [];
  let bytes = 0;
  for (const held of keys.all()) {
    some.push(held);
    bytes += held.key.length + held.valueDigest.length;
    if (bytes >= REWRITE_RECORD_BYTES) {
      yield record(undefined, some);
      some = [];
      bytes = 0;
    }
  }
  yield record(cursor, some);
}

/**
 * Reads a whole file; a torn record at its end is ignored. CursorStoreError if it is of another kind, of a newer version, or
 * damaged.
 */
export function read(file: Buffer, name: string): Contents {
  checkHeader(file, name);
  const keys = new KeyIndex();
  let last: AgentCursor | undefined;
  let at = HEADER_BYTES;
  while (at < file.length) {
    const payload = payloadAt(file, at);
    if (payload === undefined) {
      if (anyRecordBehind(file, at)) {
        throw damaged(name, "a record does not match its checksum");
      }
      break;
    }
    last = take(payload, keys, name) ?? last;
    at += HEADER_BYTES + payload.length;
  }
  if (last === undefined && file.length > HEADER_BYTES) {
    throw damaged(name, "no cursor in it is whole");
  }
  return { cursor: last ?? AgentCursor.empty, keys };
}

function checkHeader(file: Buffer, name: string): void {
  if (file.length < HEADER_BYTES) {
    throw damaged(name, "it is shorter than its header");
  }
  if (file.readUInt32BE() !== MAGIC) {
    throw new CursorStoreError(
      `Expected a cursor file at ${name}, but it is something else: give the cursor store a directory of its own.`,
    );
  }
  const version = file.readUInt32BE(U32_BYTES);
  if (version !== VERSION) {
    throw new CursorStoreError(
      `Expected a cursor file of version ${VERSION} at ${name}, but it has version ${version}: use the SDK that wrote it, or ` +
        "a newer one.",
    );
  }
}

function anyRecordBehind(file: Buffer, at: number): boolean {
  for (let behind = at + 1; behind < file.length; behind++) {
    if (payloadAt(file, behind) !== undefined) {
      return true;
    }
  }
  return false;
}

/** Undefined if there is no whole record. */
function payloadAt(file: Buffer, at: number): Buffer | undefined {
  const start = at + HEADER_BYTES;
  if (start > file.length) {
    return undefined;
  }
  const length = file.readUInt32BE(at);
  // A payload has the length of its cursor at least.
  if (length < U32_BYTES || length > file.length - start) {
    return undefined;
  }
  const cursorLength = file.readUInt32BE(start);
  if (cursorLength > length - U32_BYTES && cursorLength !== NO_CURSOR) {
    // Seen at once, where a whole record is looked for at every byte.
    return undefined;
  }
  const payload = file.subarray(start, start + length);
  const checksum = crc32(payload, crc32(file.subarray(at, at + U32_BYTES)));
  return checksum === file.readUInt32BE(at + U32_BYTES) ? payload : undefined;
}

/** Takes a record over; answers its cursor. */
function take(payload: Buffer, keys: KeyIndex, name: string): AgentCursor | undefined {
  const reader = new Reader(payload);
  const changed: HeldKey[] = [];
  let cursor: AgentCursor | undefined;
  try {
    const length = reader.u32();
    cursor = length === NO_CURSOR ? undefined : AgentCursor.fromBytes(reader.take(length));
    let scope = new Scope(0);
    while (reader.hasMore) {
      const encoded = reader.take(reader.u32());
      if (encoded.length > 0) {
        scope = Scope.from(fromBinary(ScopeSchema, encoded));
      }
      const key = reader.take(reader.u32()).toString();
      changed.push(new HeldKey(scope, key, reader.take(reader.u8())));
    }
  } catch (cause) {
    throw damaged(name, "a record of it does not parse", cause);
  }
  keys.change(changed);
  return cursor;
}

class Reader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  get hasMore(): boolean {
    return this.#at < this.#payload.length;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u32(): number {
    return this.take(U32_BYTES).readUInt32BE();
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#payload.length) {
      throw new RangeError(`Expected ${length} more bytes, but there are ${this.#payload.length - this.#at}.`);
    }
    const taken = this.#payload.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(U32_BYTES);
  bytes.writeUInt32BE(number);
  return bytes;
}

function damaged(name: string, how: string, cause?: unknown): CursorStoreError {
  const message =
    `Expected a whole cursor file at ${name}, but ${how}: restore the file, or remove it to start the agent from the ` +
    "beginning of the log.";
  return new CursorStoreError(message, { cause });
}
