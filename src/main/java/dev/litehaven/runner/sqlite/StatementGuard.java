package dev.litehaven.runner.sqlite;

import dev.litehaven.runner.sqlite.SqlToken.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Says what a migration may not do, because it would leave the transaction, the file or the process
 * that it runs in. Pure; works on tokens, so that comments, quoting and case hide nothing.
 */
public final class StatementGuard {
  private static final Set<String> TRANSACTION_CONTROL =
      Set.of("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE");

  // Reading pragmas, and those that change only content that is part of the transaction.
  private static final Set<String> PRAGMAS =
      Set.of(
          "user_version",
          "application_id",
          "table_info",
          "table_xinfo",
          "table_list",
          "index_list",
          "index_info",
          "index_xinfo",
          "foreign_key_list",
          "foreign_key_check",
          "integrity_check",
          "quick_check",
          "defer_foreign_keys",
          "analysis_limit",
          "optimize",
          "page_count");

  private static final Set<String> FUNCTIONS = Set.of("load_extension", "fts3_tokenizer");

  private final Set<String> protectedTables;

  /**
   * @param protectedTables names that no statement may mention
   */
  public StatementGuard(Set<String> protectedTables) {
    this.protectedTables =
        Set.copyOf(protectedTables.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList());
  }

  /** Why the statement may not run in a migration; empty when it may. */
  public Optional<String> objection(SqlStatement statement) {
    List<SqlToken> tokens = statement.tokens();
    int at = 0;
    if (tokens.get(at).is("EXPLAIN")) {
      at++;
      if (tokens.size() > at + 1 && tokens.get(at).is("QUERY")) {
        at += 2;
      }
    }
    Optional<String> byKeyword =
        at < tokens.size() ? byFirstWord(tokens.subList(at, tokens.size())) : Optional.empty();
    return byKeyword.or(() -> byAnyToken(tokens));
  }

  /** Why the text is not a query that only reads; empty when it is. */
  public Optional<String> objectionToQuery(SqlStatement statement) {
    SqlToken first = statement.tokens().getFirst();
    if (!first.is("SELECT") && !first.is("WITH") && !first.is("VALUES")) {
      return Optional.of("only a query (SELECT, WITH or VALUES) can be asked here");
    }
    return objection(statement);
  }

  private Optional<String> byFirstWord(List<SqlToken> tokens) {
    SqlToken first = tokens.getFirst();
    if (first.isSymbol('.')) {
      return Optional.of(
          "a command of the sqlite3 shell is not SQL; write what it does as statements");
    }
    String keyword = first.kind() == Kind.WORD ? first.text().toUpperCase(Locale.ROOT) : "";
    if (TRANSACTION_CONTROL.contains(keyword)) {
      return Optional.of(
          "migrations run in one transaction that Litehaven opens and commits; leave it out");
    }
    return switch (keyword) {
      case "ATTACH", "DETACH" ->
          Optional.of(
              "a migration may touch only the files it is for; leave it out, and name further files of"
                  + " the database under attach");
      case "VACUUM" ->
          Optional.of(
              "VACUUM cannot run inside a transaction and VACUUM INTO writes another file;"
                  + " leave it out, maintenance is not part of a migration");
      case "BACKUP", "RESTORE" ->
          Optional.of("it would make the driver read or write another file; leave it out");
      case "PRAGMA" -> byPragma(tokens);
      default -> Optional.empty();
    };
  }

  private static Optional<String> byPragma(List<SqlToken> tokens) {
    int at = 1;
    if (tokens.size() > 3 && tokens.get(2).isSymbol('.')) {
      at = 3;
    }
    String pragma = at < tokens.size() ? tokens.get(at).name() : "";
    if (PRAGMAS.contains(pragma)) {
      return Optional.empty();
    }
    if (pragma.equals("foreign_keys")) {
      return Optional.of(
          "PRAGMA foreign_keys does nothing inside a transaction; leave it out: foreign keys are off"
              + " while migrations run, and all of them are checked before the commit");
    }
    return Optional.of(
        "PRAGMA " + pragma + " changes how the file or the connection works; leave it out");
  }

  private Optional<String> byAnyToken(List<SqlToken> tokens) {
    for (int i = 0; i < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      if (token.kind() == Kind.VARIABLE) {
        return Optional.of(
            "the parameter " + token.text() + " has no value in a script; write the value");
      }
      String name = token.name();
      boolean called = i + 1 < tokens.size() && tokens.get(i + 1).isSymbol('(');
      if (called && FUNCTIONS.contains(name)) {
        return Optional.of(name + "() loads native code into the runner; leave it out");
      }
      if (protectedTables.contains(name)) {
        return Optional.of(name + " is Litehaven's own table; leave it alone");
      }
    }
    return Optional.empty();
  }
}
