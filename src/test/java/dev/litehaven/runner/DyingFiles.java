package dev.litehaven.runner;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * The files of a process that is to die before a chosen one of the changes that it makes to them by
 * {@code java.nio.file}. What the swap does, it does by system calls of its own, which are not
 * counted here. A Java process has it by the option {@link #OPTION}.
 */
public final class DyingFiles extends FileSystemProvider {
  static final String OPTION =
      "-Djava.nio.file.spi.DefaultFileSystemProvider=" + DyingFiles.class.getName();

  private static final Set<OpenOption> WRITING =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.APPEND,
          StandardOpenOption.CREATE,
          StandardOpenOption.CREATE_NEW);

  private static Path watched;
  private static int left;

  private final FileSystemProvider real;
  private final FileSystem files;

  /** As the JDK makes it. */
  public DyingFiles(FileSystemProvider real) {
    this.real = real;
    this.files = new Files(real.getFileSystem(URI.create("file:///")));
  }

  /**
   * @param directory below which changes count
   * @param changes how many of them still happen
   */
  static synchronized void dieAfter(Path directory, int changes) throws IOException {
    watched = plain(directory.toRealPath());
    left = changes;
  }

  private static synchronized void change(Path path) {
    if (watched != null && plain(path).startsWith(watched) && left-- == 0) {
      Runtime.getRuntime().halt(DyingRunner.KILLED);
    }
  }

  private static Path plain(Path path) {
    return path != null
            && Proxy.isProxyClass(path.getClass())
            && Proxy.getInvocationHandler(path) instanceof Watched watched
        ? watched.real
        : path;
  }

  private Path watched(Path path) {
    return path == null
        ? null
        : (Path)
            Proxy.newProxyInstance(
                DyingFiles.class.getClassLoader(), new Class<?>[] {Path.class}, new Watched(path));
  }

  /** A path of this file system. */
  private final class Watched implements InvocationHandler {
    private final Path real;

    Watched(Path real) {
      this.real = real;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("getFileSystem")) {
        return files;
      }
      if (method.getName().equals("toFile")) {
        return new File(real.toString());
      }
      if (method.getName().equals("iterator")) {
        return StreamSupport.stream(real.spliterator(), false)
            .map(DyingFiles.this::watched)
            .iterator();
      }
      Object[] plain = arguments == null ? new Object[0] : arguments.clone();
      for (int i = 0; i < plain.length; i++) {
        plain[i] = plain[i] instanceof Path path ? plain(path) : plain[i];
      }
      try {
        Object answer = method.invoke(real, plain);
        return answer instanceof Path path ? watched(path) : answer;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  private final class Files extends FileSystem {
    private final FileSystem real;

    Files(FileSystem real) {
      this.real = real;
    }

    @Override
    public FileSystemProvider provider() {
      return DyingFiles.this;
    }

    @Override
    public void close() throws IOException {
      real.close();
    }

    @Override
    public boolean isOpen() {
      return real.isOpen();
    }

    @Override
    public boolean isReadOnly() {
      return real.isReadOnly();
    }

    @Override
    public String getSeparator() {
      return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      return real.getRootDirectories();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
      return watched(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
      PathMatcher matcher = real.getPathMatcher(pattern);
      return path -> matcher.matches(plain(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
      return real.newWatchService();
    }
  }

  @Override
  public String getScheme() {
    return real.getScheme();
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) throws IOException {
    return real.newFileSystem(uri, environment);
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return files;
  }

  @Override
  public Path getPath(URI uri) {
    return watched(real.getPath(uri));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  /** What is made is seen by others before it has any content. */
  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    boolean writes = options.stream().anyMatch(WRITING::contains);
    if (writes) {
      change(path);
    }
    FileChannel channel = real.newFileChannel(plain(path), options, attributes);
    if (writes) {
      change(path);
    }
    return channel;
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    DirectoryStream<Path> stream =
        real.newDirectoryStream(plain(directory), entry -> filter.accept(watched(entry)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return StreamSupport.stream(stream.spliterator(), false)
            .map(DyingFiles.this::watched)
            .iterator();
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    change(directory);
    real.createDirectory(plain(directory), attributes);
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
      throws IOException {
    change(link);
    real.createSymbolicLink(plain(link), plain(target), attributes);
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    change(link);
    real.createLink(plain(link), plain(existing));
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    return watched(real.readSymbolicLink(plain(link)));
  }

  @Override
  public void delete(Path path) throws IOException {
    change(path);
    real.delete(plain(path));
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    change(path);
    return real.deleteIfExists(plain(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    change(target);
    real.copy(plain(source), plain(target), options);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    change(target);
    real.move(plain(source), plain(target), options);
  }

  @Override
  public boolean isSameFile(Path one, Path other) throws IOException {
    return real.isSameFile(plain(one), plain(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return real.isHidden(plain(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return real.getFileStore(plain(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real.checkAccess(plain(path), modes);
  }

  /** Asked for where permissions are set; to read them there is another way. */
  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    if (type == PosixFileAttributeView.class) {
      change(path);
    }
    return real.getFileAttributeView(plain(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return real.readAttributes(plain(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return real.readAttributes(plain(path), attributes, options);
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    change(path);
    real.setAttribute(plain(path), attribute, value, options);
  }
}
