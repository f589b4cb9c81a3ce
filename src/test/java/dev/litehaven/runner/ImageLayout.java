package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * What the image holds, laid out by the image's own script with this JDK: the packaged jars, the
 * native libraries, the runner's arguments and its AOT cache.
 */
final class ImageLayout {
  private final List<String> options;
  private final String classPath;

  private ImageLayout(List<String> options, String classPath) {
    this.options = options;
    this.classPath = classPath;
  }

  /**
   * @param probes main classes to have on the class path as well, behind all that the cache knows
   */
  static ImageLayout assemble(Path directory, Class<?>... probes) throws Exception {
    Path target = Path.of("target").toAbsolutePath();
    assertThat(target.resolve("quarkus-app/app/litehaven.jar"))
        .as("the packaged application, which mvn package makes")
        .isRegularFile();
    Path home = directory.resolve("opt");
    run("cp -a " + target.resolve("quarkus-app") + " " + home);
    String java = System.getProperty("java.home");
    run(
        "PATH=%s/bin:$PATH LAUNCHER=%s/litehaven sh src/main/image/assemble.sh %s %s"
            .formatted(java, directory, target.resolve("native"), home));
    // Option lines, then -cp, the class path, and the main class.
    List<String> arguments = Files.readAllLines(home.resolve("runner.args"));
    int end = arguments.indexOf("-cp");
    return new ImageLayout(
        List.copyOf(arguments.subList(0, end)),
        arguments.get(end + 1) + ":" + jar(directory.resolve("probes.jar"), probes));
  }

  private static Path jar(Path path, Class<?>... classes) throws IOException {
    try (var jar = new JarOutputStream(Files.newOutputStream(path))) {
      for (Class<?> type : classes) {
        String name = type.getName().replace('.', '/') + ".class";
        jar.putNextEntry(new JarEntry(name));
        try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
          in.transferTo(jar);
        }
      }
    }
    return path;
  }

  private static void run(String command) throws IOException, InterruptedException {
    Forked.Result result = Forked.run(List.of("sh", "-c", command));
    assertThat(result.exitCode()).as(command + "\n" + result.output()).isZero();
  }

  /** With the options and the class path that a runner pod has. */
  List<String> command(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}
