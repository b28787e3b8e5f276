/**
 * First step of the path: gRPC streams and sessions.
 *
 * <p>A stream's callbacks come one at a time on its connection's event loop and never block. What
 * is sent is sent by one serial executor per stream, so frames never mix. Publishing streams are
 * read one frame at a time ({@code request(1)}), and not read at all while too much of theirs is in
 * flight: the HTTP/2 window fills and the publisher feels it.
 */
@NullMarked
package dev.swarmlog.server.path.accept;

import org.jspecify.annotations.NullMarked;
