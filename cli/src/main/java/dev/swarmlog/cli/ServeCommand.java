package dev.swarmlog.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs a coordinator until it is told to stop. */
@Command(name = "serve", description = "Run a coordinator.")
final class ServeCommand implements Runnable {

  @Mixin private OutputOptions outputOptions;

  @Override
  public void run() {}
}
