// Figures, times and payloads as a person reads them. 64-bit numbers come as strings and stay exact.

export const big = text => BigInt(text ?? 0);
export const num = text => Number(text ?? 0);

const grouped = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });

export const count = value => grouped.format(typeof value === "string" ? BigInt(value) : value ?? 0);

export const plural = (value, one, many = one + "s") => `${count(value)} ${Number(value) === 1 ? one : many}`;

export function rate(perSecond) {
  return perSecond === undefined ? "–" : perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond));
}

/** A time span, from microseconds to days, in two or three digits. */
export function span(ns) {
  const value = Number(ns);
  const sign = value < 0 ? "−" : "";
  const us = Math.abs(value) / 1e3;
  const digits = number => number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(0) : number.toFixed(1);
  if (us < 1) return "0";
  if (us < 1e3) return `${sign}${digits(us)} µs`;
  if (us < 1e6) return `${sign}${digits(us / 1e3)} ms`;
  if (us < 60e6) return `${sign}${digits(us / 1e6)} s`;
  if (us < 3600e6) return `${sign}${Math.floor(us / 60e6)} min ${Math.floor(us / 1e6) % 60} s`;
  if (us < 86400e6) return `${sign}${Math.floor(us / 3600e6)} h ${Math.floor(us / 60e6) % 60} min`;
  return `${sign}${Math.floor(us / 86400e6)} d ${Math.floor(us / 3600e6) % 24} h`;
}

export const spanMs = ms => span(Number(ms ?? 0) * 1e6);

/** How long ago, by the coordinator's own clock. */
export const ago = (at, now) => big(at) === 0n ? "never" : `${span(big(now) - big(at))} ago`;

export function timeOfDay(unixNano) {
  const date = new Date(Number(big(unixNano) / 1_000_000n));
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export function bytes(value) {
  const size = Number(value ?? 0);
  return size < 1024 ? `${size} B`
    : size < 1 << 20 ? `${(size / 1024).toFixed(0)} KiB`
      : size < 1 << 30 ? `${(size / (1 << 20)).toFixed(0)} MiB` : `${(size / (1 << 30)).toFixed(1)} GiB`;
}

/** "TOPIC_COMMANDS" is "commands". */
export const word = (name, prefix) => (name ?? "").replace(prefix, "").toLowerCase().replaceAll("_", " ");

export function target(operation) {
  const to = operation.target ?? {};
  return to.agent !== undefined ? to.agent : to.role !== undefined ? `role ${to.role}` : "all agents";
}

/** A payload as text where it is text, else its first bytes. */
export function payload(operation, maxChars) {
  const data = operation.payload?.data;
  if (!data) return "";
  const raw = Uint8Array.from(atob(data), char => char.charCodeAt(0));
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(raw);
  } catch {
    text = undefined;
  }
  if (text === undefined || /[\u0000-\u0008\u000e-\u001f]/.test(text)) {
    const shown = [...raw.slice(0, Math.min(raw.length, maxChars / 3))].map(b => b.toString(16).padStart(2, "0")).join(" ");
    return `${bytes(raw.length)}: ${shown}${raw.length > maxChars / 3 ? " …" : ""}`;
  }
  return text.length > maxChars ? `${text.slice(0, maxChars)} …` : text;
}
