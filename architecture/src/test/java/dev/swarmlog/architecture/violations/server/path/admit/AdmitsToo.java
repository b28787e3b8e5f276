package dev.swarmlog.architecture.violations.server.path.admit;

public class AdmitsToo {}
