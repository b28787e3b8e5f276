package dev.swarmlog.server.configuration;

/**
 * The text in force for a setting, before it is understood.
 *
 * @param origin such as {@code default}, {@code file swarmlog.conf:12}, {@code environment
 *     SWARMLOG_PORT}, {@code flag --port}
 */
record GivenValue(String text, String origin) {}
