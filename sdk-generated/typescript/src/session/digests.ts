// The digests that an agent's sums are made of; docs/state-digest.md specifies them.
import { hash } from "node:crypto";

import type { Payload } from "../../gen/swarmlog/v1/operation_pb.js";
import type { Scope } from "./scope.js";

/** Length of digests and of sums in messages. */
export const BYTES = 16;

/** The sum of nothing, as it is sent. Not to be changed. */
export const ZERO = new Uint8Array(BYTES);

const KIND_ALL = 1;
const KIND_AGENT = 2;
const KIND_ROLE = 3;
const LIMBS = 4;
const LIMB = 2 ** 32;

/**
 * Bytes as a string with one character for each: in V8 that takes less memory than an array, and is compared and hashed at
 * once. Digests are kept so, and are bytes in messages and stores.
 */
export type Digest = string;

export function digestOf(bytes: Uint8Array): Digest {
  return String.fromCharCode(...bytes);
}

export function bytesOf(digest: Digest): Uint8Array {
  const bytes = new Uint8Array(digest.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = digest.charCodeAt(i);
  }
  return bytes;
}

/** `H(01 | lp(type) | lp(content_type) | u32 schema_version | lp(data))`; a missing payload counts as an empty one. */
export function valueDigest(payload: Payload | undefined): Uint8Array {
  const type = payload?.type ?? "";
  const contentType = payload?.contentType ?? "";
  const data = payload?.data ?? new Uint8Array();
  const writer = new Writer(1 + 4 * 4 + utf8Length(type) + utf8Length(contentType) + data.length);
  writer.u8(1);
  writer.text(type);
  writer.text(contentType);
  writer.u32(payload?.schemaVersion ?? 0);
  writer.u32(data.length);
  writer.bytes(data);
  return bytesOf(h(writer.buffer));
}

/** The digests of one scope's keys and events. */
export class ScopeDigests {
  readonly #scope: Buffer;
  // Used again for each event: 03 | u64 op_id | scope | value digest.
  readonly #event: Buffer;

  constructor(scope: Scope) {
    const name = scope.agent !== "" ? scope.agent : scope.role;
    const writer = new Writer(2 + 4 + utf8Length(name));
    writer.u8(scope.topicNumber);
    writer.u8(scope.agent !== "" ? KIND_AGENT : scope.role !== "" ? KIND_ROLE : KIND_ALL);
    writer.text(name);
    this.#scope = writer.buffer;
    this.#event = Buffer.concat([Buffer.alloc(1 + 8, 3), this.#scope, ZERO]);
  }

  /** `H(02 | scope | lp(key) | value digest)`. */
  key(key: string, value: Digest): Digest {
    const writer = new Writer(1 + this.#scope.length + 4 + utf8Length(key) + value.length);
    writer.u8(2);
    writer.bytes(this.#scope);
    writer.text(key);
    writer.digest(value);
    return h(writer.buffer);
  }

  /** `H(03 | u64 op_id | scope | value digest)`. */
  event(opId: bigint, value: Uint8Array): Digest {
    let message = this.#event;
    if (value.length !== BYTES) {
      message = Buffer.concat([message.subarray(0, -BYTES), value]);
    } else {
      message.set(value, message.length - BYTES);
    }
    message.writeBigUInt64BE(opId, 1);
    return h(message);
  }
}

/** A sum of digests: an unsigned number below 2^128, which wraps around. */
export class Sum {
  // Most significant first.
  readonly #limbs = new Uint32Array(LIMBS);

  add(digest: Digest): void {
    const limbs = this.#limbs;
    let carry = 0;
    for (let i = LIMBS - 1; i >= 0; i--) {
      const sum = limbs[i]! + limbOf(digest, i) + carry;
      limbs[i] = sum;
      carry = sum >= LIMB ? 1 : 0;
    }
  }

  subtract(digest: Digest): void {
    const limbs = this.#limbs;
    let borrow = 0;
    for (let i = LIMBS - 1; i >= 0; i--) {
      const difference = limbs[i]! - limbOf(digest, i) - borrow;
      limbs[i] = difference;
      borrow = difference < 0 ? 1 : 0;
    }
  }

  /** Takes another sum over; an empty one is that of nothing. */
  set(bytes: Uint8Array): void {
    this.#limbs.fill(0);
    if (bytes.length > 0) {
      this.add(digestOf(bytes));
    }
  }

  get isZero(): boolean {
    return this.#limbs.every((limb) => limb === 0);
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(BYTES);
    const view = new DataView(bytes.buffer);
    this.#limbs.forEach((limb, i) => view.setUint32(i * 4, limb));
    return bytes;
  }
}

/** The first 16 bytes of SHA-256. */
function h(message: Uint8Array): Digest {
  return hash("sha256", message, "binary").slice(0, BYTES);
}

function limbOf(digest: Digest, limb: number): number {
  const i = limb * 4;
  return (
    ((digest.charCodeAt(i) << 24) |
      (digest.charCodeAt(i + 1) << 16) |
      (digest.charCodeAt(i + 2) << 8) |
      digest.charCodeAt(i + 3)) >>>
    0
  );
}

function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

/** Writes the parts of a message that is hashed; `lp(x)` is a length of 4 bytes, then x. */
class Writer {
  readonly buffer: Buffer;
  #at = 0;

  constructor(length: number) {
    this.buffer = Buffer.allocUnsafe(length);
  }

  u8(value: number): void {
    this.#at = this.buffer.writeUInt8(value, this.#at);
  }

  u32(value: number): void {
    this.#at = this.buffer.writeUInt32BE(value, this.#at);
  }

  bytes(part: Uint8Array): void {
    this.buffer.set(part, this.#at);
    this.#at += part.length;
  }

  digest(part: Digest): void {
    this.#at += this.buffer.write(part, this.#at, "latin1");
  }

  text(part: string): void {
    const written = this.buffer.write(part, this.#at + 4);
    this.u32(written);
    this.#at += written;
  }
}
