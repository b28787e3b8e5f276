import { readFileSync } from "node:fs";

/** PEM, as Node's TLS takes it; absent: what Node trusts. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
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

function read(path: string | URL): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`Expected a PEM file, but ${String(path)} could not be read: check path and permissions.`, {
      cause,
    });
  }
}
