/**
 * One swarm with agents of all languages, and the one in Java: see {@code docs/polyglot.md}.
 *
 * <p>{@code JavaAgent} is a program, {@code Fold} what it makes of the log, {@code StateFile} what
 * keeps that and the cursor, and {@code FoldStore} where the SDK hands operations over.
 */
@NullMarked
package dev.swarmlog.demo.polyglot;

import org.jspecify.annotations.NullMarked;
