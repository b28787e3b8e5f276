package dev.swarmlog.generate.constants;

import java.util.List;

/**
 * Constants that belong together.
 *
 * @param name in lower case with underscores, as in the contract
 * @param constants in the order of the contract
 */
public record ConstantGroup(String name, List<Constant> constants) {}
