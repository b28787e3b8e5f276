package dev.swarmlog.generate.constants;

/**
 * A reason of an error, and what to do about it.
 *
 * @param name as in google.rpc.ErrorInfo.reason, such as RATE_LIMITED
 * @param number of the value of ErrorReason
 * @param code the gRPC code it comes with, by its name in google.rpc.Code
 * @param retry what a client does by itself, by its name in Retry without the prefix RETRY_
 * @param action what a person can do: a sentence
 */
public record Reason(String name, int number, String code, String retry, String action) {}
