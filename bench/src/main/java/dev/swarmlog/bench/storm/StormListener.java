package dev.swarmlog.bench.storm;

/** Is told how a run goes. Called by threads of the run, one at a time for each run. */
public interface StormListener {

  /** What goes on where there is no sample to show. */
  void progress(ContenderKind contender, String text);

  /** All agents are connected; the run begins when this returns. */
  default void ready(ContenderKind contender) throws InterruptedException {}

  /** Once a second, from the first one of the warm-up to the last one behind the storm. */
  void sample(StormSample sample);
}
