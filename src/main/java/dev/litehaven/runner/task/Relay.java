package dev.litehaven.runner.task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Hands buffers through stages, each in a thread of its own, which work on them in their order
 * while the next ones are filled. Its memory is that of its buffers. For one thread that fills.
 */
public final class Relay implements AutoCloseable {
  private static final int BUFFERS = 6;

  /** What is done with each buffer, which is only read. */
  @FunctionalInterface
  public interface Stage {
    void accept(byte[] bytes, int length) throws IOException;
  }

  private record Filled(byte[] bytes, int length) {
    static final Filled END = new Filled(null, 0);
  }

  private final BlockingQueue<Filled> free = queue();
  private final BlockingQueue<Filled> first = queue();
  private final List<BackgroundTask<Void>> working = new ArrayList<>();
  private volatile boolean failed;
  private boolean ended;

  private Relay(String name, int bytes, Stage... stages) {
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new Filled(new byte[bytes], 0));
    }
    BlockingQueue<Filled> from = first;
    for (int i = 0; i < stages.length; i++) {
      BlockingQueue<Filled> source = from;
      BlockingQueue<Filled> target = i + 1 < stages.length ? queue() : free;
      Stage stage = stages[i];
      working.add(BackgroundTask.start(name + "-" + (i + 1), () -> work(stage, source, target)));
      from = target;
    }
  }

  /** With room for all buffers and the end: putting something in never has to wait. */
  private static BlockingQueue<Filled> queue() {
    return new ArrayBlockingQueue<>(BUFFERS + 1);
  }

  /**
   * @param bytes size of a buffer
   */
  public static Relay start(String name, int bytes, Stage... stages) {
    return new Relay(name, bytes, stages);
  }

  private Void work(Stage stage, BlockingQueue<Filled> source, BlockingQueue<Filled> target)
      throws Exception {
    Throwable failure = null;
    while (true) {
      Filled next = source.take();
      if (next == Filled.END) {
        target.add(next);
        break;
      }
      try {
        if (!failed) {
          stage.accept(next.bytes(), next.length());
        }
      } catch (Throwable e) {
        failure = e;
        failed = true; // and goes on taking buffers, so that who fills them is never stuck
      }
      target.add(next);
    }
    switch (failure) {
      case null -> {
        return null;
      }
      case Error error -> throw error;
      case Throwable exception -> throw (Exception) exception;
    }
  }

  /**
   * A buffer to fill; it is given back by {@link #pass}.
   *
   * @throws IOException what a stage failed with
   */
  public byte[] take() throws IOException {
    if (failed) {
      finish();
    }
    try {
      return free.take().bytes();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a buffer", e);
    }
  }

  /**
   * @param length how much of it is filled
   */
  public void pass(byte[] bytes, int length) {
    first.add(new Filled(bytes, length));
  }

  /**
   * Waits until everything that was passed is done.
   *
   * @throws IOException what a stage failed with
   */
  public void finish() throws IOException {
    end();
    for (BackgroundTask<Void> task : working) {
      task.await();
    }
  }

  /** Waits until nothing is touched any more. What was passed is done, unless a stage failed. */
  @Override
  public void close() {
    end();
    working.forEach(BackgroundTask::settle);
  }

  private void end() {
    if (!ended) {
      ended = true;
      first.add(Filled.END);
    }
  }
}
