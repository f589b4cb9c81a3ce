package dev.litehaven.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.S3Target;
import dev.litehaven.runner.store.FaultyProxy.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a real S3 server, with what can go wrong on the way to it. */
class S3StoreTest extends StoreContract {
  private static final byte[] LARGE = bytes(3 * ImpatientStores.PART + 12_345);
  private static S3Server server;

  @TempDir static Path shared;
  @TempDir Path dir;
  private FaultyProxy proxy;
  private String prefix;

  @BeforeAll
  static void start() throws Exception {
    server = S3Server.start(shared);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void aProxy(TestInfo test) throws IOException {
    prefix = test.getTestMethod().orElseThrow().getName() + test.getDisplayName().hashCode();
    proxy = new FaultyProxy(server.port());
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
  }

  @Override
  BackupStore store() {
    return ImpatientStores.open(server.target(prefix), "team_app", Clock.systemUTC());
  }

  @Override
  List<String> unfinished() {
    return server.unfinished();
  }

  private S3Store throughProxy() {
    return throughProxy(Duration.ofMinutes(1));
  }

  private S3Store throughProxy(Duration silence) {
    S3Target target = server.target(proxy.endpoint(), S3Server.BUCKET, prefix);
    return ImpatientStores.open(target, "team_app", Clock.systemUTC(), silence);
  }

  private static byte[] read(BackupStore store, String key) throws IOException {
    try (InputStream in = store.open(key)) {
      return in.readAllBytes();
    }
  }

  private void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Reason reason, String words) {
    assertThatThrownBy(call)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining(S3Server.SECRET_KEY)
        .hasMessageNotContaining(S3Server.ACCESS_KEY)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(reason);
  }

  private void nothingIsLeft() {
    assertThat(server.keys(prefix)).isEmpty();
    assertThat(server.unfinished()).isEmpty();
  }

  @Test
  void keysAreBelowThePrefixAndTheIdentity() throws Exception {
    try (BackupStore store = store()) {
      make(store, "app/1/x", new byte[3]);
      assertThat(server.keys(prefix)).containsExactly(prefix + "/team_app/app/1/x");
      assertThat(store.describe("app/1/x"))
          .isEqualTo("s3://backups/" + prefix + "/team_app/app/1/x");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "500, InternalError, STORE_UNREACHABLE",
    "503, SlowDown, STORE_UNREACHABLE",
    "429, TooManyRequests, STORE_UNREACHABLE",
    "403, AccessDenied, STORE_REFUSED",
    "403, SignatureDoesNotMatch, STORE_REFUSED",
    "400, ExpiredToken, STORE_REFUSED",
    "501, NotImplemented, STORE_UNREACHABLE",
    "507, InsufficientStorage, STORE_FULL",
    "403, QuotaExceeded, STORE_FULL",
    "400, BadDigest, BACKUP_FAILED"
  })
  void whatAStoreSaysAtAnyPointOfAnUploadIsSaidAndLeavesNothing(
      int status, String code, Reason reason) throws Exception {
    var answer = new Fault.Answer(status, code, "said with " + S3Server.SECRET_KEY + " in it");
    try (S3Store store = throughProxy()) {
      proxy.rule((method, target) -> method.equals("PUT") ? answer : null);
      refused(() -> make(store, "app/1/small", new byte[10]), reason, status + " " + code);
      refused(() -> store.createIfAbsent("app/1/small", new byte[10]), reason, code);
      refused(() -> store.replace("app/1/small", new byte[10]), reason, code);
      // The first part, the last one, and the end of an upload in parts.
      for (String at : List.of("partNumber=1&", "partNumber=4&", "?uploadId=")) {
        proxy.rule(
            (method, target) -> !method.equals("DELETE") && target.contains(at) ? answer : null);
        refused(() -> make(store, "app/1/large", LARGE), reason, "app/1/large");
        assertThat(server.unfinished()).as(at).isEmpty();
      }
      proxy.rule((method, target) -> method.equals("POST") ? answer : null);
      refused(() -> make(store, "app/1/large", LARGE), reason, code);
    }
    nothingIsLeft();
  }

