import * as http2 from "node:http2";
import * as net from "node:net";
import * as tls from "node:tls";

import { Http2SessionManager } from "@connectrpc/connect-node";

import { hostAndPort } from "./address.js";
import type { Security } from "./security.js";

const CONNECT_TIMEOUT_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** What one stream may have received that is not read yet, in bytes: no more is held for a lane that stalls. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
// Node gives a connection's window back with what arrives, not with what is read, so no stream can use it up for the others.
export const CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024;
// In megabytes. The frames of all lanes and what is published may be under way at once; what bounds them is elsewhere.
const MAX_SESSION_MEMORY = 512;

/** The HTTP/2 connections to one coordinator: one, and those that are asked to go and have streams left. */
export class Http2Sessions extends Http2SessionManager {
  #newest: http2.ClientHttp2Session | undefined;
  #newestGoes = false;

  // All that are open, also of connections that were asked to go.
  readonly #sockets: Set<net.Socket>;

  constructor(target: string, security: Security, keepaliveMs: number) {
    const sockets = new Set<net.Socket>();
    super(
      baseUrl(target, security),
      { pingIntervalMs: keepaliveMs, pingTimeoutMs: KEEPALIVE_TIMEOUT_MS },
      {
        settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
        maxSessionMemory: MAX_SESSION_MEMORY,
        createConnection: () => {
          const socket = connect(target, security);
          sockets.add(socket);
          socket.once("close", () => sockets.delete(socket));
          return socket;
        },
      },
    );
    this.#sockets = sockets;
  }

  /** Ends all calls and connections; also those that a coordinator asked to go and does not end itself. */
  override abort(reason?: Error): void {
    super.abort(reason);
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  override async request(...call: Parameters<Http2SessionManager["request"]>): Promise<http2.ClientHttp2Stream> {
    const stream = await super.request(...call);
    const session = stream.session as http2.ClientHttp2Session | undefined;
    if (session !== undefined && session !== this.#newest) {
      this.#opened(session);
    }
    return stream;
  }

  /** Resolves when what is connected now is lost, or asked to go; at once if that is so already. */
  async lost(): Promise<void> {
    const session = this.#newest;
    if (session === undefined || this.#newestGoes || session.destroyed) {
      return;
    }
    await new Promise<void>((resolve) => {
      session.once("close", resolve);
      session.once("goaway", () => {
        resolve();
      });
    });
  }

  #opened(session: http2.ClientHttp2Session): void {
    this.#newest = session;
    this.#newestGoes = false;
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    // Connect takes its own listener off before the error comes with which it ends a connection that nobody uses and that is
    // asked to go; without any it would end the process.
    session.on("error", () => undefined);
    const goes = () => {
      this.#newestGoes ||= session === this.#newest;
    };
    session.once("goaway", goes);
    session.once("close", goes);
  }
}

/** Where Connect is told to call; a zone of an IPv6 address has no place in it. */
export function baseUrl(target: string, security: Security): string {
  const scheme = security.options === undefined ? "http" : "https";
  return `${scheme}://${target.replace(/%[^\]]*\]/, "]")}`;
}

function connect(target: string, security: Security): net.Socket {
  const { host, port } = hostAndPort(target);
  if (security.options === undefined) {
    return orGiveUp(net.connect({ host, port }), "connect");
  }
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const options = { ...security.options, ...servername, host, port, ALPNProtocols: ["h2"] };
  return orGiveUp(tls.connect(options), "secureConnect");
}

/** Who is not there at all does not answer: the operating system would wait for minutes. */
function orGiveUp<S extends net.Socket>(socket: S, connected: string): S {
  socket.setNoDelay(true);
  const timer = setTimeout(() => {
    const silent = new Error(`no answer within ${String(CONNECT_TIMEOUT_MS / 1000)} s`);
    socket.destroy(Object.assign(silent, { code: "ETIMEDOUT" }));
  }, CONNECT_TIMEOUT_MS);
  const over = () => {
    clearTimeout(timer);
  };
  // Node only ends its side of a connection that was asked to go.
  socket.once("finish", () => {
    socket.setTimeout(KEEPALIVE_TIMEOUT_MS, () => socket.destroy());
  });
  socket.once(connected, over);
  socket.once("close", over);
  return socket;
}
