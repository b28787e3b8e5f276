/**
 * What the person who runs the demo sees: a picture that moves on a terminal, lines anywhere else.
 */
@NullMarked
package dev.swarmlog.demo.display;

import org.jspecify.annotations.NullMarked;
