/** What an application brings along when it uses the SDK: here, for the testee. */
@NullMarked
package dev.swarmlog.testee;

import org.jspecify.annotations.NullMarked;
