/**
 * The parent of the demo: starts everything, kills some of it at the right moment, starts it again,
 * and has the outcome judged.
 */
@NullMarked
package dev.swarmlog.demo.supervise;

import org.jspecify.annotations.NullMarked;
