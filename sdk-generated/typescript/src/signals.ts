// Ctrl-C and SIGTERM.

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Calls it for the first Ctrl-C or SIGTERM; from then on they do what they do otherwise. Answers what takes that back. */
export function onSignals(then: () => void): () => void {
  const off = () => SIGNALS.forEach((signal) => process.off(signal, asked));
  const asked = () => {
    off();
    then();
  };
  SIGNALS.forEach((signal) => process.on(signal, asked));
  return off;
}
