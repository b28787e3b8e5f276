package dev.swarmlog.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.swarmlog.server.LogLevels;
import io.opentelemetry.api.OpenTelemetry;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogManager;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * How much is logged, and in which form: always to standard error, warnings only unless told
 * otherwise.
 *
 * <p>In code rather than in a file, because reading one takes longer than a short command. Logback
 * finds this class through {@code META-INF/services}.
 */
public final class Logging extends ContextAwareBase implements Configurator {

  // What clients say stands in messages: one of them shall not look like a line of its own, nor be
  // obeyed by a terminal.
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %replace(%msg){'[\\p{Cntrl}\\p{Cf}]', '\uFFFD'}  [%logger{0}]%n";

  /** For Logback. */
  public Logging() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    appendTo(context, text(context), Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Sets logging for a command that is over soon: gRPC and Netty have nothing to say that the
   * command's own message does not say better.
   */
  static void quiet(boolean debug) {
    LogManager.getLogManager().reset();
    if (debug) {
      start(Level.DEBUG, false);
    }
  }

  /** Sets logging for a coordinator, java.util.logging of gRPC included. */
  static void start(Level level, boolean json) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    appendTo(context, json ? json(context) : text(context), level);
    limitRepetitions(context);
    LogbackLevels.setAll(context, level);
    LogManager.getLogManager().reset();
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.INFO);
    SLF4JBridgeHandler.install();
  }

  /** How much is logged, changed while running. */
  static LogLevels levels() {
    return new LogbackLevels((LoggerContext) LoggerFactory.getILoggerFactory());
  }

  /** Sends what is logged somewhere else as well. */
  static void exportTo(OpenTelemetry openTelemetry) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    LogExport export = new LogExport(openTelemetry.getLogsBridge());
    export.setContext(context);
    export.start();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(export);
  }

  private static void limitRepetitions(LoggerContext context) {
    RepetitionLimit limit =
        new RepetitionLimit(
            task -> {
              var unused =
                  context.getScheduledExecutorService().schedule(task, 1, TimeUnit.MINUTES);
            });
    limit.setContext(context);
    limit.start();
    context.addTurboFilter(limit);
  }

  private static void appendTo(LoggerContext context, Encoder<ILoggingEvent> encoder, Level level) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    ch.qos.logback.classic.Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(level);
    root.addAppender(appender);
  }

  static EncoderBase<ILoggingEvent> text(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    return encoder;
  }

  private static EncoderBase<ILoggingEvent> json(LoggerContext context) {
    JsonLines encoder = new JsonLines();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }
}
