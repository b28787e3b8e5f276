const EXAMPLE = 'give "localhost:7400", for example';
const MAX_PORT = 65_535;
const HOST = /^(\[[0-9A-Fa-f:.]+(%[\w.~-]+)?\]|[\w.-]+)$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]):\d+$/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*:)?\/\//;

/**
 * The address, "host:port"; TypeError unless it is a string, RangeError if it can be no address.
 *
 * What never connects would be tried for ever. An IPv6 address stands in brackets.
 */
export function requireAddress(given: unknown): string {
  if (typeof given !== "string") {
    throw new TypeError(`Expected "host:port" of a coordinator as a string, but got ${String(given)}: ${EXAMPLE}.`);
  }
  if (given === "") {
    throw notAnAddress("got nothing");
  }
  if (SCHEME.test(given)) {
    throw notAnAddress(`"${given}" has a scheme in front: leave that out`);
  }
  const colon = given.lastIndexOf(":");
  if (colon < 0 || given.endsWith("]")) {
    throw notAnAddress(`"${given}" has no port: ${EXAMPLE}`);
  }
  const host = given.slice(0, colon);
  const port = given.slice(colon + 1);
  if (host.includes(":") && !host.startsWith("[")) {
    throw notAnAddress(`"${given}" has more than one colon: put an IPv6 address in brackets`);
  }
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > MAX_PORT) {
    throw notAnAddress(`the port of "${given}" is no number from 1 to ${String(MAX_PORT)}: ${EXAMPLE}`);
  }
  if (!HOST.test(host)) {
    throw notAnAddress(`"${host}" is no name of a host: ${EXAMPLE}`);
  }
  return given;
}

/** Whether the address is of this machine alone. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/** Host, without brackets, and port of an address. */
export function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return { host, port: Number(address.slice(colon + 1)) };
}

function notAnAddress(why: string): RangeError {
  return new RangeError(`Expected "host:port" of a coordinator, but ${why}.`);
}
