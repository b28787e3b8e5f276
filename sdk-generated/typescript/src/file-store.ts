import * as fs from "node:fs/promises";
import * as path from "node:path";

import { requireAtLeast, requireText } from "./arguments.js";
import { AgentCursor, CursorStoreError, type CursorStore } from "./cursor.js";
import { read, record, rewritten, type Contents } from "./cursor-records.js";
import { DirectoryLock } from "./directory-lock.js";
import { KeyIndex } from "./key-index.js";
import type { HeldKey } from "./session/held-key.js";

const MIN_REWRITE_BYTES = 256 * 1024;

/** How a FileCursorStore is set up. */
export interface FileCursorStoreOptions {
  /** The least size at which the file is written anew; 256 KiB if absent. */
  readonly minRewriteBytes?: number;
}

/**
 * Cursor and held keys in a directory of its own, created if missing.
 *
 * Each save is one checksummed append and one fsync, survives the loss of power, and a torn append leaves what was before it.
 * When the file has doubled since it was last rewritten, and when it is opened, a new one with the last state only is written
 * aside, flushed, and renamed over it; so it stays at a few times the size of the keys. Locks the directory against a second
 * process of this machine.
 *
 * A write that failed is not tried again, because what the disk holds is unknown then: the store refuses everything after it.
 * The keys are not kept in memory: a rewrite reads them from the file. Opened by `load`.
 */
export class FileCursorStore implements CursorStore {
  readonly #directory: string;
  readonly #path: string;
  readonly #minRewriteBytes: number;
  readonly #lock: DirectoryLock;
  #file: fs.FileHandle | undefined;
  // What was read; gone once it was handed out.
  #loaded: Contents | undefined;
  #rewrittenBytes = 0;
  #bytes = 0;
  #failed = false;

  /** Keeps the cursor in a directory; it is not opened yet. */
  constructor(directory: string, { minRewriteBytes = MIN_REWRITE_BYTES }: FileCursorStoreOptions = {}) {
    this.#directory = path.resolve(requireText("a directory", directory));
    this.#path = path.join(this.#directory, "cursor");
    this.#minRewriteBytes = requireAtLeast("the least size of a rewrite in bytes", minRewriteBytes, 0);
    this.#lock = new DirectoryLock(this.#directory);
  }

  /**
   * Opens the store; answers with the cursor saved last. CursorStoreError if the directory is in use, cannot be written, is
   * damaged, or of a newer version.
   */
  async load(): Promise<AgentCursor> {
    if (!(await this.#taken())) {
      throw new CursorStoreError(
        `Expected the cursor store in ${this.#directory} to be free, but another agent has it open: give each agent a ` +
          "directory of its own.",
      );
    }
    try {
      this.#loaded = await this.#read();
      await this.#rewrite(this.#loaded);
      return this.#loaded.cursor;
    } catch (thrown) {
      await this.#lock.release();
      throw thrown instanceof CursorStoreError ? thrown : this.#unusable(thrown);
    }
  }

  /** The keys held with the cursor. */
  async heldKeys(): Promise<Iterable<HeldKey>> {
    try {
      const { keys } = this.#loaded ?? (await this.#read());
      this.#loaded = undefined;
      return keys.all();
    } catch (thrown) {
      throw thrown instanceof CursorStoreError ? thrown : this.#unusable(thrown);
    }
  }

  /** Appends cursor and changes, and flushes them. */
  async save(cursor: AgentCursor, changed: readonly HeldKey[]): Promise<void> {
    const file = this.#file;
    if (file === undefined || this.#failed) {
      const why = this.#failed
        ? "an earlier write failed: look at the disk and restart the agent"
        : "it was not opened, or closed";
      throw new CursorStoreError(`Expected an open cursor store in ${this.#directory}, but ${why}.`);
    }
    try {
      const bytes = record(cursor, changed);
      await writeAll(file, bytes);
      await file.datasync();
      this.#loaded = undefined;
      this.#bytes += bytes.length;
      if (this.#bytes >= Math.max(this.#minRewriteBytes, 2 * this.#rewrittenBytes)) {
        await this.#rewrite(await this.#read());
      }
    } catch (cause) {
      this.#failed = true;
      throw new CursorStoreError(
        `Expected to write the cursor to ${this.#directory}, but ${described(cause)}: look at the disk and restart the agent.`,
        { cause },
      );
    }
  }

  /** Closes the file, and lets another process open the directory. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
    await this.#lock.release();
  }

  async #taken(): Promise<boolean> {
    try {
      await fs.mkdir(this.#directory, { recursive: true });
      return await this.#lock.take();
    } catch (thrown) {
      throw this.#unusable(thrown);
    }
  }

  async #read(): Promise<Contents> {
    let file: Buffer;
    try {
      file = await fs.readFile(this.#path);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") {
        return { cursor: AgentCursor.empty, keys: new KeyIndex() };
      }
      throw thrown;
    }
    return read(file, this.#path);
  }

  async #rewrite(contents: Contents): Promise<void> {
    const aside = path.join(this.#directory, "cursor.new");
    const written = await fs.open(aside, "w");
    let bytes = 0;
    try {
      for (const part of rewritten(contents)) {
        await writeAll(written, part);
        bytes += part.length;
      }
      await written.sync();
      await fs.rename(aside, this.#path);
      await this.#flushNames();
    } catch (thrown) {
      await written.close();
      throw thrown;
    }
    const replaced = this.#file;
    this.#file = written;
    this.#rewrittenBytes = this.#bytes = bytes;
    await replaced?.close();
  }

  async #flushNames(): Promise<void> {
    // Windows has no such thing.
    if (process.platform !== "win32") {
      const names = await fs.open(this.#directory);
      try {
        await names.sync();
      } finally {
        await names.close();
      }
    }
  }

  #unusable(cause: unknown): CursorStoreError {
    const denied = (cause as NodeJS.ErrnoException).code === "EACCES";
    const why = denied ? "access is denied: mend its permissions" : described(cause);
    return new CursorStoreError(
      `Expected a directory for the cursor at ${this.#directory} that can be written, but ${why}.`,
      { cause },
    );
  }
}

async function writeAll(file: fs.FileHandle, content: Buffer): Promise<void> {
  for (let written = 0; written < content.length; ) {
    const { bytesWritten } = await file.write(content, written);
    written += bytesWritten;
  }
}

function described(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
