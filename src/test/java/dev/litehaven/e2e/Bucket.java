package dev.litehaven.e2e;

import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.store.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real S3 server in the network of the node, where pods reach it. */
final class Bucket implements AutoCloseable {
  static final String RECIPIENT = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
  static final String IDENTITY =
      "AGE-SECRET-KEY-1N9JEPW6DWJ0ZQUDX63F5A03GX8QUW7PXDE39N8UYF82VZ9PC8UFS3M7XA9";

  private final NodeProgram server;
  private final Path directory;
  private final int port;
  private final boolean own;

  private Bucket(NodeProgram server, Path directory, int port, boolean own) {
    this.server = server;
    this.directory = directory;
    this.port = port;
    this.own = own;
  }

  static Bucket start() throws Exception {
    Path directory = Files.createTempDirectory("bucket");
    Files.createDirectories(directory.resolve("data").resolve(S3Server.BUCKET));
    Files.createDirectories(directory.resolve("sidecar"));
    return serve(TestCluster.get(), directory, true);
  }

  /** The same bucket, for the pods of another cluster; to be closed before this one. */
  Bucket in(TestCluster cluster) throws Exception {
    return serve(cluster, directory, false);
  }

  private static Bucket serve(TestCluster cluster, Path directory, boolean own) throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ProcessBuilder builder =
        NodeProgram.builder(
                cluster,
                S3Server.binary(),
                "--port",
                NodeProgram.ADDRESS + ":" + port,
                "posix",
                "--sidecar",
                directory.resolve("sidecar").toString(),
                directory.resolve("data").toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log-" + port).toFile());
    builder.environment().put("ROOT_ACCESS_KEY", S3Server.ACCESS_KEY);
    builder.environment().put("ROOT_SECRET_KEY", S3Server.SECRET_KEY);
    return new Bucket(new NodeProgram(builder.start()), directory, port, own);
  }

  /** Paths of the bucket's objects, as files of its server. */
  List<String> objects() {
    try (var files = Files.walk(directory.resolve("data").resolve(S3Server.BUCKET))) {
      return files.filter(Files::isRegularFile).map(Path::toString).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  /** Neither answers nor refuses, or goes on. */
  void suspended(boolean now) {
    server.signal(now ? "STOP" : "CONT");
  }

  String secretKey() {
    return S3Server.SECRET_KEY;
  }

  /**
   * The location and the Secrets that it names.
   *
   * @param takeover identity whose backups it may take over; empty: none
   */
  String location(String name, String takeover) {
    return """
        apiVersion: v1
        kind: Secret
        metadata: {name: s3-credentials}
        stringData: {accessKeyId: %s, secretAccessKey: "%s"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: s3-identity}
        stringData: {key.txt: %s}
        ---
        apiVersion: litehaven.dev/v1alpha1
        kind: BackupLocation
        metadata: {name: %s}
        spec:
          s3:
            endpoint: http://%s:%d
            bucket: %s
            prefix: team/backups
            credentialsSecretRef: {name: s3-credentials}
          encryption:
            recipients: [%s]
            identitySecretRef: {name: s3-identity, key: key.txt}
          takeover: [%s]
        """
        .formatted(
            S3Server.ACCESS_KEY,
            S3Server.SECRET_KEY,
            IDENTITY,
            name,
            NodeProgram.ADDRESS,
            port,
            S3Server.BUCKET,
            RECIPIENT,
            takeover);
  }

  @Override
  public void close() {
    server.close();
    if (own) {
      try {
        DurableFiles.deleteTree(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
