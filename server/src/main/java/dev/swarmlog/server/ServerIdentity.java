package dev.swarmlog.server;

/**
 * What a running coordinator says about itself.
 *
 * @param version of this build
 * @param startedUnixNs when the process opened its store
 */
public record ServerIdentity(String version, long startedUnixNs) {}
