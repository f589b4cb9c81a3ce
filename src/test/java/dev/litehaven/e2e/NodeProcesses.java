package dev.litehaven.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Processes of pods, where the cluster's node is this machine. */
final class NodeProcesses {
  private NodeProcesses() {}

  /**
   * SIGKILL for what runs in a pod.
   *
   * @param program name of the executable, as {@code java}; a version behind it does not matter
   * @return how many processes it was
   */
  static int kill(Pod pod, String program) {
    List<ProcessHandle> found = of(pod, program);
    found.forEach(ProcessHandle::destroyForcibly);
    return found.size();
  }

  /** Sends a signal, as {@code STOP}, to what runs in a pod; says to how many processes. */
  static int signal(Pod pod, String program, String signal) {
    List<ProcessHandle> found = of(pod, program);
    signal(found, signal);
    return found.size();
  }

  static void signal(List<ProcessHandle> processes, String signal) {
    for (ProcessHandle process : processes) {
      try {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  private static List<ProcessHandle> of(Pod pod, String program) {
    String uid = pod.getMetadata().getUid();
    return ProcessHandle.allProcesses()
        .filter(process -> name(process).startsWith(program))
        .filter(process -> cgroup(process).contains(uid))
        .toList();
  }

  private static String name(ProcessHandle process) {
    return process
        .info()
        .command()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .orElse("");
  }

  private static String cgroup(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cgroup"));
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      // A process that ends while it is looked at.
      if (e.getMessage() != null && e.getMessage().contains("No such process")) {
        return "";
      }
      throw new UncheckedIOException(e);
    }
  }
}
