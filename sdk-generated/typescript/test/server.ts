import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";

import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";

/** A gRPC server of a test's own. */
export class Server implements AsyncDisposable {
  readonly #server: http2.Http2Server | http2.Http2SecureServer;
  readonly #sessions = new Set<http2.ServerHttp2Session>();

  private constructor(server: http2.Http2Server | http2.Http2SecureServer) {
    this.#server = server;
    server.on("session", (session: http2.ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
    });
  }

  static async start(routes: (router: ConnectRouter) => void): Promise<Server> {
    return await new Server(http2.createServer(connectNodeAdapter({ routes }))).#listening();
  }

  static async startTls(routes: (router: ConnectRouter) => void, tls: http2.SecureServerOptions): Promise<Server> {
    return await new Server(http2.createSecureServer(tls, connectNodeAdapter({ routes }))).#listening();
  }

  async #listening(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Breaks all connections. */
  drop(): void {
    for (const session of this.#sessions) {
      session.destroy();
    }
  }

  /** Asks all clients to go. */
  goaway(): void {
    for (const session of this.#sessions) {
      session.goaway();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
