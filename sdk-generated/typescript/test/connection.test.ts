import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import { describe, test, type TestContext } from "node:test";

import { create } from "@bufbuild/protobuf";
import { createClient, type ConnectRouter } from "@connectrpc/connect";

import { AdministrationService, ListSwarmsResponseSchema } from "../gen/swarmlog/v1/administration_pb.js";
import { Code } from "../gen/google/rpc/code_pb.js";
import { Connection, Publisher, Security } from "../src/index.js";
import { isLoopback } from "../src/address.js";
import { Failure } from "../src/failure.js";
import { Server } from "./server.js";
import { temporaryDirectory } from "./temporary.js";

function answers(router: ConnectRouter): void {
  router.service(AdministrationService, {
    listSwarms: (_, { requestHeader }) =>
      create(ListSwarmsResponseSchema, { swarms: [{ name: requestHeader.get("user-agent") ?? "" }] }),
  });
}

async function call(connection: Connection): Promise<string | undefined> {
  const { swarms } = await createClient(AdministrationService, connection.transport).listSwarms({});
  return swarms[0]?.name;
}

describe("an address", () => {
  const wrong = {
    "": /got nothing/,
    localhost: /has no port/,
    "[::1]": /has no port/,
    "localhost:": /no number from 1 to 65535/,
    "localhost:0": /no number/,
    "localhost:65536": /no number/,
    "localhost:http": /no number/,
    "localhost:-1": /no number/,
    "localhost:\u0661": /no number/,
    ":7400": /no name of a host/,
    "local host:7400": /no name of a host/,
    "me@localhost:7400": /no name of a host/,
    "localhost:7400 ": /no number/,
    "localhost:7400/": /no number/,
    "::1:7400": /in brackets/,
    "http://localhost:7400": /a scheme in front/,
    "dns:///localhost:7400": /a scheme in front/,
  };
  for (const [target, said] of Object.entries(wrong)) {
    test(`should not be "${target}"`, () => {
      assert.throws(() => new Connection(target), { name: "RangeError", message: said });
      assert.throws(() => new Publisher(target, { swarm: "s", name: "p" }), said);
    });
  }

  test("should be text", () => {
    assert.throws(() => new Connection(7400 as never), { name: "TypeError", message: /as a string, but got 7400/ });
  });

  test("should be plaintext on loopback only", () => {
    for (const target of ["localhost:7400", "127.0.0.2:7400", "[::1]:7400"]) {
      assert.ok(isLoopback(target), target);
    }
    for (const target of ["10.0.0.1:65535", "127.example.org:7400", "localhost.example.org:7400", "db:7400"]) {
      assert.ok(!isLoopback(target), target);
    }
    assert.doesNotThrow(() => new Connection("[fe80::1%eth0]:7400"));
  });
});

describe("a connection", () => {
  test("should say who calls", async () => {
    await using server = await Server.start(answers);
    await using connection = new Connection(server.target);
    assert.match((await call(connection)) ?? "", /^swarmlog-typescript\/\d/);
  });

  test("should refuse what cannot be meant", () => {
    assert.throws(() => new Connection("localhost:7400", { keepaliveMs: 1_000 }), /a keepalive of 5000 ms or more/);
    assert.throws(() => Security.tls({ ca: "missing.pem" }), /missing\.pem could not be read/);
    assert.throws(() => Security.tls({ ca: new URL(import.meta.url) }), /there is no PEM in .*connection\.test\.js/);
    for (const security of [true, { ca: "ca.pem" }]) {
      assert.throws(() => new Connection("db:7400", { security: security as never }), /Expected a Security, but got/);
      const options = { swarm: "s", name: "p", security: security as never };
      assert.throws(() => new Publisher("db:7400", options), /Expected a Security, but got/);
    }
    const connection = new Connection("localhost:7400");
    assert.throws(
      () => new Publisher(connection, { swarm: "s", name: "p", security: Security.plaintext() }),
      /security to be set where the connection is made/,
    );
  });

  test("should not be used once closed", async () => {
    await using server = await Server.start(answers);
    const connection = new Connection(server.target);
    await call(connection);
    connection.close();
    assert.throws(() => connection.transport, /it was closed/);
    await connection.lost();
  });

  test("should say when it is lost, or asked to go, and connect again", async () => {
    await using server = await Server.start(answers);
    await using connection = new Connection(server.target);
    // Nothing is connected yet.
    await connection.lost();
    for (const end of [() => server.drop(), () => server.goaway()]) {
      // given
      await call(connection);
      let lost = false;
      const told = connection.lost().then(() => (lost = true));
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(!lost);
      // when
      end();
      // then
      await told;
    }
    assert.ok(await call(connection));
  });

  test("should be unavailable where nobody listens", async () => {
    // given a port that was somebody's
    const probe = net.createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as net.AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    await using connection = new Connection(`127.0.0.1:${port}`);
    // when
    const why = await call(connection).catch((thrown: unknown) => Failure.ofCall(thrown, connection.target));
    // then
    assert.ok(why instanceof Failure);
    assert.equal(why.code, Code.UNAVAILABLE);
    assert.match(why.message, /Expected to reach the coordinator at 127\.0\.0\.1:\d+, but got: .*ECONNREFUSED/);
  });
});

