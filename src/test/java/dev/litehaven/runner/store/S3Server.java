package dev.litehaven.runner.store;

import dev.litehaven.protocol.S3Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A real S3 server in a process of its own, versitygw, whose objects are files in a directory. */
public final class S3Server implements AutoCloseable {
  public static final String ACCESS_KEY = "AKIDTESTKEYOFLITEHAVEN";
  public static final String SECRET_KEY = "s3cr3t/OfLitehavenThatNobodyMaySee";

  /** Its bucket. */
  public static final String BUCKET = "backups";

  /** One with versions, in which objects can be locked. */
  public static final String LOCKED_BUCKET = "locked";

  private final Process process;
  private final Path log;
  private final int port;
  private final Path credentials;
  private final S3Client client;

  private S3Server(Process process, Path log, int port, Path credentials) {
    this.process = process;
    this.log = log;
    this.port = port;
    this.credentials = credentials;
    this.client =
        S3Client.builder()
            .endpointOverride(URI.create(endpoint()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
            .build();
  }

  /** Builds the server where that was not done before, and waits until it answers. */
  public static S3Server start(Path directory) throws Exception {
    return start(directory, null, null);
  }

  /**
   * @param certificate PEM, with its {@code key}: the server then speaks TLS only; null: it does
   *     not
   */
  static S3Server start(Path directory, Path certificate, Path key) throws Exception {
    Path data = Files.createDirectories(directory.resolve("s3-data"));
    Path sidecar = Files.createDirectories(directory.resolve("s3-sidecar"));
    Path versions = Files.createDirectories(directory.resolve("s3-versions"));
    Path credentials = Files.createDirectories(directory.resolve("s3-credentials"));
    Files.writeString(credentials.resolve("accessKeyId"), ACCESS_KEY + "\n");
    Files.writeString(credentials.resolve("secretAccessKey"), SECRET_KEY);
    int port = freePort();
    Path log = directory.resolve("s3.log");
    List<String> command = new ArrayList<>(List.of(binary(), "--port", "127.0.0.1:" + port));
    if (certificate != null) {
      command.addAll(List.of("--cert", certificate.toString(), "--key", key.toString()));
    }
    command.addAll(
        List.of(
            "posix",
            "--sidecar",
            sidecar.toString(),
            "--versioning-dir",
            versions.toString(),
            data.toString()));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("ROOT_ACCESS_KEY", ACCESS_KEY);
    builder.environment().put("ROOT_SECRET_KEY", SECRET_KEY);
    var server = new S3Server(builder.start(), log, port, credentials);
    server.awaitAnswer();
    if (certificate != null) {
      Files.createDirectory(data.resolve(BUCKET));
      return server;
    }
    server.client.createBucket(r -> r.bucket(BUCKET));
    server.client.createBucket(r -> r.bucket(LOCKED_BUCKET).objectLockEnabledForBucket(true));
    return server;
  }

  /** Path of the program, which the project's scripts build once. */
  public static String binary() throws IOException, InterruptedException {
    String script =
        "set -euo pipefail; ROOT=$PWD; source scripts/lib/progress.sh; source scripts/lib/tools.sh;"
            + " use_versitygw >&2; command -v versitygw";
    Process process =
        new ProcessBuilder("bash", "-c", script)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String path =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("versitygw could not be built: see target/dev");
    }
    return path;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitAnswer() throws Exception {
    for (int attempt = 0; ; attempt++) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (!process.isAlive() || attempt == 600) {
          throw new IllegalStateException("the S3 server did not start: " + Files.readString(log));
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  public int port() {
    return port;
  }

  public String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  /** Directory of the credentials that are right. */
  public Path credentials() {
    return credentials;
  }

  public S3Target target(String prefix) {
    return target(endpoint(), BUCKET, prefix);
  }

  public S3Target target(String endpoint, String bucket, String prefix) {
    return target(endpoint, bucket, prefix, credentials);
  }

  public static S3Target target(String endpoint, String bucket, String prefix, Path credentials) {
    return new S3Target(
        endpoint, null, bucket, prefix, true, null, credentials.toString(), null, null, null, 0);
  }

  public S3Client client() {
    return client;
  }

  /** Keys of all objects that begin so. */
  public List<String> keys(String prefix) {
    return client.listObjectsV2Paginator(r -> r.bucket(BUCKET).prefix(prefix)).contents().stream()
        .map(S3Object::key)
        .toList();
  }

  /** Keys of all uploads that are neither completed nor aborted. */
  public List<String> unfinished() {
    List<String> keys = new ArrayList<>();
    for (MultipartUpload upload :
        client.listMultipartUploadsPaginator(r -> r.bucket(BUCKET)).uploads()) {
      keys.add(upload.key());
    }
    return keys;
  }

  public byte[] bytes(String key) {
    return client.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)).asByteArray();
  }

  public void put(String key, byte[] bytes) {
    client.putObject(
        r -> r.bucket(BUCKET).key(key),
        software.amazon.awssdk.core.sync.RequestBody.fromBytes(bytes));
  }

  public String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
