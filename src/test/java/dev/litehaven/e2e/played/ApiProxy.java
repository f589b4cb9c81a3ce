package dev.litehaven.e2e.played;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between an operator and a real API server: counts what the operator writes, cuts the line
 * right after a chosen write as if the operator had died there, and can answer for a kubelet that
 * is not there.
 */
public final class ApiProxy implements AutoCloseable {
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");
  private static final Pattern LOG = Pattern.compile("/api/v1/namespaces/[^/]+/pods/([^/]+)/log");

  private static final Pattern STEP = Pattern.compile("\"litehaven.dev/step\":\"([^\"]+)\"");
  private static final Pattern NAME = Pattern.compile("\"name\":\"([^\"]+)\"");

  private final HttpServer server;
  private final HttpClient upstream;
  private final URI target;
  private final Function<String, String> podLogs;
  private final List<String> writes = new ArrayList<>();
  private final Set<String> made = new LinkedHashSet<>();
  private final Set<InputStream> watches = new HashSet<>();
  private int life = 1;
  private IntPredicate crashAfter = _ -> false;
  private boolean dead = false;

  /**
   * @param podLogs what a pod of that name has printed; null: the server knows
   */
  public ApiProxy(Config admin, Function<String, String> podLogs) throws IOException {
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

  /**
   * For the operator that lives now. Its client does not try again by itself: a dead operator does
   * not, either, and nobody hears of it once another one lives.
   */
  public synchronized Config config() {
    return new ConfigBuilder(Config.empty())
        .withOauthToken(token())
        .withOnlyHttpWatches(true)
        .withWatchReconnectInterval(100)
        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/")
        .withRequestRetryBackoffLimit(0)
        .withAutoConfigure(false)
        .build();
  }

  /**
   * @param which numbers of writes, from 1, that the operator does not live to see answered
   */
  public synchronized void crashAfter(IntPredicate which) {
    crashAfter = which;
  }

  /** A new operator process. Says whether there had to be one. */
  public synchronized boolean revive() {
    boolean was = dead;
    if (was) {
      life++;
    }
    dead = false;
    return was;
  }

  private String token() {
    return "life-" + life;
  }

  /** Waits until the operator has died; says whether it has. */
  public synchronized boolean awaitDeath(long millis) throws InterruptedException {
    if (!dead) {
      wait(millis);
    }
    return dead;
  }

  /**
   * What came to be and what was taken away by the operator's hand, each object once however often
   * it was asked for: {@code POST jobs migrate}, {@code DELETE pods}. Events are left out.
   */
  public synchronized List<String> made() {
    return made.stream().map(one -> one.substring(0, one.indexOf('\n'))).sorted().toList();
  }

  /** Everything that was written so far, as {@code POST jobs}. */
  public synchronized List<String> writes() {
    return List.copyOf(writes);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!lives(exchange)) {
        return;
      }
      String path = exchange.getRequestURI().getPath();
      Matcher log = LOG.matcher(path);
      if (podLogs != null && log.matches()) {
        send(
            exchange,
            200,
            "text/plain",
            podLogs.apply(log.group(1)).getBytes(StandardCharsets.UTF_8));
        return;
      }
      String query = exchange.getRequestURI().getRawQuery();
      if (query != null && query.contains("watch=true")) {
        watch(exchange);
        return;
      }
      HttpResponse<byte[]> response = forward(exchange, HttpResponse.BodyHandlers.ofByteArray());
      if (written(exchange.getRequestMethod(), path, response)) {
        return;
      }
      send(
          exchange,
          response.statusCode(),
          response.headers().firstValue("Content-Type").orElse("application/json"),
          response.body());
    }
  }

  /** Event by event, until the server or the operator has had enough. */
  private void watch(HttpExchange exchange) throws IOException {
    HttpResponse<InputStream> response =
        forward(exchange, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream events = response.body()) {
      synchronized (this) {
        watches.add(events);
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(response.statusCode(), 0);
      byte[] buffer = new byte[8192];
      for (int read = events.read(buffer); read >= 0; read = events.read(buffer)) {
        if (!lives(exchange)) {
          return;
        }
        exchange.getResponseBody().write(buffer, 0, read);
        exchange.getResponseBody().flush();
      }
    } finally {
      synchronized (this) {
        watches.remove(response.body());
      }
    }
  }

  private synchronized boolean lives(HttpExchange exchange) {
    String who = exchange.getRequestHeaders().getFirst("Authorization");
    return !dead && ("Bearer " + token()).equals(who);
  }

  private <T> HttpResponse<T> forward(HttpExchange exchange, HttpResponse.BodyHandler<T> body)
      throws IOException {
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
      return upstream.send(request.build(), body);
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

  public synchronized boolean isDead() {
    return dead;
  }

  /** Notes a write that was carried out; says whether it was the operator's last. */
  private synchronized boolean written(String method, String path, HttpResponse<byte[]> response) {
    // What is asked of the server itself, as whether one may do something, is not kept there.
    if (!WRITES.contains(method)
        || response.statusCode() >= 300
        || !path.contains("/namespaces/")) {
      return false;
    }
    String resource = resource(path);
    writes.add(method + " " + resource);
    if (!resource.equals("events")
        && (response.statusCode() == HttpURLConnection.HTTP_CREATED || method.equals("DELETE"))) {
      made.add(
          (method.equals("DELETE") ? "DELETE " : "POST ")
              + resource
              + step(response.body())
              + "\n"
              + path
              + name(response.body()));
    }
    if (crashAfter.test(writes.size())) {
      dead = true;
      notifyAll();
      watches.forEach(ApiProxy::end);
    }
    return dead;
  }

  private static void end(InputStream watch) {
    try {
      watch.close();
    } catch (IOException e) {
      // nobody reads it any more
    }
  }

  private static String step(byte[] object) {
    return first(STEP, object).map(step -> " " + step).orElse("");
  }

  private static String name(byte[] object) {
    return first(NAME, object).orElse("");
  }

  private static Optional<String> first(Pattern pattern, byte[] object) {
    Matcher found = pattern.matcher(new String(object, StandardCharsets.UTF_8));
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
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
