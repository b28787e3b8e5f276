/** The program around the SDK under test. */
@NullMarked
package dev.swarmlog.conformance.testee;

import org.jspecify.annotations.NullMarked;
