/** Cases: what they say, how they are run, and what must hold in all of them. */
@NullMarked
package dev.swarmlog.conformance.cases;

import org.jspecify.annotations.NullMarked;
