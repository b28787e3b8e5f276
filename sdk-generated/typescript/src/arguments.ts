// What arguments must be, said where they are given: to callers without types, and of what types cannot say.
import { toUSVString } from "node:util";

import { topics, type Topic } from "./names.js";

/** The name; TypeError unless it is a string, RangeError if there is nothing in it. */
export function requireName(what: string, given: unknown): string {
  if (typeof given !== "string") {
    throw new TypeError(`Expected the name of ${what} as a string, but got ${shown(given)}.`);
  }
  if (given.trim() === "") {
    throw new RangeError(`Expected the name of ${what}, but got nothing.`);
  }
  return requireWellFormed(`the name of ${what}`, given);
}

/** The text, which may be empty; TypeError unless it is a string, RangeError if it is not well-formed. */
export function requireText(what: string, given: unknown): string {
  if (typeof given !== "string") {
    throw new TypeError(`Expected ${what} as a string, but got ${shown(given)}.`);
  }
  return requireWellFormed(what, given);
}

/** The text; RangeError if there is half a pair of surrogates in it: written as UTF-8 it would be another text. */
export function requireWellFormed(what: string, given: string): string {
  if (toUSVString(given) !== given) {
    throw new RangeError(`Expected ${what} as text, but there is half a surrogate pair in ${shown(given)}.`);
  }
  return given;
}

/** What was given; RangeError unless it is one of these. */
export function requireOneOf<T extends string>(what: string, given: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found === undefined) {
    const choice = known.map((one) => `"${one}"`).join(", ");
    throw new RangeError(`Expected ${what}, one of ${choice}, but got ${shown(given)}.`);
  }
  return found;
}

/** A whole number that is at least so much; RangeError if it is none. */
export function requireAtLeast(what: string, given: unknown, least: number): number {
  if (typeof given !== "number" || !Number.isSafeInteger(given) || given < least) {
    throw new RangeError(`Expected ${what} as a whole number of at least ${String(least)}, but got ${shown(given)}.`);
  }
  return given;
}

/** A time in milliseconds that is at least so long; RangeError if it is none. */
export function requireMs(what: string, given: unknown, least: number): number {
  if (typeof given !== "number" || !(given >= least)) {
    throw new RangeError(`Expected ${what} of ${String(least)} ms or more, but got ${shown(given)}.`);
  }
  return given;
}

/** TypeError unless it is an object that has these methods. `hint` says what to give. */
export function requireMethods(what: string, given: unknown, methods: readonly string[], hint: string): void {
  const of = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  if (methods.some((name) => typeof of[name] !== "function")) {
    throw new TypeError(`Expected ${what}, an object with ${methods.join(", ")}, but got ${shown(given)}: ${hint}.`);
  }
}

/** TypeError unless there are options, as an object; `example` says what to write. */
export function requireOptions(given: unknown, example: string): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`Expected options, but got ${shown(given)}: write ${example}.`);
  }
}

/** The names of roles; TypeError if it is one string, whose letters would be roles. */
export function requireRoles(given: unknown): string[] {
  if (!Array.isArray(given)) {
    throw new TypeError(`Expected an array of roles, but got ${shown(given)}: write ["ROLE"].`);
  }
  return given.map((role) => requireName("a role", role));
}

/** The topic; RangeError if it is none. */
export function requireTopic(given: unknown): Topic {
  return requireOneOf("a topic", given, topics);
}

/** The topics, also of one alone. */
export function requireTopics(given: unknown): Topic[] {
  return (Array.isArray(given) ? given : [given]).map(requireTopic);
}

/** What was given, for people to read. */
export function shown(given: unknown): string {
  if (typeof given === "string") {
    return JSON.stringify(given);
  }
  if (typeof given === "function") {
    return "a function";
  }
  if (typeof given === "object" && given !== null) {
    const { constructor } = given as { constructor?: { name?: string } };
    return Array.isArray(given) ? "an array" : `an object of ${constructor?.name ?? "no class"}`;
  }
  return String(given);
}
