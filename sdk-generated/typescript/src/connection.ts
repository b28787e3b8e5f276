import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { session } from "../gen/swarmlog/v1/constants.js";
import { isLoopback, requireAddress } from "./address.js";
import { requireAtLeast, requireMs } from "./arguments.js";
import { baseUrl, Http2Sessions } from "./http2-sessions.js";
import { mathRandom, type Randomness } from "./randomness.js";
import { requireSecurity, Security } from "./security.js";
import { version } from "./version.js";

const DEFAULT_KEEPALIVE_MS = 30_000;
const LEAST_KEEPALIVE_MS = 5_000;

export interface ConnectionOptions {
  /** Without it plaintext to loopback, and TLS to anywhere else. */
  readonly security?: Security;
  /**
   * After so much silence (at least 5 s, 30 s if absent) the coordinator is pinged; without an answer for 10 s the connection
   * is lost.
   */
  readonly keepaliveMs?: number;
  /** Messages above it end the stream. A delivery may be as large as the largest group. 64 MiB if absent. */
  readonly maxMessageBytes?: number;
  /** Where jitter is drawn from. */
  readonly random?: Randomness;
}

/**
 * One connection to a coordinator.
 *
 * The norm is one per agent, made by the agent itself and shared with its publisher. Make one to share it between agents of
 * a process. Connects when it is first used, again when it is used after it was lost, and does not keep a process alive that
 * has no call open.
 */
export class Connection implements AsyncDisposable {
  /** The coordinator's address. */
  readonly target: string;
  /** Where jitter is drawn from. */
  readonly random: Randomness;
  readonly #sessions: Http2Sessions;
  readonly #transport: Transport;
  #closed = false;

  /**
   * A connection to `target`, "host:port", with an IPv6 address in brackets. RangeError if nothing could ever be reached
   * there, TypeError if something is not what it should be.
   */
  constructor(target: string, options: ConnectionOptions = {}) {
    this.target = requireAddress(target);
    this.random = options.random ?? mathRandom;
    const security = requireSecurity(options.security ?? (isLoopback(target) ? Security.plaintext() : Security.tls()));
    const keepaliveMs = options.keepaliveMs ?? DEFAULT_KEEPALIVE_MS;
    requireMs("a keepalive", keepaliveMs, LEAST_KEEPALIVE_MS);
    const readMaxBytes = options.maxMessageBytes ?? session.maxMessageBytes;
    requireAtLeast("the largest message in bytes", readMaxBytes, 1);
    this.#sessions = new Http2Sessions(target, security, keepaliveMs);
    this.#transport = createGrpcTransport({
      baseUrl: baseUrl(target, security),
      sessionManager: this.#sessions,
      readMaxBytes,
      acceptCompression: [],
      interceptors: [nameOurselves],
    });
  }

  /** For calls, which connect where that is not so, and fail where they cannot. Throws if the connection was closed. */
  get transport(): Transport {
    if (this.#closed) {
      throw new Error("Expected the connection to be open, but it was closed.");
    }
    return this.#transport;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when what is connected now is lost, or asked to go; at once if that is so already, or nothing is connected. */
  async lost(): Promise<void> {
    await this.#sessions.lost();
  }

  /** Ends all calls. Close what uses the connection first. */
  close(): void {
    this.#closed = true;
    this.#sessions.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

const nameOurselves: Interceptor = (next) => (request) => {
  request.header.set("user-agent", `swarmlog-typescript/${version}`);
  return next(request);
};
