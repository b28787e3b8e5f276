import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { TestContext } from "node:test";

/** A directory that is gone after the test; under a given one, if it must be. */
export async function temporaryDirectory(t: TestContext, under: string = tmpdir()): Promise<string> {
  const directory = await fs.mkdtemp(path.join(under, "swarmlog-"));
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}
