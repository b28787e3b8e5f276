package dev.swarmlog.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.swarmlog.otel.Attribute;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.context.Context;

/**
 * What is logged, for OpenTelemetry: the same lines as on standard error, with the trace that the
 * thread is in. May be called by any thread; what waits to be sent is bounded.
 */
final class LogExport extends UnsynchronizedAppenderBase<ILoggingEvent> {

  private static final AttributeKey<String> EXCEPTION_TYPE =
      AttributeKey.stringKey("exception.type");
  private static final AttributeKey<String> EXCEPTION_MESSAGE =
      AttributeKey.stringKey("exception.message");
  private static final AttributeKey<String> EXCEPTION_STACK_TRACE =
      AttributeKey.stringKey("exception.stacktrace");
  private static final AttributeKey<String> THREAD = AttributeKey.stringKey("thread.name");

  private final LoggerProvider loggers;

  LogExport(LoggerProvider loggers) {
    this.loggers = loggers;
  }

  @Override
  protected void append(ILoggingEvent event) {
    LogRecordBuilder line =
        loggers
            .get(event.getLoggerName())
            .logRecordBuilder()
            .setTimestamp(event.getInstant())
            .setContext(Context.current())
            .setSeverity(severity(event.getLevel()))
            .setSeverityText(event.getLevel().toString())
            .setBody(event.getFormattedMessage())
            .setAttribute(THREAD, event.getThreadName());
    LoggedSwarm.of(event).ifPresent(swarm -> line.setAttribute(Attribute.SWARM, swarm));
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.setAttribute(EXCEPTION_TYPE, thrown.getClassName())
          .setAttribute(EXCEPTION_MESSAGE, String.valueOf(thrown.getMessage()))
          .setAttribute(EXCEPTION_STACK_TRACE, ThrowableProxyUtil.asString(thrown));
    }
    line.emit();
  }

  private static Severity severity(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> Severity.ERROR;
      case Level.WARN_INT -> Severity.WARN;
      case Level.INFO_INT -> Severity.INFO;
      case Level.DEBUG_INT -> Severity.DEBUG;
      default -> Severity.TRACE;
    };
  }
}
