// Cutting the keys that are held into parts, to answer a query.
import { create } from "@bufbuild/protobuf";

import { session } from "../../gen/swarmlog/v1/constants.js";
import { DigestPartSchema, type DigestPart, type DigestQuery } from "../../gen/swarmlog/v1/drift_pb.js";
import { Sum, type Digest } from "./digests.js";

/**
 * Cuts what is held in the interval of a query into parts.
 *
 * With more keys than parts, each part has about as many, and the last one goes on to the end of the interval. With fewer,
 * each part ends with a key and holds nothing else; what is behind the last key is a part of no key. That part counts too:
 * where it would be one too many, some parts are of two keys, and the next query takes them apart.
 *
 * @param keys those of the interval, ascending
 * @param digestOf the digest of one of them: nothing is hashed here
 */
export function cut(keys: readonly string[], digestOf: (key: string) => Digest, query: DigestQuery): DigestPart[] {
  const end = query.throughKey;
  const count = keys.length;
  // What the contract allows; anything else is taken for the nearest.
  const maxParts = Math.min(session.maxDigestParts, Math.max(session.minDigestParts, query.maxParts));
  const behind = count <= maxParts && (count === 0 || keys.at(-1) !== end);
  const cuts = Math.min(count, behind ? maxParts - 1 : maxParts);
  const parts: DigestPart[] = [];
  let total = new Sum();
  let before = 0;
  for (let seen = 1; seen <= count; seen++) {
    const key = keys[seen - 1]!;
    total.add(digestOf(key));
    if (seen === Math.floor((count * (parts.length + 1)) / cuts)) {
      const last = seen === count && !behind;
      parts.push(part(last ? end : key, seen - before, total));
      total = new Sum();
      before = seen;
    }
  }
  if (behind) {
    parts.push(part(end, 0, total));
  }
  return parts;
}

/** What is answered where it is not known which keys are held. */
export function unknownParts(query: DigestQuery): DigestPart[] {
  return [part(query.throughKey, 0, new Sum())];
}

function part(throughKey: string, keyCount: number, total: Sum): DigestPart {
  return create(DigestPartSchema, { throughKey, keyCount: BigInt(keyCount), digest: total.toBytes() });
}
