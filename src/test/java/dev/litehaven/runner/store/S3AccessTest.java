package dev.litehaven.runner.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.S3Target;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * Access to a real S3 server with the identity that a cloud gives a pod: its token is exchanged for
 * keys at a service that the test plays. And what a server is asked to do with what it gets.
 */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class S3AccessTest {
  private static final String ROLE = "arn:aws:iam::123456789012:role/backups";
  private static final byte[] CONTENT = "content".getBytes(UTF_8);
  private static S3Server server;

  @TempDir static Path shared;
  @TempDir Path dir;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, String> before = new HashMap<>();
  private HttpServer cloud;

  @BeforeAll
  static void start() throws Exception {
    server = S3Server.start(shared);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void aCloud() throws IOException {
    cloud = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cloud.start();
  }

  @AfterEach
  void close() {
    cloud.stop(0);
    before.forEach(
        (name, value) -> {
          if (value == null) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
  }

  /** What a webhook puts into the pod's environment, under the names of system properties. */
  private void environment(String name, String value) {
    before.put(name, System.getProperty(name));
    System.setProperty(name, value);
  }

  private String address(String path) {
    return "http://127.0.0.1:" + cloud.getAddress().getPort() + path;
  }

  private void answers(String path, int status, String body) {
    cloud.createContext(
        path,
        exchange -> {
          asked.add(
              exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + URLDecoder.decode(
                      new String(exchange.getRequestBody().readAllBytes(), UTF_8), UTF_8));
          byte[] bytes = body.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private void webIdentity(int status, String body) throws IOException {
    environment("aws.roleArn", ROLE);
    environment("aws.roleSessionName", "runner");
    environment(
        "aws.webIdentityTokenFile",
        Files.writeString(dir.resolve("token"), "the-pods-own-token").toString());
    environment("aws.endpointUrlSts", address("/"));
    environment("aws.region", "us-east-1");
    answers("/", status, body);
  }

  private static S3Target nobodys(String endpoint, String prefix) {
    return new S3Target(
        endpoint, null, S3Server.BUCKET, prefix, true, null, null, null, null, null, 0);
  }

  private static void works(S3Target target) throws IOException {
    try (S3Store store = ImpatientStores.open(target, "team_app", Clock.systemUTC())) {
      StoreContract.make(store, "a/b", CONTENT);
      try (InputStream in = store.open("a/b")) {
        assertThat(in.readAllBytes()).isEqualTo(CONTENT);
      }
      store.delete("a/b");
    }
  }

  @Test
  void aTokenOfTheClusterIsExchangedForKeysOfTheRole() throws Exception {
    webIdentity(
        200,
        """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult>
            <Credentials>
              <AccessKeyId>%s</AccessKeyId>
              <SecretAccessKey>%s</SecretAccessKey>
              <SessionToken>session</SessionToken>
              <Expiration>%s</Expiration>
            </Credentials>
          </AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>
        """
            .formatted(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, inAnHour()));
    try (var proxy = new FaultyProxy(server.port())) {
      // This server knows no sessions, and says so; what it is asked with is what counts.
      assertThatThrownBy(() -> works(nobodys(proxy.endpoint(), "web")))
          .hasMessageContaining("InvalidToken");
      assertThat(proxy.heads())
          .isNotEmpty()
          .allSatisfy(
              head ->
                  assertThat(head)
                      .contains(
                          "x-amz-security-token: session",
                          "credential=" + S3Server.ACCESS_KEY.toLowerCase(Locale.ROOT)));
    }
    assertThat(asked)
        .singleElement()
        .asString()
        .contains("AssumeRoleWithWebIdentity", "WebIdentityToken=the-pods-own-token", ROLE);
  }

  @Test
  void anAgentOfTheNodeGivesKeysForATokenToo() throws Exception {
    environment("aws.containerCredentialsFullUri", address("/keys"));
    environment("aws.containerAuthorizationToken", "the-pods-own-token");
    answers(
        "/keys",
        200,
        """
        {"AccessKeyId": "%s", "SecretAccessKey": "%s", "Expiration": "%s"}
        """
            .formatted(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, inAnHour()));
    works(nobodys(server.endpoint(), "agent"));
    assertThat(asked).isNotEmpty().first().asString().startsWith("the-pods-own-token");
  }

  @Test
  void anIdentityThatIsNotTrustedIsSaidWithoutTheToken() throws Exception {
    webIdentity(
        403,
        """
        <ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
        <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>
        """);
    refused("AssumeRoleWithWebIdentity");
  }

  @Test
  void aPodWithoutAnyIdentityIsToldWhatItLacks() {
    refused("serviceAccountName");
  }

  private static void refused(String words) {
    assertThatThrownBy(() -> works(nobodys(server.endpoint(), "refused")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining("the-pods-own-token")
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(Reason.STORE_REFUSED);
  }

  @Test
  void theServerIsAskedToEncryptWithTheKeyThatIsNamed() throws Exception {
    try (var proxy = new FaultyProxy(server.port())) {
      var target =
          new S3Target(
              proxy.endpoint(),
              null,
              S3Server.BUCKET,
              "sse",
              true,
              null,
              server.credentials().toString(),
              "aws:kms",
              "key-1",
              null,
              0);
      try (S3Store store = ImpatientStores.open(target, "team_app", Clock.systemUTC())) {
        store.replace("small", CONTENT);
        StoreContract.make(store, "large", new byte[2 * ImpatientStores.PART + 1]);
      }
      assertThat(proxy.heads())
          .filteredOn(head -> head.startsWith("put ") && !head.contains("partnumber="))
          .isNotEmpty()
          .allSatisfy(S3AccessTest::encrypted);
      assertThat(proxy.heads())
          .filteredOn(head -> head.startsWith("post ") && head.contains("?uploads"))
          .isNotEmpty()
          .allSatisfy(S3AccessTest::encrypted);
    }
  }

  private static void encrypted(String head) {
    assertThat(head)
        .contains(
            "x-amz-server-side-encryption: aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id: key-1");
  }

  private static Instant inAnHour() {
    return Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);
  }
}
