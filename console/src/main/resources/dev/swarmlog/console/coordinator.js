// Asks the coordinator, again and again while somebody looks.

const TIMEOUT_MS = 8000;

/** An answer that says no. One without a status did not come at all. */
export class Failure extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Asks one question, such as `ask("agents", {swarm: "fleet"})`. */
export async function ask(question, parameters = {}, signal = undefined) {
  const address = new URL(`/api/${question}`, location.origin);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      address.searchParams.set(name, value);
    }
  }
  const time = AbortSignal.timeout(TIMEOUT_MS);
  let answer;
  try {
    answer = await fetch(address, { cache: "no-store", signal: signal ? AbortSignal.any([signal, time]) : time });
  } catch (failure) {
    throw new Failure(String(failure.message ?? failure), undefined);
  }
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Failure(said.error ?? `The console answered ${answer.status}.`, answer.status);
  }
  return answer.json();
}

/**
 * Calls `look(signal)` now and then again `periodMs` after it has ended, while the page is visible; never twice at a time.
 * Returns what ends it.
 */
export function repeat(periodMs, look) {
  const ended = new AbortController();
  let timer = undefined;
  let looking = false;
  const round = async () => {
    clearTimeout(timer);
    if (looking || ended.signal.aborted || document.hidden) {
      return;
    }
    looking = true;
    try {
      await look(ended.signal);
    } finally {
      looking = false;
    }
    if (!ended.signal.aborted) {
      timer = setTimeout(round, periodMs);
    }
  };
  document.addEventListener("visibilitychange", round, { signal: ended.signal });
  round();
  return () => {
    clearTimeout(timer);
    ended.abort();
  };
}
