package dev.swarmlog.server.grpc;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import dev.swarmlog.server.Memory;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The memory of this process. Direct memory is what the transport's allocator counts: the JVM's own
 * figures do not show it.
 */
public final class ProcessMemory implements Memory {

  private final List<GarbageCollectorMXBean> collectors =
      ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);
  private final Set<String> heapPools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .map(MemoryPoolMXBean::getName)
          .collect(Collectors.toUnmodifiableSet());

  @Override
  public Usage heap() {
    long latestEndMs = -1;
    long usedBytes = 0;
    for (GarbageCollectorMXBean collector : collectors) {
      GcInfo last = collector.getLastGcInfo();
      if (last != null && last.getEndTime() > latestEndMs) {
        latestEndMs = last.getEndTime();
        usedBytes = afterwards(last);
      }
    }
    return new Usage(usedBytes, Runtime.getRuntime().maxMemory());
  }

  private long afterwards(GcInfo collection) {
    return collection.getMemoryUsageAfterGc().entrySet().stream()
        .filter(pool -> heapPools.contains(pool.getKey()))
        .mapToLong(pool -> pool.getValue().getUsed())
        .sum();
  }

  @Override
  public Usage direct() {
    return new Usage(
        Math.max(0, PlatformDependent.usedDirectMemory()), PlatformDependent.maxDirectMemory());
  }

  @Override
  public long collections() {
    return collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
  }

  @Override
  public void collect() {
    System.gc();
  }
}
