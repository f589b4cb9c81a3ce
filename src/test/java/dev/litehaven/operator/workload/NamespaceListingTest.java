package dev.litehaven.operator.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that only says what it was asked for, in order. */
class NamespaceListingTest {
  private static final String POD =
      "{\"metadata\": {\"name\": \"app-1-x\", \"ownerReferences\": [{\"kind\": \"ReplicaSet\","
          + " \"name\": \"app-1\", \"uid\": \"rs-1\", \"controller\": true}]}}";
  private static final String REPLICA_SET =
      "{\"metadata\": {\"name\": \"app-1\", \"uid\": \"rs-1\"}}";

  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final Queue<String> replicaSets = new ArrayDeque<>();
  private HttpServer server;
  private KubernetesClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(Config.empty())
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .build())
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  @Test
  void everyKindIsListedOnceAndLiveAndPodsAfterWhatMakesThem() {
    replicaSets.add(REPLICA_SET);

    NamespaceListing listing = NamespaceListing.of(client, "shop");

    // A resourceVersion in the query would let the API server answer from its cache.
    assertThat(asked)
        .containsExactly(
            "/apis/apps/v1/namespaces/shop/deployments",
            "/apis/apps/v1/namespaces/shop/statefulsets",
            "/apis/apps/v1/namespaces/shop/replicasets",
            "/api/v1/namespaces/shop/pods");
    assertThat(listing.pods()).hasSize(1);
    assertThat(listing.podOwners()).isEqualTo(listing.replicaSets());
  }

  @Test
  void aPodThatIsNewerThanTheReplicaSetsHasAnOwnerAllTheSame() {
    replicaSets.add("");
    replicaSets.add(REPLICA_SET);

    NamespaceListing listing = NamespaceListing.of(client, "shop");

    assertThat(asked).endsWith("/apis/apps/v1/namespaces/shop/replicasets");
    assertThat(listing.podOwners())
        .extracting((ReplicaSet set) -> set.getMetadata().getUid())
        .containsExactly("rs-1");
    // What has changed since is for the next look: the pods may be older than it.
    assertThat(listing.replicaSets()).isEmpty();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    asked.add(path);
    String items =
        path.endsWith("/replicasets") ? replicaSets.remove() : path.endsWith("/pods") ? POD : "";
    byte[] body = ("{\"items\": [" + items + "]}").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
