import type { Logger } from "../src/logger.js";

/** Keeps what is logged. */
export class RecordedLines implements Logger {
  readonly infos: string[] = [];
  readonly warnings: string[] = [];
  readonly errors: string[] = [];

  info(line: string): void {
    this.infos.push(line);
  }

  warn(line: string): void {
    this.warnings.push(line);
  }

  error(line: string): void {
    this.errors.push(line);
  }
}
