package dev.swarmlog.demo.process;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A child that says one thing and then lives until its supervisor lets go of it, or for ever. */
final class EndlessChild {
  private EndlessChild() {}

  public static void main(String[] arguments) throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    System.out.println("not a status");
    new StatusLines(System.out)
        .write(new Status.Trouble("I am " + ProcessHandle.current().pid(), false));
    if (List.of(arguments).contains("parent")) {
      Children children = new Children(Launch.ofThisProcess(), java.nio.file.Path.of(arguments[1]));
      try {
        children.start("grandchild", List.of(), List.of(), new StatusLines(System.out)::write);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    ParentWatch.start(System.in, end::countDown);
    end.await();
    System.exit(7);
  }
}
