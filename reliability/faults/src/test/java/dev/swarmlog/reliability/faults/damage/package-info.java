/** Damage to what is stored: it is found, and what a repair leaves is told. */
@NullMarked
package dev.swarmlog.reliability.faults.damage;

import org.jspecify.annotations.NullMarked;
