package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.Position;
import org.jspecify.annotations.Nullable;

/**
 * How one log of one reader goes on.
 *
 * @param start where deliveries begin, exclusive
 * @param head when the plan was made
 * @param missing operations of the view between the two
 * @param reason for a person
 * @param refusal set if the position cannot be served
 */
public record ResumePlan(
    Position start, Position head, long missing, String reason, @Nullable Refusal refusal) {}