describe("what does not fit together", () => {
  const said = async (target: string, security: Security) => {
    await using connection = new Connection(target, { security });
    const why = await call(connection).catch((thrown: unknown) => Failure.ofCall(thrown, connection.target));
    assert.ok(why instanceof Failure);
    assert.ok(why.retryable, "a coordinator may be set up otherwise the next time");
    assert.ok(why.message.includes(`Expected to reach the coordinator at ${target}, but got: `), why.message);
    assert.doesNotMatch(why.message, /\n/);
    return why.message;
  };
  const answering = async (answer: (socket: net.Socket) => void) => {
    const server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        answer(socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { server, target: `127.0.0.1:${(server.address() as net.AddressInfo).port}` };
  };

  test("should be named where TLS meets plaintext", async () => {
    await using server = await Server.start(answers);
    assert.match(await said(server.target, Security.tls()), /has no TLS .* give Security\.plaintext\(\)/);
  });

  test("should be named where plaintext meets one that hangs up", async () => {
    const { server, target } = await answering((socket) => socket.destroy());
    assert.match(await said(target, Security.plaintext()), /may want TLS/);
    server.close();
  });

  test("should be named where something else answers", async () => {
    const { server, target } = await answering((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert.match(await said(target, Security.plaintext()), /has no HTTP\/2 \(Protocol error\): look at the port/);
    server.close();
  });
});

describe("TLS", () => {
  test("should be trusted by a file, and present a certificate of its own", async (t) => {
    // given
    const made = await certificates(t);
    await using server = await Server.startTls(answers, {
      key: await fs.readFile(`${made}/server.key`),
      cert: await fs.readFile(`${made}/server.pem`),
      ca: await fs.readFile(`${made}/ca.pem`),
      requestCert: true,
      rejectUnauthorized: true,
    });
    const target = server.target.replace("127.0.0.1", "localhost");
    const files = { certificate: `${made}/client.pem`, key: `${made}/client.key`, ca: `${made}/ca.pem` };
    // when, then
    await using mutual = new Connection(target, { security: Security.mutualTls(files) });
    assert.ok(await call(mutual));
    await using trusting = new Connection(target, { security: Security.tls({ ca: files.ca }) });
    await assert.rejects(call(trusting));
    await using distrusting = new Connection(target, { security: Security.tls() });
    await assert.rejects(call(distrusting), /certificate/);
  });
});

/** A folder with a certification authority, and certificates of a server and of a client. */
async function certificates(t: TestContext): Promise<string> {
  const folder = await temporaryDirectory(t);
  const openssl = (...given: string[]) => execFileSync("openssl", given, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test", "-days", "2");
  await fs.writeFile(`${folder}/names`, "subjectAltName=DNS:localhost");
  for (const who of ["server", "client"]) {
    openssl("req", ...key, "-keyout", `${who}.key`, "-out", `${who}.csr`, "-subj", `/CN=${who}`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"];
    openssl("x509", "-req", "-in", `${who}.csr`, "-out", `${who}.pem`, ...signed);
  }
  return folder;
}
