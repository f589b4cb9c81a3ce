package dev.litehaven.runner.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A store that somebody is asked about before each thing that is done with it. */
public final class WatchedStore implements BackupStore {
  private final BackupStore store;
  private final Watch watch;

  /** Lets something go on, or throws. */
  @FunctionalInterface
  public interface Watch {
    void before(String operation);
  }

  public WatchedStore(BackupStore store, Watch watch) {
    this.store = store;
    this.watch = watch;
  }

  @Override
  public Upload create(String key) throws IOException {
    watch.before("create");
    return new WatchedUpload(store.create(key));
  }

  @Override
  public boolean createIfAbsent(String key, byte[] bytes) throws IOException {
    watch.before("createIfAbsent");
    return store.createIfAbsent(key, bytes);
  }

  @Override
  public void replace(String key, byte[] bytes) throws IOException {
    watch.before("replace");
    store.replace(key, bytes);
  }

  @Override
  public InputStream open(String key) throws IOException {
    watch.before("open");
    return new FilterInputStream(store.open(key)) {
      @Override
      public int read() throws IOException {
        watch.before("read");
        return in.read();
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        watch.before("read");
        return in.read(bytes, offset, length);
      }
    };
  }

  @Override
  public List<StoredObject> list(String prefix) throws IOException {
    watch.before("list");
    return store.list(prefix);
  }

  @Override
  public void delete(String key) throws IOException {
    watch.before("delete");
    store.delete(key);
  }

  @Override
  public void removeUnfinished(String prefix, Unfinished which) throws IOException {
    watch.before("removeUnfinished");
    store.removeUnfinished(prefix, which);
  }

  @Override
  public String describe(String key) {
    return store.describe(key);
  }

  @Override
  public void close() {
    store.close();
  }

  private final class WatchedUpload extends Upload {
    private final Upload upload;

    WatchedUpload(Upload upload) {
      this.upload = upload;
    }

    @Override
    public void write(int b) throws IOException {
      watch.before("write");
      upload.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      watch.before("write");
      upload.write(bytes, offset, length);
    }

    @Override
    public void finish() throws IOException {
      watch.before("finish");
      upload.finish();
    }

    @Override
    public void close() throws IOException {
      upload.close();
    }
  }
}
