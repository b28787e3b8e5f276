/** A real coordinator for tests. */

export { CoordinatorError, findCommand, NoCoordinatorError } from "./command.js";
export { Coordinator, type CoordinatorOptions } from "./coordinator.js";
