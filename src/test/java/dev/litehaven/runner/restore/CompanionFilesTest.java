package dev.litehaven.runner.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.litehaven.protocol.DatabaseFile;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import dev.litehaven.protocol.RunRef;
import dev.litehaven.protocol.Sha256;
import dev.litehaven.runner.backup.DurableFiles;
import dev.litehaven.runner.backup.DurableFiles.Owner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompanionFilesTest {
  private static final List<DatabaseFile> DATABASE =
      List.of(new DatabaseFile("main", "data/app.db"));
  private static final RunRef RUN = new RunRef("r1", "db", "claim", 1, null);

  @TempDir Path dir;
  private Path root;
  private Owner owner;
  private CompanionFiles companions;

  @BeforeEach
  void aVolume() throws Exception {
    root = Files.createDirectory(dir.resolve("volume")).toRealPath();
    owner = Owner.of(root);
    DurableFiles.createDirectories(Staged.directory(root, RUN), owner);
    Files.createDirectories(root.resolve("files"));
    Files.writeString(root.resolve("files/a.png"), "a now");
    Files.writeString(root.resolve("files/other"), "not in the backup");
    companions = new CompanionFiles(root, RUN);
  }

  /** By GNU tar's own layout, made here and not by the code that writes companions. */
  private static byte[] tar(String type, Map<String, String> files) throws IOException {
    var out = new ByteArrayOutputStream();
    for (Map.Entry<String, String> file : new TreeMap<>(files).entrySet()) {
      byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
      byte[] block = new byte[512];
      put(block, 0, file.getKey());
      put(block, 100, "0000640\0");
      put(block, 108, "0000000\0");
      put(block, 116, "0000000\0");
      put(block, 124, "%011o\0".formatted(content.length));
      put(block, 136, "00000000000\0");
      Arrays.fill(block, 148, 156, (byte) ' ');
      put(block, 156, type);
      if (!type.equals("0")) {
        put(block, 157, "/etc/passwd");
      }
      put(block, 257, "ustar\00000");
      int sum = 0;
      for (byte b : block) {
        sum += b & 0xff;
      }
      put(block, 148, "%06o\0 ".formatted(sum));
      out.write(block);
      out.write(content);
      out.write(new byte[(512 - content.length % 512) % 512]);
    }
    out.write(new byte[1024]);
    return out.toByteArray();
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private Staged fetched(byte[] tar) throws IOException {
    Files.write(Staged.directory(root, RUN).resolve(Staged.COMPANIONS), tar);
    return new Staged(
        "b",
        "2026-01-01T00:00:00Z",
        null,
        null,
        null,
        new Staged.Companions(tar.length, Sha256.of(tar)));
  }

  private Map<String, String> files() throws IOException {
    var all = new TreeMap<String, String>();
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        Path relative = root.relativize(file);
        if (!relative.startsWith(".litehaven")) {
          all.put(relative.toString(), Files.readString(file));
        }
      }
    }
    return all;
  }

  @Test
  void theyGetTheirNamesAndARollbackGivesBackWhatWasThere() throws Exception {
    Map<String, String> before = files();
    Staged staged = fetched(tar("0", Map.of("files/a.png", "a then", "new/deep/b", "b then")));
    assertThat(companions.unpack(staged, DATABASE, owner))
        .isEqualTo(Set.of(Path.of("files/a.png"), Path.of("new/deep/b")));
    assertThat(files()).isEqualTo(before);

    companions.putInPlace(owner, false);
    companions.finish();
    assertThat(files())
        .containsOnly(
            Map.entry("files/a.png", "a then"),
            Map.entry("files/other", "not in the backup"),
            Map.entry("new/deep/b", "b then"));
    assertThat(Files.getPosixFilePermissions(root.resolve("new/deep/b")).toString())
        .contains("GROUP_READ")
        .doesNotContain("OTHERS");

    companions.putBack();
    assertThat(files()).isEqualTo(before);
    assertThat(root.resolve(".litehaven/restore")).isEmptyDirectory();
  }

  @Test
  void aPutThatIsInterruptedAndRepeatedKeepsWhatWasThereAtFirst() throws Exception {
    Map<String, String> before = files();
    Staged staged = fetched(tar("0", Map.of("files/a.png", "a then", "z", "z then")));
    companions.unpack(staged, DATABASE, owner);
    Path unpackedZ = Staged.directory(root, RUN).resolve("companions/z");
    byte[] z = Files.readAllBytes(unpackedZ);
    Files.delete(unpackedZ); // as if it had come to an end before this one
    companions.putInPlace(owner, false);
    Files.createDirectories(unpackedZ.getParent());
    Files.write(unpackedZ, z);
    companions.putInPlace(owner, false);
    assertThat(files()).containsEntry("files/a.png", "a then").containsEntry("z", "z then");
    companions.putBack();
    companions.putBack();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void inAnEmptyPlaceWhatIsThereStays() throws Exception {
    companions.unpack(
        fetched(tar("0", Map.of("files/a.png", "a then", "b", "b then"))), DATABASE, owner);
    companions.putInPlace(owner, true);
    assertThat(files()).containsEntry("files/a.png", "a now").containsEntry("b", "b then");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside",
        "/etc/passwd",
        "files/../../outside",
        "files//a",
        "./a",
        ".litehaven/epoch",
        "data/app.db",
        "data/app.db-wal"
      })
  void aNameThatIsNoCompanionsIsRefused(String name) throws Exception {
    Map<String, String> before = files();
    Staged staged = fetched(tar("0", Map.of(name, "evil")));
    assertThatThrownBy(() -> companions.unpack(staged, DATABASE, owner))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BACKUP_DAMAGED));
    assertThat(files()).isEqualTo(before);
    assertThat(dir.resolve("outside")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "3", "5"})
  void linksAndDirectoriesInTheTarAreRefused(String type) throws Exception {
    Staged staged = fetched(tar(type, Map.of("link", "")));
    assertThatThrownBy(() -> companions.unpack(staged, DATABASE, owner))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BACKUP_DAMAGED));
  }

  @Test
  void aLinkOnTheWayIsNotFollowedNeitherBeforeNorAfterTheSwap() throws Exception {
    Path outside = Files.createDirectory(dir.resolve("outside"));
    Staged staged = fetched(tar("0", Map.of("sub/a", "evil")));
    companions.unpack(staged, DATABASE, owner);
    Files.createSymbolicLink(root.resolve("sub"), outside);
    assertThatThrownBy(() -> companions.putInPlace(owner, false))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> companions.unpack(staged, DATABASE, owner))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SYMBOLIC_LINK));
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aLinkAtTheNameItselfIsReplacedAndNotWrittenThrough() throws Exception {
    Path outside = Files.writeString(dir.resolve("outside"), "untouched");
    Files.createSymbolicLink(root.resolve("b"), outside);
    companions.unpack(fetched(tar("0", Map.of("b", "b then"))), DATABASE, owner);
    companions.putInPlace(owner, false);
    assertThat(outside).hasContent("untouched");
    assertThat(root.resolve("b")).isRegularFile().hasContent("b then");
    companions.putBack();
    assertThat(Files.readSymbolicLink(root.resolve("b"))).isEqualTo(outside);
  }

  @Test
  void aTarThatChangedOrWasCutShortIsRefused() throws Exception {
    byte[] tar = tar("0", Map.of("b", "b then"));
    Staged staged = fetched(tar);
    Path file = Staged.directory(root, RUN).resolve(Staged.COMPANIONS);
    byte[] flipped = tar.clone();
    flipped[512] ^= 1;
    for (byte[] bad : List.of(flipped, Arrays.copyOf(tar, 700), Arrays.copyOf(tar, 1024))) {
      Files.write(file, bad);
      assertThatThrownBy(() -> companions.unpack(staged, DATABASE, owner))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(Staged.COMPANIONS);
    }
  }
}
