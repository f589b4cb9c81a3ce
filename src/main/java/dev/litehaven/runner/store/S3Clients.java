package dev.litehaven.runner.store;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.S3Target;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;

/** A client for a bucket as a request describes it. */
final class S3Clients {
  /**
   * How long one is patient.
   *
   * @param attempts in all, of each call
   * @param firstPause before the second attempt; it grows up to {@code longestPause}
   * @param connect until there is a connection
   * @param silence without a byte
   * @param attempt one attempt of a call, a part of an upload
   */
  record Patience(
      int attempts,
      Duration firstPause,
      Duration longestPause,
      Duration connect,
      Duration silence,
      Duration attempt) {
    static final Patience DEFAULT =
        new Patience(
            6,
            Duration.ofMillis(300),
            Duration.ofSeconds(20),
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofMinutes(5));
  }

  private S3Clients() {}

  /** Of files where the target names them; else whatever identity the pod was given. */
  static AwsCredentialsProvider credentials(S3Target target) {
    if (target.credentialsDirectory() != null) {
      return new S3Credentials(Path.of(target.credentialsDirectory()));
    }
    return AwsCredentialsProviderChain.builder()
        .credentialsProviders(
            WebIdentityTokenFileCredentialsProvider.create(),
            ContainerCredentialsProvider.builder().build())
        .build();
  }

  static S3Client of(S3Target target, AwsCredentialsProvider credentials, Patience patience) {
    var http =
        UrlConnectionHttpClient.builder()
            .connectionTimeout(patience.connect())
            .socketTimeout(patience.silence());
    if (target.caFile() != null) {
      TrustManager[] trusted = {trusting(Path.of(target.caFile()))};
      http.tlsTrustManagersProvider(() -> trusted);
    }
    var client =
        S3Client.builder()
            .httpClientBuilder(CheckedHttp.of(http))
            .credentialsProvider(credentials)
            .region(Region.of(target.region() == null ? "us-east-1" : target.region()))
            .forcePathStyle(target.pathStyle())
            // What the newest checksums need, many stores do not know. Every part has its MD5, and
            // what arrived is read back and hashed.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(
                o ->
                    o.retryStrategy(
                            AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(patience.attempts())
                                .backoffStrategy(pause(patience))
                                .throttlingBackoffStrategy(pause(patience))
                                .build())
                        .apiCallAttemptTimeout(patience.attempt())
                        // No file of a home directory has a say.
                        .defaultProfileFile(ProfileFile.aggregator().build()));
    if (target.endpoint() != null) {
      client.endpointOverride(endpoint(target.endpoint()));
    }
    return client.build();
  }

  private static BackoffStrategy pause(Patience patience) {
    return BackoffStrategy.exponentialDelay(patience.firstPause(), patience.longestPause());
  }

  private static URI endpoint(String endpoint) {
    try {
      URI uri = URI.create(endpoint);
      if (uri.getScheme() != null && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new RefusedException(
        Reason.INVALID_REQUEST,
        "The endpoint of the storage is no URL of a host, such as https://s3.example.org:9000.");
  }

  /** The authorities that every JDK trusts, and those of the file. */
  private static X509TrustManager trusting(Path caFile) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (X509Certificate usual : trustManager(null).getAcceptedIssuers()) {
        store.setCertificateEntry("usual-" + store.size(), usual);
      }
      Collection<? extends Certificate> own;
      try (InputStream in = Files.newInputStream(caFile)) {
        own = CertificateFactory.getInstance("X.509").generateCertificates(in);
      }
      if (own.isEmpty()) {
        throw new GeneralSecurityException("it has no certificate");
      }
      for (Certificate certificate : own) {
        store.setCertificateEntry("own-" + store.size(), certificate);
      }
      return trustManager(store);
    } catch (IOException | GeneralSecurityException e) {
      throw new RefusedException(
          Reason.STORE_REFUSED,
          "The authority to trust for the storage cannot be read from %s: %s. It has to be certificates in PEM."
              .formatted(caFile, e.getMessage()),
          e);
    }
  }

  private static X509TrustManager trustManager(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("this JDK has no X.509 trust manager");
  }
}
