/**
 * What the contract states as data, as constants of other languages.
 *
 * <p>{@link dev.swarmlog.generate.constants.ContractConstants} reads it from the options of the
 * contract's descriptors; one {@link dev.swarmlog.generate.constants.ConstantsWriter} per language
 * writes it. Only data is written, never a rule about it.
 */
@NullMarked
package dev.swarmlog.generate.constants;

import org.jspecify.annotations.NullMarked;
