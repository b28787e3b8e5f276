/** Vectors: what the pure parts of an SDK compute, compared with files of inputs and answers. */
@NullMarked
package dev.swarmlog.conformance.vectors;

import org.jspecify.annotations.NullMarked;
