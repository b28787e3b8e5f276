/**
 * A client that writes HTTP/2 frames by hand, and what a hostile one floods with. Tests of the
 * coordinator and the bench share it; nothing that serves depends on it.
 */
@NullMarked
package dev.swarmlog.hostile;

import org.jspecify.annotations.NullMarked;
