package dev.litehaven.runner.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Between a client and a server that speak HTTP/1.1, and not to be relied on. */
public final class FaultyProxy implements AutoCloseable {
  private final ServerSocket listening;
  private final InetAddress host;
  private final int upstream;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private volatile Rule rule = Rule.NONE;

  /** What goes wrong with a request. */
  public sealed interface Fault {
    /** Answered by the proxy itself. */
    record Answer(int status, String code, String message) implements Fault {}

    /** Not answered at all while the proxy lives. */
    record Silence() implements Fault {}

    /** The connection ends before the server has seen the request. */
    record CutRequest() implements Fault {}

    /** The server does what is asked, and nobody hears of it. */
    record LostAnswer() implements Fault {}

    /** The connection ends in the middle of the answer's body. */
    record CutAnswer() implements Fault {}

    /** One bit of the request's body arrives as another. */
    record ChangedRequest() implements Fault {}

    /** One bit of the answer's body arrives as another. */
    record ChangedAnswer() implements Fault {}
  }

  /** Which requests suffer from what. */
  @FunctionalInterface
  public interface Rule {
    Rule NONE = (method, target) -> null;

    /** Null: nothing is wrong. */
    Fault of(String method, String target);
  }

  private record Message(String head, byte[] body) {}

  public FaultyProxy(int upstream) throws IOException {
    this(InetAddress.getLoopbackAddress(), upstream);
  }

  /** Listens where the server does. */
  private FaultyProxy(InetAddress host, int upstream) throws IOException {
    this.host = host;
    this.upstream = upstream;
    this.listening = new ServerSocket(0, 100, host);
    Thread.ofPlatform().daemon().name("faulty-proxy").start(this::accept);
  }

  /**
   * A process of its own, for a network that the test is not in. Says its port, and then {@code ok}
   * for each line that it reads: the status and the code with which every writing request is
   * answered from now on, or {@code cut}, or {@code none}.
   *
   * @param args address of the server, and its port
   */
  public static void main(String[] args) throws Exception {
    try (var proxy = new FaultyProxy(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
        var in = new Scanner(System.in, StandardCharsets.US_ASCII)) {
      System.out.println(proxy.listening.getLocalPort());
      while (in.hasNextLine()) {
        String[] words = in.nextLine().split(" ", -1);
        proxy.rule =
            switch (words[0]) {
              case "none" -> Rule.NONE;
              case "cut" -> writing(new Fault.CutRequest());
              default ->
                  writing(new Fault.Answer(Integer.parseInt(words[0]), words[1], "as asked"));
            };
        System.out.println("ok");
      }
    }
  }

  private static Rule writing(Fault fault) {
    return (method, target) -> method.equals("PUT") || method.equals("POST") ? fault : null;
  }

  public String endpoint() {
    return "http://127.0.0.1:" + listening.getLocalPort();
  }

  public void rule(Rule now) {
    rule = now;
  }

  /** The first {@code times} requests that match suffer, later ones do not. */
  public void rule(int times, String method, String targetPart, Fault fault) {
    var left = new java.util.concurrent.atomic.AtomicInteger(times);
    rule =
        (m, target) ->
            m.equals(method) && target.contains(targetPart) && left.getAndDecrement() > 0
                ? fault
                : null;
  }

  /** Method and target of each request so far. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Request line and headers of each request so far, in lower case. */
  public List<String> heads() {
    return List.copyOf(heads);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Thread.ofPlatform().daemon().name("faulty-connection").start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      OutputStream out = client.getOutputStream();
      String head = head(in);
      if (head.isEmpty()) {
        return;
      }
      String[] line = head.split("\r\n", 2)[0].split(" ", -1);
      requests.add(line[0] + " " + line[1]);
      heads.add(head.toLowerCase(Locale.ROOT));
      Fault fault = rule.of(line[0], line[1]);
      if (fault instanceof Fault.CutRequest) {
        return;
      }
      if (header(head, "expect") != null) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
      String length = header(head, "content-length");
      byte[] body = length == null ? new byte[0] : in.readNBytes(Integer.parseInt(length));
      answer(out, head, body, fault);
    } catch (IOException e) {
      // the client has gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(OutputStream out, String head, byte[] body, Fault fault)
      throws IOException, InterruptedException {
    switch (fault) {
      case Fault.Answer a ->
          write(
              out,
              "HTTP/1.1 %d No\r\nContent-Type: application/xml\r\nConnection: close\r\n"
                  .formatted(a.status()),
              ("<?xml version=\"1.0\"?><Error><Code>"
                      + a.code()
                      + "</Code><Message>"
                      + a.message()
                      + "</Message></Error>")
                  .getBytes(StandardCharsets.UTF_8));
      case Fault.Silence s -> closed.await();
      case Fault.LostAnswer l -> forward(head, body);
      case Fault.CutAnswer c -> {
        Message answer = forward(head, body);
        out.write((answer.head() + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.write(answer.body(), 0, answer.body().length / 2);
        out.flush();
      }
      case Fault.ChangedRequest c -> {
        body[body.length / 2] ^= 4;
        pass(out, forward(head, body));
      }
      case Fault.ChangedAnswer c -> {
        Message answer = forward(head, body);
        if (answer.body().length > 0) {
          answer.body()[answer.body().length / 2] ^= 4;
        }
        pass(out, answer);
      }
      case null, default -> pass(out, forward(head, body));
    }
  }

  private static void pass(OutputStream out, Message answer) throws IOException {
    out.write((answer.head() + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    out.write(answer.body());
    out.flush();
  }

  private static void write(OutputStream out, String head, byte[] body) throws IOException {
    out.write(
        (head + "Content-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    out.flush();
  }

  /** With a connection of its own, so that the end of the answer is the end of the connection. */
  private Message forward(String head, byte[] body) throws IOException {
    try (var server = new Socket(host, upstream)) {
      OutputStream out = server.getOutputStream();
      String closing =
          head.replaceAll("(?i)\r\n(connection|expect):[^\r]*", "") + "\r\nConnection: close";
      out.write((closing + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      out.write(body);
      out.flush();
      InputStream in = server.getInputStream();
      String answer = head(in);
      while (answer.startsWith("HTTP/1.1 1")) {
        answer = head(in);
      }
      return new Message(answer, in.readAllBytes());
    }
  }

  /** Up to the empty line, without it. */
  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    int last = 0;
    int b;
    while ((b = in.read()) >= 0) {
      head.write(b);
      last = last << 8 | b;
      if (last == 0x0d0a0d0a) {
        String text = head.toString(StandardCharsets.ISO_8859_1);
        return text.substring(0, text.length() - 4);
      }
    }
    return "";
  }

  private static String header(String head, String name) {
    for (String line : head.split("\r\n", -1)) {
      if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
        return line.substring(name.length() + 1).strip();
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listening.close();
  }
}
