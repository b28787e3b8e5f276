/** Classes that break the rules on purpose, in packages shaped like those of the product. */
package dev.swarmlog.architecture.violations;
