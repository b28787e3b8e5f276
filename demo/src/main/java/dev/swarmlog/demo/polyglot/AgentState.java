package dev.swarmlog.demo.polyglot;

/**
 * What an agent holds behind a report, as docs/polyglot.md says.
 *
 * @param events how many it applied
 * @param chain over the events, in hexadecimal
 * @param keys how many it holds
 * @param table over the keys and their values, in hexadecimal
 */
record AgentState(long events, String chain, int keys, String table) {}
