import { readFileSync } from "node:fs";

import { shown } from "./arguments.js";

/** PEM, as Node's TLS takes it; absent: what Node trusts. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** How a connection is secured. Files are read once, when this is made: what is thrown then says which one is missing. */
export class Security {
  /** Undefined for plaintext. */
  readonly options: TlsOptions | undefined;

  private constructor(options: TlsOptions | undefined) {
    this.options = options;
  }

  /** None. The default for loopback targets; anywhere else it must be asked for. */
  static plaintext(): Security {
    return new Security(undefined);
  }

  /** TLS, trusting the certificates of a PEM file only, or what Node trusts: the default for all other targets. */
  static tls(files: { ca?: string | URL } = {}): Security {
    return new Security(files.ca === undefined ? {} : { ca: read(files.ca) });
  }

  /** TLS with a certificate of the client's own. PEM files: a chain, its key, and the certificates to trust. */
  static mutualTls(files: { certificate: string | URL; key: string | URL; ca: string | URL }): Security {
    return new Security({
      cert: read(files.certificate),
      key: read(files.key),
      ca: read(files.ca),
    });
  }
}

/** TypeError unless it is what `Security` makes: anything else would mean plaintext to whoever reads it. */
export function requireSecurity(given: unknown): Security {
  if (given instanceof Security) {
    return given;
  }
  throw new TypeError(
    `Expected a Security, but got ${shown(given)}: give Security.tls({ ca: "ca.pem" }), for example.`,
  );
}

function read(path: string | URL): string {
  const pem = contentOf(path);
  // Node's TLS passes over what is no PEM, and then trusts nobody without a word.
  if (!pem.includes("-----BEGIN ")) {
    throw new Error(`Expected a PEM file, but there is no PEM in ${String(path)}: check the path.`);
  }
  return pem;
}

function contentOf(path: string | URL): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`Expected a PEM file, but ${String(path)} could not be read: check path and permissions.`, {
      cause,
    });
  }
}
