package dev.swarmlog.otel.export;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.OperatingSystemMXBean;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import javax.management.ListenerNotFoundException;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * What the Java runtime says of itself, under the names of OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/semconv/runtime/jvm-metrics/">semantic conventions</a>:
 * memory by pool, garbage collection, threads and processor time.
 *
 * <p>OpenTelemetry's own instrumentation of the runtime needs a version of the API's incubator that
 * does not go with the SDK's.
 */
final class JvmMetrics implements AutoCloseable {

  private static final AttributeKey<String> POOL = AttributeKey.stringKey("jvm.memory.pool.name");
  private static final AttributeKey<String> TYPE = AttributeKey.stringKey("jvm.memory.type");
  private static final AttributeKey<String> GC_NAME = AttributeKey.stringKey("jvm.gc.name");
  private static final AttributeKey<String> GC_ACTION = AttributeKey.stringKey("jvm.gc.action");
  private static final List<Double> GC_SECONDS = List.of(0.01, 0.1, 1.0, 10.0);
  private static final double NS_PER_S = 1e9;
  private static final double MS_PER_S = 1e3;

  private final List<AutoCloseable> open = new ArrayList<>();

  private JvmMetrics() {}

  /** Observes from now on, until it is closed. */
  static JvmMetrics start(OpenTelemetry openTelemetry) {
    JvmMetrics metrics = new JvmMetrics();
    Meter meter = openTelemetry.getMeter("dev.swarmlog.jvm");
    metrics.observeMemory(meter);
    metrics.observeCollections(meter);
    metrics.observeThreadsAndProcessors(meter);
    return metrics;
  }

  private void observeMemory(Meter meter) {
    memory(meter, "jvm.memory.used", "Memory that is used", MemoryUsage::getUsed);
    memory(meter, "jvm.memory.committed", "Memory that is there", MemoryUsage::getCommitted);
    memory(meter, "jvm.memory.limit", "Memory there may be", MemoryUsage::getMax);
    open.add(
        meter
            .upDownCounterBuilder("jvm.memory.used_after_last_gc")
            .setUnit("By")
            .setDescription("Memory that was used after the last garbage collection")
            .buildWithCallback(
                measurement ->
                    ManagementFactory.getMemoryPoolMXBeans()
                        .forEach(
                            pool ->
                                observe(
                                    measurement,
                                    pool,
                                    pool.getCollectionUsage(),
                                    MemoryUsage::getUsed))));
  }

  private void memory(
      Meter meter, String name, String description, ToLongFunction<MemoryUsage> figure) {
    open.add(
        meter
            .upDownCounterBuilder(name)
            .setUnit("By")
            .setDescription(description)
            .buildWithCallback(
                measurement ->
                    ManagementFactory.getMemoryPoolMXBeans()
                        .forEach(pool -> observe(measurement, pool, pool.getUsage(), figure))));
  }

  /** A pool has no usage where it is gone or never collected, and no maximum as -1. */
  @SuppressWarnings("ConstantValue") // the JDK is not annotated
  private static void observe(
      ObservableLongMeasurement measurement,
      MemoryPoolMXBean pool,
      MemoryUsage usage,
      ToLongFunction<MemoryUsage> figure) {
    if (usage != null && figure.applyAsLong(usage) >= 0) {
      measurement.record(
          figure.applyAsLong(usage),
          Attributes.of(
              POOL, pool.getName(), TYPE, pool.getType() == MemoryType.HEAP ? "heap" : "non_heap"));
    }
  }

  private void observeCollections(Meter meter) {
    DoubleHistogram durations =
        meter
            .histogramBuilder("jvm.gc.duration")
            .setUnit("s")
            .setDescription("Garbage collections")
            .setExplicitBucketBoundariesAdvice(GC_SECONDS)
            .build();
    NotificationListener listener =
        (notification, handback) -> {
          if (notification
              .getType()
              .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            GarbageCollectionNotificationInfo info =
                GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
            durations.record(
                info.getGcInfo().getDuration() / MS_PER_S,
                Attributes.of(GC_NAME, info.getGcName(), GC_ACTION, info.getGcAction()));
          }
        };
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(listener, null, null);
        open.add(() -> forget(emitter, listener));
      }
    }
  }

  private static void forget(NotificationEmitter emitter, NotificationListener listener) {
    try {
      emitter.removeNotificationListener(listener);
    } catch (ListenerNotFoundException e) {
      throw new IllegalStateException("Expected to be told of collections, but was not", e);
    }
  }

  private void observeThreadsAndProcessors(Meter meter) {
    open.add(
        meter
            .upDownCounterBuilder("jvm.thread.count")
            .setUnit("{thread}")
            .setDescription("Threads")
            .buildWithCallback(
                measurement ->
                    measurement.record(ManagementFactory.getThreadMXBean().getThreadCount())));
    open.add(
        meter
            .upDownCounterBuilder("jvm.cpu.count")
            .setUnit("{cpu}")
            .setDescription("Processors that the runtime may use")
            .buildWithCallback(
                measurement -> measurement.record(Runtime.getRuntime().availableProcessors())));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      open.add(
          meter
              .counterBuilder("jvm.cpu.time")
              .ofDoubles()
              .setUnit("s")
              .setDescription("Processor time of this process")
              .buildWithCallback(
                  measurement -> measurement.record(system.getProcessCpuTime() / NS_PER_S)));
    }
  }

  @Override
  public void close() {
    for (AutoCloseable one : open) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException("Expected to end observing, but could not", e);
      }
    }
  }
}
