/**
 * Losses of power. SIGKILL leaves the page cache, so it says nothing of what was flushed. Here a
 * preloaded library ({@code src/test/c/diskhistory.c}) writes down what a coordinator does to its
 * files; a model of a disk replays that up to some point and builds a directory as it may be found
 * after the power went there; and a coordinator opens it.
 */
package dev.swarmlog.reliability.faults.power;
