package dev.swarmlog.server.path.drift;

import org.jspecify.annotations.Nullable;

/**
 * What the log says of a part of an interval of keys.
 *
 * @param keyCount live keys in it
 * @param digest sum of their digests, 16 bytes
 * @param lastDigest digest of the key that ends the part; null if there is no such key
 * @param lastBefore the last key before the one that ends the part; null if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // held against bytes, compared nowhere as a whole
record OwnPart(
    long keyCount, byte[] digest, byte @Nullable [] lastDigest, @Nullable String lastBefore) {}
