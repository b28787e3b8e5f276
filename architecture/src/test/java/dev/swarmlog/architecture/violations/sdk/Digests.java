package dev.swarmlog.architecture.violations.sdk;

public class Digests {}
