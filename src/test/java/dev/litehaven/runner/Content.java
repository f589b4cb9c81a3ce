package dev.litehaven.runner;

import dev.litehaven.runner.sqlite.TestDatabase;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What queries answer, all rows and every byte of them, by plain JDBC and not by the code under
 * test.
 *
 * @param answers by query: number of rows and a hash of them
 */
record Content(Map<String, String> answers) {
  static Content of(Path database, List<String> queries) throws Exception {
    var answers = new LinkedHashMap<String, String>();
    try (Connection connection = TestDatabase.open(database);
        var statement = connection.createStatement()) {
      for (String query : queries) {
        try (ResultSet rows = statement.executeQuery(query)) {
          answers.put(query, hash(rows));
        }
      }
    }
    return new Content(answers);
  }

  private static String hash(ResultSet rows) throws Exception {
    var digest = MessageDigest.getInstance("SHA-256");
    int columns = rows.getMetaData().getColumnCount();
    long count = 0;
    for (; rows.next(); count++) {
      for (int i = 1; i <= columns; i++) {
        Object value = rows.getObject(i);
        byte[] bytes =
            switch (value) {
              case null -> new byte[0];
              case byte[] blob -> blob;
              default -> value.toString().getBytes(StandardCharsets.UTF_8);
            };
        String type = value == null ? "null" : value.getClass().getSimpleName();
        digest.update(type.getBytes(StandardCharsets.UTF_8));
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        digest.update(bytes);
      }
    }
    return count + " rows " + HexFormat.of().formatHex(digest.digest());
  }
}
