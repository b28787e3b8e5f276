/** Where an agent or publisher writes what people should know. Silent while all is well. None of it throws. */
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

function lineAnd(line: string, cause: unknown): unknown[] {
  return cause === undefined ? [line] : [line, cause];
}
