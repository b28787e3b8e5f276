import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as path from "node:path";

// What fits into an address of a Unix domain socket, everywhere.
const MAX_SOCKET_PATH_BYTES = 100;
const NAME = /^lock\.(\d+)$/;

/**
 * A lock on a directory against other processes of this machine, and others of this one. Gone with the process.
 *
 * Node has no locks on files, so who holds it listens on a socket in the directory: a connection to it is refused as soon as the
 * process is gone. To take it: nobody listens on any; then listen on `lock.N`, above all there are, which only one can; then, as
 * one that was just made does not listen yet, look again: who sees a higher one, or a lower one that listens, gives way. Of two
 * who do so at once at most one stays.
 */
export class DirectoryLock {
  readonly #directory: string;
  #server: net.Server | undefined;
  #handle: fs.FileHandle | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Takes it; false if somebody has it. Rejects if the directory cannot be written. */
  async take(): Promise<boolean> {
    if (this.#server !== undefined) {
      return false;
    }
    if (process.platform === "win32") {
      return await this.#takePipe();
    }
    const base = await this.#short();
    try {
      const taken = await this.#takeSocket(base);
      if (!taken) {
        await this.release();
      }
      return taken;
    } catch (thrown) {
      await this.release();
      throw thrown;
    }
  }

  /** Lets others have it. */
  async release(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) {
      // It removes its socket.
      server.close();
      await once(server, "close");
    }
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #takeSocket(base: string): Promise<boolean> {
    const before = await this.#numbers();
    if (await anyListens(base, before)) {
      return false;
    }
    const own = Math.max(0, ...before) + 1;
    if (!(await this.#listen(path.join(base, `lock.${own}`)))) {
      return false;
    }
    const others = (await this.#numbers()).filter((number) => number !== own);
    if (others.some((number) => number > own) || (await anyListens(base, others))) {
      return false;
    }
    await Promise.all(others.map((number) => fs.rm(path.join(this.#directory, `lock.${number}`), { force: true })));
    return true;
  }

  /** Pipes of Windows have no files, and are gone with their process. */
  async #takePipe(): Promise<boolean> {
    const real = await fs.realpath(this.#directory);
    const name = createHash("sha256").update(real.toLowerCase()).digest("hex");
    return await this.#listen(`\\\\.\\pipe\\swarmlog-${name}`);
  }

  async #listen(address: string): Promise<boolean> {
    const server = net.createServer((socket) => socket.destroy());
    server.unref();
    try {
      server.listen(address);
      await once(server, "listening");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "EADDRINUSE") {
        return false;
      }
      throw thrown;
    }
    this.#server = server;
    return true;
  }

  async #numbers(): Promise<number[]> {
    const names = await fs.readdir(this.#directory);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  }

  /** The directory by a path that fits into an address. */
  async #short(): Promise<string> {
    const longest = path.join(this.#directory, `lock.${Number.MAX_SAFE_INTEGER}`);
    if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES) {
      return this.#directory;
    }
    if (process.platform !== "linux") {
      throw new Error(`Expected a shorter path, but ${this.#directory} is too long for the address of a socket.`);
    }
    this.#handle = await fs.open(this.#directory);
    return `/proc/self/fd/${this.#handle.fd}`;
  }
}

async function anyListens(base: string, numbers: readonly number[]): Promise<boolean> {
  const listening = await Promise.all(numbers.map((number) => listens(path.join(base, `lock.${number}`))));
  return listening.some(Boolean);
}

/** Whether a process listens there. One whose backlog is full does. */
async function listens(address: string): Promise<boolean> {
  const socket = net.connect(address);
  try {
    await once(socket, "connect");
    return true;
  } catch (thrown) {
    const { code = "" } = thrown as NodeJS.ErrnoException;
    return !["ECONNREFUSED", "ENOENT", "ENOTSOCK"].includes(code);
  } finally {
    socket.destroy();
  }
}
