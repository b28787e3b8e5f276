import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";

import { Code } from "../gen/google/rpc/code_pb.js";
import { ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusSchema, type Status } from "../gen/google/rpc/status_pb.js";
import { errorDomain, reasons } from "../gen/swarmlog/v1/constants.js";
import { Failure } from "../src/failure.js";

/** The status of a refusal as a coordinator writes it: of a reason of the contract, with its code. */
export function status(reason: string, metadata: Record<string, string> = {}, retryMs = 0): Status {
  const info = create(ErrorInfoSchema, { reason, domain: errorDomain, metadata });
  const made = create(StatusSchema, {
    code: reasons.get(reason)!.code,
    message: "Expected something else, but it is a test.",
    details: [anyPack(ErrorInfoSchema, info)],
  });
  return retryMs > 0 ? withRetry(made, retryMs) : made;
}

/** The same, with a time to wait. */
export function withRetry(of: Status, ms: number): Status {
  const retryDelay = { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
  of.details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  return of;
}

/** The failure of a bare gRPC code, or of a reason of the contract. */
export function failure(name: string, retryMs = 0): Failure {
  if (!(name in Code)) {
    return Failure.ofStatus(status(name, {}, retryMs));
  }
  return Failure.ofCall(new ConnectError("", Number(Code[name as keyof typeof Code])), "db:7400");
}