  @ParameterizedTest
  @CsvSource({"500, InternalError", "503, SlowDown", "429, TooManyRequests"})
  void whatPassesIsTriedAgain(int status, String code) throws Exception {
    var answer = new Fault.Answer(status, code, "busy");
    try (S3Store store = throughProxy()) {
      proxy.rule(2, "PUT", "", answer);
      make(store, "app/1/small", new byte[10]);
      proxy.rule(3, "PUT", "partNumber=2", answer);
      make(store, "app/1/large", LARGE);
      proxy.rule(2, "GET", "", answer);
      assertThat(read(store, "app/1/large")).isEqualTo(LARGE);
      proxy.rule(2, "GET", "", answer);
      assertThat(store.list("")).hasSize(2);
      proxy.rule(2, "DELETE", "", answer);
      store.delete("app/1/large");
    }
    assertThat(server.keys(prefix)).containsExactly(prefix + "/team_app/app/1/small");
    assertThat(server.unfinished()).isEmpty();
  }

  @Test
  void cutConnectionsAreTriedAgain() throws Exception {
    try (S3Store store = throughProxy()) {
      proxy.rule(2, "PUT", "", new Fault.CutRequest());
      make(store, "app/1/small", new byte[10]);
      proxy.rule(2, "PUT", "partNumber=3", new Fault.CutRequest());
      make(store, "app/1/large", LARGE);
      proxy.rule(3, "GET", "app/1/large", new Fault.CutAnswer());
      assertThat(read(store, "app/1/large")).isEqualTo(LARGE);
    }
    assertThat(proxy.requests()).filteredOn(r -> r.startsWith("GET")).hasSize(4);
  }

  @Test
  void anAnswerThatIsLostDoesNotMakeASuccessAFailure() throws Exception {
    try (S3Store store = throughProxy()) {
      proxy.rule(1, "PUT", "manifest", new Fault.LostAnswer());
      make(store, "app/1/manifest.json", new byte[10]);
      proxy.rule(1, "PUT", "owner", new Fault.LostAnswer());
      assertThat(store.createIfAbsent("owner.json", new byte[10])).isTrue();
      proxy.rule(1, "PUT", "partNumber=2", new Fault.LostAnswer());
      make(store, "app/1/large", LARGE);
      proxy.rule(1, "POST", "?uploadId=", new Fault.LostAnswer());
      make(store, "app/2/large", LARGE);
      assertThat(read(store, "app/2/large")).isEqualTo(LARGE);
      proxy.rule(1, "POST", "?uploads", new Fault.LostAnswer());
      make(store, "app/3/large", LARGE);
    }
    // An upload whose beginning nobody heard of goes as what was cut off.
    assertThat(server.unfinished()).hasSize(1);
    try (BackupStore store = store()) {
      store.removeUnfinished("app/3/", (key, begun) -> key.equals("app/3/large"));
    }
    assertThat(server.unfinished()).isEmpty();
  }

  @Test
  void aStoreThatStaysAwayIsUnreachable() throws Exception {
    try (S3Store store = throughProxy()) {
      make(store, "app/1/large", LARGE);
      proxy.rule((method, target) -> new Fault.CutRequest());
      refused(() -> make(store, "app/1/x", new byte[10]), Reason.STORE_UNREACHABLE, "not answer");
      refused(() -> store.list(""), Reason.STORE_UNREACHABLE, proxy.endpoint());
      refused(() -> store.delete("app/1/x"), Reason.STORE_UNREACHABLE, "deleted");
      proxy.rule((method, target) -> new Fault.CutAnswer());
      refused(
          () -> read(store, "app/1/large"), Reason.STORE_UNREACHABLE, "app/1/large could not be");
    }
    proxy.close();
    try (S3Store store = throughProxy()) {
      refused(() -> store.list(""), Reason.STORE_UNREACHABLE, "refused");
    }
    assertThat(server.keys(prefix)).hasSize(1);
  }

  @Test
  void aStoreThatSaysNothingIsUnreachable() throws Exception {
    try (S3Store store = throughProxy(Duration.ofMillis(200))) {
      proxy.rule((method, target) -> new Fault.Silence());
      refused(() -> store.list(""), Reason.STORE_UNREACHABLE, "not in time");
    }
  }

