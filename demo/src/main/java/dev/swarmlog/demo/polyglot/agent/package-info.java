/**
 * The agent of the polyglot swarm in Java: {@code JavaAgent} is a program, {@code Fold} what it
 * makes of the log, {@code StateFile} what keeps that and the cursor, and {@code FoldStore} where
 * the SDK hands operations over.
 */
@NullMarked
package dev.swarmlog.demo.polyglot.agent;

import org.jspecify.annotations.NullMarked;
