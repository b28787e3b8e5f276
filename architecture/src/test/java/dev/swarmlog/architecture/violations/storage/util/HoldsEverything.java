package dev.swarmlog.architecture.violations.storage.util;

public class HoldsEverything {}