  @Test
  void bytesThatAreChangedOnTheWayThereDoNotArrive() throws Exception {
    try (S3Store store = throughProxy()) {
      proxy.rule((m, target) -> m.equals("PUT") ? new Fault.ChangedRequest() : null);
      assertThatThrownBy(() -> make(store, "app/1/small", bytes(1000)))
          .isInstanceOf(RefusedException.class);
      proxy.rule(
          (m, target) -> target.contains("partNumber=2") ? new Fault.ChangedRequest() : null);
      assertThatThrownBy(() -> make(store, "app/1/large", LARGE))
          .isInstanceOf(RefusedException.class);
    }
    nothingIsLeft();
  }

  @Test
  void anObjectThatIsReplacedWhileItIsReadIsNotMixed() throws Exception {
    try (S3Store store = throughProxy()) {
      make(store, "app/1/large", LARGE);
      proxy.rule(
          (method, target) -> {
            if (method.equals("GET") && proxy.requests().size() > 8) {
              return null;
            }
            return method.equals("GET") ? new Fault.CutAnswer() : null;
          });
      try (InputStream in = store.open("app/1/large")) {
        in.readNBytes(1000);
        server.put(prefix + "/team_app/app/1/large", bytes(LARGE.length));
        refused(in::readAllBytes, Reason.STORE_REFUSED, "412");
      }
    }
  }

  @Test
  void wrongCredentialsAndBucketsAreNamedForWhatTheyAre() throws Exception {
    Path wrong = Files.createDirectories(dir.resolve("wrong"));
    Files.writeString(wrong.resolve("accessKeyId"), S3Server.ACCESS_KEY);
    Files.writeString(wrong.resolve("secretAccessKey"), "not" + S3Server.SECRET_KEY);
    S3Target bad = S3Server.target(server.endpoint(), S3Server.BUCKET, prefix, wrong);
    try (var store = ImpatientStores.open(bad, "", Clock.systemUTC())) {
      refused(() -> store.list(""), Reason.STORE_REFUSED, "403 SignatureDoesNotMatch");
      refused(() -> store.delete("x"), Reason.STORE_REFUSED, "s3:DeleteObject");
      Files.delete(wrong.resolve("secretAccessKey"));
      refused(() -> store.list(""), Reason.STORE_REFUSED, "lack secretAccessKey");
      // A Secret that is corrected meanwhile is followed.
      Files.writeString(wrong.resolve("secretAccessKey"), S3Server.SECRET_KEY);
      assertThat(store.list("")).isEmpty();
    }
    S3Target nowhere = server.target(server.endpoint(), "no-such-bucket", prefix);
    try (var store = ImpatientStores.open(nowhere, "", Clock.systemUTC())) {
      refused(() -> store.list(""), Reason.STORE_REFUSED, "Make the bucket");
      refused(() -> store.open("x"), Reason.STORE_REFUSED, "NoSuchBucket");
      refused(() -> make(store, "x", new byte[1]), Reason.STORE_REFUSED, "NoSuchBucket");
    }
    S3Target noUrl = server.target("http://user:password@host", S3Server.BUCKET, prefix);
    assertThatThrownBy(() -> ImpatientStores.open(noUrl, "", Clock.systemUTC()))
        .isInstanceOf(RefusedException.class)
        .hasMessageNotContaining("password");
  }

  @Test
  void whatKilledUploadsLeftIsAbortedByKeyAndAge() throws Exception {
    for (String key : List.of("/team_app/app/1/x", "/team_app/app/2/x", "/other/app/1/x")) {
      server.client().createMultipartUpload(r -> r.bucket(S3Server.BUCKET).key(prefix + key));
    }
    try (BackupStore store = store()) {
      Instant hourAgo = Instant.now().minus(Duration.ofHours(1));
      store.removeUnfinished("app/", (key, begun) -> begun.isBefore(hourAgo));
      assertThat(server.unfinished()).hasSize(3);
      store.removeUnfinished("app/", (key, begun) -> key.startsWith("app/1/"));
      assertThat(server.unfinished())
          .containsExactlyInAnyOrder(prefix + "/team_app/app/2/x", prefix + "/other/app/1/x");
      store.removeUnfinished("", (key, begun) -> true);
      assertThat(server.unfinished()).containsExactly(prefix + "/other/app/1/x");
    }
    try (BackupStore store =
        ImpatientStores.open(server.target(prefix), "other", Clock.systemUTC())) {
      store.removeUnfinished("", (key, begun) -> true);
    }
    assertThat(server.unfinished()).isEmpty();
  }

