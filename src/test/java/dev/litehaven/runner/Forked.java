package dev.litehaven.runner;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Processes of their own, with the class path that the runner's image gives it. */
public final class Forked {
  /** All that the runner needs beside the JDK and this project; nothing of the operator's. */
  private static final Pattern RUNNER_JARS =
      Pattern.compile(
          "(sqlite-jdbc|zstd-jni|picocli|snakeyaml|jackson-[a-z-]+)-[0-9].*\\.jar"
              // What reaches a bucket, and what encrypts.
              + "|(jagged-[a-z0-9-]+|reactive-streams|eventstream|slf4j-api)-[0-9].*\\.jar");

  private static final String AWS_SDK = "software.amazon.awssdk";

  private Forked() {}

  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(
            entry ->
                Files.isDirectory(entry)
                    || entry.toString().replace('/', '.').contains(AWS_SDK)
                    || RUNNER_JARS.matcher(entry.getFileName().toString()).matches())
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /**
   * @param output both streams
   */
  public record Result(int exitCode, String output) {}

  public static Result java(List<String> options, String mainClass, String... arguments)
      throws IOException, InterruptedException {
    return run(command(options, mainClass, arguments));
  }

  public static List<String> command(List<String> options, String mainClass, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), mainClass));
    command.addAll(List.of(arguments));
    return command;
  }

  public static Result run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
