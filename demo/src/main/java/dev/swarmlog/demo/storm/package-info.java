/**
 * A retry storm that two coordinators go through at the same time, side by side; what each does is
 * that of {@code bench retry-storm}.
 */
@NullMarked
package dev.swarmlog.demo.storm;

import org.jspecify.annotations.NullMarked;
