/**
 * Clients of the contract in other languages: messages, services, constants.
 *
 * <p>{@link dev.swarmlog.generate.Generation} is the way in. What each {@link
 * dev.swarmlog.generate.Language} is generated with stands in its recipe; which programs there are,
 * of which version, and how one gets them, in {@link dev.swarmlog.generate.Tool}.
 */
@NullMarked
package dev.swarmlog.generate;

import org.jspecify.annotations.NullMarked;