  @Test
  void whatBelongsToABackupIsLockedAndMarkersAreNot() throws Exception {
    S3Target plain = server.target(server.endpoint(), S3Server.LOCKED_BUCKET, prefix);
    var target =
        new S3Target(
            plain.endpoint(),
            plain.region(),
            plain.bucket(),
            plain.prefix(),
            true,
            null,
            plain.credentialsDirectory(),
            null,
            null,
            "GOVERNANCE",
            3);
    try (var store = ImpatientStores.open(target, "", Clock.systemUTC())) {
      make(store, "app/1/small", new byte[10]);
      make(store, "app/1/large", LARGE);
      store.createIfAbsent("owner.json", new byte[10]);
      store.replace("app/1/verified.json", new byte[10]);
    }
    for (String key : List.of("app/1/small", "app/1/large")) {
      var head = server.client().headObject(r -> r.bucket(plain.bucket()).key(prefix + "/" + key));
      assertThat(head.objectLockModeAsString()).as(key).isEqualTo("GOVERNANCE");
      assertThat(head.objectLockRetainUntilDate())
          .isAfter(Instant.now().plus(Duration.ofDays(2)))
          .isBefore(Instant.now().plus(Duration.ofDays(4)));
    }
    for (String key : List.of("owner.json", "app/1/verified.json")) {
      assertThat(
              server
                  .client()
                  .headObject(r -> r.bucket(plain.bucket()).key(prefix + "/" + key))
                  .objectLockMode())
          .as(key)
          .isNull();
    }
  }

  @Test
  void anAuthorityOfOnesOwnIsTrustedWhereItIsNamed() throws Exception {
    Path keys = dir.resolve("keys.p12");
    Path certificate = dir.resolve("certificate.pem");
    keytool(
        "-genkeypair",
        "-keystore",
        keys.toString(),
        "-storepass",
        "secret",
        "-alias",
        "s3",
        "-keyalg",
        "EC",
        "-dname",
        "CN=s3",
        "-ext",
        "SAN=IP:127.0.0.1");
    keytool(
        "-exportcert",
        "-rfc",
        "-keystore",
        keys.toString(),
        "-storepass",
        "secret",
        "-alias",
        "s3",
        "-file",
        certificate.toString());
    var store = KeyStore.getInstance(keys.toFile(), "secret".toCharArray());
    Path key =
        Files.writeString(
            dir.resolve("key.pem"),
            "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder()
                    .encodeToString(store.getKey("s3", "secret".toCharArray()).getEncoded())
                + "\n-----END PRIVATE KEY-----\n");
    try (S3Server tls = S3Server.start(dir, certificate, key)) {
      String endpoint = "https://127.0.0.1:" + tls.port();
      try (var trusting = open(tls, endpoint, certificate)) {
        make(trusting, "app/1/large", LARGE);
        assertThat(read(trusting, "app/1/large")).isEqualTo(LARGE);
      }
      try (var wary = open(tls, endpoint, null)) {
        refused(() -> wary.list(""), Reason.STORE_UNREACHABLE, "SunCertPathBuilderException");
      }
      Path no = Files.writeString(dir.resolve("no.pem"), "no certificate");
      refused(() -> open(tls, endpoint, no), Reason.STORE_REFUSED, "PEM");
    }
  }

  private static S3Store open(S3Server tls, String endpoint, Path caFile) {
    return ImpatientStores.open(
        new S3Target(
            endpoint,
            null,
            S3Server.BUCKET,
            "",
            true,
            caFile == null ? null : caFile.toString(),
            tls.credentials().toString(),
            null,
            null,
            null,
            0),
        "",
        Clock.systemUTC());
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }
}
