package dev.swarmlog.server;

import static java.lang.annotation.RetentionPolicy.RUNTIME;

import java.lang.annotation.Retention;
import javax.inject.Qualifier;

/** The executor that may block on reading from disk, so that event loops and writers never do. */
@Qualifier @Retention(RUNTIME)
public @interface Readers {}
