package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.testee.TesteeException;

/**
 * One step of a case: does something to the SDK, or demands something of it. Its fields are what
 * the case file says; where a step is written with a single value, that is its first field.
 */
interface Step {
  void run(Stage stage) throws CaseFailure, Cut, TesteeException;
}
