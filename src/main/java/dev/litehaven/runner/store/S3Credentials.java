package dev.litehaven.runner.store;

import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/**
 * Credentials as a mounted Secret has them, read anew for each request: a Secret that is rotated
 * during a long upload is followed.
 */
final class S3Credentials implements AwsCredentialsProvider {
  private static final String MASK = "***";

  private final Path directory;

  S3Credentials(Path directory) {
    this.directory = directory;
  }

  @Override
  public AwsCredentials resolveCredentials() {
    String id = required("accessKeyId");
    String secret = required("secretAccessKey");
    String token = optional("sessionToken");
    return token == null
        ? AwsBasicCredentials.create(id, secret)
        : AwsSessionCredentials.create(id, secret, token);
  }

  private String required(String name) {
    String value = optional(name);
    if (value == null) {
      throw new RefusedException(
          Reason.STORE_REFUSED,
          "The credentials for the storage lack "
              + name
              + ". Add this key to the Secret that the location names.");
    }
    return value;
  }

  private String optional(String name) {
    try {
      String value = Files.readString(directory.resolve(name)).strip();
      return value.isEmpty() ? null : value;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new RefusedException(
          Reason.STORE_REFUSED,
          "The credentials for the storage cannot be read: " + directory.resolve(name) + ".",
          e);
    }
  }

  /** The text without any of the credentials, should a store repeat them in its answer. */
  String mask(String text) {
    List<String> secrets = new ArrayList<>();
    for (String name : List.of("accessKeyId", "secretAccessKey", "sessionToken")) {
      String value = optional(name);
      if (value != null) {
        secrets.add(value);
      }
    }
    for (String secret : secrets) {
      text = text.replace(secret, MASK);
    }
    return text;
  }
}
