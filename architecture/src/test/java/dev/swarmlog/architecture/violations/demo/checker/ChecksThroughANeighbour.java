package dev.swarmlog.architecture.violations.demo.checker;

import dev.swarmlog.architecture.violations.demo.UsesTheSdk;

public class ChecksThroughANeighbour {
  UsesTheSdk neighbour;
}
