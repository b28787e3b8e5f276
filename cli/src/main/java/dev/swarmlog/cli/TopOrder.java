package dev.swarmlog.cli;

import dev.swarmlog.v1.OverviewOrder;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Which swarms come first in {@code top}. */
enum TopOrder {
  RATE(OverviewOrder.OVERVIEW_ORDER_RATE),
  BACKLOG(OverviewOrder.OVERVIEW_ORDER_BACKLOG),
  LAG(OverviewOrder.OVERVIEW_ORDER_LAG),
  NAME(OverviewOrder.OVERVIEW_ORDER_NAME);

  private final OverviewOrder inContract;

  TopOrder(OverviewOrder inContract) {
    this.inContract = inContract;
  }

  OverviewOrder inContract() {
    return inContract;
  }

  /** As it is named in flags. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads the flag. */
  static final class Text implements ITypeConverter<TopOrder>, Iterable<String> {

    @Override
    public TopOrder convert(String text) {
      return Arrays.stream(values())
          .filter(order -> order.text().equals(text.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "Expected rate, backlog, lag or name, but got '" + text + "'."));
    }

    /** What shell completion offers. */
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values()).map(TopOrder::text).iterator();
    }
  }
}
