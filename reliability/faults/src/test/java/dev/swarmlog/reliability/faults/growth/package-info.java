/**
 * Whether what a coordinator takes up levels off: a day's load, compressed into minutes by small
 * buffers and short cycles, and the trend of each figure.
 */
@NullMarked
package dev.swarmlog.reliability.faults.growth;

import org.jspecify.annotations.NullMarked;
