/**
 * Tests of the agent SDK: transcripts and simulations of its sessions, and its shell against a
 * scripted coordinator.
 */
package dev.swarmlog.sdk;
