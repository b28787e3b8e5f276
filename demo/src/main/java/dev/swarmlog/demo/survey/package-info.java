/**
 * The real work of the demo: which files a directory has, and what is in each of them.
 *
 * <p>Nothing here knows of a swarm. Whatever is wrong with a file is part of the answer, never an
 * exception: a file may vanish between the listing and the survey, be a pipe, a link, unreadable or
 * huge.
 */
@NullMarked
package dev.swarmlog.demo.survey;

import org.jspecify.annotations.NullMarked;
