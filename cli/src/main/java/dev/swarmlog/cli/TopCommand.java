package dev.swarmlog.cli;

import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.GetOverviewRequest;
import dev.swarmlog.v1.GetOverviewResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows how all swarms are doing, live. */
@Command(
    name = "top",
    description = {
      "Show how the coordinator and its swarms are doing, live: rates, backlogs, lags, and what somebody should look"
          + " at.",
      "On a terminal: q quits; r, b, l and n sort by rate, backlog, lag and name; the arrows choose a swarm, enter"
          + " shows its agents, esc goes back. Elsewhere, and with --once, one table is printed.",
      "Rates are of the last interval. Lag is from when an operation was durable until agents acknowledged it, of the"
          + " last minute.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog top                         live, the busiest swarms first",
      "  swarmlog top --sort backlog          those whose agents are most behind first",
      "  swarmlog top --once                  one table",
      "  swarmlog top --json --interval 5s    a line every 5 seconds",
    })
final class TopCommand implements Callable<Integer> {

  private static final int MAX_SWARMS = 1_000;

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Option(
      names = "--sort",
      paramLabel = "BY",
      defaultValue = "rate",
      converter = TopOrder.Text.class,
      completionCandidates = TopOrder.Text.class,
      description = "rate, backlog, lag or name (default: rate).")
  private TopOrder order = TopOrder.RATE;

  @Option(names = "--once", description = "Print one table, after one interval, and end.")
  private boolean once;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = DurationText.class,
      description = "How often to ask, such as 500ms or 5s (default: 1s).")
  private Duration interval = Duration.ofSeconds(1);

  @Override
  public Integer call() throws Exception {
    if (interval.toMillis() < 100) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --interval of 100ms or more, but got %s."
              .formatted(DurationText.print(interval)));
    }
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          // A dumb terminal cannot be drawn on.
          boolean onTerminal =
              output.columns() != Output.UNLIMITED && !"dumb".equals(System.getenv("TERM"));
          if (outputOptions.json() && !once) {
            follow(client, output);
          } else if (once || !onTerminal) {
            print(sample(client, ask(client)), output);
          } else {
            live(client);
          }
        });
    return ExitCode.OK.number();
  }

  private GetOverviewResponse ask(SwarmClient client) {
    return client.getOverview(
        GetOverviewRequest.newBuilder()
            .setOrder(order.inContract())
            .setMaxSwarms(MAX_SWARMS)
            .build());
  }

  /** One interval after an answer. */
  private TopSample sample(SwarmClient client, GetOverviewResponse before) throws Exception {
    return TopSample.of(askLater(client), before);
  }

  /** Asks one interval from now. */
  private GetOverviewResponse askLater(SwarmClient client) throws Exception {
    Executor later = CompletableFuture.delayedExecutor(interval.toNanos(), TimeUnit.NANOSECONDS);
    try {
      return CompletableFuture.supplyAsync(() -> ask(client), later).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  private void print(TopSample sample, Output output) {
    if (outputOptions.json()) {
      output.json(sample.map());
      return;
    }
    sample.head(connectionOptions.server()).forEach(output::line);
    output.line("");
    if (sample.rows().isEmpty()) {
      output.remark("No swarm yet.");
      return;
    }
    boolean wide = output.columns() >= TopPicture.WIDE_COLUMNS;
    output.table(
        TopPicture.headings(wide),
        sample.rows().stream().map(row -> TopPicture.cells(row, wide)).toList());
    if (sample.unlistedSwarms() > 0) {
      output.line("… and %,d more swarms.".formatted(sample.unlistedSwarms()));
    }
  }

  /** A line for each interval, until somebody ends it. */
  private void follow(SwarmClient client, Output output) throws Exception {
    GetOverviewResponse before = ask(client);
    boolean away = false;
    while (true) {
      try {
        GetOverviewResponse now = askLater(client);
        output.json(TopSample.of(now, before).map());
        before = now;
        away = false;
      } catch (RetryableException e) {
        if (!away) {
          output.remark("swarmlog: the coordinator went away; trying again ...");
        }
        away = true;
      }
    }
  }

  private void live(SwarmClient client) throws IOException {
    // Before the terminal is taken: what is wrong then is said as usual.
    GetOverviewResponse first = ask(client);
    TopModel model = new TopModel(order);
    model.answered(TopSample.of(first, null));
    boolean coloured = spec.commandLine().getColorScheme().ansi().enabled();
    TopPicture picture = new TopPicture(connectionOptions.server(), coloured);
    try (TopScreen screen = TopScreen.open();
        TopWatch watch = new TopWatch(client, interval, first)) {
      watch.look(model.order(), model.detail());
      while (true) {
        watch.tell(model);
        screen.show((columns, rows) -> picture.draw(model, columns, rows));
        TopKey key = screen.read(TopWatch.LOOK_MS);
        if (key == TopKey.QUIT) {
          return;
        }
        model.pressed(key, TopPicture.page(screen.rows()));
        if (key != TopKey.NONE) {
          watch.look(model.order(), model.detail());
        }
      }
    }
  }
}
