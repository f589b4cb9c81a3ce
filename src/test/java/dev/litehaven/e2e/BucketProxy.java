package dev.litehaven.e2e;

import dev.litehaven.runner.store.FaultyProxy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Between the pods and a bucket, and not to be relied on. */
final class BucketProxy implements AutoCloseable {
  private final Process process;
  private final BufferedReader said;
  private final PrintStream told;
  private final String there;
  private final String here;

  BucketProxy(Bucket bucket) throws IOException {
    TestCluster cluster = TestCluster.get();
    var builder =
        new ProcessBuilder(
            List.of(
                cluster.script().orElseThrow().toString(),
                "enter",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                Path.of("target/test-classes").toAbsolutePath().toString(),
                FaultyProxy.class.getName(),
                Bucket.NODE,
                Integer.toString(bucket.port())));
    builder.environment().put("LITEHAVEN_CLUSTER_NAME", cluster.name());
    process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    said = process.inputReader(StandardCharsets.US_ASCII);
    told = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    there = Bucket.NODE + ":" + bucket.port();
    here = Bucket.NODE + ":" + answer();
  }

  /** The same manifests, with this in the bucket's place. */
  String before(String manifests) {
    return manifests.replace(there, here);
  }

  /**
   * @param fault a status and a code, with which whatever writes is answered; {@code cut}, which
   *     ends its connection; or {@code none}
   */
  void fault(String fault) {
    told.println(fault);
    try {
      answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String answer() throws IOException {
    String line = said.readLine();
    if (line == null) {
      throw new IOException("the proxy ended");
    }
    return line;
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
