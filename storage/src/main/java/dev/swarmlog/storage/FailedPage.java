package dev.swarmlog.storage;

import java.util.List;
import java.util.Optional;

/**
 * Some operations that agents could not apply, by agent, log and operation.
 *
 * @param next behind which the next page begins; empty at the end
 */
public record FailedPage(List<FailedOperation> operations, Optional<FailedOperation.Id> next) {}
