package dev.litehaven.e2e.played;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between an operator and a real API server: counts what the operator writes, cuts the line
 * right after a chosen write as if the operator had died there, and answers for a kubelet that is
 * not there.
 */
final class ApiProxy implements AutoCloseable {
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");
  private static final Pattern LOG = Pattern.compile("/api/v1/namespaces/[^/]+/pods/([^/]+)/log");

  private final HttpServer server;
  private final HttpClient upstream;
  private final URI target;
  private final Function<String, String> podLogs;
  private final List<String> writes = new ArrayList<>();
  private IntPredicate crashAfter = _ -> false;
  private boolean dead = false;

  /**
   * @param podLogs what a pod of that name has printed
   */
  ApiProxy(Config admin, Function<String, String> podLogs) throws IOException {
    this.podLogs = podLogs;
    this.target = URI.create(admin.getMasterUrl());
    try {
      this.upstream = HttpClient.newBuilder().sslContext(SSLUtils.sslContext(admin)).build();
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory()));
    server.createContext("/", this::answer);
    server.start();
  }

  /** For a client that does not try again by itself: a dead operator does not, either. */
  Config config() {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/")
        .withRequestRetryBackoffLimit(0)
        .withAutoConfigure(false)
        .build();
  }

  /**
   * @param which numbers of writes, from 1, that the operator does not live to see answered
   */
  synchronized void crashAfter(IntPredicate which) {
    crashAfter = which;
  }

  /** A new operator process. Says whether there had to be one. */
  synchronized boolean revive() {
    boolean was = dead;
    dead = false;
    return was;
  }

  /** Everything that was written so far, as {@code POST jobs}. */
  synchronized List<String> writes() {
    return List.copyOf(writes);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (isDead()) {
        return;
      }
      String path = exchange.getRequestURI().getPath();
      Matcher log = LOG.matcher(path);
      if (log.matches()) {
        send(
            exchange,
            200,
            "text/plain",
            podLogs.apply(log.group(1)).getBytes(StandardCharsets.UTF_8));
        return;
      }
      HttpResponse<byte[]> response = forward(exchange);
      if (written(exchange.getRequestMethod(), path, response.statusCode())) {
        return;
      }
      send(
          exchange,
          response.statusCode(),
          response.headers().firstValue("Content-Type").orElse("application/json"),
          response.body());
    }
  }

  private HttpResponse<byte[]> forward(HttpExchange exchange) throws IOException {
    var request =
        HttpRequest.newBuilder(target.resolve(exchange.getRequestURI().toString()))
            .method(
                exchange.getRequestMethod(),
                HttpRequest.BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
    for (String header : List.of("Content-Type", "Accept")) {
      String value = exchange.getRequestHeaders().getFirst(header);
      if (value != null) {
        request.header(header, value);
      }
    }
    try {
      return upstream.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  synchronized boolean isDead() {
    return dead;
  }

  /** Notes a write that was carried out; says whether it was the operator's last. */
  private synchronized boolean written(String method, String path, int status) {
    if (!WRITES.contains(method) || status >= 300) {
      return false;
    }
    writes.add(method + " " + resource(path));
    dead = crashAfter.test(writes.size());
    return dead;
  }

  /** {@code .../namespaces/NS/RESOURCE[/NAME[/SUBRESOURCE]]}. */
  private static String resource(String path) {
    String[] parts = path.split("/namespaces/[^/]+/", 2)[1].split("/", -1);
    return parts.length > 2 ? parts[0] + "/" + parts[2] : parts[0];
  }

  @Override
  public void close() {
    server.stop(0);
    upstream.close();
  }
}
