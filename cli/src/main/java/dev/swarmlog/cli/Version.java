package dev.swarmlog.cli;

/** The version of this build. */
final class Version {

  private Version() {}

  /** As Maven stamped it into the jar; "development" when run from class files. */
  static String text() {
    String stamped = Version.class.getPackage().getImplementationVersion();
    return stamped == null ? "development" : stamped;
  }
}
