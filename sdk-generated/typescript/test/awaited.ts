/** Resolves when the condition holds; rejects after so long. For what happens on its own, outside of the test's steps. */
export async function until(holds: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) {
      throw new Error(`Expected ${what} within ${withinMs} ms, but it did not happen.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
