import { requireMethods } from "./arguments.js";

/** Where an agent or publisher writes what people should know. Silent while all is well. What it throws is passed over. */
export interface Logger {
  info(line: string): void;
  warn(line: string, cause?: unknown): void;
  error(line: string, cause?: unknown): void;
}

/** Warnings and errors to the console, which is standard error; nothing else. The default. */
export const consoleLogger: Logger = {
  info: () => undefined,
  warn: (line, cause) => {
    console.warn(...lineAnd(line, cause));
  },
  error: (line, cause) => {
    console.error(...lineAnd(line, cause));
  },
};

/**
 * The logger, or the console; a line that it cannot write goes nowhere, and must not end what the line is about. TypeError if
 * it is no logger.
 */
export function guarded(logger: Logger = consoleLogger): Logger {
  requireMethods("a logger", logger, ["info", "warn", "error"], "give console, for example");
  const attempt = async (write: () => unknown): Promise<void> => {
    try {
      await write();
    } catch {
      // Nobody is left to be told.
    }
  };
  return {
    info: (line) => void attempt(() => logger.info(line)),
    warn: (line, cause) => void attempt(() => logger.warn(line, cause)),
    error: (line, cause) => void attempt(() => logger.error(line, cause)),
  };
}

function lineAnd(line: string, cause: unknown): unknown[] {
  return cause === undefined ? [line] : [line, cause];
}
