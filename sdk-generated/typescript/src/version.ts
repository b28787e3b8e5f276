import { readFileSync } from "node:fs";

/** The version of this package. */
export const version: string = read();

function read(): string {
  const file = new URL("../../package.json", import.meta.url);
  const parsed = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return parsed.version;
}
