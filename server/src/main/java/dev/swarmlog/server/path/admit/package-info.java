/**
 * Second step of the path: what cannot be right is refused early, before it costs anything.
 *
 * <p>A refusal here is a value and changes nothing. What depends on the state of the log (dedupe,
 * order, safety, terms) is not decided here but in apply, because entries are in flight between the
 * two.
 */
@NullMarked
package dev.swarmlog.server.path.admit;

import org.jspecify.annotations.NullMarked;
