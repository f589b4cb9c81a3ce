package dev.litehaven.e2e;

import dev.litehaven.runner.store.FaultyProxy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Between the pods and a bucket, and not to be relied on. */
final class BucketProxy implements AutoCloseable {
  private final NodeProgram program;
  private final BufferedReader said;
  private final PrintStream told;
  private final String there;
  private final String here;

  BucketProxy(Bucket bucket) throws IOException {
    Process process =
        NodeProgram.builder(
                TestCluster.get(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                Path.of("target/test-classes").toAbsolutePath().toString(),
                FaultyProxy.class.getName(),
                NodeProgram.ADDRESS,
                Integer.toString(bucket.port()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    program = new NodeProgram(process);
    said = process.inputReader(StandardCharsets.US_ASCII);
    told = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    there = NodeProgram.ADDRESS + ":" + bucket.port();
    here = NodeProgram.ADDRESS + ":" + answer();
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
    program.close();
  }
}
