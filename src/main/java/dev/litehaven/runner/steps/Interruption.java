package dev.litehaven.runner.steps;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Somebody wants the runner to end (SIGTERM). The step in progress finishes what cannot be split
 * and is asked between phases; before the new database is in place it stops and undoes, after that
 * it finishes, which is the shorter way to a sound volume. Safe for use by several threads.
 */
public final class Interruption {
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean requested;

  /** Asks the step to end soon. */
  public void request() {
    requested = true;
    listeners.forEach(Runnable::run);
  }

  /** Told at once when the end is asked for, from another thread; also when it was before. */
  void onRequest(Runnable listener) {
    listeners.add(listener);
    if (requested) {
      listener.run();
    }
  }

  /**
   * @throws RefusedException {@link Reason#INTERRUPTED} once the end was asked for
   */
  public void check() {
    if (requested) {
      throw new RefusedException(
          Reason.INTERRUPTED,
          "The runner was told to stop before the new database was in place. Nothing was changed;"
              + " run the step again.");
    }
  }

  /** Says that the step has ended, one way or the other, and its report is out. */
  public void ended() {
    ended.countDown();
  }

  /** Waits for {@link #ended()}, so that the JVM does not go down under a step at work. */
  public void awaitEnd(long timeout, TimeUnit unit) throws InterruptedException {
    // What outlasts the pod's grace period is killed, and undone or finished by the next run.
    boolean inTime = ended.await(timeout, unit);
    if (!inTime) {
      System.err.println("The step did not end in time; the next run recovers the volume.");
    }
  }
}
