package dev.swarmlog.generate;

import java.util.List;

/**
 * One run of protoc.
 *
 * @param tool what contains the protoc to run
 * @param arguments without those that say where files are found, and without the files
 * @param files to generate from
 */
record ProtocCall(Tool tool, List<String> arguments, List<String> files) {}
