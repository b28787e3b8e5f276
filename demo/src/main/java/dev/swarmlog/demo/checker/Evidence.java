package dev.swarmlog.demo.checker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * What a run left behind.
 *
 * @param journals every agent process's file of {@code JournalRecord}
 * @param ackLists every publisher's file of {@code AckRecord}
 * @param agents the agents that took part; each must have applied everything
 * @param reportedDigests the table digest, in hex, that agents reported at their end; may lack
 *     agents
 * @param killsUnixNano when processes were killed
 */
public record Evidence(
    List<Path> journals,
    List<Path> ackLists,
    SortedSet<String> agents,
    Map<String, String> reportedDigests,
    List<Long> killsUnixNano) {}
