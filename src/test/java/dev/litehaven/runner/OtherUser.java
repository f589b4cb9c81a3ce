package dev.litehaven.runner;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * Somebody who is not root, for tests that are run as root: no permission would keep them from
 * anything.
 */
public final class OtherUser {
  private static final int UID = 4242;

  private OtherUser() {}

  /** Calls it in a thread of its own that is another user to the file system. */
  public static <T> T call(Callable<T> work) throws Exception {
    var task =
        new FutureTask<>(
            () -> {
              if (root()) {
                // Of this thread alone, and with it its right to go everywhere.
                setFileSystemUser(UID);
              }
              return work.call();
            });
    Thread thread = Thread.ofPlatform().start(task);
    T result = task.get();
    thread.join();
    return result;
  }

  /** Gives it to that user. */
  public static void own(Path file) throws Exception {
    if (root()) {
      Files.setAttribute(file, "unix:uid", UID);
    }
  }

  private static boolean root() throws Exception {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  private static void setFileSystemUser(int uid) throws Exception {
    Linker linker = Linker.nativeLinker();
    MethodHandle setfsuid =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("setfsuid"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      int ignored = (int) setfsuid.invokeExact(uid);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
