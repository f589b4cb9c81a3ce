package dev.litehaven.runner.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * An HTTP client whose failures are those that the SDK tries again: the one of the JDK's
 * connections throws some of them unchecked, and then a cut connection would be final.
 */
final class CheckedHttp implements SdkHttpClient {
  private final SdkHttpClient client;

  private CheckedHttp(SdkHttpClient client) {
    this.client = client;
  }

  static Builder of(SdkHttpClient.Builder<?> client) {
    return new Builder(client);
  }

  /** Makes it with whatever the SDK asks of the other one. */
  static final class Builder implements SdkHttpClient.Builder<Builder> {
    private final SdkHttpClient.Builder<?> client;

    private Builder(SdkHttpClient.Builder<?> client) {
      this.client = client;
    }

    @Override
    public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
      return new CheckedHttp(client.buildWithDefaults(defaults));
    }
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    ExecutableHttpRequest prepared = client.prepareRequest(request);
    return new ExecutableHttpRequest() {
      @Override
      public HttpExecuteResponse call() throws IOException {
        try {
          return prepared.call();
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
      }

      @Override
      public void abort() {
        prepared.abort();
      }
    };
  }

  @Override
  public String clientName() {
    return client.clientName();
  }

  @Override
  public void close() {
    client.close();
  }
}
