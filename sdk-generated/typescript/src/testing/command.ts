import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";

/** A coordinator could not be started, or is not one that may be stopped. */
export class CoordinatorError extends Error {
  override readonly name: string = "CoordinatorError";
}

/** There is nothing on this machine that a coordinator could be started with. */
export class NoCoordinatorError extends CoordinatorError {
  override readonly name = "NoCoordinatorError";
}

/**
 * How to run `swarmlog` on this machine: `bin/swarmlog` of the distribution in SWARMLOG_HOME, else `swarmlog` on the PATH, else
 * that of the checkout that `start` (the working directory, unless it is given) lies in. NoCoordinatorError if there is none, or
 * no Java to run it with.
 */
export function findCommand(start: string = process.cwd()): string {
  const command = distribution() ?? onThePath("swarmlog") ?? checkout(path.resolve(start));
  if (command === undefined) {
    throw new NoCoordinatorError(
      "Expected a swarmlog to run a coordinator with, but there is none: set SWARMLOG_HOME to an unpacked distribution, or put " +
        "its bin on the PATH, or run this in a checkout.",
    );
  }
  const home = process.env.JAVA_HOME ?? "";
  const java = home === "" ? onThePath("java") : program(path.join(home, "bin", "java"));
  if (java === undefined) {
    const where = home === "" ? "there is none on the PATH" : `JAVA_HOME (${home}) has none`;
    throw new NoCoordinatorError(
      `Expected a Java to run a coordinator with, but ${where}: install Java 17 or newer (Debian, Ubuntu: apt install ` +
        "openjdk-17-jre-headless), or set JAVA_HOME.",
    );
  }
  return command;
}

function distribution(): string | undefined {
  const home = process.env.SWARMLOG_HOME ?? "";
  if (home === "") {
    return undefined;
  }
  const command = path.join(home, "bin", "swarmlog");
  if (program(command) === undefined) {
    throw new CoordinatorError(`Expected SWARMLOG_HOME to be an unpacked distribution, but ${command} is no program.`);
  }
  return command;
}

function onThePath(name: string): string | undefined {
  const directories = (process.env.PATH ?? "").split(path.delimiter).filter((directory) => directory !== "");
  return directories.map((directory) => program(path.join(directory, name))).find((found) => found !== undefined);
}

function checkout(start: string): string | undefined {
  for (let directory = start; ; directory = path.dirname(directory)) {
    const command = program(path.join(directory, "swarmlog"));
    if (command !== undefined && isFile(path.join(directory, "pom.xml"))) {
      return command;
    }
    if (directory === path.dirname(directory)) {
      return undefined;
    }
  }
}

/** The file if it can be run. */
function program(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return isFile(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
