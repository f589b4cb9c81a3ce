package dev.litehaven.e2e;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The cluster that the tests run on: the one that {@code -Dlitehaven.kubeconfig} names, or k3s in a
 * container where {@code -Dlitehaven.cluster=k3s} says so. There is no other: a test that finds
 * none fails.
 */
public final class TestCluster {
  private static final String K3S_IMAGE = "rancher/k3s:v1.36.3-k3s1";

  private final Path kubeconfig;
  private final String image;
  private final String name;

  private TestCluster(Path kubeconfig, String image, String name) {
    this.kubeconfig = kubeconfig;
    this.image = image;
    this.name = name;
  }

  public static TestCluster get() {
    return Holder.CLUSTER;
  }

  /**
   * A second cluster on this machine, which has never seen anything of this one; for whoever calls
   * to take down. Needs {@link #script}.
   */
  TestCluster another() {
    String name = this.name + "-new";
    Commands.script(this, name, "up");
    Commands.script(this, name, "build-image", ".", "Dockerfile", image);
    return new TestCluster(Path.of(Commands.script(this, name, "kubeconfig").strip()), image, name);
  }

  void down() {
    Commands.script(this, name, "down");
  }

  /** A client of an administrator: what a test does, not what Litehaven does. */
  KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
        .build();
  }

  public Path kubeconfig() {
    return kubeconfig;
  }

  /** Reference of the image under test, which the cluster can pull. */
  String image() {
    return image;
  }

  /**
   * The script of the cluster that runs on this machine, and so can be made to misbehave; empty
   * where it is another cluster.
   */
  Optional<Path> script() {
    return Optional.ofNullable(System.getProperty("litehaven.testCluster")).map(Path::of);
  }

  /** What {@link #script} goes by when there are several. */
  String name() {
    return name;
  }

  private static final class Holder {
    static final TestCluster CLUSTER = find();

    private static TestCluster find() {
      String image = required("litehaven.image", "the image under test");
      String name = System.getProperty("litehaven.testCluster.name");
      if ("k3s".equals(System.getProperty("litehaven.cluster"))) {
        return new TestCluster(k3s(), image, name);
      }
      String file =
          required(
              "litehaven.kubeconfig", "a kubeconfig; ./dev test brings a cluster up by itself");
      return new TestCluster(Path.of(file), image, name);
    }

    private static String required(String property, String what) {
      String value = System.getProperty(property);
      if (value == null || value.isBlank()) {
        throw new IllegalStateException("-D" + property + " must name " + what);
      }
      return value;
    }

    // Lives as long as the JVM; Testcontainers removes it afterwards.
    @SuppressWarnings("resource")
    private static Path k3s() {
      var k3s = new K3sContainer(DockerImageName.parse(K3S_IMAGE));
      k3s.start();
      try {
        Path archive = Path.of(required("litehaven.image.archive", "the image as an archive"));
        k3s.copyFileToContainer(
            org.testcontainers.utility.MountableFile.forHostPath(archive), "/tmp/image.tar");
        k3s.execInContainer("ctr", "images", "import", "/tmp/image.tar");
        return Files.writeString(
            Files.createTempFile("k3s", ".kubeconfig"), k3s.getKubeConfigYaml());
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
