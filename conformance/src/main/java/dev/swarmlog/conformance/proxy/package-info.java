/** What lies between the SDK and the coordinator, and cuts. */
@NullMarked
package dev.swarmlog.conformance.proxy;

import org.jspecify.annotations.NullMarked;
