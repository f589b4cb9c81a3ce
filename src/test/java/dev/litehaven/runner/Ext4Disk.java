package dev.litehaven.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An ext4 of its own on a loop device. A copy of its image is what a power loss at that instant
 * leaves: everything that the file system had sent to the disk, and nothing of what only waited in
 * the page cache. The file system sends nothing by itself meanwhile: its own commits are ten
 * minutes apart, the kernel's writeback half a minute.
 */
final class Ext4Disk {
  private static final int BYTES = 32 << 20;

  private final Path image;
  private final Path mount;
  private final String options;
  private String device;

  /**
   * @param options of ext4, or an empty text
   */
  Ext4Disk(Path image, Path mount, String options) {
    this.image = image;
    this.mount = mount;
    this.options = options;
  }

  /** Why there can be none here; empty where there can. */
  static Optional<String> missing(Path directory) throws Exception {
    var disk = new Ext4Disk(directory.resolve("try.img"), directory.resolve("try"), "");
    try {
      disk.format();
      disk.mount();
      disk.unmount();
      return Optional.empty();
    } catch (AssertionError | IOException e) {
      disk.unmount();
      return Optional.of(e.getMessage());
    }
  }

  void format() throws Exception {
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    Files.createDirectories(mount);
    run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
  }

  void mount() throws Exception {
    // Past the cache of the image: what is in the file has been sent to the disk.
    device =
        run("losetup", "--find", "--show", "--direct-io=on", image.toString()).output().strip();
    String all = "commit=600" + (options.isEmpty() ? "" : "," + options);
    run("mount", "-t", "ext4", "-o", all, device, mount.toString());
  }

  /** Repeated, or without a mount, it does nothing. */
  void unmount() throws Exception {
    if (Files.isDirectory(mount)
        && Forked.run(List.of("mountpoint", "-q", mount.toString())).exitCode() == 0) {
      run("umount", mount.toString());
    }
    if (device != null) {
      run("losetup", "--detach", device);
      device = null;
    }
  }

  /** Takes what the disk holds at this instant. */
  void copyTo(Path other) throws Exception {
    run("cp", "--reflink=auto", "--sparse=always", image.toString(), other.toString());
  }

  /** Gives the machine, which is off, a disk as it was found. */
  void replaceBy(Path other) throws Exception {
    run("cp", "--reflink=auto", "--sparse=always", other.toString(), image.toString());
  }

  private static Forked.Result run(String... command) throws Exception {
    Forked.Result result = Forked.run(List.of(command));
    assertThat(result.exitCode()).as(String.join(" ", command) + ": " + result.output()).isZero();
    return result;
  }
}
