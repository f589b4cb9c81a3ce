package dev.litehaven.runner.task;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * One piece of work in a thread of its own. Reading and hashing a large file keep a processor busy,
 * and a second one is mostly idle while they do.
 */
public final class BackgroundTask<T> {
  private final FutureTask<T> task;
  private final String name;

  private BackgroundTask(String name, FutureTask<T> task) {
    this.name = name;
    this.task = task;
  }

  /** A daemon: a process that ends does not wait for it. */
  public static <T> BackgroundTask<T> start(String name, Callable<T> work) {
    var task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().name(name).start(task);
    return new BackgroundTask<>(name, task);
  }

  public boolean isDone() {
    return task.isDone();
  }

  /** Waits for the work and answers as it would have, had it been called here. */
  public T await() throws IOException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw new IOException(name + ": " + e.getCause().getMessage(), e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(name + ": interrupted while waiting", e);
    }
  }

  /** Waits until the work no longer touches anything, however it ends. */
  public void settle() {
    boolean interrupted = false;
    while (true) {
      try {
        task.get();
        break;
      } catch (ExecutionException e) {
        break; // for await to tell
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
