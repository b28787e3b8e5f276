package dev.swarmlog.generate;

/**
 * What was written to a folder.
 *
 * @param files that are generated
 * @param changed how many of them are new, or were different before
 * @param removed files that were generated before and are no longer
 */
public record Generated(int files, int changed, int removed) {}
