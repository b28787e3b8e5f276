import assert from "node:assert/strict";
import { test } from "node:test";

import { create, toBinary } from "@bufbuild/protobuf";

import { publisher as bounds } from "../gen/swarmlog/v1/constants.js";
import {
  PublishRecordSchema,
  TelemetryAckSchema,
  TelemetryHelloSchema,
  type PublishRecord,
  type TelemetryBatch,
} from "../gen/swarmlog/v1/publishing_pb.js";
import { Backoff } from "../src/backoff.js";
import { TelemetrySession, type Settled, type TelemetryOutput } from "../src/publishing/telemetry-session.js";
import { NS_PER_MS } from "../src/units.js";
import { longest } from "./fixed-random.js";
import { failure } from "./statuses.js";

const ONE_DROPPED = "taken 0, shed 0, dropped 1";

/** A session that says what it does. */
class Recorder implements TelemetryOutput {
  readonly outputs: string[] = [];
  readonly session = new TelemetrySession(create(TelemetryHelloSchema), this, new Backoff(longest));

  /** One that has sent one record, which is not answered. */
  static withOneInFlight(): Recorder {
    const recorder = new Recorder();
    recorder.offer(record("1"));
    recorder.session.welcome(0);
    recorder.session.poll();
    return recorder;
  }

  offer(record: PublishRecord): void {
    this.session.offer(record, toBinary(PublishRecordSchema, record).length);
  }

  drain(): TelemetryBatch[] {
    const batches: TelemetryBatch[] = [];
    for (let batch = this.session.poll(); batch !== undefined; batch = this.session.poll()) {
      batches.push(batch);
    }
    return batches;
  }

  openStream(): void {
    this.outputs.push("open stream");
  }

  endStream(): void {
    this.outputs.push("end stream");
  }

  settled({ taken, shed, dropped }: Settled): void {
    this.outputs.push(`taken ${taken}, shed ${shed}, dropped ${dropped}`);
  }

  startTimer(delayNs: number): void {
    this.outputs.push(`timer in ${delayNs / NS_PER_MS} ms`);
  }
}

function record(key: string): PublishRecord {
  return create(PublishRecordSchema, { key });
}

test("should cut what waits into batches, and keep a few in flight", () => {
  // given
  const recorder = new Recorder();
  const { session } = recorder;
  for (let i = 0; i < 10 * bounds.maxTelemetryBatchRecords; i++) {
    recorder.offer(record(`k${i}`));
  }
  assert.equal(session.poll(), undefined);
  // when
  session.welcome(0);
  const sent = recorder.drain();
  // then
  assert.deepEqual(
    sent.map(({ number, records }) => [number, records.length]),
    Array.from({ length: bounds.maxTelemetryBatchesInFlight }, (_, i) => [
      BigInt(i + 1),
      bounds.maxTelemetryBatchRecords,
    ]),
  );
  // when
  session.acked(create(TelemetryAckSchema, { number: 1n, shedCount: 6 }));
  // then
  assert.deepEqual(
    recorder.drain().map(({ number }) => number),
    [BigInt(bounds.maxTelemetryBatchesInFlight + 1)],
  );
  assert.deepEqual(recorder.outputs, ["open stream", "taken 250, shed 6, dropped 0"]);
});

test("should bound batches in bytes", () => {
  const recorder = new Recorder();
  [200_000, 200_000, 300_000].forEach((length) => recorder.offer(record("k".repeat(length))));
  recorder.session.welcome(0);
  assert.deepEqual(
    recorder.drain().map(({ records }) => records.length),
    [1, 1, 1],
  );
});

test("should never send twice, and count what a broken stream leaves", () => {
  // given
  const recorder = Recorder.withOneInFlight();
  const { session } = recorder;
  recorder.offer(record("2"));
  // when
  session.streamEnded(failure("UNAVAILABLE"), 0);
  session.timer();
  session.welcome(0);
  // then
  assert.deepEqual(
    recorder.drain().flatMap(({ records }) => records.map(({ key }) => key)),
    ["2"],
  );
  assert.deepEqual(recorder.outputs, ["open stream", ONE_DROPPED, "timer in 800 ms", "open stream"]);
});

test("should stay away while there is nothing to send", () => {
  // given
  const recorder = Recorder.withOneInFlight();
  const { session } = recorder;
  session.streamEnded(failure("PERMISSION_DENIED"), 0);
  // when
  session.timer();
  // then
  assert.equal(session.state, "IDLE");
  recorder.offer(record("2"));
  assert.notEqual(recorder.session.state, "IDLE");
});

test("should count an unanswered batch as dropped when a later one is answered", () => {
  const recorder = Recorder.withOneInFlight();
  const { session } = recorder;
  recorder.offer(record("2"));
  session.poll();
  session.acked(create(TelemetryAckSchema, { number: 2n }));
  assert.deepEqual(recorder.outputs.slice(1), [ONE_DROPPED, "taken 1, shed 0, dropped 0"]);
});

test("should drop everything when closed", () => {
  const recorder = Recorder.withOneInFlight();
  const { session } = recorder;
  recorder.offer(record("2"));
  session.close();
  recorder.offer(record("3"));
  assert.deepEqual(recorder.outputs, ["open stream", "end stream", ONE_DROPPED, ONE_DROPPED, ONE_DROPPED]);
});
