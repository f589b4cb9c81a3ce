package dev.litehaven.runner.migrate;

import dev.litehaven.protocol.MigrationScript;
import dev.litehaven.protocol.MigrationScript.Move;
import dev.litehaven.protocol.Reason;
import dev.litehaven.protocol.RefusedException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The files of one database as private copies. The first has the history of all.
 *
 * <p>In findings and rules an object of a set is called {@code file.table}; without a file it is
 * the first one's. The only file of a database is never named.
 */
public record FileSet(List<Member> members) {
  /** SQLite's own names for schemas; a file cannot be attached under them. */
  private static final Set<String> RESERVED = Set.of("main", "temp");

  /**
   * @param copy private; migrated
   * @param pristine the same content, private, closed, without sidecars; only read
   */
  public record Member(String name, Path copy, Path pristine) {}

  /** An object and the file that it is in. */
  record Located(Member member, String object) {}

  /**
   * @throws RefusedException where a name would leave open which file is meant
   */
  public FileSet {
    members = List.copyOf(members);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < members.size(); i++) {
      String name = members.get(i).name().toLowerCase(Locale.ROOT);
      if (!names.add(name)) {
        throw invalid("Two files of the database are called " + name + ". Rename one.");
      }
      if (members.size() > 1 && name.contains(".")) {
        throw invalid(
            "The file name " + name + " has a dot, which divides files from tables. Rename it.");
      }
      if (i > 0 && RESERVED.contains(name)) {
        throw invalid(
            "Only the first file can be called "
                + name
                + ", because that is SQLite's own name for a schema. Put it first, or rename it.");
      }
    }
  }

  public static FileSet of(Path copy, Path pristine) {
    return new FileSet(List.of(new Member("main", copy, pristine)));
  }

  Member first() {
    return members.getFirst();
  }

  boolean isSet() {
    return members.size() > 1;
  }

  /** How an object of a file is called: with the file, unless there is no other. */
  String qualified(Member member, String object) {
    return prefix(member) + object;
  }

  /** What stands before the name of a file's objects. */
  String prefix(Member member) {
    return isSet() ? member.name() + "." : "";
  }

  /** For sentences: {@code " of guides"}, or nothing where there is no other file. */
  String ofFile(Member member) {
    return isSet() ? " of " + member.name() : "";
  }

  Located table(String name) {
    return locate(name, false);
  }

  /**
   * @param name {@code table.column}, with a file before it or not
   */
  Located column(String name) {
    return locate(name, true);
  }

  private Located locate(String name, boolean ofTable) {
    int dot = name.indexOf('.');
    if (isSet() && dot > 0) {
      String rest = name.substring(dot + 1);
      for (Member member : members) {
        if (member.name().equalsIgnoreCase(name.substring(0, dot))
            && (!ofTable || rest.contains("."))) {
          return new Located(member, rest);
        }
      }
    }
    return new Located(first(), name);
  }

  /** The file that a scope's SQL sees as {@code main}. */
  Member target(FileScope scope) {
    return scope.file() == null ? first() : member(scope.file());
  }

  List<Member> attached(FileScope scope) {
    return scope.attach().stream().map(this::member).toList();
  }

  /** Where one end of a move is. */
  Located end(FileScope scope, String name) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return new Located(target(scope), name);
    }
    String file = name.substring(0, dot);
    String table = name.substring(dot + 1);
    return members.stream()
        .filter(member -> member.name().equals(file))
        .findFirst()
        .map(member -> new Located(member, table))
        // As the script itself says for the file that it is for.
        .orElseGet(() -> new Located(file.equals("main") ? target(scope) : member(file), table));
  }

  /** The script with its first file left out, so that naming it or not is the same migration. */
  static MigrationScript normal(String first, MigrationScript script) {
    return first.equals(script.file())
        ? new MigrationScript(
            script.version(),
            script.description(),
            script.up(),
            script.down(),
            script.when(),
            script.ensure(),
            null,
            script.attach(),
            script.moves())
        : script;
  }

  /**
   * @throws RefusedException {@link Reason#SOURCE_INVALID} a step names files that cannot be had
   */
  void require(PlannedStep step) {
    FileScope scope = step.scope();
    String where = "Version " + step.version();
    try {
      Member target = target(scope);
      Set<Member> seen = new HashSet<>(Set.of(target));
      for (Member member : attached(scope)) {
        if (!seen.add(member)) {
          throw invalid("attaches " + member.name() + ", which it sees already. Leave it out.");
        }
        if (RESERVED.contains(member.name().toLowerCase(Locale.ROOT))) {
          throw invalid(
              "is for %s and cannot attach %s, because main is what a script calls its own file. Turn it around: let it be for %s and attach %s."
                  .formatted(target.name(), member.name(), member.name(), target.name()));
        }
      }
      for (Move move : scope.moves()) {
        for (String name : List.of(move.from(), move.to())) {
          Member member = end(scope, name).member();
          if (!seen.contains(member)) {
            throw invalid("moves rows of " + member.name() + " without attaching that file.");
          }
        }
      }
    } catch (RefusedException e) {
      throw invalid(where + " " + e.getMessage());
    }
  }

  private Member member(String name) {
    return members.stream()
        .filter(member -> member.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                invalid(
                    "names the file %s, which the database does not have. Its files are: %s."
                        .formatted(
                            name, String.join(", ", members.stream().map(Member::name).toList()))));
  }

  private static RefusedException invalid(String message) {
    return new RefusedException(Reason.SOURCE_INVALID, message);
  }
}
