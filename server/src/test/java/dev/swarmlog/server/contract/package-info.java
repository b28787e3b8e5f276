/**
 * The data path as clients of any language meet it: generated messages over real connections to a
 * real coordinator, one class per topic of the contract.
 */
package dev.swarmlog.server.contract;
