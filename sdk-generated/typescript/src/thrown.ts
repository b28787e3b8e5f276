// What users' code throws, which may be anything.

/** What was thrown as text, also where that has none: an object without a prototype, or one that throws when it is asked. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `${typeof thrown === "function" ? "a function" : "an object"} that has no text`;
  }
}
