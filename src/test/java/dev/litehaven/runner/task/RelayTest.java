package dev.litehaven.runner.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RelayTest {
  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static void feed(Relay relay, byte[] all) throws IOException {
    for (int at = 0; at < all.length; ) {
      byte[] buffer = relay.take();
      int length = Math.min(buffer.length, all.length - at);
      System.arraycopy(all, at, buffer, 0, length);
      relay.pass(buffer, length);
      at += length;
    }
  }

  @Test
  void everyStageSeesAllInOrder() throws Exception {
    byte[] all = bytes(1_000_003);
    var first = new ByteArrayOutputStream();
    var second = new ByteArrayOutputStream();
    try (Relay relay =
        Relay.start(
            "test",
            1000,
            (bytes, length) -> first.write(bytes, 0, length),
            (bytes, length) -> second.write(bytes, 0, length))) {
      feed(relay, all);
      relay.finish();
    }
    assertThat(first.toByteArray()).isEqualTo(all);
    assertThat(second.toByteArray()).isEqualTo(all);
  }

  @Test
  void aStageThatFailsEndsTheFillingAndIsTold() {
    var after = new ByteArrayOutputStream();
    assertThatThrownBy(
            () -> {
              try (Relay relay =
                  Relay.start(
                      "test",
                      10,
                      (bytes, length) -> {
                        throw new IOException("disk full");
                      },
                      (bytes, length) -> after.write(bytes, 0, length))) {
                while (true) {
                  relay.pass(relay.take(), 10);
                }
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessage("disk full");
    assertThat(after.size()).as("what the next stage saw").isZero();
  }

  @Test
  void aFailureOfTheLastBufferIsToldAtTheEnd() {
    assertThatThrownBy(
            () -> {
              try (Relay relay =
                  Relay.start(
                      "test",
                      10,
                      (bytes, length) -> {},
                      (bytes, length) -> {
                        throw new IllegalStateException("broken");
                      })) {
                relay.pass(relay.take(), 1);
                relay.finish();
              }
            })
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nothingIsTouchedAnyMoreOnceItIsClosed() throws Exception {
    var seen = new ByteArrayOutputStream();
    Relay relay =
        Relay.start(
            "test",
            10,
            (bytes, length) -> {
              java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
              seen.write(bytes, 0, length);
            });
    for (int i = 0; i < 4; i++) {
      relay.pass(relay.take(), 10);
    }
    relay.close();
    int atTheEnd = seen.size();
    Thread.sleep(30);
    assertThat(seen.size()).isEqualTo(atTheEnd);
  }
}
