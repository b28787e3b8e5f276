import assert from "node:assert/strict";
import { test } from "node:test";

import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

import {
  PublishService,
  PublishStreamRequestSchema,
  PublishStreamResponseSchema,
  type PublishStreamRequest,
  type PublishStreamResponse,
} from "../gen/swarmlog/v1/publishing_pb.js";
import { ClientStream, type StreamEvents } from "../src/client-stream.js";
import { Connection } from "../src/connection.js";
import type { Failure } from "../src/failure.js";
import { CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from "../src/http2-sessions.js";
import { until } from "./awaited.js";
import { Server } from "./server.js";

const STALLED = (2 * CONNECTION_WINDOW_BYTES) / STREAM_WINDOW_BYTES;
const LARGE = "x".repeat(100_000);

class Recorded implements StreamEvents<PublishStreamRequest, PublishStreamResponse> {
  readonly waiting: PublishStreamRequest[] = [];
  readonly frames: PublishStreamResponse[] = [];
  why: Failure | undefined;

  nextFrame(): PublishStreamRequest | undefined {
    return this.waiting.shift();
  }

  frame(frame: PublishStreamResponse): void {
    this.frames.push(frame);
  }

  ended(why: Failure): void {
    this.why = why;
  }
}

function hello(publisher: string): PublishStreamRequest {
  return create(PublishStreamRequestSchema, { frame: { case: "hello", value: { publisher } } });
}

function group(number: bigint): PublishStreamRequest {
  return create(PublishStreamRequestSchema, { frame: { case: "group", value: { number } } });
}

function open(
  connection: Connection,
  publisher: string,
  events: Recorded,
  how: { paced?: boolean; drains?: boolean } = {},
): ClientStream<PublishStreamRequest, PublishStreamResponse> {
  const client = createClient(PublishService, connection.transport);
  const options = { target: connection.target, ...how };
  return new ClientStream((requests, call) => client.publishStream(requests, call), hello(publisher), events, options);
}

test("should not stop a stream where another one of the connection is not read", async () => {
  // given
  let offered = 0;
  await using server = await Server.start((router) => {
    router.service(PublishService, {
      async *publishStream(requests) {
        for await (const { frame } of requests) {
          if (frame.case === "hello" && frame.value.publisher === "floods") {
            for (let i = 0; i < 1_000; i++) {
              yield create(PublishStreamResponseSchema, {
                frame: { case: "refusal", value: { status: { message: LARGE } } },
              });
              offered += LARGE.length;
            }
          } else if (frame.case === "group") {
            yield create(PublishStreamResponseSchema, {
              frame: { case: "ack", value: { number: frame.value.number } },
            });
          }
        }
      },
    });
  });
  await using connection = new Connection(server.target);
  const stalled = new Recorded();
  // Together more than the window of the connection.
  const flooded = Array.from({ length: STALLED }, () => open(connection, "floods", stalled, { paced: true }));
  const full = STALLED * (STREAM_WINDOW_BYTES - LARGE.length);
  await until(() => offered >= full, "windows full of frames that nobody reads");
  // when
  const moving = new Recorded();
  const stream = open(connection, "moves", moving);
  for (let number = 1n; number <= 1_000n; number++) {
    moving.waiting.push(group(number));
    stream.wake();
    await until(() => moving.frames.length === Number(number), `the answer to group ${number}`);
  }
  // then
  assert.equal(server.connections, 1);
  assert.equal(stalled.frames.length, 0);
  assert.ok(offered < 2 * full, `Expected the windows to close, but ${offered} bytes were sent`);
  // when
  const before = offered;
  for (let i = 1; i <= 100; i++) {
    flooded[0]?.request();
    await until(() => stalled.frames.length === i, `frame ${i} of one that was stalled`);
  }
  // then
  assert.ok(
    offered - before >= 80 * LARGE.length,
    `Expected the window to open, but only ${offered - before} bytes came`,
  );
  for (const each of [stream, ...flooded]) {
    each.end();
    await each.closed();
  }
});
