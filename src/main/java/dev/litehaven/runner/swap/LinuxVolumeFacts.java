package dev.litehaven.runner.swap;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** {@link VolumeFacts} from {@code /proc}, whose layout is in proc(5). */
final class LinuxVolumeFacts implements VolumeFacts {
  private static final Path PROC = Path.of("/proc");

  /** Null: read whenever it is asked for. */
  private final List<String> mountinfo;

  LinuxVolumeFacts() {
    this(null);
  }

  private LinuxVolumeFacts(List<String> mountinfo) {
    this.mountinfo = mountinfo;
  }

  /** With the mounts as they are now, for questions that are asked at once. */
  static LinuxVolumeFacts asOfNow() throws IOException {
    return new LinuxVolumeFacts(mounts());
  }

  private static List<String> mounts() throws IOException {
    return Files.readAllLines(PROC.resolve("self/mountinfo"));
  }

  @Override
  public Mount mountOf(Path path) throws IOException {
    return find(mountinfo == null ? mounts() : mountinfo, path.toRealPath());
  }

  /** The last of the longest mount points above the path: later mounts hide earlier ones. */
  static Mount find(List<String> mountinfo, Path path) {
    String found = null;
    String foundPoint = "";
    // A node has hundreds of mounts, so only the line that is wanted is taken apart.
    for (String line : mountinfo) {
      String point = point(line);
      if (point.length() >= foundPoint.length() && isAt(point, path.toString())) {
        found = line;
        foundPoint = point;
      }
    }
    Objects.requireNonNull(found, () -> "nothing is mounted above " + path);
    var fields = Arrays.asList(found.split(" ", -1));
    int dash = fields.indexOf("-");
    boolean readOnly =
        has(fields.get(5), "ro") || (fields.size() > dash + 3 && has(fields.get(dash + 3), "ro"));
    return new Mount(Path.of(foundPoint), fields.get(dash + 1), readOnly);
  }

  /** The fifth field. */
  private static String point(String line) {
    int start = 0;
    for (int field = 0; field < 4; field++) {
      start = line.indexOf(' ', start) + 1;
    }
    String point = line.substring(start, line.indexOf(' ', start));
    return point.indexOf('\\') < 0 ? point : unescape(point);
  }

  private static boolean isAt(String point, String path) {
    return path.startsWith(point)
        && (path.length() == point.length()
            || point.equals("/")
            || path.charAt(point.length()) == '/');
  }

  private static boolean has(String options, String option) {
    return List.of(options.split(",", -1)).contains(option);
  }

  /** Spaces and the like are written as a backslash and three octal digits. */
  private static String unescape(String field) {
    var out = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + 3 < field.length()) {
        out.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(field.charAt(i));
      }
    }
    return out.toString();
  }

  @Override
  public long freeBytes(Path directory) {
    return directory.toFile().getUsableSpace();
  }

  @Override
  public int effectiveUid() {
    return Libc.effectiveUid();
  }

  @Override
  public List<String> holders(Path file) throws IOException {
    var wanted = identity(file);
    long self = ProcessHandle.current().pid();
    var out = new ArrayList<String>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (Long.parseLong(process.getFileName().toString()) != self && holds(process, wanted)) {
          out.add("pid " + process.getFileName() + " (" + command(process) + ")");
        }
      }
    }
    return out;
  }

  private static List<Object> identity(Path file) throws IOException {
    var values = Files.readAttributes(file, "unix:dev,ino");
    return List.of(values.get("dev"), values.get("ino"));
  }

  private static boolean holds(Path process, List<Object> wanted) {
    for (String kind : List.of("fd", "map_files")) {
      try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve(kind))) {
        for (Path descriptor : open) {
          if (isSame(descriptor, wanted)) {
            return true;
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        // Not ours to look into, or gone in the meantime: holders are named where they can be.
      }
    }
    return false;
  }

  private static boolean isSame(Path descriptor, List<Object> wanted) {
    try {
      return identity(descriptor).equals(wanted);
    } catch (IOException e) {
      return false;
    }
  }

  private static String command(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
