/**
 * What the demo's agents and publishers write down for the checker: append-only files of
 * checksummed records.
 *
 * <pre>
 * file    "SWDEMO01" (8 bytes), then records
 * record  length of the payload (4 bytes, big-endian)
 *         CRC-32C of the payload (4 bytes, big-endian)
 *         payload: one message of demo.proto
 * </pre>
 *
 * <p>A process that is killed may leave a torn record at the end. It was never reported as written,
 * so the next process cuts it off. The checker reads these files with code of its own.
 */
@NullMarked
package dev.swarmlog.demo.journal;

import org.jspecify.annotations.NullMarked;
