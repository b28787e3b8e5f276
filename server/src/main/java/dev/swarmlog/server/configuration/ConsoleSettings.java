package dev.swarmlog.server.configuration;

/**
 * The page on loopback that shows how the coordinator is doing.
 *
 * @param shown whether there is one
 * @param port 0 for a free one
 * @param portChosen whether somebody has set the port; if not, another one will do
 */
public record ConsoleSettings(boolean shown, int port, boolean portChosen) {}
